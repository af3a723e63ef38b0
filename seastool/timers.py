"""When many things are due: a heap with one entry for most of them.

A thing that is due later than its entry says is put back when the entry surfaces, as most timers
are stopped or moved on long before they would fire. One that is due sooner gets another entry.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final, Generic, TypeVar

NEVER: Final = float("inf")
_FEW: Final = 256


class Timed:
    """What is due at one time at most.

    due: when; NEVER: at no time. entry: where it stands among the timers, which is their affair:
    when, in which order, and itself.
    """

    __slots__ = ("due", "entry")

    def __init__(self) -> None:
        self.due = NEVER
        self.entry: tuple[float, int, Timed] | None = None


T = TypeVar("T", bound=Timed)


class Timers(Generic[T]):
    """The due times of many things. Equal ones keep the order in which they were set."""

    __slots__ = ("_heap", "_number", "_stale")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._number = 0
        self._stale = 0  # entries that are no thing's any more

    def __len__(self) -> int:
        """How many things stand in it: one that was set to NEVER does until it would be due."""
        return len(self._heap) - self._stale

    def set(self, thing: T, due: float) -> None:
        """Let the thing be due then, whatever it was before."""
        thing.due = due
        entry = thing.entry
        if entry is None:
            if due != NEVER:
                self._push(thing, due)
        elif due < entry[0]:
            self._push(thing, due)
            self._forget()

    def clear(self, thing: T) -> None:
        """Let the thing be due at no time."""
        thing.due = NEVER
        if thing.entry is not None:
            thing.entry = None
            self._forget()

    def next(self) -> float | None:
        """When the first is due."""
        heap = self._heap
        while heap:
            entry = heap[0]
            at, _, thing = entry
            if thing.entry is not entry:
                self._stale -= 1
            elif thing.due == at:
                return at
            else:
                thing.entry = None
                if thing.due != NEVER:
                    self._push(thing, thing.due)
            # What was put back is due later: the same entry is still the first.
            heappop(heap)
        return None

    def pop(self, now: float) -> T | None:
        """The next that is due by now, since its `due`; it is not due again until it is set."""
        due = self.next()
        if due is None or due > now:
            return None
        thing = heappop(self._heap)[2]
        thing.entry = None
        return thing

    def _push(self, thing: T, due: float) -> None:
        self._number += 1
        thing.entry = entry = (due, self._number, thing)
        heappush(self._heap, entry)

    def _forget(self) -> None:
        """One entry has become stale; when most are, the heap is made anew without them."""
        self._stale += 1
        if self._stale > _FEW and self._stale * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].entry is entry]
            heapify(self._heap)
            self._stale = 0
