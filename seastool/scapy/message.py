"""The encoded message: information, index, header structures and SIP text as one packet.

Counts and places in it are computed where they are None.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

from scapy.config import conf
from scapy.fields import PacketField, PacketListField
from scapy.packet import Packet

from seastool.errors import DecodeError
from seastool.scapy.fields import MOST, Classes, InnerField
from seastool.scapy.packets import FAILURES, Declared
from seastool.seas.dialect import Dialect
from seastool.seas.header import BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix, body_types
from seastool.seas.message import INDEX_ENTRY_SIZE, SHORTEST_PREFIX, IndexEntry, MessageInfo
from seastool.seas.message import Message as Opened
from seastool.wire import Structure

COMPUTED = ("text_start", "text_length", "body_start", "header_count")


class InfoField(PacketField):
    """The information, with the counts and places of what follows it."""

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, Any]:
        info = self.m2i(pkt, s)
        rest = info.payload
        info.remove_payload()
        return bytes(rest), info

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        values = dict.fromkeys(COMPUTED)
        values.update({name: val.getfieldval(name) for name in COMPUTED})
        if None in values.values():
            val = val.copy()
            val.clear_cache()
            for name, value in self._computed(pkt, val).items():
                if values[name] is None:
                    val.setfieldval(name, value)
        return s + bytes(val)

    def _computed(self, pkt: Packet, info: Packet) -> dict[str, int]:
        headers = [bytes(header) for header in pkt.headers]
        text = bytes(pkt.text or b"")
        _, blank, body = text.partition(b"\r\n\r\n")
        start = len(bytes(info)) + INDEX_ENTRY_SIZE * (len(headers) + 1) + len(b"".join(headers))
        body_start = len(text) - len(body) if blank else len(text)
        return dict(zip(COMPUTED, (start, len(text), body_start, len(headers)), strict=True))


class IndexField(PacketListField):
    """The index: an entry for each header, and one that ends the last; it is added if missing,
    and a start that is None follows from the headers."""

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        headers, entries = pkt.headers, list(val)
        if len(entries) == len(headers):
            entries.append(self.cls(type=0))  # type: ignore[call-arg]
        at = len(s) + INDEX_ENTRY_SIZE * len(entries)
        for entry, header in zip(entries, [*headers, b""], strict=False):
            if entry.start is None:
                entry = entry.copy()
                entry.start = at
            s += bytes(entry)
            at += len(bytes(header))
        return s + b"".join(bytes(entry) for entry in entries[len(headers) + 1 :])


class HeadersField(PacketListField):
    """The header structures: a prefix, and below it the body that its type has."""

    __slots__ = ("classes",)

    def __init__(self, name: str, classes: Classes) -> None:
        super().__init__(name, [], Packet)
        self.classes = classes

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, list[Any]]:
        found, index = [], pkt.index
        for entry, following in pairwise(index):
            size = following.start - entry.start
            found.append(header_packet(self.classes, entry.type, s[:size]))
            found[-1].add_parent(pkt)
            s = s[size:]
        return s, found


def header_packet(classes: Classes, type: int, data: bytes) -> Packet:
    """A header structure of that type."""
    prefix = classes.of(prefix_struct(classes.dialect, len(data)))(data)
    rest = bytes(prefix.payload)
    prefix.remove_payload()
    if rest:
        prefix.add_payload(_body(classes, body_types(classes.dialect).get(type), rest))
    return prefix


def prefix_struct(dialect: Dialect, size: int) -> type[Structure]:
    """Which prefix a structure of that size has."""
    if dialect.header_prefix == SHORTEST_PREFIX:
        return ShortHeaderPrefix
    return BareHeaderPrefix if size == SHORTEST_PREFIX else HeaderPrefix


def _body(classes: Classes, struct: type[Structure] | None, data: bytes) -> Packet:
    try:
        if struct is not None:
            struct.decode(data)
            return classes.of(struct)(data)
    except FAILURES:
        pass
    return conf.raw_layer(data)


class EncodedMessage(Declared):
    """What the encoded messages of all dialects are. Its four parts lie one after the other;
    of other bytes it is Raw below it."""

    seas_layers: ClassVar[Classes]

    def do_dissect(self, s: bytes) -> bytes:
        check(s, self.seas_layers.dialect)
        return super().do_dissect(s)


def message_fields(classes: Classes) -> list[Any]:
    """The ``fields_desc`` of an encoded message in a dialect."""
    info, entry = classes.of(MessageInfo), classes.of(IndexEntry)
    return [
        InfoField("info", info(), info),
        IndexField("index", [], entry, count_from=_entries, max_count=MOST),
        HeadersField("headers", classes),
        InnerField("text", None, classes.sip),
    ]


def _entries(packet: Packet) -> int:
    return int(packet.info.header_count) + 1


def check(data: bytes, dialect: Dialect) -> None:
    """Raises: DecodeError unless the four parts of a message lie one after the other."""
    opened = Opened(data, dialect)
    opened.info  # noqa: B018
    at = opened.index_start + INDEX_ENTRY_SIZE * (opened.header_count + 1)
    for i in range(opened.header_count):
        start, end = opened.bounds(i)
        if start != at or end - start < SHORTEST_PREFIX:
            raise DecodeError(f"header {i} is not where the one before it ends", offset=start)
        at = end
    if opened.text_start != at or opened.text_end != len(data):
        raise DecodeError("the SIP text is not the rest", offset=opened.text_start)
