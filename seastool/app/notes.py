"""What is told to whoever runs the server: each kind of thing once, so that no log floods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_MOST: Final = 200


class Notes:
    """Tells lines through `log`, one a kind; at most 200 kinds."""

    __slots__ = ("_log", "_told")

    def __init__(self, log: Callable[[str], object] | None) -> None:
        self._log = log
        self._told: set[str] = set()

    def log(self, text: str) -> None:
        """Tell it. What cannot be printed is escaped: the text may come off the wire."""
        if self._log is not None:
            self._log(text if text.isprintable() else "".join(map(_printable, text)))

    def knows(self, kind: str) -> bool:
        """Whether something of that kind was told."""
        return kind in self._told

    def once(self, kind: str, text: str) -> None:
        """Tell it unless something of that kind was told before."""
        if kind in self._told:
            return
        if len(self._told) == _MOST:
            self._told.add(kind)
            self.log(f"more than {_MOST} kinds of trouble: further ones are counted only")
        if len(self._told) < _MOST:
            self._told.add(kind)
            self.log(text)


def _printable(letter: str) -> str:
    if letter.isprintable() or letter == "\n":
        return letter
    return letter.encode("unicode_escape").decode("ascii")
