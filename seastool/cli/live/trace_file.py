"""The file of ``--write``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import IO

from seastool import __version__
from seastool.capture.pcapng_writer import PcapngWriter
from seastool.cli.exits import UsageFault
from seastool.cli.output import abandon_output
from seastool.errors import CaptureError


class TraceFile:
    """A pcapng file of all traffic, which its `writer` takes.

    path: an old file is overwritten; - is standard output.
    tell: told of a fault, once; the writer takes nothing more then.
    Raises: UsageFault; OSError whose text names --write.
    """

    def __init__(self, path: str, tell: Callable[[str], None]) -> None:
        self._file = _standard_output() if path == "-" else _open(path)
        self._owned = path != "-"
        self._tell = tell
        self._gone: BrokenPipeError | None = None
        self.on_gone: Callable[[], None] | None = None
        """Called if standard output is written to and nobody reads it any more."""
        self.writer = PcapngWriter(self._file, application=f"seastool {__version__}")
        if self.writer.error is not None:
            raise OSError(None, str(self.writer.error)) from self.writer.error.__cause__
        self.writer.on_error = self._failed

    def close(self) -> None:
        """Raises: OSError if it could not be written at some time, BrokenPipeError where standard
        output has lost its reader."""
        if self._gone is not None:
            raise self._gone
        if self._owned:
            self._file.close()
        if (error := self.writer.error) is not None:
            raise OSError(None, f"--write {error}") from error.__cause__

    def _failed(self, error: CaptureError) -> None:
        if not self._owned:
            abandon_output()
            if isinstance(error.__cause__, BrokenPipeError):
                self._gone = error.__cause__
                if self.on_gone is not None:
                    self.on_gone()
                return
        self._tell(str(error))


def _standard_output() -> IO[bytes]:
    if sys.stdout.isatty():
        raise UsageFault("--write -: packets are no text; pipe them: ... | wireshark -k -i -")
    sys.stdout.flush()
    return sys.stdout.buffer


def _open(path: str) -> IO[bytes]:
    """Open unbuffered, so that what has passed is in the file at once."""
    try:
        return open(path, "wb", buffering=0)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OSError(getattr(error, "errno", None), f"--write {path}: {reason}") from None
