"""The dialects as tables in Markdown: which servers use which numbers, sizes and quirks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from seastool.render.protocol.servers import family, held_by, version
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.dialects import lookup, names
from seastool.seas.openser.behaviour import Behaviour

Content = tuple[tuple[str, int], ...]  # names and numbers of a table

UNSENT: Final = ("VIA2", "EOH")  # both Vias travel as VIA, and the end of headers not at all


def all_dialects() -> list[Dialect]:
    """The first version of every known range, oldest first, by family."""
    return [lookup(name) for name in names()]


def overview() -> Iterator[str]:
    """A row for every run of versions that looks the same on the wire but for its quirks."""
    yield "| from | group | actions | header prefix | event buffer | longest name | headers "
    yield "| methods | transports | media types |\n|---|---|---|---|---|---|---|---|---|---|\n"
    columns = [_numbered(table) for table in TABLES]
    for _, run in groupby(all_dialects(), lambda one: (family(one.name), _row(one, columns))):
        first = next(run)
        cells = (f"{family(first.name)} {version(first.name)}", *_row(first, columns))
        yield f"| {' | '.join(cells)} |\n"
    yield "\n"


def _row(dialect: Dialect, columns: Sequence[Mapping[Content, str]]) -> tuple[str, ...]:
    sizes = (dialect.header_prefix, dialect.max_event, dialect.max_name)
    tables = (marks[_key(dialect, table)] for table, marks in zip(TABLES, columns, strict=True))
    return (dialect.id, dialect.layout, *map(str, sizes), *tables)


TABLES: Final = ("header_types", "methods", "transports", "mime_subtypes")
_LETTERS: Final = {"header_types": "H", "methods": "M", "transports": "T", "mime_subtypes": "S"}


def _key(dialect: Dialect, table: str) -> Content:
    return tuple(getattr(dialect, table).items())


def _numbered(table: str) -> dict[Content, str]:
    """Each different content of a table with its mark, such as H1, in order of appearance."""
    found: dict[Content, str] = {}
    for one in all_dialects():
        found.setdefault(_key(one, table), f"{_LETTERS[table]}{len(found) + 1}")
    return found


def numbers(table: str, what: str) -> Iterator[str]:
    """A table of names, a column for each different numbering, `-` where there is none."""
    contents = {mark: dict(key) for key, mark in _numbered(table).items()}
    rows: dict[str, None] = {}
    for content in contents.values():
        rows.update(dict.fromkeys(name for name in content if name not in UNSENT))
    yield f"| {what} | {' | '.join(contents)} |\n|---|{'---|' * len(contents)}\n"
    for name in rows:
        cells = (str(content.get(name, "-")) for content in contents.values())
        yield f"| `{name}` | {' | '.join(cells)} |\n"
    yield "\n"


def quirks() -> Iterator[str]:
    """Each quirk, what it does, and which versions have it."""
    yield "| quirk | what | versions |\n|---|---|---|\n"
    for quirk in Quirk:
        yield f"| `{quirk.name}` | {quirk.value} | {held_by(partial(_has, quirk))} |\n"
    yield "\n"


def _has(quirk: Quirk, one: Behaviour) -> bool:
    return lookup(one.server).has(quirk)  # its behaviour leaves out those that would end it
