"""What can be filtered: the name, type and meaning of every field, from the declarations.

A filter's name is the path of the field in JSON (docs/json.md) after ``seas``, with the shorter
starts of PLACES; a list has no level of its own. What a name's suffix means is in SUFFIXES.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

from seastool.render.meaning import METHOD_MASK
from seastool.seas.frames import FRAMES, UnknownAction, UnknownEvent
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.header import BODIES, BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix
from seastool.seas.message import IndexEntry, MessageInfo
from seastool.wire import Structure
from seastool.wire.fields import (
    Base,
    Bytes,
    Field,
    ListOf,
    Nested,
    Number,
    Numbers,
    Pointers,
    Role,
    SizeOf,
    SpanField,
    Total,
)

ROOT: Final = "seas"
WIDTHS: Final = MappingProxyType({"B": "uint8", "H": "uint16", "I": "uint32", "i": "int32"})
_LARGEST: Final = MappingProxyType({"B": 0xFF, "H": 0xFFFF, "I": 0xFFFFFFFF})
_UNSIGNED: Final = ("uint8", "uint16", "uint32")

SUFFIXES: Final = MappingProxyType(
    {
        "name": "what the number stands for in the dialect",
        "start": "as on the wire; the field itself is the text it points at",
        "length": "as on the wire",
        "other": "bits without a name",
        "ipv4": "as an address",
        "ipv6": "as an address",
    }
)


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the dissector. type: the ProtoField's: string, uint8, none ...; doc may be
    empty. made: not a field on the wire, but told from several or from the connection."""

    name: str
    type: str
    doc: str = ""
    hex: bool = False
    made: bool = False


def header_place(name: str) -> str:
    """Where the fields of a header's body stand: FROM has ``seas.from``."""
    return f"{ROOT}.{name.lower()}"


@cache
def places() -> Mapping[str, tuple[type[Structure], ...]]:
    """The start of the names of each structure's fields."""
    units = sorted({s for side in FRAMES.values() for s in side.values()}, key=lambda s: s.__name__)
    found: dict[str, tuple[type[Structure], ...]] = {
        ROOT: (*units, UnknownEvent, UnknownAction, Name),
        f"{ROOT}.socket_info": (SocketInfo,),
        f"{ROOT}.info": (MessageInfo,),
        f"{ROOT}.header": (IndexEntry, HeaderPrefix, ShortHeaderPrefix, BareHeaderPrefix),
        f"{ROOT}.index_end": (IndexEntry,),
    }
    for name, body in BODIES.items():
        found[header_place(name)] = (body,)
    return MappingProxyType(found)


_TOLD: Final = (
    Filter("unit", "string", "frame, name or socket_info", made=True),
    Filter("socket", "string", "event or action", made=True),
    Filter("direction", "string", "openser->as or as->openser", made=True),
    Filter(
        "dialect", "string", "whose numbers are used; the first version of its range", made=True
    ),
    Filter("sip.method", "string", "of a request, whatever carries it", made=True),
    Filter("sip.uri", "string", "of a request", made=True),
    Filter("sip.status", "uint16", "of a response", made=True),
    Filter("sip.reason", "string", "of a response", made=True),
    Filter("sip.call_id", "string", "of either", made=True),
    Filter("message", "none", "an encoded message"),
    Filter("header", "none", "one header of it"),
    Filter("index_end", "none", "the entry that closes the headers index"),
    Filter("text", "string", "the whole SIP message"),
    Filter("undecoded", "bytes", "a unit that does not fit its declaration"),
    Filter("header.undecoded", "bytes", "the body of a header that does not fit its declaration"),
    Filter("unclaimed", "bytes", "bytes of a message that nothing accounts for"),
    Filter("skipped", "bytes", "bytes of the connection that belong to no unit"),
)


@cache
def all_filters() -> Mapping[str, Filter]:
    """Every filter by its name, each once."""
    found: dict[str, Filter] = {}
    for told in _TOLD:
        _add(found, replace(told, name=f"{ROOT}.{told.name}"))
    for place, structs in places().items():
        for struct in structs:
            for one in _of_struct(struct, place):
                _add(found, one)
    return MappingProxyType(found)


def _add(found: dict[str, Filter], one: Filter) -> None:
    """Of a name that several structures have, the widest type."""
    known = found.setdefault(one.name, one)
    if known.type == one.type:
        if one.doc and not known.doc:
            found[one.name] = one
    elif known.type in _UNSIGNED and one.type in _UNSIGNED:
        found[one.name] = max(known, one, key=lambda f: _UNSIGNED.index(f.type))
    else:
        raise TypeError(f"{one.name} is both {known.type} and {one.type}")


def _of_struct(struct: type[Structure], place: str) -> Iterator[Filter]:
    for f in struct.fields:
        yield from _of_field(f, f"{place}.{f.name}")


def _of_field(f: Field, name: str) -> Iterator[Filter]:
    match f:
        case Number():
            yield from _of_number(f, name)
        case Numbers():
            yield Filter(name, WIDTHS[f.format], f.doc)
            yield Filter(f"{name}.name", "string", made=True)
        case SizeOf() | Total():
            yield Filter(name, WIDTHS[f.format], f.doc or _size_doc(f))
        case SpanField():
            yield _pointing(f, name)
            yield Filter(f"{name}.start", WIDTHS[f.format[0]], f"from {f.base.value}")
            yield Filter(f"{name}.length", WIDTHS[f.format[1]])
        case Nested() | ListOf():
            yield Filter(name, "none", f.doc or _first_line(f.struct))
            yield from _of_struct(f.struct, name)
        case Pointers():
            yield from _of_pointers(f, name)
        case Bytes():
            yield from _of_bytes(f, name)


def _pointing(f: Number | SpanField, name: str) -> Filter:
    if f.base is Base.PAYLOAD:
        return Filter(name, "none", f.doc)
    return Filter(name, "string", f.doc or "the text it points at")


def _first_line(struct: type[Structure]) -> str:
    line = (struct.__doc__ or "").partition("\n")[0].partition(". ")[0].rstrip(".")
    return line[:1].lower() + line[1:]


def _size_doc(f: SizeOf | Total) -> str:
    return f"size of {f.target}" if isinstance(f, SizeOf) else "of the whole frame"


def _of_number(f: Number, name: str) -> Iterator[Filter]:
    width = WIDTHS[f.format]
    if f.role in (Role.PART, Role.TAIL, Role.LENGTH):
        assert f.base is not None
        yield _pointing(f, name)
        suffix = "length" if f.role is Role.LENGTH else "start"
        yield Filter(f"{name}.{suffix}", width, f"from {f.base.value}")
        return
    yield Filter(name, width, f.doc, hex=bool(f.bits) or f.names == METHOD_MASK)
    if f.names:
        yield Filter(f"{name}.name", "string", made=True)
    for bit in f.bits:
        yield Filter(
            f"{name}.{bit.lower()}", "boolean", f"bit 0x{f.bits[bit]:02x}; absent if unset"
        )
    if f.bits and sum(f.bits.values()) != _LARGEST[f.format]:
        yield Filter(f"{name}.other", width, hex=True, made=True)


def _of_pointers(f: Pointers, name: str) -> Iterator[Filter]:
    yield Filter(name, "none", f.doc or "a parameter list")
    for part in ("name", "value"):
        yield Filter(f"{name}.{part}", "string", f"{part} of a parameter")
        yield Filter(f"{name}.{part}.start", "uint8", f"from {f.base.value}")
    yield Filter(f"{name}.end", "uint8", "end of the last value + 1")
    yield Filter(f"{name}.odd", "uint8", "pointers too many")


def _of_bytes(f: Bytes, name: str) -> Iterator[Filter]:
    if f.shows == "message":
        return
    yield Filter(name, "bytes" if f.shows == "padding" else "string", f.doc)
    if f.shows == "address":
        yield Filter(f"{name}.ipv4", "ipv4", made=True)
        yield Filter(f"{name}.ipv6", "ipv6", made=True)
