"""Scapy's fields made from the field specifiers of a declaration.

A span is two fields, ``tag_start`` and ``tag_length``; what counts or measures another field is
one of its own (``sockets_count``, ``vias_sizes``, ``request_uri_size``) and computed unless set.
"""

from __future__ import annotations

import struct as packing
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any, Final, Protocol

from scapy.config import conf
from scapy.fields import (
    ConditionalField,
    EnumField,
    Field,
    FieldLenField,
    FieldListField,
    FlagsField,
    PacketField,
    PacketLenField,
    PacketListField,
    StrField,
    StrLenField,
)
from scapy.packet import Packet

from seastool.render.facts import address_text
from seastool.render.meaning import METHOD_MASK, TABLES
from seastool.seas.dialect import Dialect
from seastool.wire import Structure, parameters
from seastool.wire import fields as spec

MESSAGE: Final = "message"
SIP: Final = "sip"
MIME: Final = "mime"
MOST: Final = 257  # a byte counts the items, and the index has one more
_CODES, _BYTE = 256, 255
_ZERO = 0


class Classes(Protocol):
    """Where the packet of a structure, of an encoded message and of SIP text comes from."""

    dialect: Dialect

    def of(self, struct: type[Structure]) -> type[Packet]: ...
    def message(self, data: bytes) -> Packet: ...
    def sip(self, data: bytes) -> Packet: ...


class AddressField(StrLenField):
    """A raw address, shown and given as text: 4 bytes, 16, or none."""

    def any2i(self, pkt: Packet | None, x: Any) -> bytes:
        if isinstance(x, str):
            return ip_address(x).packed if x else b""
        return bytes(x)

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        return address_text(x) if x else "none"


class PointersField(StrField):
    """The pointers of a parameter list, shown in pairs; all that is left."""

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        return " ".join(f"{p.name_start}={p.value_start}" for p in parameters(x)) or "none"


class SizesField(Field[Any, Any]):
    """A byte for the size of each item of the list after it."""

    islist = 1
    __slots__ = ("count", "items")

    def __init__(self, name: str, items: str, count: str) -> None:
        super().__init__(name, None, "B")
        self.items, self.count = items, count

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, list[int]]:
        count = pkt.getfieldval(self.count)
        if len(s) < count:
            raise ValueError(f"{self.name}: {count} sizes, {len(s)} bytes")
        return s[count:], list(s[:count])

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        if val is None:
            val = [len(bytes(item)) for item in pkt.getfieldval(self.items)]
        return s + bytes(val)

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        return x


class SizedListField(PacketListField):
    """Packets whose sizes stand before them."""

    __slots__ = ("sizes",)

    def __init__(self, name: str, cls: type[Packet], sizes: str) -> None:
        super().__init__(name, [], cls)
        self.sizes = sizes

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, list[Any]]:
        found = []
        for size in pkt.getfieldval(self.sizes):
            found.append(self.m2i(pkt, s[:size]) if s[:size] else conf.raw_layer())
            s = s[size:]
        return s, found


class InnerField(PacketField):
    """Bytes to the end that are a packet of their own: an encoded message, or SIP text.

    Given bytes, it makes the packet; without any there is none.
    """

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        if isinstance(x, str):
            x = x.encode()
        if isinstance(x, bytes):
            x = self.m2i(pkt, x) if x else None
        return super().any2i(pkt, x)

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, Any]:
        return b"", self.m2i(pkt, s) if s else None

    def m2i(self, pkt: Packet | None, m: bytes) -> Any:
        packet = self.cls(m)
        if pkt is not None:
            packet.add_parent(pkt)
        return packet

    def randval(self) -> Any:
        return None


def scapy_name(name: str) -> str:
    """A field's name; with ``_`` after it where scapy's packets have that name for themselves."""
    taken = hasattr(Packet, name) or name in Packet.__slots__
    return f"{name}_" if taken else name


def fields_of(struct: type[Structure], order: str, classes: Classes) -> list[Any]:
    """The ``fields_desc`` of a structure in a wire order."""
    return [field for f in struct.fields_in(order) for field in _conditional(f, classes)]


def _conditional(f: spec.Field, classes: Classes) -> Iterator[Any]:
    for field in _fields(f, classes):
        yield field if f.when is None else ConditionalField(field, _condition(f.when))


def _condition(when: spec.Condition) -> Callable[[Packet], bool]:
    name = scapy_name(when.field)

    def holds(packet: Packet) -> bool:
        return when.holds(int(packet.getfieldval(name) or 0))

    return holds


def _fields(f: spec.Field, classes: Classes) -> Iterator[Any]:
    name = scapy_name(f.name)
    match f:
        case spec.Total():
            yield Field(name, None, f.format)
        case spec.Number():
            yield _number(name, f, _default(f), classes.dialect)
        case spec.SpanField():
            yield Field(f"{f.name}_start", 0, f.format[0])
            yield Field(f"{f.name}_length", 0, f.format[1])
        case spec.SizeOf():
            yield FieldLenField(name, None, length_of=scapy_name(f.target), fmt=f.format)
        case spec.Nested():
            yield from _nested(name, f, classes)
        case spec.ListOf():
            yield from _list(name, f, classes)
        case spec.Numbers():
            yield FieldLenField(f"{f.name}_count", None, count_of=name, fmt="B")
            one = _number("", f, _ZERO, classes.dialect)
            yield FieldListField(
                name, [], one, count_from=_reading(f"{f.name}_count"), max_count=MOST
            )
        case spec.Pointers():
            yield PointersField(name, b"")
        case spec.Bytes():
            yield from _bytes(name, f, classes)
        case _:
            raise TypeError(f"{f.name} is of a kind that the scapy layer does not have")


def _default(f: spec.Field) -> Any:
    return _ZERO if f.default in (..., None) else int(f.default)


def _reading(name: str) -> Callable[[Packet], Any]:
    return lambda packet: packet.getfieldval(name)


def _number(name: str, f: spec.Number | spec.Numbers, default: Any, dialect: Dialect) -> Any:
    bits = {mask: told for told, mask in f.bits.items()} if isinstance(f, spec.Number) else {}
    if f.names == METHOD_MASK:
        bits = {1 << i: told for i, told in enumerate(dialect.method_mask(0xFFFFFFFF))}
    if bits:
        return FlagsField(name, default, 8 * packing.calcsize(">" + f.format), bits)
    if f.names == MIME:
        return EnumField(name, default, (dialect.mime_name, _mime_number(dialect)), f.format)
    if f.names:
        return EnumField(name, default, _names(f.names, dialect), f.format)
    return Field(name, default, f.format)


def _names(table: str, dialect: Dialect) -> dict[int, str]:
    look_up = TABLES[table]
    told = {code: look_up(code, dialect) for code in range(_CODES)}
    return {code: name for code, name in told.items() if name is not None}


def _mime_number(dialect: Dialect) -> Callable[[str], int]:
    def number(name: str) -> int:
        kind, _, subtype = name.partition("/")
        return dialect.mime_types[kind] << 16 | dialect.mime_subtypes[subtype]

    return number


def _nested(name: str, f: spec.Nested, classes: Classes) -> Iterator[Any]:
    size = f.sized_by or f"{f.name}_size"
    inner = classes.of(f.struct)
    if not f.sized_by:
        yield FieldLenField(size, None, length_of=name, fmt="B")
    yield PacketLenField(name, inner(), inner, length_from=_reading(size))


def _list(name: str, f: spec.ListOf, classes: Classes) -> Iterator[Any]:
    count, sizes, inner = f"{f.name}_count", f"{f.name}_sizes", classes.of(f.struct)
    yield FieldLenField(count, None, count_of=name, fmt="B")
    if f.sized:
        yield SizesField(sizes, name, count)
        yield SizedListField(name, inner, sizes)
    else:
        yield PacketListField(name, [], inner, count_from=_reading(count), max_count=MOST)


def _bytes(name: str, f: spec.Bytes, classes: Classes) -> Iterator[Any]:
    if f.shows == MESSAGE:
        yield InnerField(MESSAGE, None, classes.message)
    elif f.shows == SIP:
        yield InnerField(name, None, classes.sip)
    elif f.to_end:
        yield StrField(name, b"")
    else:
        size = f"{f.name}_length"
        yield FieldLenField(size, None, length_of=name, fmt="B")
        kind = AddressField if f.shows == "address" else StrLenField
        yield kind(name, b"", length_from=_reading(size), max_length=_BYTE)
