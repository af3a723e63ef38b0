"""When transactions are due: a heap with one entry for most of them.

A transaction that is due later than its entry says is put back when the entry surfaces, as most
timers are stopped long before they would fire. One that is due sooner gets another entry.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Final

from seastool.sip.transactions.transaction import NEVER, Entry, Transaction

_FEW: Final = 256


class Timers:
    """The due times of many transactions."""

    __slots__ = ("_heap", "_number", "_stale")

    def __init__(self) -> None:
        self._heap: list[Entry] = []
        self._number = 0
        self._stale = 0  # entries that are no transaction's any more

    def __len__(self) -> int:
        """How many entries there are; half of them may be stale."""
        return len(self._heap)

    def set(self, transaction: Transaction) -> None:
        """Its timers have changed."""
        resends_at, ends_at = transaction.resends_at, transaction.ends_at
        due = transaction.due = resends_at if resends_at < ends_at else ends_at
        entry = transaction.entry
        if entry is None:
            if due != NEVER:
                self._push(transaction, due)
        elif due < entry[0]:
            self._push(transaction, due)
            self._forget()

    def clear(self, transaction: Transaction) -> None:
        """It is due no more."""
        transaction.resends_at = transaction.ends_at = transaction.due = NEVER
        if transaction.entry is not None:
            transaction.entry = None
            self._forget()

    def next(self) -> float | None:
        """When the first is due."""
        heap = self._heap
        while heap:
            entry = heap[0]
            at, _, transaction = entry
            if transaction.entry is not entry:
                self._stale -= 1
            elif transaction.due == at:
                return at
            else:
                transaction.entry = None
                if transaction.due != NEVER:
                    self._push(transaction, transaction.due)
            # What was put back is due later: the same entry is still the first.
            heappop(heap)
        return None

    def pop(self, now: float) -> Transaction | None:
        """The next that is due by now; its timers are to be set anew, or cleared."""
        due = self.next()
        if due is None or due > now:
            return None
        transaction = heappop(self._heap)[2]
        transaction.entry = None
        return transaction

    def _push(self, transaction: Transaction, due: float) -> None:
        self._number += 1
        transaction.entry = entry = (due, self._number, transaction)
        heappush(self._heap, entry)

    def _forget(self) -> None:
        """One entry has become stale; when most are, the heap is made anew without them."""
        self._stale += 1
        if self._stale > _FEW and self._stale * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].entry is entry]
            heapify(self._heap)
            self._stale = 0
