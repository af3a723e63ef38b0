"""How a recorded call is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seastool.replay.comparing import Level

PATIENCE: Final = 4  # times the recorded delay


@dataclass(frozen=True, slots=True)
class Playing:
    """speed: what recorded delays of the client are divided by; infinite for no delays.

    wait: seconds that a message of the other side may take; one that was recorded to take longer
    has `PATIENCE` times as long. settle: seconds in which a call that is over may still show
    messages that were not recorded.
    """

    level: Level = "status"
    speed: float = 1.0
    wait: float = 5.0
    settle: float = 0.1

    def pause(self, recorded: float) -> float:
        """How long the client waits where it waited so many seconds."""
        return recorded / self.speed

    def patience(self, recorded: float) -> float:
        """How long the other side may take, whose speed is its own."""
        return max(PATIENCE * recorded, self.wait)
