"""The JSON Schema of the records, made from the declarations (docs/schema/record.json).

Every structure is a definition, with its fields in wire order; a field without a condition that
always has bytes is required. Strings and objects hold nothing but what is named.
"""

from __future__ import annotations

from seastool.render.jsonl import SCHEMA_VERSION
from seastool.render.jsonl.schema_parts import (
    HEX,
    INTEGER,
    NULLABLE,
    STRING,
    Schema,
    closed,
    listed,
    ref,
)
from seastool.render.jsonl.schema_records import records
from seastool.render.jsonl.schema_views import view_parts
from seastool.render.meaning import METHOD_MASK
from seastool.seas.frames import FRAMES, UnknownAction, UnknownEvent
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.header import BODIES
from seastool.seas.message import MessageInfo
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
    SpanField,
)

_COMMON: Schema = {
    "code": closed({"number": INTEGER, "name": NULLABLE}),
    "bits": closed({"number": INTEGER, "names": listed(STRING)}),
    "span": closed({"start": INTEGER, "length": INTEGER, "text": STRING}),
    "place": closed({"start": INTEGER, "length": INTEGER}),
    "start": closed({"start": INTEGER, "text": STRING}),
    "length": closed({"length": INTEGER, "text": STRING}),
    "parameters": closed(
        {
            "parameters": listed(closed({"name": ref("start"), "value": ref("start")})),
            "end": INTEGER,
            "odd": listed(INTEGER),
        },
        ("end", "odd"),
    ),
    "sip": closed(
        {"method": STRING, "uri": STRING, "status": INTEGER, "reason": STRING, "call_id": STRING},
        ("method", "uri", "status", "reason"),
    ),
    "fault": closed({"start": INTEGER, "end": INTEGER, "message": STRING}),
}


def record_schema() -> Schema:
    """The schema of one line."""
    definitions = {**_COMMON, **view_parts()}
    frames = {struct for table in FRAMES.values() for struct in table.values()}
    units = sorted(frames | {UnknownEvent, UnknownAction, Name, SocketInfo}, key=_name)
    for struct in (*units, MessageInfo, *BODIES.values()):
        _define(struct, definitions)
    bodies = sorted({_name(struct) for struct in BODIES.values()})
    definitions["header"] = _header(bodies)
    definitions["message"] = _message()
    definitions["undecoded"] = closed({"undecoded": HEX})
    fields = {"anyOf": [ref(_name(struct)) for struct in units] + [ref("undecoded")]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"seastool records, schema_version {SCHEMA_VERSION}",
        "anyOf": records(fields),
        "$defs": definitions,
    }


def _name(struct: type[Structure]) -> str:
    return struct.__name__


def _define(struct: type[Structure], definitions: Schema) -> None:
    if _name(struct) in definitions:
        return
    definitions[_name(struct)] = {}  # before its parts, so that definitions may not run in circles
    properties: Schema = {}
    optional = set()
    moved = {f.name for order in struct.orders.values() for f in struct.fields if f not in order}
    for f in struct.fields:
        message = isinstance(f, Bytes) and f.shows == "message"
        name = "message" if message else f.name
        properties[name] = _field(f, definitions)
        if f.when is not None or f.name in moved or _may_be_empty(f):
            optional.add(name)
    description = (struct.__doc__ or "").partition("\n\n")[0].replace("\n    ", " ")
    definitions[_name(struct)] = closed(properties, tuple(optional)) | {"description": description}


def _may_be_empty(f: Field) -> bool:
    return isinstance(f, Pointers) or (isinstance(f, Bytes) and f.to_end)


def _field(f: Field, definitions: Schema) -> Schema:
    match f:
        case SpanField():
            return ref("place" if f.base is Base.PAYLOAD else "span")
        case Number():
            return _number(f)
        case Nested():
            _define(f.struct, definitions)
            return ref(_name(f.struct))
        case ListOf():
            _define(f.struct, definitions)
            return listed(ref(_name(f.struct)))
        case Numbers():
            return listed(ref("code"))
        case Pointers():
            return ref("parameters")
        case Bytes():
            return _bytes(f)
        case _:
            return INTEGER


def _number(f: Number) -> Schema:
    if f.role in (Role.PART, Role.TAIL):
        return ref("start")
    if f.role is Role.LENGTH:
        return ref("length")
    if f.bits or f.names == METHOD_MASK:
        return ref("bits")
    return ref("code") if f.names else INTEGER


def _bytes(f: Bytes) -> Schema:
    if f.shows == "message":
        return {"anyOf": [ref("message"), HEX]}
    return HEX if f.shows == "padding" else STRING


def _header(bodies: list[str]) -> Schema:
    """A header: its index entry, its prefix, and its body by type."""
    return closed(
        {
            "type": ref("code"),
            "start": INTEGER,
            "header": ref("span"),
            "name_length": ref("length"),
            "body": {"anyOf": [ref(name) for name in bodies]},
            "undecoded": HEX,
        },
        ("header", "name_length", "body", "undecoded"),
    )


def _message() -> Schema:
    return closed(
        {
            "info": ref("MessageInfo"),
            "index_end": closed({"type": ref("code"), "start": INTEGER}),
            "headers": listed(ref("header")),
            "text": STRING,
            "unclaimed": listed(HEX),
        },
        ("info", "index_end", "text", "unclaimed"),
    )
