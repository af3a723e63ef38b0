"""What a replay came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from seastool.replay.comparing import Difference

MOST_KEPT: Final = 1000
What = Literal["different", "missing", "unexpected"]


@dataclass(slots=True)
class MessageDifference:
    """One message that was not as recorded.

    step: its place among the steps of its call, from 1; of an unexpected message, of the step
    that was waited for. number: of the recorded packet or message; 0 of an unexpected one.
    expected, got: whole messages, empty where there is none.
    """

    call_id: str
    step: int
    number: int
    what: What
    differences: list[Difference] = field(default_factory=list)
    expected: bytes = b""
    got: bytes = b""


@dataclass(slots=True)
class ReplayResult:
    """Counts of a replay and what was not as recorded.

    calls: that were begun, by either side. sent: messages. compared: messages that came where one
    was expected. dropped: differences beyond those that are kept. unfinished: calls that did not
    come to their end. kept: how many differences are.
    """

    calls: int = 0
    sent: int = 0
    compared: int = 0
    differences: list[MessageDifference] = field(default_factory=list)
    dropped: int = 0
    unfinished: int = 0
    kept: int = MOST_KEPT

    def add(self, difference: MessageDifference) -> None:
        """Keep a difference, or count it if there are too many."""
        if len(self.differences) < self.kept:
            self.differences.append(difference)
        else:
            self.dropped += 1

    @property
    def total(self) -> int:
        """How many messages were not as recorded, those not kept included."""
        return len(self.differences) + self.dropped

    @property
    def is_same(self) -> bool:
        """Whether all calls came to their end and nothing was other than recorded."""
        return not self.total and not self.unfinished
