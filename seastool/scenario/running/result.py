"""How a run ended: calls, failures, reply times."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from seastool.histogram import Histogram
from seastool.scenario.matching.matcher import Comparison
from seastool.seas.dialect import Dialect
from seastool.seas.types import Direction, Socket


@dataclass(frozen=True, slots=True)
class FailedFrame:
    """A frame that was not what it should be, with what it takes to decode it."""

    type: str
    data: bytes
    socket: Socket
    direction: Direction
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that failed. place: file, line and column of the step. seconds: since it began.

    call: its number; 0 for a frame that began none.
    """

    call: int
    call_id: str
    place: str
    step: str
    message: str
    seconds: float
    comparisons: tuple[Comparison, ...] = ()
    frame: FailedFrame | None = None


@dataclass(slots=True)
class Waited:
    """How long the frames of one expect took to come, since what they answer was sent."""

    place: str
    step: str
    times: Histogram = field(default_factory=Histogram)


@dataclass(slots=True)
class Result:
    """The counts of a run.

    asked: None for no number. failures: the first ones; failed_at counts all by step and cause.
    stray: frames of no call, by type. refused: the first one that might have begun a call, if
    fewer began than were asked for. ignored: frames of a call that it did not expect.
    """

    asked: int | None
    started: int
    passed: int
    failed: int
    unfinished: int
    seconds: float
    failures: list[Failure]
    failed_at: Counter[tuple[str, str]]
    waits: list[Waited]
    stray: Counter[str]
    refused: Failure | None
    ignored: int
    notes: list[str]

    @property
    def ok(self) -> bool:
        """Whether all calls that were asked for passed; of no number, any and none failed."""
        if self.failed or self.unfinished or self.notes:
            return False
        return self.passed == self.asked if self.asked is not None else self.passed > 0
