"""The SIP text of an action, as the proxy reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from seastool.errors import SipError
from seastool.seas.dialect import Dialect
from seastool.sip.header_reader import AddressParts, ViaParts
from seastool.sip.incoming import MessageReader, shown
from seastool.sip.outline import ByOutline, Line, Outline
from seastool.sip.text import Span, part_of, trimmed_right

MOST_OVERRUN: Final = 4000
Note = Callable[[str, str], None]
"""Takes the rule and what was wrong."""


class BodyError(SipError):
    """A body that the action fails with."""


class _Read(NamedTuple):
    """What the proxy's parser has read of the headers: via, the first of all; to_tag: where it is
    in the text; length: what Content-Length says."""

    via: tuple[Line, ViaParts] | None
    to: tuple[Line, AddressParts] | None
    to_tag: Span | None
    length: int | None


_READ: Final[ByOutline[_Read]] = ByOutline()


def _read(text: bytes, outline: Outline, reader: MessageReader) -> _Read:
    headers, firsts = reader.headers, outline.firsts
    vias = [(line, headers.via(text, line)) for line in outline.lines if line.kind == "VIA"]
    to = to_tag = None
    if (line := firsts.get("TO")) is not None:
        parts = headers.address(text, line)
        to = line, parts
        to_tag = (line.start + parts.tag[0], parts.tag[1]) if parts.tag else None
    if (cseq := firsts.get("CSEQ")) is not None:
        headers.cseq(text, cseq)
    length = firsts.get("CONTENTLENGTH")
    size = headers.content_length(text, length) if length is not None else None
    return _Read(vias[0] if vias else None, to, to_tag, size)


class ActionText:
    """A request or response of the application server. Raises (when made): SipError for what
    the proxy's parser refuses; headers that are missing are None."""

    __slots__ = ("_length", "_start", "_to_tag", "outline", "text", "to", "via")

    def __init__(self, text: bytes, reader: MessageReader) -> None:
        self.text = text
        self._start = reader.start_line(text)
        self.outline = outline = reader.outliner.cut(text)
        read = _READ.get(outline)
        if read is None:
            read = _READ.keep(outline, _read(text, outline, reader))
        self.via, self.to, self._to_tag, self._length = read

    @property
    def lines(self) -> list[Line]:
        """All headers."""
        return self.outline.lines

    @property
    def from_(self) -> Line | None:
        """From."""
        return self.outline.firsts.get("FROM")

    @property
    def call_id(self) -> Line | None:
        """Call-ID."""
        return self.outline.firsts.get("CALLID")

    @property
    def cseq(self) -> Line | None:
        """CSeq."""
        return self.outline.firsts.get("CSEQ")

    @property
    def route(self) -> Line | None:
        """The first Route."""
        return self.outline.firsts.get("ROUTE")

    @property
    def body_start(self) -> int:
        """Where the body starts."""
        return self.outline.body

    @property
    def is_request(self) -> bool:
        """Whether it is one, going by its first line."""
        return self._start.is_request

    @property
    def method(self) -> bytes:
        """A request's."""
        return part_of(self.text, 0, self._start.first)

    @property
    def uri(self) -> bytes:
        """A request's."""
        return part_of(self.text, 0, self._start.second)

    @property
    def shown(self) -> str:
        """The first line, for a person."""
        return shown(self.text[: self.text.find(b"\n")].strip())

    @property
    def to_tag(self) -> bytes:
        """Empty if there is none."""
        return part_of(self.text, 0, self._to_tag)

    def status_and_reason(self, dialect: Dialect) -> tuple[int, bytes]:
        """Of a response. The real proxy takes a request's method, a bit of a mask, for a status,
        and its version for the reason."""
        if self.is_request:
            return 1 << (dialect.methods[self._start.method] - 1), part_of(
                self.text, 0, self._start.third
            )
        return self._start.status, part_of(self.text, 0, self._start.third)

    def part(self, line: Line, span: Span | None) -> bytes:
        """What a span within a header says."""
        return part_of(self.text, line.start, span)

    def value(self, line: Line) -> bytes:
        """A header's value without line end and blanks."""
        return self.text[line.value : trimmed_right(self.text, line.value, line.end)]

    def body(self, overruns: bool, note: Note) -> bytes:
        """The body as the proxy counts it: as long as Content-Length says, none without one.

        overruns: whether it reads on where the text ends. Raises: BodyError.
        """
        body = self.text[self.outline.body :]
        length = self._length
        if length is None:
            if body:
                note(
                    "body-without-length",
                    f"a body of {len(body)} bytes without Content-Length: the proxy sends none",
                )
            return b""
        if length == len(body):
            return body
        told = f"Content-Length {length} and a body of {len(body)} bytes: "
        if length < len(body):
            note("body-length", told + f"the proxy sends the first {length}")
            return body[:length]
        if not overruns:
            note("body-length", told + "the proxy sends what there is")
            return body
        if length - len(body) > MOST_OVERRUN:
            raise BodyError(told + "the proxy reads far beyond its buffer and sends nothing")
        note("body-length", told + "the proxy sends what happens to lie behind it, here zeros")
        return body + bytes(length - len(body))
