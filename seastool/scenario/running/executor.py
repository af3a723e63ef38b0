"""Carries calls through their steps, and is what the steps act upon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from seastool.errors import LocalProtocolError, SeasError
from seastool.scenario.endpoint import Endpoint, OpenserEndpoint
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.routing import find_call, transaction_key, uac_key
from seastool.scenario.operations.expecting import Expect
from seastool.scenario.operations.program import Operation, Scenario
from seastool.scenario.running.result import Failure
from seastool.scenario.running.tally import Tally
from seastool.scenario.running.waiting import Waiting
from seastool.scenario.texts.call import Call, Exchange
from seastool.seas.builder import Receive
from seastool.seas.dialect import Quirk
from seastool.sip import parts as sip_parts
from seastool.timers import Timers

MAX_STEPS = 100_000  # that a call may do without waiting


class Executor:
    """The calls that are going on. Implements what operations ask of a run (`program.Runner`)."""

    def __init__(
        self,
        scenario: Scenario,
        endpoint: Endpoint,
        digits: Callable[[int], str],
        tally: Tally,
        log: Callable[[str], None] | None,
        first_uac_id: int,
    ) -> None:
        self.endpoint = endpoint
        self.bare = scenario.role == "openser" and endpoint.dialect.has(
            Quirk.CONTENT_LENGTH_ZERO_REFUSED
        )
        self.now = 0.0
        self.running: dict[Call, None] = {}
        self.timers: Timers[Call] = Timers()
        self.waiting = Waiting()
        self._scenario = scenario
        self._openser = _openser_endpoint(scenario, endpoint)
        self._digits = digits
        self._run_id = digits(10)
        self._tally = tally
        self._log = log
        self._uac_id = first_uac_id - 1
        self._calls: dict[int | str, Call] = {}

    # What the run calls.

    def new_call(self, number: int) -> Call:
        """A call that has done nothing yet."""
        call = self._blank(number)
        self.running[call] = None
        return call

    def _blank(self, number: int) -> Call:
        variables = dict(self._scenario.variables)
        return Call(number, self._run_id, self.now, variables, self._digits)

    def owner(self, incoming: Incoming) -> Call | None:
        """The call that a frame names."""
        found: Call | None = find_call(incoming, self._calls)
        return found

    def begins(self, incoming: Incoming, number: int) -> bool:
        """Whether a frame is what a new call would wait for."""
        blank = self._blank(number)
        window = self._scenario.expects[0].window
        try:
            return any(m.matches(incoming, blank) for e in window for m in e.matchers)
        except SeasError:
            return False

    def refusal(self, incoming: Incoming) -> Failure | None:
        """Why a frame begins no call: the failure of call 0, which there is not."""
        blank = self._blank(0)
        message = f"{incoming.type} begins no call"
        try:
            told = self._scenario.expects[0].refusal(self, blank, incoming, message)
        except SeasError:
            return None
        return replace(told, call_id="")

    def ring(self) -> None:
        """Go on with all calls whose time to wait is over."""
        while (call := self.timers.pop(self.now)) is not None:
            operation = call.waiting
            assert operation is not None
            self._wake(call)
            call.now = self.now
            if self._attempt(call, operation.rang):
                self.proceed(call)

    def deliver(self, call: Call, incoming: Incoming) -> None:
        """A frame of a call came."""
        operation = call.waiting
        assert operation is not None
        call.now = self.now
        if self._attempt(call, lambda run, call: operation.offer(run, call, incoming)):
            self._wake(call)
            self.proceed(call)

    def proceed(self, call: Call) -> None:
        """Steps until the call waits or ends."""
        program = self._scenario.program
        call.now = self.now
        for _ in range(MAX_STEPS):
            operation = program[call.at]
            try:
                if not operation.step(self, call):
                    return
            except SeasError as error:
                self.fail(call, self.failure(call, operation, str(error)))
                return
        message = f"{MAX_STEPS:,} steps without waiting for anything"
        self.fail(call, self.failure(call, program[call.at], message))

    def abandon(self) -> int:
        """Forget all calls that are going on; returns how many."""
        count = len(self.running)
        for call in list(self.running):
            self._forget(call)
        return count

    # What operations call.

    @property
    def openser(self) -> OpenserEndpoint:
        assert self._openser is not None
        return self._openser

    @property
    def receive_info(self) -> Receive:
        return self._scenario.receive or self.endpoint.receive

    def next_uac_id(self) -> int:
        self._uac_id = (self._uac_id + 1) & 0xFFFFFFFF
        return self._uac_id

    def adopt(self, call: Call, exchange: Exchange) -> None:
        if exchange.label is not None and exchange.hash_index is not None:
            key = transaction_key(exchange.hash_index, exchange.label)
            call.by_key[key] = exchange
            self._know(call, key)
        if exchange.uac_id is not None:
            key = uac_key(exchange.uac_id)
            call.by_key[key] = exchange
            self._know(call, key)

    def adopt_call_id(self, call: Call, text: bytes) -> None:
        call_id = sip_parts.call_id(text)
        if call_id:
            self._know(call, call_id)

    def _know(self, call: Call, key: int | str) -> None:
        if self._calls.get(key) is not call:
            self._calls[key] = call
            call.keys.append(key)

    def sleep(self, call: Call, seconds: float) -> None:
        call.waiting = self._scenario.program[call.at]
        self.timers.set(call, self.now + seconds)
        self.waiting.add(call)

    def came(self, expect: Expect, incoming: Incoming, since: float) -> None:
        self._tally.waits[expect.number].times.add(since)

    def ignore(self, incoming: Incoming) -> bool:
        self._tally.ignored += self._scenario.ignores_unexpected
        return self._scenario.ignores_unexpected

    def failure(self, call: Call, operation: Operation, message: str) -> Failure:
        place = self._scenario.where(operation.place)
        seconds = self.now - call.started
        return Failure(call.number, call.call_id, place, operation.title, message, seconds)

    def fail(self, call: Call, failure: Failure) -> None:
        self._tally.fail(failure)
        self._forget(call)

    def end(self, call: Call, operation: Operation) -> None:
        if call.inbox and not self._scenario.ignores_unexpected:
            kept = ", ".join(incoming.type for incoming in list(call.inbox)[:5])
            message = f"{kept} came, and no step asked for it"
            self.fail(call, self.failure(call, operation, message))
            return
        self._tally.ignored += len(call.inbox)
        self._tally.passed += 1
        self._forget(call)

    def log(self, call: Call, text: str) -> None:
        if self._log is not None:
            self._log(f"call {call.number}: {text}")

    # Its own.

    def _wake(self, call: Call) -> None:
        if call.waiting is not None:
            self.waiting.remove(call)
            call.waiting = None
        self.timers.clear(call)

    def _attempt(self, call: Call, act: Callable[[Executor, Call], bool]) -> bool:
        """Do it; what cannot be done fails the call."""
        operation = self._scenario.program[call.at]
        try:
            return act(self, call)
        except SeasError as error:
            self.fail(call, self.failure(call, operation, str(error)))
            return False

    def _forget(self, call: Call) -> None:
        """The call is over."""
        self._wake(call)
        for key in call.keys:
            if self._calls.get(key) is call:
                del self._calls[key]
        self.running.pop(call, None)
        call.at = -1


def _openser_endpoint(scenario: Scenario, endpoint: Endpoint) -> OpenserEndpoint | None:
    if scenario.role != "openser":
        return None
    if not isinstance(endpoint, OpenserEndpoint):
        raise LocalProtocolError(f"{scenario.name} plays openser, this endpoint does not")
    return endpoint
