"""Frames that real servers made, and records of a capture made of bytes."""

from __future__ import annotations

import base64
import gzip
import json
from functools import cache
from pathlib import Path

from seastool.capture.decoded import Decoded
from seastool.capture.records import Address, CapturedFrame
from seastool.seas.codec import decode_frame
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket

TESTS = Path(__file__).parent.parent
CAPTURES = TESTS.parent / "captures"
SERVERS = sorted({path.parent.name for path in (TESTS / "golden").glob("*/*.jsonl.gz")})
PROXY, AS = Address(b"\x7f\0\0\1", 5080), Address(b"\x7f\0\0\1", 40000)


@cache
def frames(server: str) -> tuple[bytes, ...]:
    """Every event that the server made."""
    found = []
    for path in sorted((TESTS / "golden" / server).glob("*.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            found += [row["frame"] for row in map(json.loads, lines) if row["frame"]]
    return tuple(base64.b64decode(frame) for frame in found)


@cache
def payloads(server: str) -> tuple[bytes, ...]:
    """The encoded message of every event."""
    events = (decode_frame(data, Socket.EVENT, Direction.TO_AS) for data in frames(server))
    return tuple(getattr(event, "payload", b"") for event in events)


def dialect_of(server: str) -> Dialect:
    return lookup(server)


def record(
    data: bytes,
    dialect: Dialect,
    socket: Socket = Socket.EVENT,
    direction: Direction = Direction.TO_AS,
    kind: UnitKind = UnitKind.FRAME,
) -> Decoded:
    """The bytes as if they had been captured in packet 7."""
    source, destination = (PROXY, AS) if direction is Direction.TO_AS else (AS, PROXY)
    captured = CapturedFrame(
        7, 10**18, 0, source, destination, socket, direction, kind, "as_1", data, 0
    )
    return Decoded(captured, dialect)


def action(data: bytes, dialect: Dialect) -> Decoded:
    """A frame of the application server on the action socket."""
    return record(data, dialect, Socket.ACTION, Direction.TO_OPENSER)
