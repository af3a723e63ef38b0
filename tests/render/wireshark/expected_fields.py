"""What the dissector must show of a record of ``seastool decode --json``: by JSON's path alone, as
docs/wireshark.md says, a list of filter and value in the order of the tree."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

Field = tuple[str, str]

MASKS = {"seas.allow.methods"}
ADDRESSES = {"seas.source_address", "seas.destination_address", "seas.address"}
_PARTS = ("info", "headers", "index_end", "text", "unclaimed")


def expected(record: dict[str, Any]) -> Iterator[Field]:
    """Every field of a unit."""
    yield "seas.unit", record["record"]
    for name in ("socket", "direction"):
        if record[name] is not None:
            yield f"seas.{name}", record[name]
    for name in ("method", "uri", "status", "reason", "call_id"):
        if name in record.get("sip", {}):
            yield f"seas.sip.{name}", _text(record["sip"][name])
    place = "seas.socket_info" if record["record"] == "socket_info" else "seas"
    for name, value in record["fields"].items():
        if name == "message" and isinstance(value, dict):
            yield from _message(value)
        else:
            yield from _field("seas" if name == "undecoded" else place, name, value)
    for fault in record.get("faults", ()):
        yield "fault", fault["message"]


def _message(message: dict[str, Any]) -> Iterator[Field]:
    for part in _PARTS:
        value = message.get(part)
        if part == "info" and value:
            yield from _object("seas.info", value)
        elif part == "headers":
            for header in value or ():
                yield from _header(header)
        elif part == "unclaimed":
            for one in value or ():
                yield "seas.unclaimed", one
        elif value is not None:
            yield from _field("seas", part, value)


def _header(header: dict[str, Any]) -> Iterator[Field]:
    for name, value in header.items():
        if name == "body":
            yield from _object(f"seas.{header['type']['name'].lower()}", value)
        else:
            yield from _field("seas.header", name, value)


def _object(place: str, value: dict[str, Any]) -> Iterator[Field]:
    for name, inner in value.items():
        yield from _field(place, name, inner)


def _field(place: str, name: str, value: Any) -> Iterator[Field]:
    path = f"{place}.{name}"
    if isinstance(value, list):
        for one in value:
            yield from _field(place, name, one)
    elif not isinstance(value, dict):
        yield path, _text(value)
        if path in ADDRESSES and ("." in value or ":" in value):
            yield f"{path}.ipv{ip_address(value).version}", value
    elif isinstance(value.get("parameters"), list):
        yield from _parameters(path, value)
    elif "number" in value:
        yield from _number(path, value)
    elif ("start" in value and "type" not in value) or set(value) == {"length", "text"}:
        if "text" in value:
            yield path, _text(value["text"])
        for suffix in ("start", "length"):
            if suffix in value:
                yield f"{path}.{suffix}", str(value[suffix])
    else:
        yield from _object(path, value)


def _number(path: str, value: dict[str, Any]) -> Iterator[Field]:
    yield path, str(value["number"])
    if value.get("name") is not None:
        yield f"{path}.name", value["name"]
    for name in value.get("names", ()):
        if path in MASKS:
            yield f"{path}.name", name
        elif name.startswith("0x"):
            yield f"{path}.other", str(int(name, 16))
        else:
            yield f"{path}.{name.lower()}", "1"


def _parameters(path: str, value: dict[str, Any]) -> Iterator[Field]:
    for pair in value["parameters"]:
        for part in ("name", "value"):
            yield from _field(path, part, pair[part])
    for name in ("end", "odd"):
        if name in value:
            yield from _field(path, name, value[name])


def _text(value: Any) -> str:
    return str(value).replace("\0", "\\x00")
