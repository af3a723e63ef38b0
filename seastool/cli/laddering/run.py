"""``seastool ladder``: read, join, draw, tell."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

from seastool.capture.decoded import decode_records
from seastool.capture.losses import Statistics
from seastool.capture.reader import read_capture
from seastool.cli.decoding.progress import Progress
from seastool.cli.decoding.summary import lost_lines
from seastool.cli.exits import NotSeas, NotThere, UsageFault
from seastool.cli.laddering.marks import diagnosed
from seastool.cli.output import Output, When, coloured, say, terminal_width
from seastool.cli.seas_check import check_seas
from seastool.ladder.collector import build_ladder
from seastool.ladder.model import Ladder
from seastool.ladder.words import counted
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup


def run(
    capture: str,
    form: str,
    *,
    call_ids: Sequence[str],
    others: bool,
    ports: Sequence[int],
    dialect: str,
    color: When,
) -> None:
    """Draw a capture. form: text, ascii, svg, html, mermaid or json.

    Raises: SeasError, of which `seastool.cli.main` makes an exit code.
    """
    known = _dialect(dialect)
    progress = Progress(capture)
    with Output() as output:
        try:
            reader = read_capture(capture, ports=ports, on_progress=progress.wanted)
            ladder = build_ladder(
                decode_records(reader, known), _wanted(call_ids), contents=form == "html"
            )
        finally:
            progress.stop()
        ladder.start_ns = reader.statistics.start_ns or ladder.start_ns
        _check(capture, ladder, call_ids, reader.statistics)
        if capture != "-":  # standard input is read once
            drawn = {arrow.packet for call in ladder.calls for arrow in call.arrows}
            marks = diagnosed(capture, ports, known)
            ladder.add_marks([one for one in marks if one.packet in drawn or not call_ids])
        for piece in _pieces(ladder, form, capture, others, color):
            output.write(piece)
    for line in (*lost_lines(reader.statistics), *_left_out(ladder, others)):
        say(line)


def _dialect(name: str) -> Dialect | None:
    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _wanted(patterns: Sequence[str]) -> Callable[[str], bool] | None:
    if not patterns:
        return None
    return lambda name: any(name == one or fnmatchcase(name, one) for one in patterns)


def _check(capture: str, ladder: Ladder, call_ids: Sequence[str], statistics: Statistics) -> None:
    """SIP alone is drawn too. Raises: NotSeas, NotThere."""
    if not statistics.sip_messages:
        check_seas(capture, statistics)
    if ladder.calls:
        return
    name = "standard input" if capture == "-" else capture
    if call_ids:
        raise NotThere(f"{name}: no call with Call-ID {' or '.join(call_ids)}")
    if not ladder.others.arrows:
        raise NotSeas(f"{name}: no whole SIP message and no whole frame in it")


def _pieces(ladder: Ladder, form: str, capture: str, others: bool, color: When) -> Iterator[str]:
    """The picture. Each form is imported only where it is asked for."""
    if form == "svg":
        from seastool.ladder.svg import ladder_svg

        return ladder_svg(ladder, others=others)
    if form == "html":
        from seastool.ladder.html import ladder_html

        return ladder_html(ladder, name="" if capture == "-" else capture, others=others)
    if form == "mermaid":
        from seastool.ladder.mermaid import ladder_mermaid

        return ladder_mermaid(ladder, others=others)
    if form == "json":
        from seastool.ladder.jsonl import ladder_json

        return ladder_json(ladder, others=others)
    return _text(ladder, form == "ascii" or not _has_boxes(), others, color)


def _text(ladder: Ladder, ascii: bool, others: bool, color: When) -> Iterator[str]:
    from seastool.ladder.text import ladder_text
    from seastool.render.paint import Paint

    paint = Paint(coloured(color))
    return ladder_text(ladder, ascii=ascii, width=terminal_width(), paint=paint, others=others)


def _has_boxes() -> bool:
    """Whether standard output's encoding has the characters of the picture."""
    try:
        "├═►".encode(sys.stdout.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _left_out(ladder: Ladder, others: bool) -> Iterator[str]:
    for what, count in ladder.dropped.items():
        yield f"left out, since a ladder has its limits: {count:,} {what}"
    if not ladder.calls and not others:
        told = counted(len(ladder.others.arrows), "frame or message")
        yield f"no call in it; --all-frames shows {told} of no call"
    elif not others and (lost := ladder.joinless):
        yield f"{counted(lost, 'frame or message')} of no call: --all-frames shows them"
