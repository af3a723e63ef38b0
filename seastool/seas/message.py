"""The encoded message (SEAS.md section 4): information, headers index, header structures, SIP text.

Opening one reads the information and notes where the index lies; a header is decoded when asked
for, and text is a slice of the payload.
"""

from __future__ import annotations

import struct as packing
from collections.abc import Callable, Iterator
from typing import Any

from seastool.errors import BadSpan, DecodeError, Truncated
from seastool.seas.address import Address
from seastool.seas.dialect import Dialect
from seastool.seas.header import Header
from seastool.seas.uri import Uri
from seastool.seas.values import CSeq
from seastool.seas.via import Vias
from seastool.wire import (
    Base,
    Below,
    Span,
    Structure,
    reader,
    sized,
    span,
    structure,
    tail,
    u8,
    u16,
)

FIRST_STATUS = 100


@structure()
class MessageInfo(Structure):
    """The head of an encoded message: a code below 100 is a method, else the status."""

    code: int = u16(names="method_or_status")
    text: Span = span(Base.PAYLOAD, format="HH", doc="the SIP text")
    body_start: int = tail(Base.TEXT)
    method: Span = span(Base.TEXT, doc="method, or status code")
    uri: Span = span(Base.TEXT, doc="request URI, or reason phrase")
    version: Span = span(Base.TEXT, doc="the length is never written: 0")
    request_uri: Uri | None = sized(Uri, when=Below("code", FIRST_STATUS), default=None)
    header_count: int = u8()


@structure()
class IndexEntry(Structure):
    """One entry of the headers index."""

    type: int = u8(names="header")
    start: int = u16(doc="of the header's structure, from payload")


INDEX_ENTRY_SIZE = 3
_INFO = packing.Struct(">HHHHBBBBBB")
_U16 = packing.Struct(">H")
_read_tag = reader(Address, "tag")
_read_branch = reader(Vias, "vias[0].branch")


class Message:
    """An encoded message, opened.

    payload: information, index, structures and SIP text. Raises: DecodeError where the
    information or the index does not fit; a fault in one header shows when that one is read.
    """

    __slots__ = ("code", "dialect", "header_count", "index_start", "payload", "text_span", "types")

    def __init__(self, payload: bytes, dialect: Dialect) -> None:
        self.payload = payload
        self.dialect = dialect
        try:
            code, start, length = _INFO.unpack_from(payload)[:3]
            self.code: int = code
            at = _INFO.size
            if self.code < FIRST_STATUS:
                at += 1 + payload[at]
            self.header_count = payload[at]
        except (packing.error, IndexError):
            raise Truncated(needed=1, available=0, offset=len(payload), path="message") from None
        self.text_span = Span(start, length)
        self.index_start = at + 1
        self._bound()
        stop = self.index_start + INDEX_ENTRY_SIZE * self.header_count
        self.types = payload[self.index_start : stop : INDEX_ENTRY_SIZE]

    def _bound(self) -> None:
        end = self.index_start + INDEX_ENTRY_SIZE * (self.header_count + 1)
        if end > len(self.payload):
            raise Truncated(
                needed=end - len(self.payload),
                available=len(self.payload) - self.index_start,
                offset=self.index_start,
                path="index",
            )
        if self.text_span.end > len(self.payload):
            raise BadSpan(
                f"SIP text is {self.text_span.start}+{self.text_span.length}, "
                f"the payload has {len(self.payload)} bytes",
                offset=2,
                path="text",
            )

    @property
    def info(self) -> MessageInfo:
        """The message information, with the request URI's structure. Raises: DecodeError."""
        return MessageInfo.decode(self.payload, 0, self.index_start)

    @property
    def is_request(self) -> bool:
        """A response has its status as code; method codes are below 100."""
        return self.code < FIRST_STATUS

    @property
    def text(self) -> bytes:
        """The SIP message, byte for byte as it came in."""
        start, length = self.text_span
        return self.payload[start : start + length]

    def slice(self, where: Span) -> bytes:
        """Part of the SIP text; what lies outside it is cut off."""
        start = self.text_span.start
        return self.payload[start + where.start : min(start + where.end, self.text_span.end)]

    @property
    def start_line(self) -> bytes:
        """The first line, without its line end."""
        return self.text.partition(b"\n")[0].rstrip(b"\r")

    @property
    def body(self) -> bytes:
        """What follows the headers."""
        return self.text[_U16.unpack_from(self.payload, 6)[0] :]

    def _first_line_span(self, at: int) -> bytes:
        return self.slice(Span(self.payload[at], self.payload[at + 1]))

    @property
    def method(self) -> str:
        """A request's method as written; that of the CSeq for a response."""
        if self.is_request:
            return self._first_line_span(8).decode("ascii", "backslashreplace")
        return self._cseq_part("method")

    @property
    def status(self) -> int | None:
        """A response's status code; None for a request."""
        return None if self.is_request else self.code

    @property
    def uri(self) -> str:
        """A request's URI, a response's reason phrase."""
        return self._first_line_span(10).decode("utf-8", "backslashreplace")

    @property
    def request_uri(self) -> Uri | None:
        """The structure of the request URI; None in a response. Raises: DecodeError."""
        return self.info.request_uri

    def _start(self, i: int) -> int:
        at = self.index_start + INDEX_ENTRY_SIZE * i + 1
        return int(_U16.unpack_from(self.payload, at)[0])

    def bounds(self, i: int) -> tuple[int, int]:
        """Where header i's structure lies in the payload. Raises: BadSpan."""
        start, end = self._start(i), self._start(i + 1)
        if not self.index_start <= start <= end <= len(self.payload):
            at = self.index_start + INDEX_ENTRY_SIZE * i
            raise BadSpan(
                f"structure lies at {start} to {end} of {len(self.payload)} bytes",
                offset=at,
                path=f"index[{i}]",
            )
        return start, end

    def header_at(self, i: int) -> Header:
        """Header i, in message order. Raises: DecodeError, IndexError."""
        if not 0 <= i < self.header_count:
            raise IndexError(f"header {i} of {self.header_count}")
        return Header(self, self.types[i], *self.bounds(i))

    def __iter__(self) -> Iterator[Header]:
        """Every header whose structure can be read; `faults` tells of the others."""
        for i in range(self.header_count):
            try:
                yield self.header_at(i)
            except DecodeError:
                continue

    @property
    def headers(self) -> list[Header]:
        """Every readable header, in message order."""
        return list(self)

    def find(self, name: str) -> Header | None:
        """The first header of a type named as in the dialect's table (VIA, CALLID ...)."""
        i = self.types.find(self.dialect.header_types.get(name, 0x100) & 0xFF)
        if i < 0 or name not in self.dialect.header_types:
            return None
        return self.header_at(i)

    def find_all(self, name: str) -> list[Header]:
        """All headers of a type."""
        code = self.dialect.header_types.get(name)
        return [h for h in self if h.type == code]

    def _header_field(self, name: str, read: Callable[[bytes, int, int], Any]) -> str | None:
        """The text of a span in the first header of that type, by a compiled reader: this is
        what SEAS is for, so nothing else of the header is looked at."""
        code = self.dialect.header_types.get(name, -1)
        i = self.types.find(code) if code >= 0 else -1
        if i < 0:
            return None
        start, end = self.bounds(i)
        prefix = self.dialect.header_prefix
        try:
            where = read(self.payload, start + prefix, end)
            if where is None:
                return None
            base = _U16.unpack_from(self.payload, start)[0] + self.text_span.start + where[0]
        except (packing.error, IndexError):
            return None
        text = self.payload[base : min(base + where[1], self.text_span.end)]
        return text.decode("utf-8", "backslashreplace")

    @property
    def from_tag(self) -> str | None:
        """The From tag; None if there is none."""
        return self._header_field("FROM", _read_tag)

    @property
    def to_tag(self) -> str | None:
        """The To tag; None if there is none."""
        return self._header_field("TO", _read_tag)

    @property
    def branch(self) -> str | None:
        """The branch of the top Via; None if there is none."""
        return self._header_field("VIA", _read_branch)

    def _value(self, name: str) -> str | None:
        """The value of the first header of a type that has no structure of its own."""
        code = self.dialect.header_types.get(name, -1)
        i = self.types.find(code) if code >= 0 else -1
        if i < 0:
            return None
        start, end = self.bounds(i)
        if end - start < 4:
            return None
        at, length = _U16.unpack_from(self.payload, start)[0], self._header_length(start)
        base = at + self.text_span.start
        text = self.payload[base : min(base + length, self.text_span.end)]
        return text[text.find(b":") + 1 :].strip().decode("utf-8", "backslashreplace")

    def _header_length(self, start: int) -> int:
        if self.dialect.header_prefix == 4:
            return self.payload[start + 2]
        return int(_U16.unpack_from(self.payload, start + 2)[0])

    @property
    def call_id(self) -> str | None:
        """The Call-ID."""
        return self._value("CALLID")

    @property
    def cseq(self) -> str | None:
        """The CSeq as written, number and method."""
        return self._value("CSEQ")

    def _cseq_part(self, part: str) -> str:
        header = self.find("CSEQ")
        body = None if header is None else header.body
        if header is None or not isinstance(body, CSeq):
            return ""
        where = body.method if part == "method" else body.number_text
        return (header.at(where) or b"").decode("ascii", "backslashreplace")

    def encode(self) -> bytes:
        """The payload. What is opened is never changed, so it is what was opened."""
        return self.payload
