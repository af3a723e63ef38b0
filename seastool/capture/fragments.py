"""IP fragments put together, in bounded memory.

The first copy of a byte wins. What never becomes whole is counted, one per IP packet.
"""

from __future__ import annotations

from bisect import bisect_left

from seastool.capture.ip import Fragment
from seastool.capture.losses import Cause, Limits, Statistics

Key = tuple[bytes, int, int]
MAX_PACKET = 1 << 16


class _Pieces:
    """The fragments of one IP packet that have come so far."""

    __slots__ = ("data", "end", "have", "packet", "protocol", "ranges", "time_ns")

    def __init__(self, packet: int, time_ns: int) -> None:
        self.data = bytearray()
        self.ranges: list[tuple[int, int]] = []  # start and end of what is there, sorted
        self.end = -1  # of the whole packet, once the last fragment is there
        self.protocol = -1
        self.packet = packet
        self.time_ns = time_ns

    def add(self, start: int, piece: bytes) -> None:
        """Take the bytes that are new, and join the ranges that they touch."""
        end = start + len(piece)
        if len(self.data) < end:
            self.data += bytes(end - len(self.data))
        ranges = self.ranges
        low = bisect_left(ranges, (start,))
        if low and ranges[low - 1][1] >= start:
            low -= 1
        high, at, first, last = low, start, start, end
        while high < len(ranges) and ranges[high][0] <= end:
            begin, stop = ranges[high]
            if at < begin:
                self.data[at:begin] = piece[at - start : begin - start]
            at = max(at, stop)
            first, last = min(first, begin), max(last, stop)
            high += 1
        if at < end:
            self.data[at:end] = piece[at - start :]
        ranges[low:high] = [(first, last)]

    @property
    def whole(self) -> bool:
        return self.end >= 0 and self.ranges == [(0, self.end)]


class Fragments:
    """Waits for the other fragments of IP packets."""

    def __init__(self, limits: Limits, statistics: Statistics) -> None:
        self._limits = limits
        self._statistics = statistics
        self._waiting: dict[Key, _Pieces] = {}
        self._bytes = 0

    def add(
        self,
        addresses: bytes,
        protocol: int,
        fragment: Fragment,
        data: bytes,
        packet: int,
        time_ns: int,
    ) -> tuple[int, bytes] | None:
        """Take a fragment; protocol and payload of the packet if it is whole now."""
        self._expire(time_ns)
        if fragment.start + len(data) > MAX_PACKET:
            self._statistics.lose(Cause.BAD_HEADER, packet, len(data))
            return None
        # IPv6 names the protocol in each fragment, but only the first one's counts.
        key = (addresses, fragment.identification, protocol if len(addresses) == 8 else -1)
        pieces = self._waiting.get(key)
        if pieces is None:
            pieces = self._waiting[key] = _Pieces(packet, time_ns)
        before = len(pieces.data)
        pieces.add(fragment.start, data)
        self._bytes += len(pieces.data) - before
        if fragment.start == 0 or len(addresses) == 8:
            pieces.protocol = protocol
        if not fragment.more and pieces.end < 0:
            pieces.end = fragment.start + len(data)
        if pieces.whole:
            self._forget(key)
            return pieces.protocol, bytes(pieces.data)
        while (
            len(self._waiting) > self._limits.fragments or self._bytes > self._limits.fragment_bytes
        ):
            self._drop(next(iter(self._waiting)), Cause.FRAGMENT_LIMIT)
        return None

    def finish(self) -> None:
        """The capture is over: what waits is lost."""
        while self._waiting:
            self._drop(next(iter(self._waiting)), Cause.FRAGMENT_INCOMPLETE)

    def _expire(self, now_ns: int) -> None:
        while self._waiting:
            key, oldest = next(iter(self._waiting.items()))
            if now_ns - oldest.time_ns < self._limits.fragment_ns:
                return
            self._drop(key, Cause.FRAGMENT_INCOMPLETE)

    def _drop(self, key: Key, cause: Cause) -> None:
        pieces = self._forget(key)
        self._statistics.lose(cause, pieces.packet, sum(e - s for s, e in pieces.ranges))

    def _forget(self, key: Key) -> _Pieces:
        pieces = self._waiting.pop(key)
        self._bytes -= len(pieces.data)
        return pieces
