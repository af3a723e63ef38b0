"""A message cut into start line, header lines and body, with the offset of each.

No value is parsed here: what a line says is for the parsers beside this module.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from seastool.sip.grammar import Grammar
from seastool.sip.header_name import read_header_name
from seastool.sip.text import BLANKS, LWS, fail

_KEPT_NAMES: Final = 512
_LONGEST_NAME: Final = 64


class Line(NamedTuple):
    """One header. kind: as `header_name` has it, OTHER for unknown ones.

    start; value: where its value starts; end: past the line end, folds included.
    """

    kind: str
    start: int
    value: int
    end: int


# Calling Line costs three times as much, and every message has many.
_new: Final = tuple.__new__


class Outline(NamedTuple):
    """headers: where they start. lines: the headers in order. firsts: the first of each kind.
    body: where the body starts; the length of the text if no empty line ends the headers."""

    headers: int
    lines: list[Line]
    firsts: dict[str, Line]
    body: int

    def first(self, kind: str) -> Line | None:
        """The first header of a kind."""
        return self.firsts.get(kind)


class Outliner:
    """Cuts messages as one grammar has it; keeps the header names it has met, in bounded memory."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._kinds: dict[bytes, str] = {}

    def cut(self, text: bytes) -> Outline:
        """The outline of a message. Raises: SipError for a line that is no header."""
        find, kinds = text.find, self._kinds
        size = len(text)
        at = find(b"\n") + 1 or size
        headers = at
        lines: list[Line] = []
        firsts: dict[str, Line] = {}
        while at < size and (first := text[at]) != 0x0D and first != 0x0A:
            end = find(b"\n", at) + 1 or size
            while end < size and (following := text[end]) <= 0x20 and following in BLANKS:
                end = find(b"\n", end) + 1 or size
            colon = find(b":", at, end)
            if colon < 0:
                fail("header without a colon", at)
            kind = kinds.get(text[at:colon]) or self._kind(text, at, colon)
            value = colon + 2
            if value >= end or text[colon + 1] != 0x20 or text[value] <= 0x20:
                blanks = LWS.match(text, colon + 1, end)
                value = blanks.end() if blanks else colon + 1
            line = _new(Line, (kind, at, value, end))
            lines.append(line)
            if kind not in firsts:
                firsts[kind] = line
            at = end
        body = at + (2 if text[at : at + 2] == b"\r\n" else 1)
        return Outline(headers, lines, firsts, min(body, size))

    def _kind(self, text: bytes, start: int, colon: int) -> str:
        kind = read_header_name(text, start, self._grammar).kind
        if colon - start <= _LONGEST_NAME:
            if len(self._kinds) >= _KEPT_NAMES:
                self._kinds.clear()
            self._kinds[text[start:colon]] = kind
        return kind
