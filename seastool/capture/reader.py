"""From a capture file to records: SEAS frames, SIP messages and gaps.

The loop over packets makes no object for a packet and handles the usual one itself: IPv4 or
IPv6 without options, the next TCP segment in order, or an acknowledgement without data.
Everything else goes to ip.py, fragments.py and tcp.py.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from struct import Struct
from typing import IO

from seastool.capture.container import IDLE_LINK
from seastool.capture.datagrams import sip_of
from seastool.capture.fragments import Fragments
from seastool.capture.ip import TCP, UDP, locate, skip_extensions
from seastool.capture.link import LINK_LAYERS, NOT_IP
from seastool.capture.losses import Cause, Limits, Loss, Statistics
from seastool.capture.ordering import Ordering
from seastool.capture.pcap import read_packets
from seastool.capture.records import Address, CapturedFrame, CapturedSip, Gap, Record
from seastool.capture.source import CaptureFile
from seastool.capture.streams import Ports, Streams
from seastool.capture.tcp import FIN, MASK, RST, SYN, Reassembler
from seastool.seas.framing import UnitKind

__all__ = [
    "Address",
    "CaptureReader",
    "CapturedFrame",
    "CapturedSip",
    "Cause",
    "Gap",
    "Limits",
    "Loss",
    "Ports",
    "Record",
    "Statistics",
    "UnitKind",
    "read_capture",
]

# Both IP and TCP header without options: total length, fragment, protocol; sequence and
# acknowledgement number, TCP header length, flags.
_v4_tcp = Struct(">2xH2xHxB14xIIBB").unpack_from
_v6_tcp = Struct(">4xHB33x4xIIBB").unpack_from
_tcp = Struct(">4xIIBB").unpack_from
_udp = Struct(">HHH").unpack_from
_MAX_NOTES = 16
_SPECIAL = SYN | RST | FIN


def read_capture(
    source: str | Path | IO[bytes],
    *,
    ports: Ports | Iterable[int] = (),
    follow: Callable[[], bool] | None = None,
    limits: Limits | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> CaptureReader:
    """Read a capture.

    source: a path, "-" for standard input, or a binary file object.
    ports: ports that are SEAS whatever they carry, in addition to what is found by content;
        plain numbers are event ports P, with P+1 the action port.
    follow: to go on when the file ends; called to wait for more, False ends the reading.
    on_progress: called with the bytes read so far.
    Returns an iterator of records in the order in which they are complete, with the
    counts of what was not decoded in its `statistics`.
    Raises CaptureError, here or while iterating, for what is no readable capture.
    """
    return CaptureReader(
        CaptureFile(source, wait=follow, progress=on_progress),
        ports if isinstance(ports, Ports) else Ports.of(ports),
        limits or Limits(),
    )


class CaptureReader:
    """Iterator over the records of a capture; see `read_capture`."""

    def __init__(self, file: CaptureFile, ports: Ports, limits: Limits) -> None:
        self.statistics = Statistics()
        self._file = file
        self._out: list[Record] = []
        self._streams = Streams(limits, self.statistics, self._out.append, ports)
        self._tcp = Reassembler(limits, self.statistics, self._streams.attach)
        self._fragments = Fragments(limits, self.statistics)
        self._ordering = Ordering(limits)
        self._records = self._read()

    @property
    def losses(self) -> dict[Cause, Loss]:
        """What was not decoded, by cause."""
        return self.statistics.losses

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def __next__(self) -> Record:
        return next(self._records)

    def close(self) -> None:
        """Stop reading."""
        self._records.close()
        self._file.close()

    def _read(self) -> Generator[Record, None, None]:
        packet = time_ns = 0
        out, statistics, ordering = self._out, self.statistics, self._ordering
        streams = self._streams
        waiting, halves = streams.waiting, self._tcp.halves
        segment, acknowledged = self._tcp.segment, self._tcp.acknowledged
        link_layer = LINK_LAYERS.get
        try:
            for stamp, link, buf, start, end, _length in read_packets(self._file):
                strip = link_layer(link)
                if strip is None:
                    if link == IDLE_LINK:
                        statistics.packets = packet
                        ordering.put(out)
                        out.clear()
                        yield from ordering.rest()
                        continue
                    packet += 1
                    self._unknown_link(link, packet, end - start)
                    continue
                packet += 1
                time_ns = stamp
                if packet == 1:
                    statistics.start_ns = stamp
                at = strip(buf, start, end)
                if at < 0:
                    cause = Cause.NOT_IP if at == NOT_IP else Cause.TRUNCATED_PACKET
                    statistics.lose(cause, packet, end - start)
                    continue
                have = end - at
                if have >= 40 and buf[at] == 0x45:
                    size, place, protocol, seq, ack, offset, flags = _v4_tcp(buf, at)
                    plain = protocol == 6 and not place & 0x3FFF
                    data = at + 20 + (offset >> 4) * 4
                    first, last = at + 12, at + 24
                    stop = at + size
                elif have >= 60 and buf[at] >> 4 == 6:
                    size, protocol, seq, ack, offset, flags = _v6_tcp(buf, at)
                    plain = protocol == 6
                    data = at + 40 + (offset >> 4) * 4
                    first, last = at + 8, at + 44
                    stop = at + 40 + size
                else:
                    plain = False
                if not plain or stop > end or not size or data > stop or offset < 0x50:
                    self._packet(buf, at, end, packet, time_ns)
                elif (half := halves.get(buf[first:last])) is None or flags & _SPECIAL:
                    segment(buf[first:last], seq, ack, flags, buf[data:stop], 0, packet, time_ns)
                elif data == stop:
                    half.seen = packet
                    if not half.peer.pending:
                        continue
                    acknowledged(half.peer, ack, packet, time_ns)
                elif seq == half.next_seq and not half.pending and half.fin < 0:
                    half.seen = packet
                    load = buf[data:stop]
                    half.next_seq = (seq + stop - data) & MASK
                    half.last = load
                    half.sink.receive_data(load, packet, time_ns)
                    if half.peer.pending:
                        acknowledged(half.peer, ack, packet, time_ns)
                else:
                    segment(buf[first:last], seq, ack, flags, buf[data:stop], 0, packet, time_ns)
                if out:
                    statistics.packets = packet
                    if waiting or ordering or streams.replayed:
                        streams.replayed = False
                        ordering.put(out)
                        out.clear()
                        yield from ordering.ready(waiting, packet, time_ns)
                    else:
                        yield from out
                        out.clear()
                elif ordering:
                    yield from ordering.ready(waiting, packet, time_ns)
            statistics.packets = packet
            yield from self._finish(packet, time_ns)
        finally:
            statistics.packets, statistics.end_ns = packet, time_ns
            self._file.close()

    def _finish(self, packet: int, time_ns: int) -> Iterator[Record]:
        """What is still held, when the capture is over."""
        damage = self._file.damage
        if damage.what:
            cause = Cause.CAPTURE_TRUNCATED if damage.truncated else Cause.CAPTURE_DAMAGED
            self.statistics.lose(cause, packet + 1)
            self.statistics.notes.append(
                f"{self._file.name}: {damage.what}, at packet {packet + 1}; "
                "everything before it was read"
            )
        self._fragments.finish()
        self._tcp.finish(packet, time_ns)
        self._ordering.put(self._out)
        self._out.clear()
        yield from self._ordering.rest()

    def _unknown_link(self, link: int, packet: int, size: int) -> None:
        self.statistics.lose(Cause.UNKNOWN_LINK, packet, size)
        counts = self.statistics.link_types
        if link not in counts and len(counts) < _MAX_NOTES:
            note = f"link type {link} is not understood, first at packet {packet}"
            self.statistics.notes.append(note)
        counts[link] = counts.get(link, 0) + 1

    def _packet(self, buf: bytes, at: int, end: int, packet: int, time_ns: int) -> None:
        """A packet that is not plain TCP."""
        place = locate(buf, at, end)
        if isinstance(place, Cause):
            self.statistics.lose(place, packet, end - at)
            return
        protocol, start, stop, cut, addresses, fragment = place
        if fragment is not None:
            if cut:
                self.statistics.lose(Cause.SNAPLEN_CUT, packet, cut)
                return
            whole = self._fragments.add(
                addresses, protocol, fragment, buf[start:stop], packet, time_ns
            )
            behind = whole and skip_extensions(whole[1], whole[0])
            if not whole or not behind:
                return
            protocol, start = behind
            buf, stop = whole[1], len(whole[1])
        if protocol == TCP:
            self._segment(addresses, buf, start, stop, cut, packet, time_ns)
        elif protocol == UDP:
            self._datagram(addresses, buf, start, stop, cut, packet, time_ns)
        else:
            self.statistics.lose(Cause.OTHER_PROTOCOL, packet, end - at)

    def _segment(
        self, addresses: bytes, buf: bytes, at: int, end: int, cut: int, packet: int, time_ns: int
    ) -> None:
        if end - at < 20:
            cause = Cause.TRUNCATED_PACKET if cut else Cause.BAD_HEADER
            self.statistics.lose(cause, packet, end - at)
            return
        seq, ack, offset, flags = _tcp(buf, at)
        data = at + (offset >> 4) * 4
        if offset < 0x50 or data > end + cut:
            self.statistics.lose(Cause.BAD_HEADER, packet, end - at)
            return
        if data > end:
            cut -= data - end
            data = end
        key = addresses + buf[at : at + 4]
        self._tcp.segment(key, seq, ack, flags, buf[data:end], cut, packet, time_ns)

    def _datagram(
        self, addresses: bytes, buf: bytes, at: int, end: int, cut: int, packet: int, time_ns: int
    ) -> None:
        if end - at < 8:
            cause = Cause.TRUNCATED_PACKET if cut else Cause.BAD_HEADER
            self.statistics.lose(cause, packet, end - at)
            return
        source, destination, length = _udp(buf, at)
        if length >= 8:
            end = min(end, at + length)
        size = len(addresses) // 2
        ends = Address(addresses[:size], source), Address(addresses[size:], destination)
        record = sip_of(buf[at + 8 : end], *ends, packet, time_ns, self.statistics)
        if record is None:
            return
        if cut:
            self.statistics.lose(Cause.SNAPLEN_CUT, packet, cut)
        self._out.append(record)
