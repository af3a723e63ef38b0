"""TCP streams put together, each direction of a connection on its own.

The reader handles the next segment in order itself; everything else comes here: first and
last segments, reordering, retransmission, overlap, loss. Sequence numbers wrap, so they are
compared as distances modulo 2**32. The first copy of a byte wins.

A hole is given up when the peer has acknowledged what follows it (after some slack, as
the two directions may be captured slightly out of order), when the buffer is full, or when the
connection or the capture ends. Then the sink is told of the gap and goes on behind it.

Source: RFC 9293 sections 3.4 and 3.10; RFC 1122 section 4.2.3.6 for keep-alives.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import nsmallest
from typing import Final

from seastool.capture.half import UNKNOWN, Half
from seastool.capture.holes import Segment, differing, insert
from seastool.capture.losses import Cause, Limits, Statistics
from seastool.capture.records import Address

FIN, SYN, RST, ACK = 1, 2, 4, 16
MASK: Final = 0xFFFFFFFF
WINDOW: Final = 1 << 30  # the largest window that RFC 7323 allows


class Reassembler:
    """All connections of a capture.

    attach: called with the two halves of a new connection, that of the first packet first,
    to set their sinks.
    """

    def __init__(
        self, limits: Limits, statistics: Statistics, attach: Callable[[Half, Half], None]
    ) -> None:
        self.halves: dict[bytes, Half] = {}
        self._limits = limits
        self._statistics = statistics
        self._attach = attach
        self._buffered = 0

    def segment(
        self,
        key: bytes,
        seq: int,
        ack: int,
        flags: int,
        data: bytes,
        cut: int,
        packet: int,
        time_ns: int,
    ) -> None:
        """Take any segment.

        key: source and destination address and both ports, as on the wire.
        cut: bytes at the end of the payload that the capture does not have.
        """
        half = self.halves.get(key) or self._open(key, packet, time_ns)
        if flags & SYN:
            half = self._synchronize(half, key, seq, ack, flags, packet, time_ns)
            seq = (seq + 1) & MASK
        half.seen = packet
        if flags & RST:
            self._reset(half, seq, packet, time_ns)
            return
        if data or cut:
            if half.next_seq == UNKNOWN:
                half.next_seq = seq
            self._data(half, seq, data, cut, packet, time_ns)
        if flags & FIN:
            half.fin = (seq + len(data) + cut) & MASK
        if half.fin == half.next_seq and half.fin != UNKNOWN and not half.ended:
            half.ended = True
            half.sink.end(packet, time_ns)
        if flags & ACK and half.peer.pending:
            self.acknowledged(half.peer, ack, packet, time_ns)

    def acknowledged(self, half: Half, ack: int, packet: int, time_ns: int) -> None:
        """The peer has every byte of `half` before `ack`: are bytes missing here lost?"""
        hole = half.pending[0].start - half.advance
        beyond = (ack - half.next_seq) & MASK
        if not hole <= beyond < WINDOW:
            return
        if not half.doubt:
            half.doubt_ns = time_ns
        half.doubt += 1
        limits = self._limits
        if half.doubt > limits.slack or time_ns - half.doubt_ns > limits.slack_ns:
            self._give_up(half, Cause.LOST)

    def finish(self, packet: int, time_ns: int) -> None:
        """The capture is over."""
        for half in list(self.halves.values()):
            self._end(half, packet, time_ns)

    def _open(self, key: bytes, packet: int, time_ns: int) -> Half:
        if len(self.halves) >= 2 * self._limits.connections:
            self._evict(packet, time_ns)
        size = (len(key) - 4) // 2
        source = Address(key[:size], key[-4] << 8 | key[-3])
        destination = Address(key[size:-4], key[-2] << 8 | key[-1])
        number = self._statistics.connections
        self._statistics.connections = number + 1
        half = Half(number, source, destination)
        peer = Half(number, destination, source)
        half.peer, peer.peer = peer, half
        self.halves[key] = half
        self.halves[key[size:-4] + key[:size] + key[-2:] + key[-4:-2]] = peer
        self._attach(half, peer)
        return half

    def _evict(self, packet: int, time_ns: int) -> None:
        """Forget the sixteenth of the connections that has been idle longest."""
        count = max(1, self._limits.connections // 16)
        idle = nsmallest(
            2 * count,
            self.halves.items(),
            key=lambda item: (max(item[1].seen, item[1].peer.seen), item[1].connection),
        )
        for key, _half in idle:
            del self.halves[key]
        for half in {half.connection: half for _key, half in idle}.values():
            if not (half.ended and half.peer.ended):
                size = half.buffered + half.peer.buffered
                self._statistics.lose(Cause.CONNECTION_EVICTED, packet, size)
            for side in (half, half.peer):
                self._end(side, packet, time_ns)

    def _synchronize(
        self, half: Half, key: bytes, seq: int, ack: int, flags: int, packet: int, time_ns: int
    ) -> Half:
        """A SYN: the start of a stream, a copy of it, or a new connection on old ports."""
        first = (seq + 1) & MASK
        if half.next_seq != UNKNOWN and half.isn != seq and not self._late_syn(half, first):
            for old in (half, half.peer):
                self._end(old, packet, time_ns)
            half = self._open(key, packet, time_ns)
        if half.isn == UNKNOWN:
            half.isn = seq
        if half.next_seq == UNKNOWN:
            half.next_seq = first
        if flags & ACK and half.peer.next_seq == UNKNOWN:
            half.peer.isn = (ack - 1) & MASK
            half.peer.next_seq = ack
        return half

    @staticmethod
    def _late_syn(half: Half, first: int) -> bool:
        """Whether the SYN belongs to data that was captured before it."""
        return half.isn == UNKNOWN and (half.next_seq - first) & MASK < 1 << 16

    def _reset(self, half: Half, seq: int, packet: int, time_ns: int) -> None:
        """RST: what is missing will not be sent again. Data on its way may still follow."""
        if half.next_seq != UNKNOWN and (seq - half.next_seq + WINDOW) & MASK >= 2 * WINDOW:
            self._statistics.lose(Cause.OUT_OF_WINDOW, packet)
            return
        for side in (half, half.peer):
            while side.pending:
                self._give_up(side, Cause.LOST)

    def _data(self, half: Half, seq: int, data: bytes, cut: int, packet: int, time_ns: int) -> None:
        ahead = (seq - half.next_seq) & MASK
        if ahead == 0 and not half.pending:
            self._deliver(half, data, packet, time_ns)
            self._cut(half, cut, packet, time_ns)
        elif ahead < WINDOW:
            self._hold(half, ahead, data, cut, packet, time_ns)
        elif ahead > MASK - WINDOW:
            self._again(half, MASK + 1 - ahead, data, cut, packet, time_ns)
        elif seq == half.stray:
            # The stream goes on there: so much of it is missing that it looks out of place.
            self._jump(half, ahead, packet, time_ns)
            self._deliver(half, data, packet, time_ns)
            self._cut(half, cut, packet, time_ns)
        else:
            half.stray = (seq + len(data) + cut) & MASK
            self._statistics.lose(Cause.OUT_OF_WINDOW, packet, len(data))

    def _again(
        self, half: Half, behind: int, data: bytes, cut: int, packet: int, time_ns: int
    ) -> None:
        """A segment that starts before the next byte: all or a part of it is old."""
        size = len(data) + cut
        if size <= 1 and behind == 1:
            # One byte of any value, to be acknowledged and not to be read.
            self._statistics.lose(Cause.KEEP_ALIVE, packet, size)
            return
        old = min(behind, len(data))
        self._compare(half, behind, data[:old], packet)
        self._statistics.lose(Cause.RETRANSMISSION, packet, old)
        if size > behind:
            rest = data[behind:]
            cut = size - behind - len(rest)
            self._data(half, half.next_seq, rest, cut, packet, time_ns)

    def _compare(self, half: Half, behind: int, data: bytes, packet: int) -> None:
        """Compare old bytes with the last segment delivered: all that is still known."""
        known = half.last[-behind:] if behind <= len(half.last) else half.last
        if behind > len(known):
            data = data[behind - len(known) :]
        if count := differing(data, known[: len(data)]):
            self._statistics.lose(Cause.OVERLAP_DIFFERS, packet, count)

    def _hold(
        self, half: Half, ahead: int, data: bytes, cut: int, packet: int, time_ns: int
    ) -> None:
        """Keep a segment until what is before it has come."""
        segment = Segment(half.advance + ahead, data, cut, packet, time_ns)
        added, repeated, differ = insert(half.pending, segment)
        if repeated:
            self._statistics.lose(Cause.RETRANSMISSION, packet, repeated)
        if differ:
            self._statistics.lose(Cause.OVERLAP_DIFFERS, packet, differ)
        half.buffered += added
        self._buffered += added
        self._drain(half)
        limits = self._limits
        while half.pending and (
            half.buffered > limits.segment_bytes
            or len(half.pending) > limits.segments
            or self._buffered > limits.total_segment_bytes
        ):
            self._give_up(half, Cause.BUFFER_LIMIT)

    def _drain(self, half: Half) -> None:
        """Deliver what is no longer behind a hole."""
        pending = half.pending
        count = 0
        for segment in pending:
            if segment.start > half.advance:
                break
            count += 1
            half.buffered -= len(segment.data)
            self._buffered -= len(segment.data)
            self._deliver(half, segment.data, segment.packet, segment.time_ns)
            if segment.cut:
                after = pending[count].start if count < len(pending) else half.advance + segment.cut
                hole = min(segment.cut, after - half.advance)
                self._cut(half, hole, segment.packet, segment.time_ns)
        if count:
            half.doubt = 0
            del pending[:count]

    def _deliver(self, half: Half, data: bytes, packet: int, time_ns: int) -> None:
        if data:
            half.next_seq = (half.next_seq + len(data)) & MASK
            half.advance += len(data)
            half.last = data
            half.sink.receive_data(data, packet, time_ns)

    def _cut(self, half: Half, cut: int, packet: int, time_ns: int) -> None:
        if cut > 0:
            self._gap(half, cut, packet, time_ns, Cause.SNAPLEN_CUT)

    def _jump(self, half: Half, ahead: int, packet: int, time_ns: int) -> None:
        while half.pending:
            self._give_up(half, Cause.LOST)
        self._gap(half, ahead, packet, time_ns, Cause.LOST)

    def _give_up(self, half: Half, cause: Cause) -> None:
        """Go on behind the first hole; that is where its gap is told."""
        first = half.pending[0]
        self._gap(half, first.start - half.advance, first.packet, first.time_ns, cause)
        self._drain(half)

    def _gap(self, half: Half, missing: int, packet: int, time_ns: int, cause: Cause) -> None:
        half.next_seq = (half.next_seq + missing) & MASK
        half.advance += missing
        half.last = b""
        half.doubt = 0
        self._statistics.lose(cause, packet, missing)
        half.sink.gap(missing, packet, time_ns, cause)

    def _end(self, half: Half, packet: int, time_ns: int) -> None:
        while half.pending:
            self._give_up(half, Cause.LOST)
        if not half.ended:
            half.ended = True
            half.sink.end(packet, time_ns)
