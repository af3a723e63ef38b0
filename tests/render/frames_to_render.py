"""Frames for the tests of the views: of real servers, and changed ones."""

import base64
import gzip
import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from seastool.capture.reader import CapturedFrame, UnitKind, read_capture
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, Socket

ROOT = Path(__file__).parents[2]
GOLDEN = sorted((ROOT / "tests" / "golden").glob("*/*.jsonl.gz"))
CAPTURES = {
    "kamailio-5.6.3-session.pcap": "kamailio-5.6.3",
    "kamailio-5.6.3-sipp-uac.pcap": "kamailio-5.6.3",
    "openser-1.3.0-session.pcap": "openser-1.3.0",
}


def golden_frames(path: Path, every: int = 1) -> list[bytes]:
    """The frames of a golden file, or one in so many."""
    with gzip.open(path, "rt") as lines:
        records = [json.loads(line) for line in list(lines)[::every]]
    return [base64.b64decode(record["frame"]) for record in records if record.get("frame")]


def golden_dialect(path: Path) -> Dialect:
    """The dialect of a golden file, by its folder."""
    return lookup(path.parent.name)


@cache
def captured_frames() -> list[tuple[bytes, Socket, Direction, Dialect]]:
    """Every frame of the captures."""
    found = []
    for name, dialect in CAPTURES.items():
        for record in read_capture(ROOT / "captures" / name):
            if isinstance(record, CapturedFrame) and record.kind is UnitKind.FRAME:
                assert record.socket
                assert record.direction
                found.append((record.data, record.socket, record.direction, lookup(dialect)))
    return found


def mutations(frame: bytes, seed: int, count: int) -> Iterator[bytes]:
    """The frame with bytes changed at random; its own length stays right."""
    choose = random.Random(seed)
    for _ in range(count):
        data = bytearray(frame)
        for _ in range(choose.choice((1, 1, 2, 5))):
            data[choose.randrange(4, min(len(data), 400))] = choose.choice(
                (0, 1, 255, choose.randrange(256))
            )
        if choose.random() < 0.2:
            del data[choose.randrange(20, len(data)) :]
            data[:4] = len(data).to_bytes(4, "big")
        yield bytes(data)
