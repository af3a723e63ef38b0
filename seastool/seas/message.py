"""The encoded message (docs/protocol.md: The encoded message): information, headers index, header
structures, SIP text.

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

    code: int = u16(names="method_or_status", doc="below 100 a method's number")
    text: Span = span(Base.PAYLOAD, format="HH", doc="the SIP text")
    body_start: int = tail(Base.TEXT, doc="the length of the text if there is no body")
    method: Span = span(Base.TEXT, doc="method, or status code")
    uri: Span = span(Base.TEXT, doc="request URI, or reason phrase")
    version: Span = span(Base.TEXT, doc="the length is never written: 0")
    request_uri: Uri | None = sized(
        Uri, when=Below("code", FIRST_STATUS), default=None, doc="its base is the SIP text"
    )
    header_count: int = u8(doc="entries of the index, but for the last")


@structure()
class IndexEntry(Structure):
    """One entry of the headers index."""

    type: int = u8(names="header")
    start: int = u16(doc="of the header's structure, from payload")


INDEX_ENTRY_SIZE = 3
SHORTEST_PREFIX = 4
INFO_SIZE = 14  # up to the request URI
FAILURES = (packing.error, IndexError)

# The headers that name a transaction have the same numbers in every dialect.
VIA, TO, FROM, CSEQ, CALLID = 1, 3, 4, 5, 6

_unpack_info = packing.Struct(">HHH").unpack_from
_unpack_two_starts = packing.Struct(">HxH").unpack_from  # of two index entries
_unpack_span = packing.Struct(">HH").unpack_from
_unpack_short_span = packing.Struct(">HB").unpack_from
_unpack_u16 = packing.Struct(">H").unpack_from
_read_body_start = reader(MessageInfo, "body_start")
_read_method = reader(MessageInfo, "method")
_read_uri = reader(MessageInfo, "uri")
_read_tag = reader(Address, "tag")
_read_branch = reader(Vias, "vias[0].branch")
_read_cseq_method = reader(CSeq, "method")


class Message:
    """An encoded message, opened.

    payload: information, index, structures and SIP text. Raises: DecodeError where the
    information or the index does not fit; a fault in one header shows when that one is read.
    """

    __slots__ = (
        "code",
        "dialect",
        "header_count",
        "index_start",
        "payload",
        "text_end",
        "text_start",
        "types",
    )

    def __init__(self, payload: bytes, dialect: Dialect) -> None:
        self.payload = payload
        self.dialect = dialect
        try:
            code, start, length = _unpack_info(payload)
            at = INFO_SIZE
            if code < FIRST_STATUS:
                at += 1 + payload[INFO_SIZE]
            self.header_count = count = payload[at]
        except FAILURES:
            raise Truncated(needed=1, available=0, offset=len(payload), path="message") from None
        self.code: int = code
        self.text_start: int = start
        self.text_end: int = start + length
        self.index_start = at + 1
        stop = at + 1 + INDEX_ENTRY_SIZE * count
        self.types = payload[at + 1 : stop : INDEX_ENTRY_SIZE]
        if stop + INDEX_ENTRY_SIZE > len(payload) or self.text_end > len(payload):
            raise self._fault(stop + INDEX_ENTRY_SIZE)

    def _fault(self, index_end: int) -> DecodeError:
        """Why the message cannot be opened."""
        size = len(self.payload)
        if index_end > size:
            return Truncated(
                needed=index_end - size,
                available=size - self.index_start,
                offset=self.index_start,
                path="index",
            )
        return BadSpan(
            f"SIP text is {self.text_start}+{self.text_end - self.text_start}, "
            f"the payload has {size} bytes",
            offset=2,
            path="text",
        )

    @property
    def text_span(self) -> Span:
        """Where the SIP text lies in the payload."""
        return Span(self.text_start, self.text_end - self.text_start)

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
        return self.payload[self.text_start : self.text_end]

    def slice(self, where: tuple[int, int]) -> bytes:
        """Part of the SIP text; what lies outside it is cut off."""
        start = self.text_start + where[0]
        return self.payload[start : min(start + where[1], self.text_end)]

    @property
    def start_line(self) -> bytes:
        """The first line, without its line end."""
        return self.text.partition(b"\n")[0].rstrip(b"\r")

    @property
    def body(self) -> bytes:
        """What follows the headers."""
        return self.text[_read_body_start(self.payload, 0, self.index_start) :]

    @property
    def method(self) -> str:
        """A request's method as written; that of the CSeq for a response."""
        if not self.is_request:
            return self._cseq_method()
        where = _read_method(self.payload, 0, self.index_start)
        return self.slice(where).decode("ascii", "backslashreplace")

    @property
    def status(self) -> int | None:
        """A response's status code; None for a request."""
        return None if self.is_request else self.code

    @property
    def uri(self) -> str:
        """A request's URI, a response's reason phrase."""
        where = _read_uri(self.payload, 0, self.index_start)
        return self.slice(where).decode("utf-8", "backslashreplace")

    @property
    def request_uri(self) -> Uri | None:
        """The structure of the request URI; None in a response. Raises: DecodeError."""
        return self.info.request_uri

    def bounds(self, i: int) -> tuple[int, int]:
        """Where header i's structure lies in the payload. Raises: BadSpan."""
        at = self.index_start + INDEX_ENTRY_SIZE * i
        start, end = _unpack_two_starts(self.payload, at + 1)
        if not self.index_start <= start <= end <= len(self.payload):
            raise self._bad_entry(i, start, end)
        return start, end

    def _bad_entry(self, i: int, start: int, end: int) -> BadSpan:
        return BadSpan(
            f"structure lies at {start} to {end} of {len(self.payload)} bytes",
            offset=self.index_start + INDEX_ENTRY_SIZE * i,
            path=f"index[{i}]",
        )

    def header_at(self, i: int) -> Header:
        """Header i, in message order. Raises: DecodeError, IndexError."""
        if not 0 <= i < self.header_count:
            raise IndexError(f"header {i} of {self.header_count}")
        return Header(self, self.types[i], *self.bounds(i))

    def __iter__(self) -> Iterator[Header]:
        """Every header whose structure can be read; `header_at` raises for the others."""
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
        code = self.dialect.header_types.get(name)
        i = -1 if code is None else self.types.find(code)
        return None if i < 0 else self.header_at(i)

    def find_all(self, name: str) -> list[Header]:
        """All headers of a type."""
        code = self.dialect.header_types.get(name)
        return [h for h in self if h.type == code]

    # The two functions below are what SEAS is for: one look into the index, one into the
    # structure, one slice. They spell `bounds` and `slice` out, because calls are half the time.

    def _field_text(self, type: int, read: Callable[[bytes, int, int], Any]) -> str | None:
        """The text of a span in the first header of a type, by a compiled reader."""
        i = self.types.find(type)
        if i < 0:
            return None
        payload, index = self.payload, self.index_start
        start, end = _unpack_two_starts(payload, index + INDEX_ENTRY_SIZE * i + 1)
        if not index <= start <= end <= len(payload):
            raise self._bad_entry(i, start, end)
        try:
            where = read(payload, start + self.dialect.header_prefix, end)
            if where is None:
                return None
            at = _unpack_u16(payload, start)[0] + where[0] + self.text_start
        except FAILURES:
            return None
        stop = at + where[1]
        text = payload[at : stop if stop < self.text_end else self.text_end]
        return text.decode("utf-8", "backslashreplace")

    def _value(self, type: int) -> str | None:
        """The value of the first header of a type, all that follows its colon."""
        i = self.types.find(type)
        if i < 0:
            return None
        payload, index = self.payload, self.index_start
        start, end = _unpack_two_starts(payload, index + INDEX_ENTRY_SIZE * i + 1)
        if not index <= start <= end <= len(payload):
            raise self._bad_entry(i, start, end)
        if end - start < SHORTEST_PREFIX:
            return None
        short = self.dialect.header_prefix == SHORTEST_PREFIX
        at, length = (_unpack_short_span if short else _unpack_span)(payload, start)
        at += self.text_start
        stop = at + length
        text = payload[at : stop if stop < self.text_end else self.text_end]
        return text[text.find(b":") + 1 :].strip().decode("utf-8", "backslashreplace")

    @property
    def from_tag(self) -> str | None:
        """The From tag; None if there is none."""
        return self._field_text(FROM, _read_tag)

    @property
    def to_tag(self) -> str | None:
        """The To tag; None if there is none."""
        return self._field_text(TO, _read_tag)

    @property
    def branch(self) -> str | None:
        """The branch of the top Via; None if there is none."""
        return self._field_text(VIA, _read_branch)

    @property
    def call_id(self) -> str | None:
        """The Call-ID."""
        return self._value(CALLID)

    @property
    def cseq(self) -> str | None:
        """The CSeq as written, number and method."""
        return self._value(CSEQ)

    def _cseq_method(self) -> str:
        return self._field_text(CSEQ, _read_cseq_method) or ""

    def encode(self) -> bytes:
        """The payload. What is opened is never changed, so it is what was opened."""
        return self.payload
