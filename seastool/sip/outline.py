"""A message cut into start line, header lines and body, with the offset of each.

No value is parsed here: what a line says is for the parsers beside this module. Messages whose
header lines differ in the characters of identifiers only have the same outline, and so all that
is made of offsets can be made once for them (`ByOutline`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeVar

from seastool.sip.grammar import Grammar
from seastool.sip.header_name import read_header_name
from seastool.sip.masking import FILLER, LONGEST_KEPT, masked
from seastool.sip.text import BLANKS, LWS, fail

_KEPT_NAMES: Final = 512
_LONGEST_NAME: Final = 64
_KEPT_LINES: Final = 4096
_KEPT_FRONTS: Final = 4096
_KEPT_OUTLINES: Final = 1024
_REST: Final = 16 * _KEPT_OUTLINES  # messages
_LONGEST_SHARED: Final = 4096  # bytes of headers
_ODD_FIRST: Final = b" \t\r\0\\,"  # a fold, the end of the headers, or what parsers look back from
_IDENTIFIER: Final = re.compile(rb"[\w.+\-]+")
_CALL_ID: Final = re.compile(rb"(?:call-id|i)[ \t]*:[ \t]*([\w.+\-@]+)", re.IGNORECASE)

Made = TypeVar("Made")


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


class Outline:
    """headers: where they start. lines: the headers in order. firsts: the first of each kind.
    body: where the body starts; the length of the text if no empty line ends the headers.

    is_shared: whether other messages may have this very object; so nothing of it is changed.
    """

    __slots__ = ("body", "firsts", "headers", "is_shared", "lines")

    def __init__(self, headers: int, lines: list[Line], firsts: dict[str, Line], body: int) -> None:
        self.headers = headers
        self.lines = lines
        self.firsts = firsts
        self.body = body
        self.is_shared = False

    def first(self, kind: str) -> Line | None:
        """The first header of a kind."""
        return self.firsts.get(kind)


def runs_of(lines: Iterable[Line]) -> list[tuple[int, int]]:
    """Start and end of lines; of those that follow each other, as one."""
    runs: list[tuple[int, int]] = []
    for line in lines:
        start = runs.pop()[0] if runs and runs[-1][1] == line.start else line.start
        runs.append((start, line.end))
    return runs


def cut_out(text: bytes, runs: list[tuple[int, int]]) -> bytes:
    """What lies in the runs, put together."""
    if len(runs) == 1:
        start, end = runs[0]
        return text[start:end]
    return b"".join([text[start:end] for start, end in runs])


class ByOutline(dict[Outline, Made]):
    """What was made of outlines; of shared ones only, and in bounded number."""

    def keep(self, outline: Outline, made: Made) -> Made:
        """Keep it, if that outline may come again."""
        if outline.is_shared:
            if len(self) >= _KEPT_OUTLINES:
                self.clear()
            self[outline] = made
        return made


class _OddLine(Exception):
    """A line that is more than a line, or less."""


class _Shapes(dict[bytes, bytes]):
    """Line, without its end -> the same for all lines that differ in identifiers only.

    Raises (on a look-up): _OddLine.
    """

    def __init__(self) -> None:
        super().__init__()
        # What stands before an identifier recurs: user and host, while tags and branches do not.
        self._fronts: dict[bytes, bytes] = {}

    def __missing__(self, line: bytes) -> bytes:
        if not line or line[0] in _ODD_FIRST or b"\n" in line or len(line) > LONGEST_KEPT:
            raise _OddLine
        shape = self._shape(line)
        if len(self) >= _KEPT_LINES:
            self.clear()
        self[line] = shape
        return shape

    def _shape(self, line: bytes) -> bytes:
        at = line.rfind(b"=") + 1
        if at and _IDENTIFIER.fullmatch(line, at):
            front = self._fronts.get(line[:at])
            if front is None:
                front = self._front(line[:at])
            if front:
                return front + FILLER[: len(line) - at]
        elif found := _CALL_ID.fullmatch(line):
            return line[: found.start(1)] + FILLER[: found.end() - found.start(1)]
        return masked(line)

    def _front(self, text: bytes) -> bytes:
        """A line up to an identifier at its end; nothing if that is none to be left out."""
        front = masked(text) if text.endswith((b";tag=", b";branch=")) else b""
        if len(self._fronts) >= _KEPT_FRONTS:
            self._fronts.clear()
        self._fronts[text] = front
        return front


class Outliner:
    """Cuts messages as one grammar has it; what it keeps of those it has met is bounded."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._kinds: dict[bytes, str] = {}
        self._shape_of = _Shapes().__getitem__
        self._outlines: dict[tuple[int, tuple[bytes, ...]], Outline] = {}
        self._hits = 0
        self._resting = 0

    def cut(self, text: bytes) -> Outline:
        """The outline of a message. Raises: SipError for a line that is no header."""
        if self._resting:
            self._resting -= 1
            return self._cut(text)
        headers = text.find(b"\n") + 1
        end = text.find(b"\r\n\r\n", headers)
        if not 0 < headers <= end <= headers + _LONGEST_SHARED:
            return self._cut(text)
        try:
            shape = headers, tuple(map(self._shape_of, text[headers:end].split(b"\r\n")))
        except _OddLine:
            return self._cut(text)
        found = self._outlines.get(shape)
        if found is None:
            return self._keep(shape, self._cut(text))
        self._hits += 1
        return found

    def _keep(self, shape: tuple[int, tuple[bytes, ...]], outline: Outline) -> Outline:
        """Keep an outline. Where messages are too unlike for that to pay, it rests for a while."""
        if len(self._outlines) >= _KEPT_OUTLINES:
            if self._hits < len(self._outlines):
                self._resting = _REST
            self._outlines.clear()
            self._hits = 0
        self._outlines[shape] = outline
        outline.is_shared = True
        return outline

    def _cut(self, text: bytes) -> Outline:
        """The same, line by line."""
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
