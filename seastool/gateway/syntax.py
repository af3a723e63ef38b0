"""What RFC 4475 wants refused and the real servers' parsers take: in the request line, and in To,
From and Contact.

Not here: what those parsers refuse (`malformed`), and what encoding finds (`refusals`).
"""

from __future__ import annotations

import re
from typing import Final

from seastool.gateway.checks import Refusal
from seastool.sip.incoming import Incoming
from seastool.sip.outline import ByOutline

_USUAL_LINE: Final = re.compile(rb"\S++ [^\s<?]++ SIP/2\.0\r\n")
_CRLF: Final = b"\r\n"
_BRACKET: Final = ord("<")
_BAD_LINE: Final = Refusal(400, b"Bad Request Line")
_BRACKETS: Final = Refusal(400, b"Request URI In Brackets")
_URI_HEADERS: Final = Refusal(400, b"Headers In Request URI")
_BAD: Final = {
    "TO": Refusal(400, b"Bad To"),
    "FROM": Refusal(400, b"Bad From"),
    "CONTACT": Refusal(400, b"Bad Contact"),
}
_QUOTED: Final = rb'"(?:[^"\\]|\\.)*+"'
# Display names that are no tokens but UTF-8 are common, and leave nothing in doubt.
_NAME: Final = rb"(?:" + _QUOTED + rb"\s*+|[\w\x80-\xff.!%*+`'~\-\s]*+)"
_PARAMETER: Final = rb';\s*+[^\s;=,"<>]++(?:\s*+=\s*+(?:' + _QUOTED + rb'|[^\s;,"<>]*+))?+\s*+'
_SCHEME: Final = rb"[A-Za-z][\w+.\-]*+:"
_ADDRESS: Final = (
    rb"(?:"
    + _NAME
    + rb"<("
    + _SCHEME
    + rb'[^<>\s"]++)>|('
    + _SCHEME
    + rb'[^\s<>",;?]++))\s*+(?:'
    + _PARAMETER
    + rb")*+"
)  # without brackets, no comma, semicolon or question mark is part of the URI: section 20
_ONE: Final = re.compile(_ADDRESS, re.DOTALL)
_SEVERAL: Final = re.compile(
    rb"\s*+(?:\*\s*+|" + _ADDRESS + rb"(?:,\s*+" + _ADDRESS + rb")*+)", re.DOTALL
)
ADDRESSES: Final = {"TO": _ONE, "FROM": _ONE, "CONTACT": _SEVERAL}
"""By the kind of the header, what its value looks like."""
_FAULTS: Final[ByOutline[Refusal | None]] = ByOutline()
_UNKNOWN: Final = Refusal(0, b"")


def fault_of(request: Incoming) -> Refusal | None:
    """What is wrong with a request that parses; None if it is well-formed."""
    if not _USUAL_LINE.match(request.text) and (fault := _of_line(request)) is not None:
        return fault
    outline = request.outline  # where outlines are alike, so are the faults of the headers
    found = _FAULTS.get(outline, _UNKNOWN)
    if found is _UNKNOWN:
        found = _FAULTS.keep(outline, _of_headers(request))
    return found


def is_address(kind: str, value: bytes) -> bool:
    """Whether that is a value of one of ADDRESSES."""
    return ADDRESSES[kind].fullmatch(value) is not None


def scheme_of(kind: str, value: bytes) -> bytes:
    """The scheme of the first URI, in lower case; empty if the value is not well-formed."""
    found = ADDRESSES[kind].fullmatch(value)
    uri = (found[1] or found[2] or b"") if found else b""
    return uri.partition(b":")[0].lower()


def _of_line(request: Incoming) -> Refusal | None:
    text, (_, _, first, second, third, end) = request.text, request.start
    start, past = second[0], sum(second)
    if text[start] == _BRACKET:
        return _BRACKETS
    behind = text[sum(third) : end]
    if third[0] != past + 1 or (behind != _CRLF and behind.strip(_CRLF)):
        return _BAD_LINE
    if first[0] and text[: first[0]].strip(_CRLF):
        return _BAD_LINE
    asked = text.rfind(b"?", start, past)
    return _URI_HEADERS if asked >= 0 and text.find(b"@", asked, past) < 0 else None


def _of_headers(request: Incoming) -> Refusal | None:
    text = request.text
    for kind, _, value, end in request.outline.lines:
        if kind in _BAD and not is_address(kind, text[value:end]):
            return _BAD[kind]
    return None
