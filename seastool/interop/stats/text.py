"""The figures as plain lines."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.interop.stats.model import Stats
from seastool.interop.stats.tables import Table, headline, tables
from seastool.ladder.words import cells


def stats_text(stats: Stats, top: int = 10) -> Iterator[str]:
    """A line with what there is, then each table with its title."""
    yield f"{headline(stats)}\n"
    for table in tables(stats, top):
        yield "".join(f"{line.rstrip()}\n" for line in ("", *table_lines(table)))


def table_lines(table: Table) -> Iterator[str]:
    """One table: title, columns, rows; nothing is cut."""
    yield f"{table.title}: {table.about}"
    rows = [list(table.columns), *(list(row) for row in table.rows)]
    widths = [max(cells(row[at]) for row in rows) for at in range(len(table.columns))]
    for row in rows:
        parts = []
        for at, (text, width) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (width - cells(text))
            parts.append(f"{text}{gap}" if at < table.labels else f"{gap}{text}")
        yield "  " + "  ".join(parts)
