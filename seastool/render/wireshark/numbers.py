"""The dialects as Lua tables: one for each run of versions whose numbers are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from seastool.render.meaning import TABLES
from seastool.render.wireshark.lua import literal
from seastool.seas.detect import candidates
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.dialects import names

_CODES = 256
_MIME = "mime"


@dataclass(frozen=True, slots=True)
class Group:
    """Dialects that the dissector cannot and need not tell apart. name: of the first."""

    name: str
    dialect: Dialect
    members: tuple[str, ...]


def _tables(dialect: Dialect) -> dict[str, Mapping[int, str]]:
    """Number -> name by the table's name. Mime numbers are made of two."""
    found: dict[str, Mapping[int, str]] = {
        name: _named(lookup, dialect) for name, lookup in TABLES.items() if name != _MIME
    }
    for name, table in (("type", dialect.mime_types), ("subtype", dialect.mime_subtypes)):
        found[f"{_MIME}_{name}"] = {code: told for told, code in table.items()}
    return found


def _named(lookup: Callable[[int, Dialect], str | None], dialect: Dialect) -> dict[int, str]:
    told = {code: lookup(code, dialect) for code in range(_CODES)}
    return {code: name for code, name in told.items() if name is not None}


def _same(dialect: Dialect) -> str:
    codes = dialect.has(Quirk.INVITE_CODE_ZERO), dialect.has(Quirk.CODE_MAY_BE_ZERO)
    return repr((dialect.layout, dialect.header_prefix, codes, _tables(dialect)))


@cache
def groups() -> tuple[Group, ...]:
    """All groups in the order of the versions, by family."""
    known = {dialect.name: dialect for dialect in candidates()}
    found: list[Group] = []
    last = ""
    for name in names():
        dialect = known[name]
        same = name.partition("-")[0] + _same(dialect)
        if same == last:
            before = found.pop()
            found.append(Group(before.name, before.dialect, (*before.members, name)))
        else:
            found.append(Group(name, dialect, (name,)))
        last = same
    return tuple(found)


def group_of(dialect: Dialect) -> Group:
    """The group that speaks like the dialect, whatever its own name is."""
    family = dialect.name.partition("-")[0]
    same = [g for g in groups() if _same(g.dialect) == _same(dialect)]
    return next((g for g in same if g.name.startswith(f"{family}-")), same[0])


def known_methods() -> list[str]:
    """Every method that some dialect has a code of its own for."""
    return sorted({name for g in groups() for name in g.dialect.methods} - {"OTHER"})


def dialects() -> str:
    """``dialects[i]``, in the order of the versions; ``likely``: their places, likeliest first."""
    shared: dict[str, str] = {}
    lines = [_dialect(group, shared) for group in groups()]
    likely: list[int] = []
    for dialect in candidates():
        place = next(i for i, g in enumerate(groups(), 1) if dialect.name in g.members)
        if place not in likely:
            likely.append(place)
    tables = "".join(f"numbers.{name} = {text}\n" for text, name in shared.items())
    return f"{tables}{''.join(lines)}likely = {literal(likely)}\n"


def _dialect(group: Group, shared: dict[str, str]) -> str:
    dialect = group.dialect
    told: dict[str, object] = {
        "name": group.name,
        "layout": dialect.layout.value,
        "prefix": dialect.header_prefix,
        "invite_zero": dialect.has(Quirk.INVITE_CODE_ZERO) or None,
        "code_zero": dialect.has(Quirk.CODE_MAY_BE_ZERO) or None,
    }
    tables = []
    for name, table in _tables(dialect).items():
        text = literal(table)
        kept = shared.setdefault(text, f"t{len(shared) + 1}")
        tables.append(f"{name} = numbers.{kept}")
    return f"dialects[#dialects + 1] = {literal(told)[:-1]}, {', '.join(tables)}}}\n"
