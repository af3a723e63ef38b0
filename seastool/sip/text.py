"""What the parsers share: spans, line ends and folds, and how a parser gives up."""

import re
from typing import Final, NamedTuple, NoReturn

from seastool.errors import SipError

Span = tuple[int, int]
"""(start, length) in bytes of the text that was parsed."""

LF: Final = 0x0A
CR: Final = 0x0D
QUOTE: Final = 0x22
BACKSLASH: Final = 0x5C
NUL: Final = 0x00
BLANKS: Final = b" \t"
WHITE: Final = b" \t\r\n"

FOLDED: Final = re.compile(rb"(?:(?:\r\n|\r|\n)?[ \t])*")
"""Blanks and folds, as the Via parser takes them: a bare CR may fold too."""
LWS: Final = re.compile(rb"(?:(?:\r?\n)?[ \t])*")


class Parameter(NamedTuple):
    """One parameter; starts and exclusive ends. value_start is -1 where it has no value."""

    name_start: int
    name_end: int
    value_start: int
    value_end: int


class LineBreak(NamedTuple):
    """What a line end was: a fold, with the text going on at `position`, or the header's end,
    with the next header there."""

    position: int
    is_fold: bool


def line_break(text: bytes, at: int, end: int, refused: bytes = b"\0\\") -> LineBreak:
    """Look past the CR, LF or CRLF at `at`; a blank behind it makes it a fold.

    Raises: SipError if the byte behind is one of `refused`.
    """
    behind = at + 1
    if text[at] == CR and behind < end and text[behind] == LF:
        behind += 1
    if behind >= end:
        return LineBreak(end, False)
    following = text[behind]
    if following in BLANKS:
        return LineBreak(behind + 1, True)
    if following in refused:
        fail("line begins with a byte that cannot", behind)
    return LineBreak(behind, False)


def trimmed_left(text: bytes, start: int, end: int) -> int:
    """Start without leading blanks, CR and LF."""
    while start < end and text[start] in WHITE:
        start += 1
    return start


def trimmed_right(text: bytes, start: int, end: int) -> int:
    """End without trailing blanks, CR and LF."""
    while end > start and text[end - 1] in WHITE:
        end -= 1
    return end


def part_of(text: bytes, base: int, span: Span | None) -> bytes:
    """What a span that counts from `base` says; nothing where there is none."""
    return text[base + span[0] : base + span[0] + span[1]] if span else b""


def fail(message: str, offset: int) -> NoReturn:
    """Give up. Raises: SipError."""
    raise SipError(message, offset=offset)
