"""``seastool ladder``: read, join, draw, tell."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.losses import Statistics
from seastool.capture.reader import read_capture
from seastool.cli.decoding.progress import Progress
from seastool.cli.decoding.summary import lost_lines
from seastool.cli.exits import NotSeas, NotThere, UsageFault
from seastool.cli.laddering.chosen import Chosen
from seastool.cli.laddering.input import again, source_of
from seastool.cli.laddering.marks import diagnosed
from seastool.cli.output import Output, When, coloured, say, terminal_width
from seastool.cli.seas_check import check_seas
from seastool.interop.doctor.connections import read_connections
from seastool.ladder.collector import Collector
from seastool.ladder.model import Ladder, Mark
from seastool.ladder.words import counted
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup


def run(
    capture: str,
    form: str,
    chosen: Chosen,
    *,
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
            source = source_of(capture)
            connections = read_connections(source)
            reader = read_capture(again(source), ports=ports, on_progress=progress.wanted)
            collector = Collector(chosen.wanted(), contents=form == "html")
            records = _passing(decode_records(reader, known), collector)
            marks = diagnosed(records, connections, ports, known)
        finally:
            progress.stop()
        ladder = collector.finish(reader.statistics.end_ns)
        ladder.start_ns = reader.statistics.start_ns or ladder.start_ns
        _check(capture, ladder, chosen, reader.statistics)
        _add(marks, ladder, chosen, others)
        for piece in _pieces(ladder, form, capture, others, color):
            output.write(piece)
    for line in (*lost_lines(reader.statistics), *_left_out(ladder, others)):
        say(line)


def _passing(records: Iterable[Decoded], collector: Collector) -> Iterator[Decoded]:
    for record in records:
        collector.add(record)
        yield record


def _add(marks: list[Mark], ladder: Ladder, chosen: Chosen, others: bool) -> None:
    """The marks; where calls are left out, those of what is drawn."""
    if not chosen.is_all:
        drawn = {arrow.packet for call in ladder.calls for arrow in call.arrows}
        drawn |= {arrow.packet for arrow in ladder.others.arrows if others}
        calls = {call.call_id for call in ladder.calls} | {""}
        marks = [one for one in marks if one.packet in drawn and one.call_id in calls]
    ladder.add_marks(marks)


def _dialect(name: str) -> Dialect | None:
    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _check(capture: str, ladder: Ladder, chosen: Chosen, statistics: Statistics) -> None:
    """Leave the chosen calls. SIP alone is drawn too. Raises: NotSeas, NotThere."""
    if not statistics.sip_messages:
        check_seas(capture, statistics)
    name = "standard input" if capture == "-" else capture
    count = len(ladder.calls)
    if not count and chosen.call_ids:
        raise NotThere(f"{name}: no call with Call-ID {' or '.join(chosen.call_ids)}")
    if chosen.first > max(1, count):
        raise NotThere(f"{name}: no call {chosen.first}: {counted(count, 'call')} to choose from")
    if not count and not ladder.others.arrows:
        raise NotSeas(f"{name}: no whole SIP message and no whole frame in it")
    ladder.calls, ladder.first = ladder.calls[chosen.first - 1 : chosen.last], chosen.first


def _pieces(ladder: Ladder, form: str, capture: str, others: bool, color: When) -> Iterator[str]:
    """The picture. Each form is imported only where it is asked for."""
    if form == "svg":
        return _svg(ladder, others)
    if form == "html":
        from seastool.ladder.html import ladder_html

        return ladder_html(ladder, name="" if capture == "-" else capture, others=others)
    if form == "mermaid":
        return _mermaid(ladder, others)
    if form == "json":
        from seastool.ladder.jsonl import ladder_json

        return ladder_json(ladder, others=others)
    return _text(ladder, form == "ascii" or not _has_boxes(), others, color)


def _mermaid(ladder: Ladder, others: bool) -> Iterator[str]:
    from seastool.ladder.mermaid import LONGEST, ladder_mermaid

    size = 0
    for piece in ladder_mermaid(ladder, others=others):
        size += len(piece)
        yield piece
    if size > LONGEST:
        say(
            f"a diagram of {size:,} characters: Mermaid takes {LONGEST:,} unless its maxTextSize "
            "says otherwise; --calls or --call-id choose some calls"
        )


def _svg(ladder: Ladder, others: bool) -> Iterator[str]:
    """Raises: UsageFault if it would be too high to be of use, unless it is one call's."""
    from seastool.ladder.svg import HIGHEST, sheet_svg, svg_sheet

    sheet = svg_sheet(ladder, others=others)
    if sheet.height > HIGHEST:
        told = f"a picture {sheet.height:,.0f} px high, and most programs show {HIGHEST:,} at most"
        count = len(ladder.calls)
        if count > 1:
            before = len(sheet.drawn) - count
            last = ladder.first + max(1, sheet.fitting(HIGHEST) - before) - 1
            raise UsageFault(
                f"--svg: {count:,} calls make {told}: choose some, such as "
                f"--calls {ladder.first}-{last}, or take --html"
            )
        say(f"{told}: --html shows it")
    return sheet_svg(sheet)


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
