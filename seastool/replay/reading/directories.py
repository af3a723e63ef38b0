"""A directory of files with a message each, in the order of their names."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from seastool.capture.pcap import is_capture
from seastool.capture.source import CaptureFile
from seastool.errors import CaptureError
from seastool.replay.messages import Trace
from seastool.replay.reading.texts import TextReader

MAX_FILE: Final = 1 << 20
_MOST_FILES: Final = 100_000
_MOST_TOLD: Final = 8  # notes on single files


def read_directory(path: Path) -> Trace:
    """Read all files of a directory. Hidden ones and directories within are passed over.

    Raises: CaptureError if none has a SIP message in it.
    """
    trace = Trace(str(path))
    strangers: list[str] = []
    files = _files(path)
    for file in files[:_MOST_FILES]:
        before = len(trace.messages) + trace.left + len(trace.notes)
        _read_one(file, trace)
        if len(trace.messages) + trace.left + len(trace.notes) == before:
            strangers.append(file.name)
    if not trace.messages:
        what = f"none of its {len(files)} files has a SIP message" if files else "has no files"
        why = f" ({trace.notes[0]})" if trace.notes else ""
        raise CaptureError(f"{what}; put one message into each file{why}", path=str(path))
    if len(trace.notes) > _MOST_TOLD:
        more = len(trace.notes) - _MOST_TOLD
        trace.notes[_MOST_TOLD:] = [f"{path}: {more:,} more notes of this kind on its files"]
    if strangers:
        told = f"{len(strangers)} files have no SIP message in them, the first: {strangers[0]}"
        trace.notes.append(f"{path}: {told}")
    if len(files) > _MOST_FILES:
        trace.notes.append(f"{path}: only the first {_MOST_FILES:,} of {len(files):,} files")
    return trace


def _files(path: Path) -> list[Path]:
    try:
        inside = [file for file in path.iterdir() if not file.name.startswith(".")]
        return sorted((file for file in inside if file.is_file()), key=lambda file: file.name)
    except OSError as error:
        raise CaptureError(f"cannot be read: {error.strerror}", path=str(path)) from None


def _read_one(file: Path, trace: Trace) -> None:
    try:
        data = _beginning(file)
    except CaptureError as error:
        trace.notes.append(str(error))
        return
    if is_capture(data):
        trace.notes.append(f"{file}: is a capture, and left out: replay it by itself")
        return
    if len(data) > MAX_FILE:
        trace.notes.append(f"{file}: over {MAX_FILE >> 20} MiB: only its beginning was read")
        data = data[:MAX_FILE]
    reader = TextReader(trace, name=str(file))
    reader.receive_data(data)
    reader.close()


def _beginning(file: Path) -> bytes:
    """What is in a file, unpacked, up to more than is kept. Raises: CaptureError."""
    data = bytearray()
    with closing(CaptureFile(file)) as source:
        while len(data) <= MAX_FILE and (more := source.read()):
            data += more
    return bytes(data)
