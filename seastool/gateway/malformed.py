"""What is answered to a request that the parser refuses, as far as it can be answered; and how a
valid one that it refuses is written so that it takes it."""

from __future__ import annotations

import re
from typing import Final
from zlib import crc32

from seastool.gateway.syntax import is_address
from seastool.sip.parts import head_of, header_pattern

_COPIED: Final = ("Via", "From", "To", "Call-ID", "CSeq")
_ADDRESSES: Final = ("To", "From")
_LONGEST: Final = 4096
_VERSION: Final = re.compile(rb"SIP/[0-9]+\.[0-9]+", re.IGNORECASE)
_OURS: Final = b"SIP/2.0"
_LINE_PARTS: Final = 3
_TAG: Final = re.compile(rb";\s*tag\s*=", re.IGNORECASE)
_FOLD: Final = re.compile(rb"(?<![ \t])[ \t]*+\r?\n[ \t]++")
_NO_REASON: Final = re.compile(r"[^ -~]|[\"<>\\^`{|}]")  # what a reason phrase may not have


def bad_request(data: bytes, why: str) -> bytes | None:
    """The response, with those of the request's own headers that it has: 505 for another version,
    else 400. None for a response, an ACK, and what has no Via to answer by.

    why: what the parser says of it.
    """
    line = data.lstrip(b"\r\n").partition(b"\n")[0].removesuffix(b"\r")
    parts = line.split()
    head = head_of(data)
    if len(parts) < _LINE_PARTS or parts[0] == b"ACK" or len(head) > _LONGEST:
        return None
    if parts[0].startswith(b"SIP/") or not _VERSION.fullmatch(parts[-1]):
        return None
    values = {name: header_pattern(name).findall(head) for name in _COPIED}
    if not values["Via"]:
        return None
    lines = [_status_line(line, values, why)]
    for name, all_of_it in values.items():
        for value in all_of_it if name == "Via" else all_of_it[:1]:
            lines += (name.encode(), b": ", _tagged(name, value.strip(), head), b"\r\n")
    return b"".join(lines) + b"Content-Length: 0\r\n\r\n"


def _status_line(line: bytes, values: dict[str, list[bytes]], why: str) -> bytes:
    parts = line.split()
    if parts[-1].upper() != _OURS:
        return b"SIP/2.0 505 Version Not Supported\r\n"
    missing = [name for name, value in values.items() if not value]
    wrong = [
        name
        for name in _ADDRESSES
        if values[name] and not is_address(name.upper(), values[name][0])
    ]
    if len(parts) > _LINE_PARTS or line != b" ".join(parts):
        reason = "Bad Request Line"
    elif missing:
        reason = f"Missing {', '.join(missing)}"
    elif wrong:
        reason = f"Bad {wrong[0]}"
    else:
        reason = f"Bad Request: {_NO_REASON.sub('.', why)}"
    return f"SIP/2.0 400 {reason}\r\n".encode()


def _tagged(name: str, value: bytes, head: bytes) -> bytes:
    """The value, of To with a tag: the same for the same request (section 8.2.7)."""
    if name != "To" or _TAG.search(value):
        return value
    return value + b";tag=%08x" % crc32(head)


def unfolded(data: bytes) -> bytes:
    """The message with each of its headers in one line, which means the same (section 7.3.1)."""
    head, end, body = data.partition(b"\r\n\r\n")
    start, line_end, headers = head.partition(b"\n")
    return start + line_end + _FOLD.sub(b" ", headers) + end + body
