"""The declarations as Lua tables: every structure once, under its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seastool.render.wireshark.filters import header_place, places
from seastool.render.wireshark.lua import literal
from seastool.seas.codec import TYPE_NAMES, frame_struct
from seastool.seas.frames import FRAMES
from seastool.seas.header import BODIES
from seastool.wire import Below, Bit, Structure
from seastool.wire.fields import (
    Bytes,
    Field,
    ListOf,
    Nested,
    Number,
    Numbers,
    Pointers,
    SizeOf,
    SpanField,
    Total,
)

NO_TYPE = -1  # of no frame: what it has for a structure is that of unknown types


def structures() -> str:
    """``structures.NAME = {...}`` a line, the nested ones first."""
    lines: dict[str, str] = {}
    for structs in places().values():
        for struct in structs:
            _declare(struct, lines)
    return "".join(f"structures.{name} = {text}\n" for name, text in lines.items())


def _declare(struct: type[Structure], lines: dict[str, str]) -> None:
    for f in struct.fields:
        if isinstance(f, Nested | ListOf):
            _declare(f.struct, lines)
    orders = {"": struct.fields, **struct.orders}
    fields = {
        order: "{\n" + "".join(f"    {_field(f)},\n" for f in fields) + "  }"
        for order, fields in orders.items()
    }
    text = "".join(f'  ["{order}"] = {told},\n' for order, told in fields.items())
    lines[struct.__name__] = "{\n" + text + "}"


def _field(f: Field) -> str:
    told = literal({"name": f.name, "when": _condition(f), **_kind(f)})
    if isinstance(f, Nested | ListOf):
        return f"{told[:-1]}, struct = structures.{f.struct.__name__}}}"
    return told


def _condition(f: Field) -> object:
    match f.when:
        case Bit(name, mask, negated):
            return {"field": name, "bit": mask, "negated": negated}
        case Below(name, limit):
            return {"field": name, "below": limit}
    return None


def _kind(f: Field) -> Mapping[str, object]:
    match f:
        case Number():
            bits = [{"name": b, "filter": b.lower(), "bit": mask} for b, mask in f.bits.items()]
            base = f.base.name if f.base else None
            told = {"base": base, "role": f.role.name, "names": f.names or None}
            return {"kind": "number", "format": f.format, "bits": bits or None, **told}
        case SpanField():
            opens = f.opens.name if f.opens else None
            return {"kind": "span", "format": f.format, "base": f.base.name, "opens": opens}
        case SizeOf():
            return {"kind": "size", "format": f.format}
        case Total():
            return {"kind": "total", "format": f.format}
        case Nested():
            return {"kind": "nested", "sized_by": f.sized_by or None}
        case ListOf():
            return {"kind": "list", "sized": f.sized}
        case Numbers():
            return {"kind": "numbers", "format": f.format, "names": f.names or None}
        case Pointers():
            return {"kind": "pointers", "base": f.base.name}
        case Bytes():
            return {"kind": "bytes", "to_end": f.to_end, "shows": f.shows}
    raise TypeError(f"{f.name} is of a kind that the dissector does not have")


def sides() -> str:
    """``sides[socket][direction]``: the structure of each type of frame, and its name."""
    return "".join(_side_lines())


def _side_lines() -> Iterator[str]:
    for (socket, direction), frames in FRAMES.items():
        unknown = frame_struct(NO_TYPE, socket, direction).__name__
        yield f'sides["{socket}"] = sides["{socket}"] or {{}}\n'
        yield f'sides["{socket}"]["{direction}"] = {{\n'
        yield f"  unknown = structures.{unknown},\n"
        yield f"  names = {literal(TYPE_NAMES[socket, direction])},\n"
        inner = ", ".join(f"[{int(t)}] = structures.{s.__name__}" for t, s in frames.items())
        yield f"  frames = {{{inner}}},\n}}\n"


def bodies() -> str:
    """``bodies[header name]``: the structure of a header's body, and where its filters stand."""
    return "".join(
        f'bodies["{name}"] = {{struct = structures.{body.__name__},'
        f' place = "{header_place(name)}"}}\n'
        for name, body in BODIES.items()
    )
