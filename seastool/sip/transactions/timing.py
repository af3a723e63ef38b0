"""How long each timer runs (RFC 3261 table 4, RFC 6026 section 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_ENDS_AFTER: Final = 64  # times T1
_LEAST_D: Final = 32.0
_LEAST: Final = 0.001  # below it a late clock could not tell two retransmissions apart


@dataclass(frozen=True, slots=True)
class Timing:
    """The base values, and C for those who want it; all in seconds.

    t1: a round trip. t2: the most between two retransmissions of a non-INVITE request, of a
    response to INVITE. t4: how long a message may stay in the network. c: how long an INVITE that
    had a provisional response may wait for another one (section 16.6 item 11); None: for ever.
    """

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    c: float | None = None

    def __post_init__(self) -> None:
        """Raises: ValueError for a value with which nothing would wait, or for ever."""
        for name in ("t1", "t2", "t4", "c"):
            value = getattr(self, name)
            if value is not None and not _LEAST <= value < float("inf"):
                raise ValueError(f"{name} is a number of seconds from {_LEAST} on, not {value}")

    @property
    def patience(self) -> float:
        """64*T1: timers B, F, H, J, L and M."""
        return _ENDS_AFTER * self.t1

    @property
    def d(self) -> float:
        """Timer D over an unreliable transport."""
        return max(_LEAST_D, self.patience)
