"""Who talks most: a bounded table that keeps whoever has the most."""

from __future__ import annotations

from typing import Final

MOST: Final = 4096


class Ranking:
    """Counts by name. If there are more names than fit, those with the fewest go; nobody who has
    gone had more than `slack`, and who comes (back) later starts there: no count is too low, and
    none is too high by more than that.
    """

    __slots__ = ("_counts", "_most", "_sizes", "slack")

    def __init__(self, most: int = MOST) -> None:
        self._counts: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._most = most
        self.slack = 0

    def add(self, name: str, size: int = 0) -> None:
        """One more of a name, with so many bytes."""
        counts = self._counts
        if name not in counts and len(counts) >= self._most:
            self._make_room()
        counts[name] = counts.get(name, self.slack) + 1
        self._sizes[name] = self._sizes.get(name, 0) + size

    def _make_room(self) -> None:
        """Drop the lower half at once, so that this is seldom: the bound is that of the best of
        those that go."""
        ordered = sorted(self._counts.values())
        self.slack = max(self.slack, ordered[len(ordered) // 2])
        kept = {name: count for name, count in self._counts.items() if count > self.slack}
        self._counts = kept
        self._sizes = {name: self._sizes[name] for name in kept}

    def top(self, count: int) -> list[tuple[str, int, int]]:
        """Name, count and bytes of those with the most, the most first."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return [(name, number, self._sizes[name]) for name, number in ordered[:count]]

    def __len__(self) -> int:
        return len(self._counts)


class Talkers:
    """senders: SIP addresses, by messages sent; servers are in `Stats.servers`. callers, callees:
    URIs of From and To, by calls."""

    __slots__ = ("callees", "callers", "senders")

    def __init__(self) -> None:
        self.senders = Ranking()
        self.callers = Ranking()
        self.callees = Ranking()
