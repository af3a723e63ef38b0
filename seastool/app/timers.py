"""All timers of a container in one heap; a cancelled one stays in it, empty, until its time."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Final

_COMPACT_ABOVE: Final = 1024


class Timer:
    """A call that is due at a time; `cancel` it before, as often as you like."""

    __slots__ = ("_argument", "_call", "_timers", "at")

    def __init__(self, timers: Timers, at: float, call: Callable[[Any], None], argument: Any):
        self._timers = timers
        self.at = at
        self._call: Callable[[Any], None] | None = call
        self._argument = argument

    @property
    def is_set(self) -> bool:
        """Whether it is still to come."""
        return self._call is not None

    def cancel(self) -> None:
        """Let it not happen."""
        if self._call is not None:
            self._call = self._argument = None
            self._timers.forget()

    def take(self) -> tuple[Callable[[Any], None], Any] | None:
        """What is to be called, once; None if it was cancelled."""
        if self._call is None:
            return None
        taken = self._call, self._argument
        self._call = self._argument = None
        return taken


class Timers:
    """A heap of timers. Equal times keep the order in which they were set."""

    __slots__ = ("_cancelled", "_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0
        self._cancelled = 0

    def __len__(self) -> int:
        """How many are still to come."""
        return len(self._heap) - self._cancelled

    def set(self, at: float, call: Callable[[Any], None], argument: Any) -> Timer:
        """Call `call(argument)` at that time."""
        timer = Timer(self, at, call, argument)
        self._count += 1
        heappush(self._heap, (at, self._count, timer))
        return timer

    def forget(self) -> None:
        """One timer was cancelled; when most are, the heap is made anew without them."""
        self._cancelled += 1
        if self._cancelled > _COMPACT_ABOVE and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].is_set]
            heapify(self._heap)
            self._cancelled = 0

    def next_at(self) -> float | None:
        """When the next one is due; None if there is none."""
        heap = self._heap
        while heap and not heap[0][2].is_set:
            heappop(heap)
            self._cancelled -= 1
        return heap[0][0] if heap else None

    @property
    def count(self) -> int:
        """How many were ever set."""
        return self._count

    def pop_due(self, now: float, count: int) -> tuple[Callable[[Any], None], Any] | None:
        """The next call that is due, taken out; None if none is.

        count: timers set after so many wait for another round, so that one that sets another
        for at once does not go on for ever.
        """
        while (at := self.next_at()) is not None and at <= now:
            if self._heap[0][1] > count:
                return None
            taken = heappop(self._heap)[2].take()
            if taken:
                return taken
        return None

    def clear(self) -> None:
        """Forget all."""
        for _, _, timer in self._heap:
            timer.take()
        self._heap.clear()
        self._cancelled = 0
