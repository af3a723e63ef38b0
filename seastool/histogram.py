"""Times counted in buckets that widen with them: 24 a decade, from 10 microseconds to 1,000 s."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from math import sqrt
from typing import Final

A_DECADE: Final = 24
_DECADES: Final = range(-5, 3)
BOUNDS: Final[tuple[float, ...]] = (
    *(10.0 ** (decade + step / A_DECADE) for decade in _DECADES for step in range(A_DECADE)),
    1000.0,
)
_TOLD: Final = 8  # buckets that are told as one: three a decade


class Histogram:
    """Counts times in seconds. Memory is fixed; a quantile is wrong by less than 5 %."""

    __slots__ = ("_buckets", "count", "longest", "shortest", "total")

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self.count = 0
        self.total = 0.0
        self.shortest = 0.0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """One more; less than nothing counts as nothing."""
        seconds = max(seconds, 0.0)
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        if not self.count or seconds < self.shortest:
            self.shortest = seconds
        self.count += 1
        self.total += seconds
        if seconds > self.longest:
            self.longest = seconds

    def merge(self, other: Histogram) -> None:
        """All of another one, too."""
        if not other.count:
            return
        self.shortest = min(self.shortest, other.shortest) if self.count else other.shortest
        self.longest = max(self.longest, other.longest)
        self.count += other.count
        self.total += other.total
        self._buckets = [one + two for one, two in zip(self._buckets, other._buckets, strict=True)]

    def quantile(self, share: float) -> float:
        """The time that this share of all did not exceed, in seconds; 0 of none."""
        wanted = share * self.count
        seen = 0
        for at, count in enumerate(self._buckets):
            seen += count
            if count and seen >= wanted:
                return min(max(_middle(at), self.shortest), self.longest)
        return 0.0

    def cumulative(self, step: int = _TOLD) -> Iterator[tuple[float, int]]:
        """Bounds in seconds, and how many times are not longer. step: buckets that are told as
        one; by default there are three a decade."""
        seen = 0
        for at, bound in enumerate(BOUNDS):
            seen += self._buckets[at]
            if at % step == 0:
                yield bound, seen


def _middle(bucket: int) -> float:
    """A time that stands for all of a bucket: the geometric mean of its bounds."""
    if bucket == 0:
        return BOUNDS[0]
    if bucket == len(BOUNDS):
        return float("inf")
    return sqrt(BOUNDS[bucket - 1] * BOUNDS[bucket])
