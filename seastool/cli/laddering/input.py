"""The capture of a ladder: read twice, so what can be read once only is kept."""

from __future__ import annotations

import io
import os
import sys
from typing import IO, Final

from seastool.cli.exits import NotSeas

_LARGEST: Final = 1 << 30
_Source = str | io.BytesIO


class _Kept(io.BytesIO):
    """What a pipe held. name: for errors."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def source_of(capture: str) -> _Source:
    """The path, or what standard input or a pipe of that name holds. Raises: NotSeas."""
    if capture == "-":
        return _kept(sys.stdin.buffer, "standard input")
    if not os.path.exists(capture) or os.path.isfile(capture) or os.path.isdir(capture):
        return capture
    try:
        with open(capture, "rb") as file:
            return _kept(file, capture)
    except OSError as error:
        raise NotSeas(f"{capture}: cannot be read: {error.strerror or error}") from None


def _kept(file: IO[bytes], name: str) -> _Kept:
    data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise NotSeas(f"{name}: over 1 GiB; write it to a file first")
    return _Kept(data, name)


def again(source: _Source) -> _Source:
    """The same, from its start."""
    if not isinstance(source, str):
        source.seek(0)
    return source
