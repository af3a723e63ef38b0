"""One header of an encoded message: its prefix and the structure of its body
(docs/protocol.md: Header structures)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from seastool.seas.address import Address, Contacts, Routes
from seastool.seas.dialect import Dialect
from seastool.seas.digest import Digest
from seastool.seas.values import Accept, Allow, ContentLength, ContentType, CSeq, Expires
from seastool.seas.via import Vias
from seastool.wire import Base, Node, Span, Structure, length_from, span, structure

if TYPE_CHECKING:
    from seastool.seas.message import Message


@structure()
class HeaderPrefix(Structure):
    """The start of every header structure."""

    header: Span = span(Base.TEXT, format="HH", opens=Base.HEADER, doc="name to CRLF")
    name_length: int = length_from(Base.HEADER, doc="of the header's name")


@structure()
class ShortHeaderPrefix(Structure):
    """The prefix of the first OpenSER 1.2 development versions (D0)."""

    header: Span = span(Base.TEXT, format="HB", opens=Base.HEADER, doc="name to CRLF")
    name_length: int = length_from(Base.HEADER, doc="of the header's name")


@structure()
class BareHeaderPrefix(Structure):
    """All that Kamailio writes of a header longer than 256 bytes."""

    header: Span = span(Base.TEXT, format="HH", opens=Base.HEADER, doc="name to CRLF")


BODIES: dict[str, type[Structure]] = {
    "VIA": Vias,
    "TO": Address,
    "FROM": Address,
    "REFER_TO": Address,
    "RPID": Address,
    "CSEQ": CSeq,
    "CONTACT": Contacts,
    "ROUTE": Routes,
    "RECORDROUTE": Routes,
    "CONTENTTYPE": ContentType,
    "CONTENTLENGTH": ContentLength,
    "AUTHORIZATION": Digest,
    "PROXYAUTH": Digest,
    "EXPIRES": Expires,
    "ALLOW": Allow,
    "ACCEPT": Accept,
}


@cache
def body_types(dialect: Dialect) -> dict[int, type[Structure]]:
    """Header type on the wire -> the structure of its body, for the dialect."""
    codes = dialect.header_types
    return {codes[name]: body for name, body in BODIES.items() if name in codes}


class Header:
    """One header of an encoded message.

    type: the number in the index. span: where the header lies in the SIP text, name to CRLF.
    start, end: where its structure lies in the payload.
    """

    __slots__ = ("end", "message", "span", "start", "type")

    def __init__(self, message: Message, type: int, start: int, end: int) -> None:
        self.message = message
        self.type = type
        self.start = start
        self.end = end
        self.span = self.prefix.header

    @property
    def prefix_struct(self) -> type[HeaderPrefix | ShortHeaderPrefix | BareHeaderPrefix]:
        """Which of the prefixes this structure has."""
        size = self.end - self.start
        if self.message.dialect.header_prefix == 4:
            return ShortHeaderPrefix
        return BareHeaderPrefix if size == 4 else HeaderPrefix

    @property
    def prefix(self) -> HeaderPrefix | ShortHeaderPrefix | BareHeaderPrefix:
        """The decoded prefix. Raises: DecodeError."""
        struct = self.prefix_struct
        stop = min(self.end, self.body_start)
        return struct.decode(self.message.payload, self.start, stop)

    @property
    def body_start(self) -> int:
        """Where the body's structure starts, from payload."""
        return self.start + (4 if self.prefix_struct is not HeaderPrefix else 5)

    @property
    def body_struct(self) -> type[Structure] | None:
        """The structure of the body; None if it has none (other headers, or not parsed)."""
        if self.body_start >= self.end:
            return None
        return body_types(self.message.dialect).get(self.type)

    @property
    def body(self) -> Structure | None:
        """The decoded body; None where there is none. Raises: DecodeError."""
        struct = self.body_struct
        if struct is None:
            return None
        return struct.decode(self.message.payload, self.body_start, self.end)

    @property
    def type_name(self) -> str:
        """The type as the real module spells it, such as RECORDROUTE; OTHER if unknown."""
        return self.message.dialect.header_name(self.type) or "OTHER"

    @property
    def text(self) -> bytes:
        """The whole header, name to CRLF."""
        return self.message.slice(self.span)

    @property
    def name(self) -> str:
        """The name as it was written."""
        return self.text.partition(b":")[0].strip().decode("ascii", "backslashreplace")

    @property
    def value(self) -> bytes:
        """What follows the colon, without the white space around it; folds are left in."""
        return self.text.partition(b":")[2].strip()

    def at(self, where: Span | None) -> bytes | None:
        """The text of a span whose base is this header."""
        if where is None:
            return None
        return self.message.slice(Span(self.span.start + where.start, where.length))

    def trace(self) -> Node | None:
        """The body as a tree: offsets in the payload, texts in the SIP text; None without a body.

        Raises: DecodeError.
        """
        struct = self.body_struct
        if struct is None:
            return None
        origins = {Base.TEXT: 0, Base.HEADER: self.span.start}
        payload = self.message.payload
        return struct.trace(payload, self.body_start, self.end, origins=origins)

    def part(self, path: str) -> bytes | None:
        """The SIP text of one field of the body, such as "tag", "uri.user" or "vias[0].host".

        None where the header does not have it. Raises: DecodeError.
        """
        node = self.trace()
        for step in path.replace("[", ".[").split("."):
            if node is not None:
                node = _child(node, step)
        if node is None or node.text is None:
            return None
        start, end = node.text
        return self.message.slice(Span(start, max(0, end - start)))


def _child(node: Node, step: str) -> Node | None:
    name = node.name + step if step.startswith("[") else step
    return next((child for child in node.children if child.name == name), None)
