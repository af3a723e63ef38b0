"""The pcapng container: sections, interfaces, packets.

Sans-I/O: bytes come from a function. Blocks that hold no packets are skipped, those with an
impossible length end the reading and are told. Time stamps become integer nanoseconds.

Source: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, error, unpack_from

from seastool.capture.container import MAX_BLOCK, Damage, Packet, Read, refill

SECTION_MAGIC = b"\x0a\x0d\x0d\x0a"

_SECTION = 0x0A0D0D0A
_INTERFACE = 1
_OLD_PACKET = 2
_SIMPLE_PACKET = 3
_ENHANCED_PACKET = 6
_OPTION_TSRESOL = 9
_OPTION_TSOFFSET = 14

MAX_INTERFACES = 1 << 16

Interface = tuple[int, int, int, int, int]
"""link type, snap length, time stamp units in a second, nanoseconds in a unit (0 if that is no
whole number), offset in nanoseconds."""


class _Section:
    """What holds until the next section header: byte order and interfaces."""

    def __init__(self, order: str) -> None:
        self.interfaces: list[Interface] = []
        self.head = Struct(f"{order}II").unpack_from
        self.packet = Struct(f"{order}IIIII").unpack_from
        self.old_packet = Struct(f"{order}HHIIII").unpack_from
        self.simple = Struct(f"{order}I").unpack_from
        self.order = order

    def add_interface(self, buf: bytes, at: int, end: int) -> None:
        """Shape: u16 link type, u16 reserved, u32 snap length, options."""
        link, snap = unpack_from(f"{self.order}HxxI", buf, at)
        units, offset = 1_000_000, 0
        at += 8
        while at + 4 <= end:
            code, length = unpack_from(f"{self.order}HH", buf, at)
            at += 4
            if code == 0 or at + length > end:
                break
            if code == _OPTION_TSRESOL and length == 1:
                power = buf[at] & 0x7F
                units = 1 << power if buf[at] & 0x80 else 10 ** min(power, 40)
            elif code == _OPTION_TSOFFSET and length == 8:
                offset = unpack_from(f"{self.order}q", buf, at)[0] * 1_000_000_000
            at += length + 3 & ~3
        if len(self.interfaces) >= MAX_INTERFACES:
            raise ValueError
        scale = 0 if 1_000_000_000 % units else 1_000_000_000 // units
        self.interfaces.append((link, snap, units, scale, offset))


def read_pcapng(read: Read, buf: bytes, damage: Damage) -> Iterator[Packet]:
    """The packets of all sections; see `read_packets` in pcap.py for how it reports."""
    section = _Section("<")
    at = 0
    while True:
        need = 12
        size = len(buf)
        while at + 12 <= size:
            kind, length = section.head(buf, at)
            if kind == _SECTION:
                order = _byte_order(buf, at)
                if order is None:
                    damage.what = "a section has no byte order mark"
                    return
                section = _Section(order)
                length = section.head(buf, at)[1]
            if length < 12 or length % 4 or length > MAX_BLOCK:
                damage.what = f"a block of type {kind:#x} claims {length} bytes"
                return
            if at + length > size:
                need = length
                break
            if section.simple(buf, at + length - 4)[0] != length:
                damage.what = f"a block of type {kind:#x} has two different lengths"
                return
            if kind == _ENHANCED_PACKET and length >= 32:
                # The usual block, in line because it is the hot path.
                number, high, low, captured, original = section.packet(buf, at + 8)
                if captured <= length - 32 and number < len(section.interfaces):
                    link, _snap, units, scale, offset = section.interfaces[number]
                    ticks = high << 32 | low
                    time = ticks * scale if scale else ticks * 1_000_000_000 // units
                    start = at + 28
                    yield time + offset, link, buf, start, start + captured, original
                    at += length
                    continue
            try:
                packet = _block(section, kind, buf, at + 8, at + length - 4)
            except (error, IndexError, ValueError):
                damage.what = f"a block of type {kind:#x} contradicts itself"
                return
            at += length
            if packet is not None:
                yield packet
        more = yield from refill(read, buf[at:], need, damage)
        if more is None:
            return
        buf, at = more, 0


def _byte_order(buf: bytes, at: int) -> str | None:
    mark = buf[at + 8 : at + 12]
    return {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(mark)


def _block(section: _Section, kind: int, buf: bytes, at: int, end: int) -> Packet | None:
    """The packet in a block's body; None if it holds none.

    An enhanced packet block only comes here if it is wrong. Raises what `read_pcapng` catches.
    """
    if kind == _OLD_PACKET:
        number, _drops, high, low, captured, original = section.old_packet(buf, at)
        start = at + 20
        if start + captured > end:
            raise ValueError
        link, _snap, units, _scale, offset = section.interfaces[number]
        time = (high << 32 | low) * 1_000_000_000 // units + offset
        return time, link, buf, start, start + captured, original
    if kind == _SIMPLE_PACKET:
        return _simple_packet(section, buf, at, end)
    if kind == _INTERFACE:
        section.add_interface(buf, at, end)
    elif kind == _ENHANCED_PACKET:
        raise ValueError
    return None


def _simple_packet(section: _Section, buf: bytes, at: int, end: int) -> Packet:
    """A packet of the first interface, without time. Shape: u32 length on the wire, bytes."""
    link, snap, *_time = section.interfaces[0]
    original = section.simple(buf, at)[0]
    captured = min(original, snap or original, end - at - 4)
    return 0, link, buf, at + 4, at + 4 + captured, original
