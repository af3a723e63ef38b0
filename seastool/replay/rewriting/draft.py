"""A message taken apart for changes: what nobody changes stays as it was, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from seastool.sip.header_name import COMPACT

_COMPACT: Final = {short.encode(): full.encode() for short, full in COMPACT.items()}
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n|\Z")
_LINE: Final = re.compile(rb"[^\n]*\n?(?:[ \t][^\n]*\n?)*")
_NAME: Final = re.compile(rb"[^:]*+:[ \t]*+(?:\r?\n[ \t]++)*+")
_FOLD: Final = re.compile(rb"\r?\n[ \t]++")
CRLF: Final = b"\r\n"
LENGTH: Final = b"content-length"


class Draft:
    """A message in parts; headers go by their full name in lower case."""

    __slots__ = ("_lines", "body", "start")

    def __init__(self, text: bytes) -> None:
        text = text.lstrip(b"\r\n")
        end = _HEAD_END.search(text)
        assert end is not None
        head, self.body = text[: end.start()], text[end.end() :]
        first, _, rest = head.partition(b"\n")
        self.start = first.rstrip(b"\r")
        self._lines = [(_key(line[0]), line[0]) for line in _LINE.finditer(rest) if line[0].strip()]

    def all(self, key: bytes) -> list[bytes]:
        """The values of a header, folds undone."""
        return [_FOLD.sub(b" ", _parts(line)[1]) for name, line in self._lines if name == key]

    def first(self, key: bytes) -> bytes:
        """The first value; empty if there is none."""
        return next(iter(self.all(key)), b"")

    def change(self, key: bytes, change: Callable[[bytes], bytes], *, most: int = -1) -> None:
        """Change the values of a header, or the first `most` of them."""
        for number, (name, line) in enumerate(self._lines):
            if name != key or most == 0:
                continue
            most -= 1
            before, value = _parts(line)
            changed = change(value)
            if changed != value:
                self._lines[number] = (name, before + changed + CRLF)

    def set_all(self, name: bytes, values: list[bytes]) -> None:
        """These values in place of all of that header, where the first of them stood; behind the
        Vias where there was none."""
        key = name.lower()
        at = next((i for i, (other, _) in enumerate(self._lines) if other == key), None)
        kept = [line for line in self._lines if line[0] != key]
        if at is None:
            at = next((i for i, (other, _) in enumerate(kept) if other != b"via"), len(kept))
        kept[at:at] = [(key, b"%s: %s\r\n" % (name, value)) for value in values]
        self._lines = kept

    def rest(self, without: frozenset[bytes]) -> bytes:
        """The header lines but for some."""
        return b"".join(_ended(line) for name, line in self._lines if name not in without)

    def render(self, *, counted: bool = False) -> bytes:
        """The message; a Content-Length that it has says what the body has now. counted: it has
        one in any case."""
        size = b"%d" % len(self.body)
        if self.first(LENGTH):
            self.change(LENGTH, lambda value: value if value == size else size)
        elif counted or self.body:
            self._lines.append((LENGTH, b"Content-Length: %s\r\n" % size))
        return b"".join((self.start, CRLF, self.rest(frozenset()), CRLF, self.body))


def _key(line: bytes) -> bytes:
    name, colon, _ = line.partition(b":")
    name = name.strip().lower() if colon else b""
    return _COMPACT.get(name, name)


def _parts(line: bytes) -> tuple[bytes, bytes]:
    """What stands before the value, and the value."""
    found = _NAME.match(line)
    at = found.end() if found else 0
    return line[:at], line[at:].rstrip()


def _ended(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line.rstrip(b"\r") + CRLF
