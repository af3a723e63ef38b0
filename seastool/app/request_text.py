"""The SIP text of a request of ours."""

from __future__ import annotations

from typing import Final

from seastool.app.headers import Headers, canonical
from seastool.app.reply_text import header_lines
from seastool.app.tokens import octets

# What the proxy writes itself, so that it does not count as a header it is given.
_NOT_COUNTED: Final = frozenset({"from", "to", "call-id", "cseq", "route"})


def request_text(method: str, uri: str, via: str, headers: Headers, body: bytes) -> bytes:
    """The whole request. headers: all but Via and Content-Length. Raises: EncodeError."""
    start = octets(f"{method} {uri} SIP/2.0\r\nVia: {via}\r\n", "uri")
    length = b"Content-Length: %d\r\n\r\n" % len(body)
    return b"".join((start, header_lines(headers), length, body))


def counted_size(headers: Headers) -> int:
    """Bytes of the headers that the proxy passes on as it is given them."""
    return sum(
        len(name) + len(value.encode("utf-8", "surrogateescape")) + 4
        for name, value in headers.fields()
        if canonical(name) not in _NOT_COUNTED
    )
