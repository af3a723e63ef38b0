"""What a line of the list needs of a SIP text: its start line and Call-ID, no more parsing."""

from __future__ import annotations

import re
from typing import NamedTuple

from seastool.render.printable import text_of

_CALL_ID = re.compile(rb"^(?:call-id|i)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_CSEQ = re.compile(rb"^cseq[ \t]*:[ \t]*([0-9]*)[ \t]*([^\r\n \t]*)", re.IGNORECASE | re.MULTILINE)
_VERSION = b"SIP/2.0 "


class StartLine(NamedTuple):
    """A request's method and URI, or a response's status (else 0) and reason; as text, unescaped.

    A line that is neither has all of it as `subject`.
    """

    method: str
    status: int
    subject: str


def start_line(text: bytes) -> StartLine:
    """The first line of a SIP message, read leniently."""
    line = text[: max(text.find(b"\n"), 0) or len(text)].rstrip(b"\r")
    if line.startswith(_VERSION):
        status, _, reason = line[len(_VERSION) :].partition(b" ")
        if len(status) == 3 and status.isdigit():
            return StartLine("", int(status), text_of(reason))
    else:
        words = line.split(b" ")
        if len(words) == 3:
            return StartLine(text_of(words[0]), 0, text_of(words[1]))
    return StartLine("", 0, text_of(line))


def head_of(text: bytes) -> bytes:
    """The message up to the empty line."""
    end = text.find(b"\r\n\r\n")
    return text if end < 0 else text[: end + 2]


def call_id(text: bytes) -> str:
    """The Call-ID, empty if there is none."""
    at = text.find(b"\nCall-ID: ")
    if at >= 0 and (end := text.find(b"\r", at)) >= 0 and text.find(b"\r\n\r\n", 0, at + 1) < 0:
        value = text[at + 10 : end]
        if b"\n" not in value:
            return value.strip().decode("utf-8", "backslashreplace")
    found = _CALL_ID.search(head_of(text))
    return text_of(found[1].strip()) if found else ""


def cseq(text: bytes) -> tuple[int | None, str]:
    """CSeq's number and method; None and empty if there is none."""
    found = _CSEQ.search(head_of(text))
    if not found or not found[1]:
        return None, ""
    return int(found[1][:10]), text_of(found[2])
