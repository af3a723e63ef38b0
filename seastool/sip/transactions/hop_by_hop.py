"""The two requests that follow from another one hop by hop: the ACK to a failure, and CANCEL.

Both are made from the text of the request as it went out, by search: whoever has sent it may
send what it likes.
"""

from __future__ import annotations

import re
from typing import Final

from seastool.sip.incoming import Incoming
from seastool.sip.parts import head_of, header_pattern

_CRLF: Final = b"\r\n"
_TO: Final = 1  # among the headers of an Incoming
_DIGITS: Final = re.compile(rb"[0-9]{1,10}")
# The first of several values: up to a comma that is in no quotes.
_FIRST_VALUE: Final = re.compile(rb'(?:[^",]|"(?:[^"\\]|\\.)*"?)*', re.DOTALL)


def ack_for(request: bytes, response: Incoming) -> bytes:
    """The ACK to a 3xx-6xx to an INVITE (RFC 3261 section 17.1.1.3): To is the response's."""
    to = response.headers[_TO]
    return _follower(request, b"ACK", response.text[to.start : to.end].rstrip() + _CRLF)


def cancel_for(request: bytes) -> bytes:
    """The CANCEL of a request (RFC 3261 section 9.1), by the same hop; it has the same branch."""
    return _follower(request, b"CANCEL", _line(head_of(request), "To"))


def _follower(request: bytes, method: bytes, to: bytes) -> bytes:
    head = head_of(request)
    start = head.split(_CRLF, 1)[0].split(b"\n", 1)[0]
    via = header_pattern("Via").search(head)
    number = header_pattern("CSeq").search(head)
    digits = _DIGITS.search(number[1]) if number else None
    routes = [found[0] + _CRLF for found in header_pattern("Route").finditer(head)]
    return b"".join(
        (
            method + b" " + start.partition(b" ")[2] + _CRLF,
            b"Via: " + _first_value(via[1]) + _CRLF if via else b"",
            *routes,
            b"Max-Forwards: 70\r\n",
            _line(head, "From"),
            to,
            _line(head, "Call-ID"),
            b"CSeq: %s %s\r\n" % (digits[0] if digits else b"0", method),
            b"Content-Length: 0\r\n\r\n",
        )
    )


def _first_value(value: bytes) -> bytes:
    found = _FIRST_VALUE.match(value)
    return found[0].rstrip() if found else value


def _line(head: bytes, name: str) -> bytes:
    found = header_pattern(name).search(head)
    return found[0].rstrip() + _CRLF if found else b""
