"""When which call begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seastool.replay.messages import RecordedCall

_NANO = 1e-9


@dataclass(frozen=True, slots=True)
class Load:
    """calls: how many in all, one recorded call after the other and from the first again; None:
    each once, or `loops` times. rate: calls a second; None: as they were recorded, each loop when
    the one before is over. concurrency: how many at a time at most."""

    calls: int | None = None
    loops: int = 1
    rate: float | None = None
    concurrency: int = 1000


class Pace:
    """Gives the calls to begin, in turn. speed: what recorded times are divided by."""

    def __init__(self, calls: Sequence[RecordedCall], load: Load, speed: float) -> None:
        self._calls = calls
        self._load = load
        self.total = len(calls) * load.loops if load.calls is None else load.calls
        if not calls:
            self.total = 0
        self.begun = 0
        self._began: float | None = None  # the run, or without a rate the loop
        self._new_loop = -1  # the place of the call that the loop began with
        first = min((call.start_ns for call in calls if call.start_ns), default=0)
        self._offsets = [
            max(0, call.start_ns - first) * _NANO / speed if call.start_ns else 0.0
            for call in calls
        ]

    @property
    def is_over(self) -> bool:
        """Whether all calls have begun."""
        return self.begun >= self.total

    def due(self, now: float, running: int) -> float | None:
        """When the next call begins; None if only the end of another one will tell."""
        if self.is_over or running >= self._load.concurrency:
            return None
        if self._load.rate is not None:
            if self._began is None:
                self._began = now
            return self._began + self.begun / self._load.rate
        place = self.begun % len(self._calls)
        if place == 0 and self._new_loop != self.begun:
            if running:
                return None
            self._began, self._new_loop = now, self.begun
        assert self._began is not None
        return self._began + self._offsets[place]

    def take(self) -> RecordedCall:
        """The next call, which begins now."""
        call = self._calls[self.begun % len(self._calls)]
        self.begun += 1
        return call
