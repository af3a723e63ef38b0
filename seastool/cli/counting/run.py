"""``seastool stats``: read, count, show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seastool.capture.decoded import decode_records
from seastool.capture.losses import Statistics
from seastool.capture.reader import read_capture
from seastool.cli.decoding.progress import Progress
from seastool.cli.exits import NotSeas, UsageFault
from seastool.cli.output import Output, When, coloured, say, terminal_width
from seastool.cli.seas_check import check_seas
from seastool.interop.stats import Stats, collect
from seastool.interop.stats.text import stats_text
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup


def run(
    capture: str,
    *,
    as_json: bool,
    html: str,
    top: int,
    ports: Sequence[int],
    dialect: str,
    color: When,
) -> None:
    """Show the figures of a capture. html: a path, - for standard output, empty for none.

    Raises: SeasError, OSError, of which `seastool.cli.main` makes an exit code.
    """
    known = _dialect(dialect)
    progress = Progress(capture)
    try:
        reader = read_capture(capture, ports=ports, on_progress=progress.wanted)
        stats = collect(decode_records(reader, known), reader.statistics)
    finally:
        progress.stop()
    _check(capture, stats, reader.statistics)
    with Output() as output:
        if html and html != "-":
            _write(html, _page(stats, capture, top))
        for piece in _pieces(stats, capture, as_json, html, top, color):
            output.write(piece)
    for note in stats.notes:
        say(note)


def _dialect(name: str) -> Dialect | None:
    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _check(capture: str, stats: Stats, statistics: Statistics) -> None:
    """SIP alone is counted too. Raises: NotSeas."""
    if not statistics.sip_messages:
        check_seas(capture, statistics)
    if not stats.records:
        name = "standard input" if capture == "-" else capture
        raise NotSeas(f"{name}: no whole SIP message and no whole frame in it")


def _pieces(
    stats: Stats, capture: str, as_json: bool, html: str, top: int, color: When
) -> Iterable[str]:
    """What goes to standard output. Each form is imported only where it is asked for."""
    if html == "-":
        return _page(stats, capture, top)
    if as_json:
        from seastool.interop.stats.jsonl import stats_json

        return [stats_json(stats, top)]
    width = terminal_width()
    if width or coloured(color):
        from seastool.cli.counting.terminal import terminal_text

        return terminal_text(stats, top, width, coloured(color))
    return stats_text(stats, top)


def _page(stats: Stats, capture: str, top: int) -> Iterable[str]:
    from seastool.interop.stats.html import stats_html

    return stats_html(stats, name="" if capture == "-" else Path(capture).name, top=top)


def _write(path: str, pieces: Iterable[str]) -> None:
    """Raises: OSError whose text names --html."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(pieces)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OSError(getattr(error, "errno", None), f"--html {path}: {reason}") from None
