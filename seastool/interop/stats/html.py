"""The figures as one HTML page that needs nothing else: no network, both themes."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from typing import Final

from seastool.histogram import Histogram
from seastool.interop.stats.model import Stats, is_failure
from seastool.interop.stats.plots import by_name, over_span, over_time
from seastool.interop.stats.tables import Table, headline, tables
from seastool.ladder.page import SWITCH, page_head, page_script, themes
from seastool.render.printable import printable
from seastool.render.times import iso_time


def stats_html(stats: Stats, *, name: str = "", top: int = 10) -> Iterator[str]:
    """The page in pieces of text. name: of the capture."""
    title = f"SEAS statistics {printable(name)}".rstrip()
    script = page_script()
    yield page_head(title, themes() + _page_style(), script)
    since = iso_time(stats.start_ns) if stats.start_ns else "an empty capture"
    yield f"<header><h1>{escape(title)}</h1>{SWITCH}</header>\n"
    yield f"<p>{escape(since)} · {escape(headline(stats))}</p>\n"
    for note in stats.notes:
        yield f'<p class="bad">{escape(printable(note))}</p>\n'
    yield _tiles(stats)
    yield '<div class="plots">\n'
    for heading, plot in _plots(stats):
        if plot:
            yield f"<figure><h3>{heading}</h3>{plot}</figure>\n"
    yield "</div>\n"
    for table in tables(stats, top):
        yield _table(table)
    yield f"<script>{script}</script>\n</body>\n</html>\n"


def _page_style() -> str:
    return files("seastool.interop.stats").joinpath("page.css").read_text(encoding="utf-8")


def _tiles(stats: Stats) -> str:
    calls = stats.calls
    wrong = stats.troubles.total()
    tiles = [
        ("calls", f"{calls.tried:,}", ""),
        ("answered", f"{calls.answered:,}", ""),
        ("refused", f"{calls.refused:,}", ""),
        ("failed", f"{calls.failed:,}", "bad" if calls.failed else ""),
        ("events", f"{stats.events.total.requests:,}", ""),
        ("unanswered events", f"{stats.events.total.unanswered:,}", ""),
        ("SIP sent again", f"{stats.sip.total.repeated:,}", ""),
        ("troubles", f"{wrong:,}", "bad" if wrong else ""),
    ]
    told = "".join(
        f'<div class="tile"><b class="{style}">{value}</b><span>{name}</span></div>'
        for name, value, style in tiles
    )
    return f'<div class="tiles">{told}</div>\n'


def _plots(stats: Stats) -> Iterator[tuple[str, str]]:
    first, final = Histogram(), Histogram()
    for server in stats.servers.values():
        first.merge(server.first)
        final.merge(server.final)
    shown = [("events", "seas"), ("calls", "sip"), ("failed calls", "bad")]
    keys = "".join(f'<span class="key {style}"></span>{name}' for name, style in shown)
    yield f"Over time: {keys}", over_time(stats.series, shown)
    yield "Final responses, SIP", by_name(_statuses(stats), "final responses by method and status")
    yield (
        "From event to first action; lines: p50, p95, p99",
        over_span(first, "seas", "from event to first action"),
    )
    yield (
        "From event to final reply; lines: p50, p95, p99",
        over_span(final, "seas", "from event to final reply"),
    )
    invites = stats.sip.by_name.get("INVITE")
    if invites is not None:
        yield (
            "From SIP INVITE to final response, each hop; lines: p50, p95, p99",
            over_span(invites.final, "sip", "from INVITE to final response"),
        )


_MOST_STATUSES: Final = 12


def _statuses(stats: Stats) -> list[tuple[str, int, str]]:
    found = [
        (f"{printable(name)} {status}", count, _style(status))
        for name, one in stats.sip.by_name.items()
        for status, count in one.statuses.items()
    ]
    found.sort(key=lambda row: -row[1])
    rest = sum(count for _, count, _ in found[_MOST_STATUSES:])
    return found[:_MOST_STATUSES] + ([("others", rest, "faint")] if rest else [])


def _style(status: int) -> str:
    if status < 300:
        return "good"
    return "bad" if is_failure(status) else "warn"


def _table(table: Table) -> str:
    def row(cells: Iterator[str] | list[str], tag: str) -> str:
        told = (
            f"<{tag}{_right(at >= table.labels)}>{escape(text)}</{tag}>"
            for at, text in enumerate(cells)
        )
        return f"<tr>{''.join(told)}</tr>"

    rows = "\n".join(row(list(cells), "td") for cells in table.rows)
    return (
        f"<section><h2>{escape(table.title)}</h2><p>{escape(table.about)}</p>"
        f'<div class="scroll"><table><thead>{row(list(table.columns), "th")}</thead>\n'
        f"<tbody>{rows}</tbody></table></div></section>\n"
    )


def _right(is_number: bool) -> str:
    return ' class="r"' if is_number else ""
