#!/usr/bin/env python3
"""Hold frames that real servers made against those that seastool makes of the same SIP text.

    scripts/golden.py FILE.jsonl.gz ... [--dialect NAME] [--verbose]

A file has one JSON object a line: `name`, `sip` and `frame` in base64, `frame` null where the
server refused the message. The dialect is the name of the file's folder unless given. The last
line is "identical N of M". Exit codes: 0 all identical, 1 not all, 2 usage, 3 unreadable input.
"""

import argparse
import base64
import binascii
import gzip
import io
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seastool.errors import DecodeError, EncodeError, SeasError
from seastool.seas import frames
from seastool.seas.builder import Receive, build_event
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.message import Message
from seastool.seas.types import EventType

_LONGEST_LINE = 1 << 20
_EVENTS: dict[int, type[frames.TReqIn | frames.SlReqIn | frames.ResIn]] = {
    EventType.T_REQ_IN: frames.TReqIn,
    EventType.SL_REQ_IN: frames.SlReqIn,
    EventType.RES_IN: frames.ResIn,
}


class Golden(NamedTuple):
    """One line of a file."""

    name: str
    sip: bytes
    frame: bytes | None


class Unreadable(Exception):
    """The file is not what it should be; one line says where and why."""


def read_golden(path: Path) -> Iterator[Golden]:
    """The messages of one file, plain or gzip. Raises: Unreadable."""
    number = 0
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            lines = gzip.GzipFile(fileobj=raw) if zipped else io.BufferedReader(raw)
            while line := lines.readline(_LONGEST_LINE):
                number += 1
                yield _golden(line)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"{path}: {reason}") from None
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError) as error:
        raise Unreadable(f"{path}: line {number} is not a golden message: {error!r:.80}") from None
    if not number:
        raise Unreadable(f"{path}: empty file")


def _golden(line: bytes) -> Golden:
    entry = json.loads(line)
    frame = entry["frame"]
    return Golden(
        str(entry["name"]),
        base64.b64decode(entry["sip"], validate=True),
        None if frame is None else base64.b64decode(frame, validate=True),
    )


def make_frame(golden: Golden, dialect: Dialect) -> bytes:
    """Our frame of the same text; what only the server knew is taken from its frame.

    Raises: EncodeError, DecodeError if the server's frame is not an event with a message.
    """
    if golden.frame is None:
        return build_event(golden.sip, dialect)
    kind = _EVENTS.get(golden.frame[4]) if len(golden.frame) > 4 else None
    if kind is None:
        raise DecodeError("not an event with a message", offset=4)
    theirs = kind.decode(golden.frame)
    more = {}
    if isinstance(theirs, frames.TReqIn | frames.ResIn):
        more = {"hash_index": theirs.hash_index, "label": theirs.label}
    if isinstance(theirs, frames.ResIn):
        more["uac_id"] = theirs.uac_id
    cancelled = None
    if isinstance(theirs, frames.TReqIn) and theirs.cancelled_hash_index is not None:
        cancelled = (theirs.cancelled_hash_index, theirs.cancelled_label or 0)
    receive = Receive(
        theirs.protocol,
        theirs.source_address,
        theirs.destination_address,
        theirs.source_port,
        theirs.destination_port,
    )
    return build_event(
        golden.sip,
        dialect,
        type=EventType(golden.frame[4]),
        receive=receive,
        processor_id=theirs.processor_id,
        flags=theirs.flags,
        cancelled=cancelled,
        **more,
    )


def difference(golden: Golden, dialect: Dialect) -> str:
    """Empty if both frames are the same or both refuse; else what is not."""
    try:
        ours = make_frame(golden, dialect)
    except EncodeError as refusal:
        return "" if golden.frame is None else f"refused here only: {refusal}"
    if golden.frame is None:
        return "refused by the server only"
    if ours == golden.frame:
        return ""
    at = next(
        (i for i, (a, b) in enumerate(zip(ours, golden.frame, strict=False)) if a != b),
        min(len(ours), len(golden.frame)),
    )
    return f"{_place(golden, dialect)}; first differing byte {at}, lengths {len(ours)} and " + str(
        len(golden.frame)
    )


def _place(golden: Golden, dialect: Dialect) -> str:
    """The first part of the message that differs."""
    assert golden.frame is not None
    kind = _EVENTS[golden.frame[4]]
    theirs_payload = kind.decode(golden.frame).payload
    ours_payload = kind.decode(make_frame(golden, dialect)).payload
    try:
        ours, theirs = Message(ours_payload, dialect), Message(theirs_payload, dialect)
        if ours.info != theirs.info:
            return f"information: {ours.info} is not {theirs.info}"
        for i in range(min(ours.header_count, theirs.header_count)):
            (a, b), (c, d) = ours.bounds(i), theirs.bounds(i)
            if ours.types[i] != theirs.types[i] or ours_payload[a:b] != theirs_payload[c:d]:
                text = ours.header_at(i).text[:150]
                return (
                    f"header {i} {text!r}: type {ours.types[i]} not {theirs.types[i]}, "
                    f"{ours_payload[a:b].hex()} is not {theirs_payload[c:d].hex()}"
                )
    except SeasError as error:
        return f"undecodable: {error}"
    return "elsewhere"


def run(path: Path, name: str, verbose: bool) -> tuple[int, int]:
    """How many of a file are identical, and of how many."""
    dialect = lookup(name)
    same = total = 0
    for golden in read_golden(path):
        total += 1
        try:
            found = difference(golden, dialect)
        except DecodeError as error:
            raise Unreadable(f"{path}: frame of {golden.name!r:.80}: {error}") from None
        if not found:
            same += 1
        elif verbose:
            print(f"{path.parent.name}/{golden.name}: {found}")
    return same, total


def main() -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.jsonl.gz")
    parser.add_argument("--dialect", help="server and version; else the name of the folder")
    parser.add_argument("--verbose", action="store_true", help="say what differs and where")
    options = parser.parse_args()
    same = total = 0
    try:
        for path in options.files:
            name = options.dialect or path.resolve().parent.name
            found = run(path, name, options.verbose)
            same, total = same + found[0], total + found[1]
    except (Unreadable, SeasError) as error:
        print(f"golden: {error}", file=sys.stderr)
        return 3
    print(f"identical {same} of {total}")
    return 0 if same == total else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
