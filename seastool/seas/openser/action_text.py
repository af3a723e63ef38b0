"""The SIP text of an action, as the proxy reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from seastool.errors import SipError
from seastool.seas.dialect import Dialect
from seastool.sip.header_reader import AddressParts, ViaParts
from seastool.sip.incoming import MessageReader, shown
from seastool.sip.outline import Line
from seastool.sip.text import Span, part_of, trimmed_right

MOST_OVERRUN: Final = 4000
Note = Callable[[str, str], None]
"""Takes the rule and what was wrong."""


class BodyError(SipError):
    """A body that the action fails with."""


class ActionText:
    """A request or response of the application server. Raises (when made): SipError for what
    the proxy's parser refuses; headers that are missing are None."""

    __slots__ = (
        "_length",
        "_start",
        "body_start",
        "call_id",
        "cseq",
        "from_",
        "lines",
        "outline",
        "route",
        "text",
        "to",
        "via",
    )

    def __init__(self, text: bytes, reader: MessageReader) -> None:
        self.text = text
        self._start = reader.start_line(text)
        outline = reader.outliner.cut(text)
        self.outline = outline
        self.lines = outline.lines
        self.body_start = outline.body
        found = outline.firsts
        self.via: tuple[Line, ViaParts] | None = None
        for line in outline.lines:
            if line[0] == "VIA":
                parts = reader.headers.via(text, line)
                self.via = self.via or (line, parts)
        self.from_ = found.get("FROM")
        self.call_id = found.get("CALLID")
        self.cseq = found.get("CSEQ")
        to = found.get("TO")
        self.to: tuple[Line, AddressParts] | None = None
        if to is not None:
            self.to = to, reader.headers.address(text, to)
        if self.cseq is not None:
            reader.headers.cseq(text, self.cseq)
        self.route = found.get("ROUTE")
        length = found.get("CONTENTLENGTH")
        self._length = reader.headers.content_length(text, length) if length else None

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
        if self.to is None:
            return b""
        line, parts = self.to
        return self.part(line, parts.tag)

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
        body = self.text[self.body_start :]
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
