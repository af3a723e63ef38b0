"""Standard output for data: in large pieces, in any encoding, and gone quietly if nobody reads."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from types import TracebackType
from typing import BinaryIO, Self, TextIO

PIECE = 1 << 16


class When(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Output:
    """Collects text and writes it about 64 KiB at a time; `live` writes every piece at once.

    A context manager: leaving it writes what is left. A closed pipe ends the program quietly
    with exit code 0, since whoever closed it has seen enough.
    """

    def __init__(self, *, live: bool = False) -> None:
        sys.stdout.flush()
        self._stream: BinaryIO = sys.stdout.buffer
        self._encoding = sys.stdout.encoding or "utf-8"
        self._limit = 0 if live else PIECE
        self._pieces: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """Take text; characters that the terminal's encoding does not have are escaped."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size > self._limit:
            self.flush()

    def write_bytes(self, data: bytes) -> None:
        """Take bytes as they are."""
        self.flush()
        self._stream.write(data)

    def flush(self) -> None:
        """Write all that was taken."""
        text = "".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        self._stream.write(text.encode(self._encoding, "backslashreplace"))
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, BrokenPipeError):
            leave_quietly()
        if isinstance(error, OSError):
            return  # what could not be written before cannot be written now
        try:
            self.flush()
        except BrokenPipeError:
            leave_quietly()


def leave_quietly() -> None:
    """End the program after the reader of its output has gone."""
    abandon_output()
    raise SystemExit(0)


def abandon_output() -> None:
    """Give up standard output: what is left in the interpreter's own buffers must have somewhere
    to go at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_missing_streams() -> None:
    """Stand in for standard streams that the caller has closed, as with ``>&-``: what would go
    there goes nowhere, and no file that is opened later takes their place."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def coloured(when: When, stream: TextIO | None = None) -> bool:
    """Whether to use colours on a stream, standard output by default (https://no-color.org)."""
    if when is not When.AUTO:
        return when is When.ALWAYS
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not plain and (stream or sys.stdout).isatty()


def terminal_width() -> int:
    """Columns of the terminal that standard output is, 0 if it is none."""
    if not sys.stdout.isatty():
        return 0
    try:
        return max(int(os.environ.get("COLUMNS", "")), 0) or os.get_terminal_size(1).columns
    except (ValueError, OSError):
        try:
            return os.get_terminal_size(1).columns
        except OSError:
            return 80


def say(text: str) -> None:
    """One line for people, on standard error."""
    sys.stderr.write(f"seastool: {text}\n")
