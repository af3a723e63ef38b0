"""Capture files: opening (file, standard input, pipe, gzip, still growing) and pcap.

This is the only module of the package that touches files. We read containers ourselves,
as scapy's readers stop at a truncated record without a word, cannot follow a growing file,
and take longer to import than a short capture takes to read.

Source: draft-ietf-opsawg-pcap; the modified format is that of Kuznetzov's old libpcap patch.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from struct import Struct, unpack
from typing import IO

from seastool.capture.container import IDLE, MAX_BLOCK, Damage, Packet, Read, refill
from seastool.capture.pcapng import SECTION_MAGIC, read_pcapng
from seastool.errors import CaptureError

READ_SIZE = 256 << 10


class CaptureFile:
    """The bytes of a capture, unpacked if they are gzip.

    source: a path, "-" for standard input, or a binary file object.
    wait: None to stop at the end; else called when there is nothing to read, to come
    back when it is worth trying again, with False to stop.
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
        self._wait = wait
        self._progress = progress
        self._count = 0
        self._idle = False
        self._gzip: zlib._Decompress | None = None
        self._packed = b""
        self._is_gzip: bool | None = None

    def close(self) -> None:
        """Close the file, unless it was handed in open."""
        if self._owned:
            self._file.close()

    def read(self) -> bytes | None:
        """More bytes, b"" at the end, None if a growing file has none just now."""
        while True:
            if self.damage.what:
                return b""
            if self._is_gzip and self._packed:
                data = self._unpack(b"")
            else:
                raw = self._read_raw()
                if raw is None:
                    return None
                if self._is_gzip is None:
                    self._is_gzip = raw[:2] == b"\x1f\x8b"
                data = self._unpack(raw) if self._is_gzip and raw else raw
                if not raw:
                    self._check_gzip_end()
                    return b""
            if data or self.damage.what:
                return data

    def _read_raw(self) -> bytes | None:
        if self._idle and self._wait is not None and not self._wait():
            return b""
        try:
            data = self._take(READ_SIZE) or b""  # None where nothing is there yet
        except (OSError, ValueError) as error:
            raise CaptureError(f"cannot be read: {_reason(error)}", path=self.name) from error
        self._idle = not data and self._wait is not None
        if self._idle:
            return None
        self._count += len(data)
        if self._progress is not None:
            self._progress(self._count)
        return data

    def _unpack(self, data: bytes) -> bytes:
        data = self._packed + data
        if self._gzip is None or self._gzip.eof:
            # Members follow one another; zero bytes may pad the end of a tape.
            data = data.lstrip(b"\0") if self._gzip is not None else data
            if not data:
                self._packed = b""
                return b""
            self._gzip = zlib.decompressobj(wbits=31)
        before = self._gzip.copy()
        try:
            out = self._gzip.decompress(data, READ_SIZE)
        except zlib.error as error:
            self._packed = b""
            self.damage.what = f"the gzip data is damaged ({error})"
            return _salvage(before, data)
        self._packed = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail
        return out

    def _check_gzip_end(self) -> None:
        if self._gzip is not None and not self._gzip.eof and not self.damage.what:
            self.damage.what = "the gzip data ends too early"
            self.damage.truncated = True


def _salvage(gzip: zlib._Decompress, data: bytes) -> bytes:
    """What comes out before the damage: an error takes the whole call's output with it."""
    out = b""
    with suppress(zlib.error):
        while piece := gzip.decompress(data, 64):
            out += piece
            data = gzip.unconsumed_tail
    return out


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


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file; check the path"
    if isinstance(error, IsADirectoryError):
        return "it is a directory; give a capture file in it"
    if isinstance(error, PermissionError):
        return "permission denied; make it readable or run as its owner"
    return (getattr(error, "strerror", None) or str(error)).lower()


def read_packets(file: CaptureFile) -> Iterator[Packet]:
    """The packets of a capture, whichever container it is.

    IDLE comes out where a growing file has nothing more for now. What is wrong with the
    container behind the last packet is in `file.damage` when the iterator ends.
    Raises CaptureError if it is no capture at all.
    """
    head = b""
    while len(head) < 24:
        more = file.read()
        if more is None:
            yield IDLE
            continue
        if not more:
            break
        head += more
    magic = head[:4]
    if magic == SECTION_MAGIC:
        yield from read_pcapng(file.read, head, file.damage)
    elif magic in _FORMATS:
        if len(head) < 24:
            raise CaptureError("ends inside the pcap file header", path=file.name)
        yield from _read_pcap(file.read, head, file.damage)
    elif file.damage.what:
        raise CaptureError(f"no capture can be read: {file.damage.what}", path=file.name)
    elif not head:
        raise CaptureError("is empty; nothing was captured", path=file.name)
    else:
        raise CaptureError(
            f"is not a pcap or pcapng capture (it starts with {head[:4].hex()}); "
            "write it with tcpdump -w or dumpcap -w",
            path=file.name,
        )


# First four bytes: byte order, nanoseconds in a unit of the fraction, length of a record's head.
_FORMATS = {
    b"\xa1\xb2\xc3\xd4": (">", 1000, 16),
    b"\xd4\xc3\xb2\xa1": ("<", 1000, 16),
    b"\xa1\xb2\x3c\x4d": (">", 1, 16),
    b"\x4d\x3c\xb2\xa1": ("<", 1, 16),
    b"\xa1\xb2\xcd\x34": (">", 1000, 24),
    b"\x34\xcd\xb2\xa1": ("<", 1000, 24),
}


def _read_pcap(read: Read, buf: bytes, damage: Damage) -> Iterator[Packet]:
    order, scale, head = _FORMATS[buf[:4]]
    # The upper half of the field holds the length of a check sum behind Ethernet frames.
    link = unpack(f"{order}I", buf[20:24])[0] & 0xFFFF
    record = Struct(f"{order}IIII").unpack_from
    at = 24
    while True:
        last = len(buf) - head
        need = head
        while at <= last:
            seconds, fraction, captured, original = record(buf, at)
            end = at + head + captured
            if end > len(buf):
                need = head + captured
                break
            yield seconds * 1_000_000_000 + fraction * scale, link, buf, at + head, end, original
            at = end
        if need > MAX_BLOCK:
            damage.what = f"a record claims {need - head} bytes"
            return
        more = yield from refill(read, buf[at:], need, damage)
        if more is None:
            return
        buf, at = more, 0
