"""Records in the order of their packets, though some connections are identified late.

As long as a connection is held that may still become records, those of later packets wait.
Waiting is bounded: then the connection's own records come late, with their packet numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from seastool.capture.held import Conversation
from seastool.capture.losses import Limits
from seastool.capture.records import NO_CONNECTION, Record


class Ordering:
    """Holds records back until nothing earlier can come."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._heap: list[tuple[int, int, Record]] = []
        self._count = 0
        self._size = 0
        self._last: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, records: Iterable[Record]) -> None:
        """Take records; those of one connection keep their order."""
        for record in records:
            place = record.packet
            if record.connection != NO_CONNECTION:
                place = max(place, self._last.get(record.connection, 0))
                self._last[record.connection] = place
            self._count += 1
            self._size += len(getattr(record, "data", b""))
            heappush(self._heap, (place, self._count, record))

    def ready(self, waiting: dict[Conversation, None], packet: int, time_ns: int) -> list[Record]:
        """The records that nothing earlier can precede any more.

        waiting: connections to wait for, in the order of their first packets; those that
        have been waited for too long are taken out.
        """
        limits = self._limits
        before = packet + 1
        full = self._size > limits.total_held_bytes
        for conversation in list(waiting) if full else self._late(waiting, packet, time_ns):
            del waiting[conversation]
        for conversation in waiting:
            before = conversation.first_packet
            break
        ready: list[Record] = []
        heap = self._heap
        while heap and heap[0][0] < before:
            place, _count, record = heappop(heap)
            self._size -= len(getattr(record, "data", b""))
            if self._last.get(record.connection) == place:
                del self._last[record.connection]  # others of this place follow at once
            ready.append(record)
        return ready

    def _late(
        self, waiting: dict[Conversation, None], packet: int, time_ns: int
    ) -> list[Conversation]:
        late: list[Conversation] = []
        for conversation in waiting:
            if (
                conversation.first_packet >= packet - self._limits.held_packets
                and conversation.first_ns >= time_ns - self._limits.held_ns
            ):
                break
            late.append(conversation)
        return late

    def rest(self) -> list[Record]:
        """All that is held, in order."""
        ready = [record for _place, _count, record in sorted(self._heap)]
        self._heap.clear()
        self._last.clear()
        self._size = 0
        return ready
