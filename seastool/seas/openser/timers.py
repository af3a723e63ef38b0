"""When transactions end: a heap whose stale entries are left where they are until they surface."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final, Generic, Protocol, TypeVar

NEVER: Final = float("inf")
_FEW: Final = 256


class Timed(Protocol):
    """Something with a time at which it is due; NEVER for none."""

    due: float


T = TypeVar("T", bound=Timed)


class Timers(Generic[T]):
    """The due times of many things, each with one at most."""

    __slots__ = ("_heap", "_live", "_number")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._number = 0
        self._live = 0

    def __len__(self) -> int:
        """How many things are due at some time."""
        return self._live

    def set(self, thing: T, due: float) -> None:
        """Let the thing be due then, whatever it was before; NEVER: at no time."""
        if due == NEVER:
            self.clear(thing)
            return
        if thing.due == NEVER:
            self._live += 1
        thing.due = due
        self._number += 1
        heappush(self._heap, (due, self._number, thing))
        if len(self._heap) > _FEW and len(self._heap) > 2 * self._live:
            self._heap = [entry for entry in self._heap if entry[2].due == entry[0]]
            heapify(self._heap)

    def clear(self, thing: T) -> None:
        """Let the thing be due at no time."""
        if thing.due != NEVER:
            thing.due = NEVER
            self._live -= 1
        if not self._live:
            self._heap.clear()

    def next(self) -> float | None:
        """When the first is due."""
        heap = self._heap
        while heap:
            due, _, thing = heap[0]
            if thing.due == due:
                return due
            heappop(heap)
        return None

    def pop(self, now: float) -> tuple[T, float] | None:
        """The next thing that is due by now, and since when; it is due no more."""
        due = self.next()
        if due is None or due > now:
            return None
        thing = heappop(self._heap)[2]
        self.clear(thing)
        return thing, due
