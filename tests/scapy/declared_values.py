"""A record of seastool as the scapy layer should show it, and as it should be built."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scapy.packet import NoPayload, Packet, Raw

from seastool.errors import SeasError
from seastool.scapy.fields import scapy_name
from seastool.scapy.layer import Family
from seastool.seas.codec import frame_order
from seastool.seas.dialect import Dialect
from seastool.seas.header import Header
from seastool.seas.message import INDEX_ENTRY_SIZE, IndexEntry, Message
from seastool.wire import Structure
from seastool.wire.fields import Bytes, ListOf, Nested, Numbers, SizeOf, SpanField, Total

Values = dict[str, Any]


def declared(record: Structure, dialect: Dialect) -> Iterator[tuple[Any, str, Any]]:
    """Each field that is on the wire, with its name in scapy and its value."""
    for f in record.fields_in(frame_order(dialect.layout)):
        if f.when is None or f.when.holds(getattr(record, f.when.field)):
            yield f, scapy_name(f.name), getattr(record, f.name)


def shown(record: Structure, dialect: Dialect) -> Values:
    """What scapy must show of a record, what it adds by itself included."""
    found: Values = {}
    for f, name, value in declared(record, dialect):
        match f:
            case SpanField():
                found |= {f"{f.name}_start": value.start, f"{f.name}_length": value.length}
            case Nested():
                found |= {} if f.sized_by else {f"{f.name}_size": len(value.encode())}
                found[name] = shown(value, dialect)
            case ListOf():
                sizes = [len(item.encode()) for item in value]
                found |= {f"{f.name}_count": len(value), name: [shown(i, dialect) for i in value]}
                found |= {f"{f.name}_sizes": sizes} if f.sized else {}
            case Numbers():
                found |= {f"{f.name}_count": len(value), name: value}
            case Bytes(shows="message"):
                found["message"] = shown_message(value, dialect)
            case Bytes(shows="sip"):
                found[name] = value or None
            case Bytes(to_end=False):
                found |= {f"{f.name}_length": len(value), name: value}
            case _:
                found[name] = value
    return found


def shown_message(payload: bytes, dialect: Dialect) -> Values | None:
    """The same of an encoded message."""
    if not payload:
        return None
    message = Message(payload, dialect)
    at, end = message.index_start, message.index_start + INDEX_ENTRY_SIZE
    index = []
    for _ in range(message.header_count + 1):
        index.append(shown(IndexEntry.decode(payload, at, end), dialect))
        at, end = end, end + INDEX_ENTRY_SIZE
    headers = [shown_header(message.header_at(i), dialect) for i in range(message.header_count)]
    info = shown(message.info, dialect)
    return {"info": info, "index": index, "headers": headers, "text": message.text}


def shown_header(header: Header, dialect: Dialect) -> tuple[Values, Values | bytes | None]:
    """The prefix of a header structure and its body; bytes where that does not decode."""
    rest = header.message.payload[header.body_start : header.end]
    try:
        body = header.body
        told: Values | bytes = rest if body is None else shown(body, dialect)
    except SeasError:
        told = rest
    return shown(header.prefix, dialect), told or None


def got(value: Any) -> Any:
    """What scapy shows, in the same form."""
    if isinstance(value, Raw):
        return value.load
    if isinstance(value, Packet):
        own = {name: got(inner) for name, inner in value.fields.items()}
        if "Prefix" not in type(value).__name__:
            return own
        return own, None if isinstance(value.payload, NoPayload) else got(value.payload)
    if isinstance(value, list):
        return [got(item) for item in value]
    return value if value is None or isinstance(value, bytes) else int(value)


def build(record: Structure, layers: Family) -> Packet:
    """A packet given only what a person would give: no lengths, sizes, counts or places."""
    values: Values = {}
    for f, name, value in declared(record, layers.dialect):
        match f:
            case Total() | SizeOf():
                pass
            case SpanField():
                values |= {f"{f.name}_start": value.start, f"{f.name}_length": value.length}
            case Nested():
                values[name] = build(value, layers)
            case ListOf():
                values[name] = [build(item, layers) for item in value]
            case Bytes(shows="message") if value:
                values["message"] = build_message(Message(value, layers.dialect), layers)
            case Bytes(shows="message"):
                pass
            case _:
                values[name] = value
    return layers.of(type(record))(**values)


def build_message(message: Message, layers: Family) -> Packet:
    """The same of an encoded message."""
    info = build(message.info, layers)
    for name in ("text_start", "text_length", "header_count"):
        delattr(info, name)
    index = [layers.IndexEntry(type=header.type) for header in message]
    return layers.Message(
        info=info,
        index=index,
        headers=[_build_header(header, layers) for header in message],
        text=message.text,
    )


def _build_header(header: Header, layers: Family) -> Packet:
    prefix = build(header.prefix, layers)
    rest = header.message.payload[header.body_start : header.end]
    try:
        body = header.body
    except SeasError:
        body = None
    if body is not None:
        return prefix / build(body, layers)
    return prefix / Raw(rest) if rest else prefix
