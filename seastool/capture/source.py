"""The bytes of a capture: from a file, standard input or a pipe, unpacked, still growing.

This is the only module of the package that touches files.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from seastool.capture.container import Damage
from seastool.capture.gunzip import GZIP_MAGIC, Gunzip
from seastool.errors import CaptureError

READ_SIZE: Final = 256 << 10


class CaptureFile:
    """The bytes of a capture, unpacked if they are gzip.

    source: a path, "-" for standard input, or a binary file object.
    wait: None to stop at the end; else called when there is nothing to read, to come
    back when it is worth trying again, with False to stop. The end of a pipe is the end.
    progress: called with the number of bytes read from the source after each read.
    Raises CaptureError for what cannot be opened or read.
    """

    def __init__(
        self,
        source: str | Path | IO[bytes],
        *,
        wait: Callable[[], bool] | None = None,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.name = _name(source)
        self.damage = Damage()
        self._file, self._owned = _open(source, self.name)
        self._take: Callable[[int], bytes] = getattr(self._file, "read1", self._file.read)
        self._wait = None if _is_pipe(self._file) else wait
        self._progress = progress
        self._count = 0
        self._idle = False
        self._head: bytes | None = b""  # the first byte; None once it is known what it begins
        self._gunzip: Gunzip | None = None

    def close(self) -> None:
        """Close the file, unless it was handed in open."""
        if self._owned:
            self._file.close()

    def read(self) -> bytes | None:
        """More bytes, b"" at the end, None if a growing file has none just now."""
        gunzip = self._gunzip
        while not self.damage.what:
            if gunzip is not None and gunzip.pending:
                data: bytes | None = gunzip.unpack(b"")
            else:
                data = self._read_raw()
                if data is None:
                    return None
                if not data:
                    break
                if self._head is not None:
                    data = self._begin(data)
                    gunzip = self._gunzip
                if gunzip is not None:
                    data = gunzip.unpack(data)
            if data:
                return data
        rest, self._head = self._head or b"", None
        if gunzip is not None:
            gunzip.close()
        return rest

    def _begin(self, data: bytes) -> bytes:
        """Two bytes tell whether it is gzip; a pipe may bring them one by one."""
        data = (self._head or b"") + data
        if len(data) < len(GZIP_MAGIC):
            self._head = data
            return b""
        self._head = None
        if data.startswith(GZIP_MAGIC):
            self._gunzip = Gunzip(self.damage)
        return data

    def _read_raw(self) -> bytes | None:
        if self._idle and self._wait is not None and not self._wait():
            return b""
        try:
            data = self._take(READ_SIZE) or b""  # None where nothing is there yet
            if not data and self._idle:
                self.damage.what = self._what_became_of_it()
        except (OSError, ValueError) as error:
            raise CaptureError(f"cannot be read: {_reason(error)}", path=self.name) from error
        self._idle = not data and self._wait is not None
        if self._idle:
            return b"" if self.damage.what else None
        self._count += len(data)
        if self._progress is not None:
            self._progress(self._count)
        return data

    def _what_became_of_it(self) -> str:
        """Why a followed file will not grow any more; empty if it may."""
        if not self._owned:
            return ""
        now = os.fstat(self._file.fileno())
        if now.st_size < self._count:
            return "it was cut short while it was read"
        try:
            there = os.stat(self.name)
        except FileNotFoundError:
            return ""  # what writes it may still have it open
        same = (there.st_dev, there.st_ino) == (now.st_dev, now.st_ino)
        return "" if same else "another file has taken its place"


def _name(source: str | Path | IO[bytes]) -> str:
    if isinstance(source, (str, Path)):
        return "standard input" if str(source) == "-" else str(source)
    return str(getattr(source, "name", "capture"))


def _open(source: str | Path | IO[bytes], name: str) -> tuple[IO[bytes], bool]:
    if not isinstance(source, (str, Path)):
        return source, False
    if str(source) == "-":
        return sys.stdin.buffer, False
    try:
        # Unbuffered: what a pipe has is wanted at once, and reads are large anyway.
        return open(source, "rb", buffering=0), True
    except (OSError, ValueError) as error:
        raise CaptureError(f"cannot be opened: {_reason(error)}", path=name) from error


def _is_pipe(file: IO[bytes]) -> bool:
    """Whether the file is a real one that cannot grow: a pipe, a socket, a terminal."""
    try:
        return not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (OSError, ValueError, AttributeError):
        return False


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file; check the path"
    if isinstance(error, IsADirectoryError):
        return "it is a directory; give a capture file in it"
    if isinstance(error, PermissionError):
        return "permission denied; make it readable or run as its owner"
    return (getattr(error, "strerror", None) or str(error)).lower()
