"""Mime types: the value of Content-Type, and the list of Accept.

A known type or subtype is one of the names given; what is not known is "unknown".
"""

import re
from collections.abc import Collection
from functools import cache
from typing import Final, NamedTuple

from seastool.sip.grammar import Grammar
from seastool.sip.parameters import parse_parameters
from seastool.sip.text import fail

UNKNOWN: Final = "unknown"
ALL: Final = "*"
_BLANKS: Final = re.compile(rb"(?:[ \t]|\n(?=[ \t]))*")
_MOST_TYPES: Final = 128


class MimeType(NamedTuple):
    """Type and subtype as named in the tables, and where they end."""

    type: str
    subtype: str
    end: int


@cache
def _characters(more: str) -> re.Pattern[bytes]:
    return re.compile(b"[A-Za-z" + re.escape(more.encode()) + b"]*")


def _run_end(run: re.Pattern[bytes], text: bytes, start: int, end: int) -> int:
    found = run.match(text, start, end)
    return found.end() if found else start


def parse_mime(
    text: bytes,
    start: int,
    end: int,
    names: tuple[Collection[str], Collection[str]],
    grammar: Grammar,
    with_parameters: bool = False,
) -> MimeType:
    """One type/subtype with its parameters. names: the known types and subtypes.

    with_parameters: read the parameters, else skip them up to a comma. Raises: SipError.
    """
    type_, at = _part(text, start, end, names[0], grammar, grammar.mime_characters)
    at = _run_end(_BLANKS, text, at, end)
    if text[at:end][:1] != b"/":
        fail("no / in a mime type", at)
    subtype_characters = grammar.mime_characters + grammar.subtype_characters
    subtype, at = _part(text, at + 1, end, names[1], grammar, subtype_characters)
    at = _run_end(_BLANKS, text, at, end)
    if text[at:end][:1] == b";":
        if with_parameters:
            at = parse_parameters(text, at, end, grammar).end
        else:
            comma = text.find(b",", at, end)
            at = comma if comma >= 0 else end
    if at != end and text[at] != 0x2C:
        fail("character not expected in a mime type", at)
    if type_ == ALL and subtype != ALL:
        fail("subtype of any type", start)
    return MimeType(type_, subtype, at)


def _part(
    text: bytes, start: int, end: int, names: Collection[str], grammar: Grammar, characters: str
) -> tuple[str, int]:
    """A type or subtype: its name in the tables, and where it ends."""
    at = _run_end(_BLANKS, text, start, end)
    if at >= end:
        fail("mime type missing", at)
    if text[at] == 0x2A:
        return ALL, at + 1
    stop = _run_end(_characters(characters), text, at, end)
    if stop == at:
        fail("mime type missing", at)
    spelled = text[at:stop].lower().decode("ascii")
    return _known(spelled, names, grammar), stop


def _known(spelled: str, names: Collection[str], grammar: Grammar) -> str:
    if spelled in names:
        return spelled
    if grammar.mime_last_letter_free:
        for name in names:
            if spelled == name[:-1] or (
                spelled.startswith(name) and not spelled[len(name) :].strip(name[-1])
            ):
                return name
    return UNKNOWN


def parse_content_type(
    text: bytes,
    start: int,
    end: int,
    names: tuple[Collection[str], Collection[str]],
    grammar: Grammar,
) -> MimeType:
    """The value of Content-Type: one type, no wildcards. Raises: SipError."""
    mime = parse_mime(text, start, end, names, grammar, grammar.content_type_parameters)
    if mime.end != end:
        fail("more than one type in Content-Type", mime.end)
    if ALL in (mime.type, mime.subtype):
        fail("wildcard in Content-Type", start)
    return mime


def parse_accept(
    text: bytes,
    start: int,
    end: int,
    names: tuple[Collection[str], Collection[str]],
    grammar: Grammar,
) -> list[MimeType]:
    """The types of Accept. Raises: SipError."""
    found: list[MimeType] = []
    at = start
    while True:
        mime = parse_mime(text, at, end, names, grammar)
        if len(found) == _MOST_TYPES:
            fail("too many types", at)
        found.append(mime)
        if mime.end == end:
            return found
        if mime.end + 1 == end:
            fail("type missing behind a comma", mime.end)
        at = mime.end + 1
