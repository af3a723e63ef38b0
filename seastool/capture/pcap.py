"""The container of a capture, told from its first bytes, and the pcap format.

We read containers ourselves, as scapy's readers stop at a truncated record without a word,
cannot follow a growing file, and take longer to import than a short capture takes to read.

Source: draft-ietf-opsawg-pcap; the modified format is that of Kuznetzov's old libpcap patch.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct, unpack

from seastool.capture.container import IDLE, MAX_BLOCK, Damage, Packet, Read, refill
from seastool.capture.pcapng import SECTION_MAGIC, read_pcapng
from seastool.capture.source import CaptureFile
from seastool.errors import CaptureError


def read_packets(file: CaptureFile) -> Iterator[Packet]:
    """The packets of a capture, whichever container it is.

    IDLE comes out where a growing file has nothing more for now. What is wrong with the
    container behind the last packet is in `file.damage` when the iterator ends.
    Raises CaptureError if it is no capture at all.
    """
    head = b""
    while len(head) < 24:
        more = file.read()
        if more is None:
            yield IDLE
            continue
        if not more:
            break
        head += more
    magic = head[:4]
    if magic == SECTION_MAGIC:
        yield from read_pcapng(file.read, head, file.damage)
    elif magic in _FORMATS:
        if len(head) < 24:
            raise CaptureError("ends inside the pcap file header", path=file.name)
        yield from _read_pcap(file.read, head, file.damage)
    elif file.damage.what:
        raise CaptureError(f"no capture can be read: {file.damage.what}", path=file.name)
    elif not head:
        raise CaptureError("is empty; nothing was captured", path=file.name)
    else:
        raise CaptureError(_what_else(head), path=file.name)


_PACKED = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zX": "xz",
    b"BZh": "bzip2",
    b"\x04\x22\x4d\x18": "lz4",
}


def _what_else(head: bytes) -> str:
    for magic, tool in _PACKED.items():
        if head.startswith(magic):
            return f"is packed with {tool}; unpack it: {tool} -dc FILE | seastool decode -"
    return (
        f"is not a pcap or pcapng capture (it starts with {head[:4].hex()}); "
        "write it with tcpdump -w or dumpcap -w"
    )


# First four bytes: byte order, nanoseconds in a unit of the fraction, length of a record's head.
_FORMATS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
}


def is_capture(head: bytes) -> bool:
    """Whether a file that begins with these bytes, four at least, is a pcap or pcapng capture."""
    return head[:4] == SECTION_MAGIC or head[:4] in _FORMATS


def _read_pcap(read: Read, buf: bytes, damage: Damage) -> Iterator[Packet]:
    order, scale, head = _FORMATS[buf[:4]]
    # The upper half of the field holds the length of a check sum behind Ethernet frames.
    link = unpack(f"{order}I", buf[20:24])[0] & 0xFFFF
    record = Struct(f"{order}IIII").unpack_from
    at = 24
    while True:
        last = len(buf) - head
        need = head
        while at <= last:
            seconds, fraction, captured, original = record(buf, at)
            end = at + head + captured
            if end > len(buf):
                need = head + captured
                break
            yield seconds * 1_000_000_000 + fraction * scale, link, buf, at + head, end, original
            at = end
        if need > MAX_BLOCK:
            damage.what = f"a record claims {need - head} bytes"
            return
        more = yield from refill(read, buf[at:], need, damage)
        if more is None:
            return
        buf, at = more, 0
