"""The figures on a terminal: tables by rich, as wide as it is. No markup is read."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

from seastool.interop.stats.model import Stats
from seastool.interop.stats.tables import NOTHING, Table, headline, tables


def terminal_text(stats: Stats, top: int, width: int, colour: bool) -> Iterator[str]:
    """A line with what there is, then the tables. width: 0 if it is no terminal."""
    yield f"{headline(stats)}\n"
    for table in tables(stats, top):
        yield _drawn(table, width or 160, colour)


def _drawn(table: Table, width: int, colour: bool) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )
    for at, name in enumerate(table.columns):
        is_word = at < table.labels
        drawn.add_column(Text(name), justify="left" if is_word else "right", overflow="fold")
    for row in table.rows:
        drawn.add_row(*(Text(text, "dim" if text == NOTHING else "") for text in row))
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print()
    console.print(Text.assemble((table.title, "bold"), (f": {table.about}", "dim")))
    console.print(drawn)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
