"""SIP text cut into start line, headers and body by plain line work: a second opinion that
shares nothing with the encoder whose index is held against it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STATUS = re.compile(rb"SIP/2\.0 +(\d{3})(?: +|(?=\r?$))")
_REQUEST = re.compile(rb"(\S+) +(\S+)( +)SIP/2\.0$")


@dataclass(slots=True)
class ScannedHeader:
    """One header: start, end (past its line end, folds included), colon, all from the text."""

    start: int
    end: int
    colon: int
    name: bytes
    value: bytes

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(slots=True)
class ScannedSip:
    """A message. method and uri of a request, status and reason of a response, as (start, end);
    version is where the version starts."""

    is_request: bool
    method: tuple[int, int]
    uri: tuple[int, int]
    version: int
    headers: list[ScannedHeader]
    body_start: int

    def values(self, *names: str) -> list[bytes]:
        """The values of the headers with one of the names (lower case)."""
        wanted = [name.encode() for name in names]
        return [h.value for h in self.headers if h.name.lower() in wanted]


def scan(text: bytes) -> ScannedSip | None:
    """The message; None if the start line is not SIP or a header line has no colon."""
    line_end = text.find(b"\n")
    line = text[: max(line_end, 0)].removesuffix(b"\r")
    request, status = _REQUEST.match(line), _STATUS.match(line)
    if line_end < 0 or not (request or status):
        return None
    rows = _headers(text, line_end + 1)
    if rows is None:
        return None
    headers, body = rows
    if status:
        return ScannedSip(False, status.span(1), (status.end(), len(line)), 0, headers, body)
    assert request is not None
    return ScannedSip(True, request.span(1), request.span(2), request.end(3), headers, body)


def _headers(text: bytes, at: int) -> tuple[list[ScannedHeader], int] | None:
    """The headers from `at` on, and where the body starts (or the text ends)."""
    found: list[ScannedHeader] = []
    while at < len(text):
        end = text.find(b"\n", at) + 1
        if not end:
            return None
        if text[at:end] in (b"\n", b"\r\n"):
            return found, end
        while text[end : end + 1] in (b" ", b"\t") and (more := text.find(b"\n", end) + 1):
            end = more
        colon = text.find(b":", at, end)
        if colon < 0:
            return None
        name, value = text[at:colon].rstrip(b" \t"), text[colon + 1 : end].strip()
        found.append(ScannedHeader(at, end, colon, name, value))
        at = end
    return found, len(text)
