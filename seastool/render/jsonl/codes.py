"""Numbers that mean something, as JSON: each is written once and kept, within a bound."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

from seastool.render.facts import address_text
from seastool.render.jsonl.escape import quote
from seastool.render.meaning import METHOD_MASK, TABLES, bit_names, code_name
from seastool.seas.dialect import Dialect

MAX_KEPT = 4096
Key = TypeVar("Key")


class Kept(dict[Key, str], Generic[Key]):
    """A mapping that writes what it does not have yet; full, it starts anew."""

    def __init__(self, write: Callable[[Key], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, key: Key) -> str:
        if len(self) >= MAX_KEPT:
            self.clear()
        text = self[key] = self._write(key)
        return text


def coded(table: str, value: int, dialect: Dialect) -> dict[str, Any]:
    """A code as an object: its number and its name, None if the dialect has none."""
    if table == METHOD_MASK:
        return {"number": value, "names": list(dialect.method_mask(value))}
    return {"number": value, "name": code_name(table, value, dialect)}


def flagged(bits: Mapping[str, int], value: int) -> dict[str, Any]:
    """A number whose bits have names."""
    return {"number": value, "names": bit_names(bits, value)}


def dump(value: Any) -> str:
    """JSON as it stands in a line: no spaces, ASCII."""
    return json.dumps(value, separators=(",", ":"))


class Codes:
    """The codes of one dialect: an attribute for each table that a declaration's `names` names.

    address: raw addresses. body_cache, body_cache_size: see `message`.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.body_cache: dict[tuple[int, bytes, str | bytes], str] = {}
        self.body_cache_size = 0
        self.address: Kept[bytes] = Kept(lambda raw: quote(address_text(raw)))
        self.tables: dict[str, Kept[int]] = {}
        for name in (*TABLES, METHOD_MASK):
            self.tables[name] = _table(name, dialect)


def _table(name: str, dialect: Dialect) -> Kept[int]:
    return Kept(lambda value: dump(coded(name, value, dialect)))


@lru_cache(maxsize=4)
def codes_of(dialect: Dialect) -> Codes:
    """The codes of a dialect, shared by all who ask."""
    return Codes(dialect)
