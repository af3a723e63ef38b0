"""Many alarms, most of which are cancelled before they ring."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seastool.scenario.texts.call import Call

_SLACK = 1024  # cancelled ones that may stay in the heap before it is made anew


class Alarm:
    """One alarm; call is None once it was cancelled or has rung."""

    __slots__ = ("at", "call")

    def __init__(self, at: float, call: Call) -> None:
        self.at = at
        self.call: Call | None = call


class Alarms:
    """A heap of alarms. Times are those of `now`."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Alarm]] = []
        self._count = 0
        self._cancelled = 0

    def __len__(self) -> int:
        return len(self._heap) - self._cancelled

    def add(self, at: float, call: Call) -> Alarm:
        """Ring for a call at that time."""
        alarm = Alarm(at, call)
        self._count += 1
        heappush(self._heap, (at, self._count, alarm))
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """It does not ring any more."""
        if alarm.call is None:
            return
        alarm.call = None
        self._cancelled += 1
        if self._cancelled > _SLACK and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].call is not None]
            heapify(self._heap)
            self._cancelled = 0

    def next(self) -> float | None:
        """When the first one rings."""
        heap = self._heap
        while heap and heap[0][2].call is None:
            heappop(heap)
            self._cancelled -= 1
        return heap[0][0] if heap else None

    def due(self, now: float) -> Call | None:
        """The call of one that rings now; None if none does."""
        at = self.next()
        if at is None or at > now:
            return None
        alarm = heappop(self._heap)[2]
        call, alarm.call = alarm.call, None
        return call
