"""One parameter of a Via: which are known, which must have a value, and what may end them."""

import re
from enum import Enum
from typing import Final, NamedTuple

from seastool.sip.grammar import Grammar
from seastool.sip.text import FOLDED, QUOTE, fail

_NAME: Final = re.compile(rb"[^ \t\r\n=;,]+")
_VALUE: Final = re.compile(rb'[^ \t\r\n=;,"\0]+')
_STRING_STOP: Final = re.compile(rb'[",\r\n\0]')
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_BLANKS: Final = b" \t\r\n"
_NOT_A_NAME: Final = b":;,()[]=\r\n\0"

GENERAL: Final = "general"
_VALUELESS: Final = ("hidden", "alias")
_MAY_LACK_VALUE: Final = (GENERAL, "rport")
# The real parser numbers the states within "alias" as it does whole names.
_ALIAS_BEGINNINGS: Final = {b"a": "hidden", b"al": "ttl", b"ali": "branch", b"alia": "maddr"}
_KINDS: Final = _ALIAS_BEGINNINGS | {
    name.encode(): name
    for name in ("hidden", "alias", "ttl", "branch", "maddr", "received", "rport", "i")
}


class Stop(Enum):
    """What came behind a parameter."""

    NAME = "separator, blank or line end"
    VALUE = "the same, or the quote that closes its value"
    VIA = "a comma"
    HEADER = "the end of the header"


class ViaParameter(NamedTuple):
    """kind: a known name, else "general". value_start is -1 without a value."""

    kind: str
    name_start: int
    name_end: int
    value_start: int
    value_end: int


class Found(NamedTuple):
    """A parameter. at: what stopped it; for the header's end, where the next one starts.
    size_end: where the proxy takes it to end."""

    parameter: ViaParameter
    at: int
    stop: Stop
    size_end: int


def parse_via_parameter(text: bytes, start: int, grammar: Grammar) -> Found:
    """The parameter whose name starts at `start`. Raises: SipError."""
    name = _NAME.match(text, start)
    if name is None or text[start] in _NOT_A_NAME:
        fail("no name of a Via parameter", start)
    kind = _KINDS.get(name[0].lower(), GENERAL)
    end = name.end()
    if end >= len(text):
        fail("Via does not end", end)
    return _behind_name(text, kind, start, end, grammar)


def _behind_name(text: bytes, kind: str, start: int, end: int, grammar: Grammar) -> Found:
    bare = ViaParameter(kind, start, end, -1, -1)
    found = text[end]
    if kind in _VALUELESS:
        if found == 0x3D:
            fail("value not expected", end)
        return Found(bare, end, Stop.VIA if found == 0x2C else Stop.NAME, end)
    if found in _BLANKS:
        at = _blanks(text, end)
        if _line_ends(text, at):
            return _header_end(bare, text, at)
    else:
        at = end
    found = text[at] if at < len(text) else 0
    if found == 0x3D:
        return _value(text, bare, at + 1, grammar)
    if found == 0x3B and _may_end(kind, at > end, grammar):
        return Found(bare, at, Stop.NAME, at)
    if found == 0x2C and (kind == "rport" or (kind == GENERAL and at == end)):
        return Found(bare, at, Stop.VIA, at)
    return fail("value missing or not expected", at)


def _may_end(kind: str, blank_before: bool, grammar: Grammar) -> bool:
    """Whether a semicolon may end a parameter that has no value."""
    if blank_before:
        return kind == "rport" or grammar.via_blank_before_semicolon
    return kind in _MAY_LACK_VALUE


def _value(text: bytes, bare: ViaParameter, at: int, grammar: Grammar) -> Found:
    at = _blanks(text, at)
    if _line_ends(text, at):
        return _header_end(bare, text, at)
    found = text[at] if at < len(text) else 0
    if found == 0x3B:
        return Found(bare, at, Stop.VALUE, at)
    if found == QUOTE:
        return _string(text, bare, at + 1, grammar)
    value = _VALUE.match(text, at)
    if value is None:
        fail("bad value", at)
    end = value.end()
    parameter = bare._replace(value_start=at, value_end=end)
    found = text[end] if end < len(text) else 0
    if found in b'="\0':
        fail("bad value", end)
    return Found(parameter, end, Stop.VIA if found == 0x2C else Stop.VALUE, end)


def _string(text: bytes, bare: ViaParameter, start: int, grammar: Grammar) -> Found:
    """A quoted value; the old parsers take a comma in it for the end of the header."""
    at, size_end = start, 0
    while stop := _STRING_STOP.search(text, at):
        at = stop.start()
        found = text[at]
        if found == QUOTE:
            quoted = bare._replace(value_start=start, value_end=at)
            return Found(quoted, at, Stop.VALUE, at)
        open_ended = bare._replace(value_start=start, value_end=start)
        if found == 0x2C:
            if not grammar.via_quoted_comma:
                if bare.kind not in _MAY_LACK_VALUE:
                    fail("comma in a quoted value", at)
                return Found(open_ended, at, Stop.HEADER, size_end)
            at += 1
        elif found == 0:
            break
        else:
            size_end = at
            behind = _blanks(text, at)
            if behind == at:
                return _header_end(open_ended, text, at)
            at = behind
    return fail("quote not closed", start)


def _header_end(parameter: ViaParameter, text: bytes, at: int) -> Found:
    """The header ends before the value does."""
    if parameter.kind not in _MAY_LACK_VALUE:
        fail("value missing", at)
    line = _LINE_END.match(text, at)
    return Found(parameter, line.end() if line else at, Stop.HEADER, at)


def _line_ends(text: bytes, at: int) -> bool:
    return at < len(text) and text[at] in b"\r\n"


def _blanks(text: bytes, at: int) -> int:
    found = FOLDED.match(text, at)
    return found.end() if found else at
