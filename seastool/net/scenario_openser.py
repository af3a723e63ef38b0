"""A scenario that plays the proxy."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from seastool.errors import LocalProtocolError
from seastool.net.alarm import Alarm
from seastool.net.fault_switch import switch_off, switch_on
from seastool.net.openser import Openser
from seastool.scenario.endpoint import Refusal, TransactionId
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.result import Result
from seastool.scenario.running.run import ScenarioRun
from seastool.seas.builder import Receive
from seastool.seas.connection.openser_events import Peer, Received
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Event, Frame, JainPong
from seastool.seas.openser import outcomes as did
from seastool.seas.types import Socket
from seastool.sip.parts import with_first_via_of

MAX_REQUESTS: Final = 100_000


class ScenarioOpenser:
    """Runs a scenario over a proxy; give it what the proxy tells (`received`, `happened`).

    on_end: called once, when the scenario is over.
    """

    def __init__(
        self,
        scenario: Scenario,
        proxy: Openser,
        *,
        load: Load,
        log: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._proxy = proxy
        self._on_end = on_end
        self._requests: OrderedDict[int, did.Requested | did.Cancelled] = OrderedDict()
        self._alarm = Alarm(self._timed)
        self._ended = False
        self._run = ScenarioRun(scenario, self, self._digits, load=load, log=log)

    # For the command.

    def start(self) -> None:
        """Begin with the first call."""
        self._run.start(self._loop.time())
        self._go_on()

    def received(self, event: Received) -> None:
        """An action came."""
        frame = event.frame
        if isinstance(frame, Action | JainPong):
            self._run.receive(frame, event.data, self._loop.time())
            self._go_on()

    def happened(self, peer: Peer, outcome: did.Outcome) -> None:
        """What the proxy did: requests that it sent are those that can be responded to."""
        if isinstance(outcome, did.Requested | did.Cancelled) and outcome.uac_id is not None:
            self._requests[outcome.uac_id] = outcome
            if len(self._requests) > MAX_REQUESTS:
                self._requests.popitem(last=False)

    def stop(self) -> None:
        """No more calls."""
        self._run.stop(self._loop.time())
        self._go_on()

    @property
    def result(self) -> Result:
        """The counts so far."""
        return self._run.result

    def _go_on(self) -> None:
        if self._run.finished:
            if not self._ended:
                self._ended = True
                self._loop.call_soon(self._on_end)
            return
        self._alarm.set((self._run.get_timer(),))

    def _timed(self) -> None:
        self._run.handle_timer(self._loop.time())
        self._go_on()

    def _digits(self, count: int) -> str:
        return f"{self._proxy.random.randrange(10**count):0{count}}"

    # What the scenario calls: an OpenserEndpoint.

    @property
    def dialect(self) -> Dialect:
        """The proxy's."""
        return self._proxy.options.behaviour.dialect

    @property
    def receive(self) -> Receive:
        """Where requests come from."""
        return self._proxy.receive_from()

    def send_frame(self, frame: Frame) -> None:
        """Send a frame. Raises: LocalProtocolError, EncodeError."""
        if not isinstance(frame, Event | AcResFail):
            raise LocalProtocolError(f"a proxy sends no {type(frame).__name__}")
        self._proxy.send(frame)

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are. Raises: LocalProtocolError."""
        self._proxy.send_bytes(socket, data)

    def start_fault(self, fault: str) -> None:
        """Raises: FaultError."""
        switch_on(self._proxy.injector, fault)

    def stop_fault(self, fault: str) -> None:
        """Raises: LocalProtocolError if it is not on."""
        switch_off(self._proxy.injector, fault)

    def request(
        self, sip: bytes, receive: Receive, *, stateless: bool, processor_id: int | None
    ) -> TransactionId | Refusal:
        """See `OpenserEndpoint`."""
        return _told(
            self._proxy.request(sip, receive, stateless=stateless, processor_id=processor_id)
        )

    def respond(self, uac_id: int, sip: bytes | None) -> TransactionId | Refusal:
        """See `OpenserEndpoint`."""
        if sip is None:
            return _told(self._proxy.time_out(uac_id))
        request = self._requests.get(uac_id)
        if request is None:
            return Refusal(f"the proxy has sent no request of uac id {uac_id}")
        # The scenario's text answers what the application server wrote; on the network the
        # topmost Via is the proxy's own.
        return _told(self._proxy.response(with_first_via_of(sip, request.sip)))


def _told(done: list[did.Outcome]) -> TransactionId | Refusal:
    """The event among what the proxy did, or why there is none."""
    for outcome in done:
        if isinstance(outcome, did.Event):
            return TransactionId(outcome.hash_index or 0, outcome.label or 0)
        if isinstance(outcome, did.Refused | did.Absorbed | did.Withheld):
            return Refusal(outcome.reason)
    return Refusal("the proxy sends no event for it")
