"""Waiting for a frame, or for none.

Optional expects before one that is not may come in any order, more than once or not at all: so
a frame is held against all of them together, the window.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from seastool.scenario.errors import Place
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.matcher import Comparison, Matcher
from seastool.scenario.matching.routing import UNKEYED, exchange_keys
from seastool.scenario.operations.exchanges import accept
from seastool.scenario.operations.program import Operation, Runner, StepFailed
from seastool.scenario.running.result import FailedFrame, Failure
from seastool.scenario.texts.call import Call
from seastool.scenario.units import format_duration

MAX_INBOX = 1000


@dataclass(slots=True, eq=False)
class Expect(Operation):
    """A frame to wait for, which is what one of the matchers says.

    number: which of the scenario's expects. patience: the timeout, if the step itself has one.
    """

    index: int
    place: Place
    title: str
    number: int
    matchers: tuple[Matcher, ...]
    optional: bool
    timeout: float
    patience: float | None
    window: tuple[Expect, ...] = ()
    open_types: tuple[str, ...] = field(default=(), init=False)

    def link(self, window: tuple[Expect, ...]) -> None:
        """The expects that a frame may match while this one waits, itself first."""
        self.window = window
        self.timeout = max(one.timeout for one in window) if self._skippable else window[-1].timeout
        self.open_types = open_types([m for one in window for m in one.matchers])

    @property
    def _skippable(self) -> bool:
        """Whether the window has nothing that must come."""
        return self.window[-1].optional

    def step(self, run: Runner, call: Call) -> bool:
        for incoming in tuple(call.inbox):
            if (goes_on := self._look(run, call, incoming)) is not None:
                return goes_on
        run.sleep(call, self.timeout)
        return False

    def _look(self, run: Runner, call: Call, incoming: Incoming) -> bool | None:
        """A frame that came before; None if it is of no concern here."""
        taken = self._take(run, call, incoming)
        if taken is None:
            return None
        if taken:
            call.inbox.remove(incoming)
        return call.at >= 0

    def offer(self, run: Runner, call: Call, incoming: Incoming) -> bool:
        taken = self._take(run, call, incoming)
        if taken:
            return call.at >= 0
        if len(call.inbox) >= MAX_INBOX:
            raise StepFailed(f"more than {MAX_INBOX} frames wait that no step has asked for")
        call.inbox.append(incoming)
        return taken is False and call.at >= 0

    def _take(self, run: Runner, call: Call, incoming: Incoming) -> bool | None:
        """Take the frame if it is expected: True. None if it is of another transaction.

        False if the call goes on, or has failed, with the frame still there.
        """
        for expect in self.window:
            for matcher in expect.matchers:
                if matcher.matches(incoming, call):
                    self._matched(run, call, incoming, expect, matcher)
                    return True
        if not any(m.concerns(incoming, call) for one in self.window for m in one.matchers):
            return None
        if self._skippable:
            call.at = self.window[-1].index + 1
            return False
        if run.ignore(incoming):
            call.at = self.index
            return True
        self._fail(run, call, incoming)
        return False

    def _matched(
        self, run: Runner, call: Call, incoming: Incoming, expect: Expect, matcher: Matcher
    ) -> None:
        run.came(expect, incoming, _since(call, incoming))
        try:
            accept(run, call, incoming, matcher)
        except StepFailed as error:
            failure = run.failure(call, expect, str(error))
            run.fail(call, with_frame(failure, incoming, matcher.compare(incoming, call)))
            return
        stays = expect.optional and not self._skippable
        call.at = self.index if stays else expect.index + 1

    def _fail(self, run: Runner, call: Call, incoming: Incoming) -> None:
        what = "came" if incoming.type not in UNKEYED else "came unexpected"
        run.fail(call, self.refusal(run, call, incoming, f"{incoming.type} {what}"))

    def refusal(self, run: Runner, call: Call, incoming: Incoming, message: str) -> Failure:
        """What was wanted beside the frame, by the matcher that comes nearest."""
        candidates = [m for one in reversed(self.window) for m in one.matchers]
        told = min((m.compare(incoming, call) for m in candidates), key=_wrong)
        return with_frame(run.failure(call, self.window[-1], message), incoming, told)

    def rang(self, run: Runner, call: Call) -> bool:
        if self._skippable:
            call.at = self.window[-1].index + 1
            return True
        message = f"nothing came within {format_duration(self.timeout)}"
        if call.inbox:
            kept = ", ".join(incoming.type for incoming in list(call.inbox)[:5])
            message += f"; not yet asked for: {kept}"
        run.fail(call, run.failure(call, self.window[-1], message))
        return False


@dataclass(slots=True, eq=False)
class ExpectNot(Operation):
    """Nothing that the matcher says may come for a time."""

    index: int
    place: Place
    title: str
    matcher: Matcher
    timeout: float
    open_types: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        self.open_types = open_types([self.matcher])

    def step(self, run: Runner, call: Call) -> bool:
        for incoming in tuple(call.inbox):
            if self._refused(run, call, incoming):
                return False
        run.sleep(call, self.timeout)
        return False

    def offer(self, run: Runner, call: Call, incoming: Incoming) -> bool:
        if not self._refused(run, call, incoming):
            call.inbox.append(incoming)
        return False

    def _refused(self, run: Runner, call: Call, incoming: Incoming) -> bool:
        if not self.matcher.matches(incoming, call):
            return False
        failure = run.failure(call, self, f"{incoming.type} came, which must not")
        run.fail(call, with_frame(failure, incoming, self.matcher.compare(incoming, call)))
        return True


def open_types(matchers: list[Matcher]) -> tuple[str, ...]:
    """Types of frames that may be meant although nothing in them names the call."""
    types = [UNKEYED if m.types is None else UNKEYED & m.types for m in matchers if not m.of]
    return tuple(sorted(frozenset().union(*types)))


def _wrong(told: list[Comparison]) -> int:
    return sum(not one.holds for one in told)


def with_frame(failure: Failure, incoming: Incoming, told: list[Comparison]) -> Failure:
    """The failure with the frame that was wrong."""
    frame = FailedFrame(
        incoming.type, incoming.data, incoming.socket, incoming.direction, incoming.dialect
    )
    return replace(failure, comparisons=tuple(told), frame=frame)


def _since(call: Call, incoming: Incoming) -> float:
    """Since what it answers was sent."""
    for key in exchange_keys(incoming.frame):
        exchange = call.by_key.get(key)
        if exchange is not None and exchange.ours:
            return incoming.now - exchange.at
    return incoming.now - call.sent_at
