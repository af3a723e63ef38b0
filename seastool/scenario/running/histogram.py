"""Times counted in buckets whose width grows with them: memory stays the same, error below 3.2%."""

from __future__ import annotations

_STEPS = 5  # bits below the highest one that tell buckets apart
_UNIT = 1e-6


class Histogram:
    """Counts times in seconds."""

    __slots__ = ("_buckets", "count", "longest", "shortest", "total")

    def __init__(self) -> None:
        self._buckets: dict[int, int] = {}
        self.count = 0
        self.total = 0.0
        self.shortest = 0.0
        self.longest = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        seconds = max(seconds, 0.0)
        if not self.count or seconds < self.shortest:
            self.shortest = seconds
        if seconds > self.longest:
            self.longest = seconds
        self.count += 1
        self.total += seconds
        micros = int(seconds / _UNIT)
        shift = max(0, micros.bit_length() - _STEPS - 1)
        bucket = shift << 32 | micros >> shift
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1

    def quantile(self, share: float) -> float:
        """The time that this share of all did not exceed; 0 of none."""
        wanted = share * self.count
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(max(_middle(bucket), self.shortest), self.longest)
        return 0.0


def _middle(bucket: int) -> float:
    shift = bucket >> 32
    start = (bucket & 0xFFFFFFFF) << shift
    return (start + ((1 << shift) - 1) / 2) * _UNIT
