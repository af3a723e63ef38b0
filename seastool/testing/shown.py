"""What a person is told of a captured test: the list, the last frame byte by byte, a ladder."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from seastool.api import read_capture
from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.ladder import build_ladder
from seastool.ladder.contents import facts_for, tree_of
from seastool.ladder.model import HOUSEKEEPING
from seastool.ladder.text import ladder_text
from seastool.render.bytemap import bytemap_lines
from seastool.render.listing import Listing
from seastool.render.paint import Paint
from seastool.render.times import Clock, TimeStyle

PLAIN: Final = Paint(False)
MOST_LINES: Final = 120  # of the list; what came last is what matters
MOST_OF_FRAME: Final = 160
MOST_OF_LADDER: Final = 150


def report_lines(kept: Path, shown_as: str) -> Iterator[str]:
    """A capture for the report of a failed test. shown_as: the path for people and commands."""
    records = list(read_capture(kept))
    yield f"kept as {shown_as}; to look at it:"
    yield from (f"  {command}" for command in commands(shown_as, records))
    if not records:
        yield "nothing has passed"
        return
    yield from ("", *_last(list(list_lines(records)), MOST_LINES))
    ladder = list(_ladder_lines(records))
    if ladder:
        yield from ("", *_first(ladder, MOST_OF_LADDER))
    if (frame := last_frame(records)) is not None:
        packet = frame.captured.packet
        yield from ("", f"last frame: packet {packet}, {frame.type_name}")
        yield from _first(hexdump_lines(frame), MOST_OF_FRAME)


def commands(shown_as: str, records: Sequence[Decoded]) -> list[str]:
    """How to look at a capture, the last frame first."""
    name = shlex.quote(shown_as)
    frame = last_frame(records)
    found = [f"seastool decode {name} -v", f"seastool ladder {name}"]
    if frame is not None:
        found.insert(0, f"seastool decode {name} --frame {frame.captured.packet} --hexdump")
    return found


def last_frame(records: Sequence[Decoded]) -> Decoded | None:
    """The last frame that says something: not the goodbye, not a ping."""
    frames = [one for one in records if isinstance(one.captured, CapturedFrame)]
    telling = [one for one in frames if one.type_name not in HOUSEKEEPING]
    found = telling or frames
    return found[-1] if found else None


def list_lines(records: Sequence[Decoded]) -> Iterator[str]:
    """The records as `seastool decode` lists them."""
    clock = Clock(TimeStyle.RELATIVE)
    clock.start(records[0].captured.time_ns if records else 0)
    listing = Listing(clock, PLAIN)
    yield listing.heading().rstrip("\n")
    for decoded in records:
        captured = decoded.captured
        kind, size, ports, route = decoded.type_name, 0, "", ""
        if isinstance(captured, CapturedSip):
            kind = f"SIP {captured.transport}"
            ports = f"{captured.source.port} -> {captured.destination.port}"
            route = f"{captured.source} -> {captured.destination}"
        size = (
            captured.missing or captured.skipped
            if isinstance(captured, Gap)
            else len(captured.data)
        )
        direction = None if isinstance(captured, CapturedSip) else captured.direction
        facts = facts_for(decoded)
        if decoded.error is not None:
            facts.subject = f"does not decode: {decoded.error}"
            facts.method, facts.status = "", 0
        line = listing.line(
            captured.packet, captured.time_ns, direction, kind, size, facts, ports, route
        )
        yield line.rstrip("\n")


def hexdump_lines(decoded: Decoded) -> Iterator[str]:
    """A frame as `seastool decode --hexdump` shows it."""
    tree = tree_of(decoded)
    if tree is not None:
        yield from bytemap_lines(tree, PLAIN)


def _ladder_lines(records: Iterable[Decoded]) -> Iterator[str]:
    for piece in ladder_text(build_ladder(records)):
        yield from piece.rstrip("\n").split("\n")


def _first(lines: Iterable[str], most: int) -> Iterator[str]:
    rest = 0
    for number, line in enumerate(lines):
        if number < most:
            yield line
        else:
            rest += 1
    if rest:
        yield f"... {rest:,} more lines"


def _last(lines: Sequence[str], most: int) -> Iterator[str]:
    """The heading and the last lines."""
    if len(lines) <= most:
        yield from lines
        return
    yield lines[0]
    yield f"... {len(lines) - most:,} lines before"
    yield from lines[1 - most :]
