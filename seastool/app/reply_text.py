"""The SIP text of a response: lines of the request as they stand, and what is new.

The request is not parsed: the index of the encoded message says where the lines are.
"""

from __future__ import annotations

import struct as packing
from functools import lru_cache
from typing import Final, NamedTuple

from seastool.app.headers import HeaderView, header_line
from seastool.app.tokens import octets
from seastool.seas.message import CALLID, CSEQ, FROM, INDEX_ENTRY_SIZE, TO, VIA, Message

_COPIED: Final = frozenset({VIA, FROM, TO, CALLID, CSEQ})
_NO_BODY: Final = b"Content-Length: 0\r\n\r\n"
_PREFIX: Final = 5
_two_starts = packing.Struct(">HxH").unpack_from
_span = packing.Struct(">HH").unpack_from


class CopiedLines(NamedTuple):
    """The lines that a response takes over: those before To, To without its line end, the
    others; in the order of the request."""

    before: bytes
    to: bytes
    after: bytes


def copied_lines(message: Message, record_route: int = VIA) -> CopiedLines:
    """Via, From, To, Call-ID and CSeq of a request.

    record_route: number of one more header that is copied.
    """
    before: list[bytes] = []
    after: list[bytes] = []
    lines, to = before, b""
    wanted = _COPIED if record_route == VIA else _COPIED | {record_route}
    for i, type in enumerate(message.types):
        if type not in wanted:
            continue
        line = _line(message, i)
        if type == TO:
            if lines is before:
                lines, to = after, line.rstrip(b"\r\n")
        elif line:
            lines.append(line if line[-1] == 0x0A else line + b"\r\n")
    return CopiedLines(b"".join(before), to, b"".join(after))


def _line(message: Message, i: int) -> bytes:
    """Header i, name to line end. The usual prefix is read here, others by `header_line`."""
    payload, index = message.payload, message.index_start
    start, end = _two_starts(payload, index + INDEX_ENTRY_SIZE * i + 1)
    if message.dialect.header_prefix != _PREFIX or not index <= start < end - 3 < len(payload) - 2:
        return header_line(message, i)
    at, length = _span(payload, start)
    at += message.text_start
    stop = at + length
    return payload[at : stop if stop < message.text_end else message.text_end]


@lru_cache(maxsize=512)
def status_line(status: int, reason: str) -> bytes:
    """The first line of a response."""
    return octets(f"SIP/2.0 {status} {reason}\r\n", "reason")


def header_lines(headers: HeaderView | None) -> bytes:
    """Headers as lines. Raises: EncodeError."""
    if headers is None:
        return b""
    return octets("".join([f"{name}: {value}\r\n" for name, value in headers.fields()]))


def reply_text(
    line: bytes, copied: CopiedLines, tag: str, contact: bytes, headers: bytes, body: bytes
) -> bytes:
    """The whole response.

    tag: put behind To; none if empty. contact, headers: whole lines, or nothing.
    Raises: EncodeError.
    """
    to = copied.to
    if to:
        to += b";tag=" + octets(tag, "To tag") + b"\r\n" if tag else b"\r\n"
    end = b"Content-Length: %d\r\n\r\n%b" % (len(body), body) if body else _NO_BODY
    return b"".join((line, copied.before, to, copied.after, contact, headers, end))
