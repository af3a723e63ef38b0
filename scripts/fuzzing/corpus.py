"""What is mutated: frames, SIP texts and captures of real servers."""

import base64
import gzip
import json
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

from seastool.capture.reader import CapturedFrame, UnitKind, read_capture
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, Socket

ROOT = Path(__file__).resolve().parent.parent.parent
CAPTURE_PACKETS = 60
PCAP_HEADER = 24
PCAP_RECORD = 16

Side = tuple[Socket, Direction]
EVENTS: Side = (Socket.EVENT, Direction.TO_AS)


class Frame(NamedTuple):
    """A whole frame and where it was seen."""

    data: bytes
    dialect: Dialect
    side: Side


class Text(NamedTuple):
    """A SIP message and the server it was sent to."""

    data: bytes
    dialect: Dialect


class Stream(NamedTuple):
    """All that one side said on one socket."""

    data: bytes
    side: Side


@cache
def golden() -> tuple[list[Frame], list[Text]]:
    """The recorded messages of every server: events, and the texts they are made of."""
    frames, texts = [], []
    for path in sorted((ROOT / "tests" / "golden").glob("*/*.jsonl.gz")):
        dialect = lookup(path.parent.name)
        with gzip.open(path, "rt") as lines:
            for record in map(json.loads, lines):
                texts.append(Text(base64.b64decode(record["sip"]), dialect))
                if record["frame"]:
                    frames.append(Frame(base64.b64decode(record["frame"]), dialect, EVENTS))
    return frames, texts


@cache
def captured() -> list[Frame]:
    """The frames of the session captures: all types, both layouts, both directions."""
    found = []
    for path, dialect in _sessions():
        for record in read_capture(path):
            if isinstance(record, CapturedFrame) and record.kind is UnitKind.FRAME:
                assert record.socket is not None
                assert record.direction is not None
                found.append(Frame(record.data, dialect, (record.socket, record.direction)))
    return found


def _sessions() -> list[tuple[Path, Dialect]]:
    names = ("kamailio-5.6.3-session", "kamailio-5.6.3-sipp-uac", "openser-1.3.0-session")
    return [
        (ROOT / "captures" / f"{name}.pcap", lookup("-".join(name.split("-")[:2])))
        for name in names
    ]


@cache
def streams() -> list[Stream]:
    """Whole conversations, one direction each."""
    found: dict[tuple[Path, int, Side], bytes] = {}
    for path, _ in _sessions():
        for record in read_capture(path):
            if isinstance(record, CapturedFrame):
                assert record.socket is not None
                assert record.direction is not None
                side = (record.socket, record.direction)
                key = (path, record.connection, side)
                found[key] = found.get(key, b"") + record.data
    return [Stream(data[:6000], key[2]) for key, data in found.items()]


@cache
def captures() -> list[list[bytes]]:
    """Stretches of the session captures, as packets."""
    found = []
    for path, _ in _sessions():
        packets = _packets(path.read_bytes())
        for start in (0, len(packets) // 2):
            found.append(packets[start : start + CAPTURE_PACKETS])
    return found


def _packets(data: bytes) -> list[bytes]:
    found = []
    at = PCAP_HEADER
    while at + PCAP_RECORD <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 8)
        found.append(data[at + PCAP_RECORD : at + PCAP_RECORD + size])
        at += PCAP_RECORD + size
    return found


def pcap(packets: list[bytes], order: str = "<", magic: int = 0xA1B2C3D4, link: int = 1) -> bytes:
    """The packets as a classic capture."""
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)]
    for i, packet in enumerate(packets):
        parts.append(struct.pack(order + "IIII", 1, i, len(packet), len(packet)))
        parts.append(packet)
    return b"".join(parts)


def pcapng(packets: list[bytes], order: str = "<") -> bytes:
    """The packets as pcapng, in enhanced packet blocks."""

    def block(type: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        size = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", type) + size + body + size

    parts = [
        block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, struct.pack(order + "HHI", 1, 0, 0)),
    ]
    for i, packet in enumerate(packets):
        head = struct.pack(order + "IIIII", 0, 0, i, len(packet), len(packet))
        parts.append(block(6, head + packet))
    return b"".join(parts)
