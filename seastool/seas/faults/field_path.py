"""Paths of fields, held against the declarations before any frame is seen.

A path has the names of the declarations, joined by dots: ``hash_index``, ``request_uri.flags1``,
``headers[2].body.uri.end``. ``info.`` and ``body.`` may be left out, as ``seastool decode`` does.
"""

from __future__ import annotations

import re
import struct as packing
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from seastool.seas import dialect_numbers as numbers
from seastool.seas.faults.errors import FaultError, choice, shown
from seastool.seas.frames import FRAMES, UnknownAction, UnknownEvent
from seastool.seas.header import BODIES, HeaderPrefix
from seastool.seas.message import IndexEntry, MessageInfo
from seastool.wire import (
    Field,
    ListOf,
    Nested,
    Number,
    Numbers,
    Pointers,
    SizeOf,
    SpanField,
    Structure,
    Total,
)

_STEP = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[([0-9]{1,5})\])?")
_HEADER_TABLES: Final = (numbers.HEADERS_OPENSIPS_1_8, numbers.HEADERS_KAMAILIO_5_1)


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path that some frame may have.

    steps: its names, an index left on its name. takes_text: some field of this path is bytes.
    highest: the highest number that a field of this path takes.
    """

    steps: tuple[str, ...]
    takes_text: bool = field(compare=False)
    highest: int = field(compare=False)

    def __str__(self) -> str:
        return ".".join(self.steps)


@dataclass(frozen=True, slots=True)
class _Branch:
    """What a declaration has at a place: a number of `width` bytes, or (0) bytes; its parts by
    name, with ``[]`` behind the name of what is counted."""

    width: int
    parts: _Parts


_Parts = dict[str, list[_Branch]]


def field_path(text: str) -> FieldPath:
    """The path that a text names. Raises: FaultError, naming what there is."""
    found = [_Branch(0, _root())]
    steps = text.split(".")
    for i, step in enumerate(steps):
        match = _STEP.fullmatch(step)
        if match is None:
            raise FaultError(f"corrupt={shown(text)}: {shown(step)} is no name of a field")
        key = match[1] if match[2] is None else f"{match[1]}[]"
        parts = _joined(branch.parts for branch in found)
        if key not in parts:
            raise _no_such(text, ".".join(steps[:i]), match[1], key, parts)
        found = parts[key]
    widths = [branch.width for branch in found]
    return FieldPath(tuple(steps), 0 in widths, 256 ** max(widths) - 1)


def _no_such(text: str, above: str, name: str, key: str, parts: _Parts) -> FaultError:
    where = f"corrupt={shown(text)}: "
    if f"{name}[]" in parts:
        return FaultError(f"{where}{name} needs an index, such as {name}[0]")
    if name in parts:
        return FaultError(f"{where}{name} takes no index")
    if not parts:
        return FaultError(f"{where}{above} has no parts")
    owner = above or "no frame"
    missing = f"has no {key}" if above else f"has a field {key}"
    return FaultError(f"{where}{owner} {missing}{choice(name, parts)}")


def _joined(all_parts: Iterable[_Parts]) -> _Parts:
    joined: _Parts = {}
    for parts in all_parts:
        for name, branches in parts.items():
            joined[name] = joined.get(name, []) + branches
    return joined


@cache
def _root() -> _Parts:
    structs = {s for by_type in FRAMES.values() for s in by_type.values()}
    frames = sorted(structs | {UnknownEvent, UnknownAction}, key=lambda s: s.__name__)
    message = _message()
    return _joined([*map(_fields, frames), message, {"message": [_Branch(0, message)]}])


def _message() -> _Parts:
    info = _fields(MessageInfo)
    parts = {
        **info,
        "info": [_Branch(0, info)],
        "text": [_Branch(0, {}), *info["text"]],
        "index": [_Branch(0, {})],
        "index[]": [_Branch(0, _fields(IndexEntry))],
        "headers[]": [_header(*BODIES.values())],
    }
    for name in dict.fromkeys(name for table in _HEADER_TABLES for name in table):
        if name not in ("VIA2", "EOH"):  # never in an index
            known = BODIES.get(name)
            parts[name] = parts[f"{name}[]"] = [_header(*([known] if known else []))]
    return parts


def _header(*bodies: type[Structure]) -> _Branch:
    body = _joined(map(_fields, dict.fromkeys(bodies)))
    below = {"body": [_Branch(0, body)]} if bodies else {}
    return _Branch(0, _joined([_fields(HeaderPrefix), body, below]))


def _fields(struct: type[Structure]) -> _Parts:
    """The fields of a structure; what is counted also by its own name and ``[]``."""
    parts: _Parts = {}
    for f in struct.fields:
        branch = _branch(f)
        items = {name: part for name, part in branch.parts.items() if name == f"{f.name}[]"}
        parts = _joined([parts, {f.name: [branch]}, items])
    return parts


def _branch(f: Field) -> _Branch:
    byte = [_Branch(1, {})]
    match f:
        case Number() | SizeOf() | Total():
            return _number(f.format)
        case SpanField():
            start, length = (_number(code) for code in f.format)
            width = start.width + length.width
            return _Branch(width, {"start": [start], "length": [length]})
        case Nested():
            size: _Parts = {} if f.sized_by else {"size": byte}
            return _Branch(0, _joined([size, _fields(f.struct)]))
        case ListOf():
            sizes: _Parts = {"size[]": byte} if f.sized else {}
            items = [_Branch(0, _fields(f.struct))]
            return _Branch(0, {"count": byte, f"{f.name}[]": items, **sizes})
        case Numbers():
            return _Branch(0, {"count": byte, f"{f.name}[]": [_number(f.format)]})
        case Pointers():
            pair = [_Branch(0, {"name": byte, "value": byte})]
            return _Branch(0, {f"{f.name}[]": pair, "end": byte, "odd[]": byte})
        case _:
            return _Branch(0, {})


def _number(format: str) -> _Branch:
    return _Branch(packing.calcsize(f">{format}"), {})
