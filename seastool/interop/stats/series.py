"""Counts over time, in intervals that widen as the capture gets longer."""

from __future__ import annotations

from typing import Final

MOST: Final = 240  # intervals
FIRST_NS: Final = 10_000_000
# Widths that people read: 1, 2, 5 and so on; of seconds, then of minutes and hours.
_STEPS_NS: Final = tuple(
    int(seconds * 1e9)
    for seconds in (
        *(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600, 1200, 3600),
        *(7200, 14400, 43200, 86400),
        *(86400 * 7 * 4**i for i in range(12)),
    )
)


class Series:
    """Several counts by interval. Times are nanoseconds since 1970; the first one given is the
    start, and what is before it counts as of then."""

    __slots__ = ("_at", "_counts", "start_ns")

    def __init__(self) -> None:
        self.start_ns: int | None = None
        self._at = 0
        self._counts: dict[str, dict[int, int]] = {}

    @property
    def width_ns(self) -> int:
        """Of an interval."""
        return _STEPS_NS[self._at]

    def add(self, name: str, time_ns: int) -> None:
        """One more of that name at that time."""
        if self.start_ns is None:
            self.start_ns = time_ns
        since = max(0, time_ns - self.start_ns)
        while since // self.width_ns >= MOST and self._at + 1 < len(_STEPS_NS):
            self._widen(since)
        counts = self._counts.setdefault(name, {})
        index = min(since // self.width_ns, MOST - 1)
        counts[index] = counts.get(index, 0) + 1

    def _widen(self, since: int) -> None:
        """To a width that is a multiple of this one, so that no count is split."""
        old = self.width_ns
        self._at += 1
        while self._at + 1 < len(_STEPS_NS) and (
            self.width_ns % old or since // self.width_ns >= MOST
        ):
            self._at += 1
        factor = self.width_ns // old
        for name, counts in self._counts.items():
            wider: dict[int, int] = {}
            for index, count in counts.items():
                wider[index // factor] = wider.get(index // factor, 0) + count
            self._counts[name] = wider

    def counts(self, name: str) -> list[int]:
        """By interval, from the start to the last interval in which any name has one."""
        last = max((index for counts in self._counts.values() for index in counts), default=-1)
        found = self._counts.get(name, {})
        return [found.get(index, 0) for index in range(last + 1)]
