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

    __slots__ = ("_buckets", "count", "longest", "total")

    def __init__(self) -> None:
        self._buckets = [0] * (len(BOUNDS) + 1)
        self.count = 0
        self.total = 0.0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._buckets[bisect_left(BOUNDS, seconds)] += 1
        self.count += 1
        self.total += seconds
        if seconds > self.longest:
            self.longest = seconds

    def quantile(self, share: float) -> float:
        """The time that this share of all did not exceed, in seconds; 0 of none."""
        wanted = share * self.count
        seen = 0
        for at, count in enumerate(self._buckets):
            seen += count
            if count and seen >= wanted:
                return min(_middle(at), self.longest)
        return 0.0

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """Bounds in seconds, three a decade, and how many times are not longer."""
        seen = 0
        for at, bound in enumerate(BOUNDS):
            seen += self._buckets[at]
            if at % _TOLD == 0:
                yield bound, seen


def _middle(bucket: int) -> float:
    """A time that stands for all of a bucket: the geometric mean of its bounds."""
    if bucket == 0:
        return BOUNDS[0]
    if bucket == len(BOUNDS):
        return float("inf")
    return sqrt(BOUNDS[bucket - 1] * BOUNDS[bucket])
