"""A recording to be replayed, read from whatever holds it: a capture, a log, text, a directory."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from seastool.capture.pcap import is_capture
from seastool.capture.source import CaptureFile
from seastool.errors import CaptureError
from seastool.replay.messages import Recorded, Trace
from seastool.replay.reading.captures import Peeked, read_packets
from seastool.replay.reading.directories import read_directory
from seastool.replay.reading.texts import TextReader, what_else

__all__ = ["Recorded", "Trace", "read_trace"]

_ENOUGH = 4  # bytes that tell a capture


def read_trace(source: str | Path | IO[bytes]) -> Trace:
    """Read a recording.

    source: a path, "-" for standard input, or a binary file object: a pcap or pcapng capture, a
    message log of sipp, or a text with SIP messages, each gzip or not; or a directory of such
    files. Memory is bounded: what there is no room for is counted in `left` and noted.
    Raises: CaptureError for what cannot be read or has neither SIP nor SEAS in it.
    """
    if isinstance(source, str | Path) and str(source) != "-" and Path(source).is_dir():
        trace = read_directory(Path(source))
    else:
        trace = _read_file(source)
    if trace.left:
        trace.notes.append(
            f"{trace.left:,} messages were left out: there is room for {trace.most_messages:,} "
            f"of together {trace.most_bytes >> 20} MiB; cut the recording into pieces"
        )
    return trace


def _read_file(source: str | Path | IO[bytes]) -> Trace:
    file = CaptureFile(source)
    trace = Trace(file.name)
    try:
        head = file.read() or b""
        while len(head) < _ENOUGH and (more := file.read()):
            head += more
        if is_capture(head):
            read_packets(Peeked(file, head), trace)
        else:
            _read_text(file, head, trace)
        if file.damage.what:
            trace.notes.append(f"{file.name}: {file.damage.what}; everything before it was read")
    finally:
        file.close()
    return trace


def _read_text(file: CaptureFile, head: bytes, trace: Trace) -> None:
    reader = TextReader(trace)
    reader.receive_data(head)
    while not reader.is_full and (more := file.read()):
        reader.receive_data(more)
    reader.close()
    if trace.is_empty:
        if file.damage.what:
            raise CaptureError(f"nothing can be read: {file.damage.what}", path=file.name)
        raise CaptureError(what_else(head), path=file.name)
