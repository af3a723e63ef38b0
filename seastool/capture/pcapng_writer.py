"""The traffic of an endpoint as a pcapng file, packet by packet while it passes.

Each call writes whole blocks in one write, so that a follower can read at any time and a file
is readable wherever its writer was stopped.
Source: draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from struct import Struct
from typing import IO, Final

from seastool.capture.headers import udp_headers
from seastool.capture.records import Address
from seastool.capture.tcp_packets import Packet, Packets
from seastool.errors import CaptureError
from seastool.seas.types import Socket

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_BYTE_ORDER: Final = 0x1A2B3C4D
_LENGTH_UNKNOWN: Final = (1 << 64) - 1
_COMMENT, _NAME, _APPLICATION, _RESOLUTION = 1, 2, 4, 9
_NANOSECONDS: Final = b"\x09"
_RAW_IP: Final = 101  # no link layer: nothing there that would have to be invented
_MAX_TEXT: Final = 4096
_U32: Final = 0xFFFFFFFF

_head = Struct("<II").pack
_section = Struct("<IHHQ").pack
_interface = Struct("<HHI").pack
_packet = Struct("<IIIIIII").pack
_option = Struct("<HH").pack
_u32 = Struct("<I").pack
_PADDING: Final = (b"", b"\0\0\0", b"\0\0", b"\0")
_NO_MORE: Final = bytes(4)


class PcapngWriter:
    """Traffic that is written to a binary file as TCP and UDP packets over IP.

    application: who the file says has written it.
    on_error: told once when the file cannot be written; then nothing more is, the part that is
        there stays readable and no call ever raises. The same error is in `error`.
    """

    def __init__(
        self,
        file: IO[bytes],
        *,
        application: str = "seastool",
        on_error: Callable[[CaptureError], None] | None = None,
    ) -> None:
        self.error: CaptureError | None = None
        self._file = file
        self.on_error = on_error
        self._packets = Packets()
        self._last = 0
        self._end = _position(file)
        self._write(_file_head(application))

    def opened(
        self,
        connection: int,
        local: Address,
        remote: Address,
        *,
        openser_is_local: bool,
        socket: Socket | None,
        time_ns: int,
    ) -> None:
        """See `Traffic`."""
        ends = local, remote
        packets = self._packets.opened(connection, *ends, openser_is_local=openser_is_local)
        self._take(packets, time_ns, "")

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        """See `Traffic`. The comment stands with the first packet of the data."""
        if self.error is None:
            self._take(self._packets.data(connection, data, sent=sent), time_ns, comment)

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """See `Traffic`."""
        self._take(self._packets.closed(connection, sent=sent, reset=reset), time_ns, "")

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """See `Traffic`."""
        number = self._packets.datagram(data)
        if not number or self.error is not None:
            return
        ends = (local, remote) if sent else (remote, local)
        parts: list[bytes] = []
        _add_block(parts, udp_headers(*ends, data), data, time_ns, "")
        self._write(b"".join(parts))
        self._last = number

    def _take(self, packets: Sequence[Packet], time_ns: int, comment: str) -> None:
        if not packets or self.error is not None:
            return
        parts: list[bytes] = []
        for packet in packets:
            data = packet.data
            headers = packet.sender.headers.build(packet.seq, packet.ack, packet.flags, data)
            _add_block(parts, headers, data, time_ns, comment)
            comment = ""
        self._write(b"".join(parts))
        self._last = packets[-1].number

    def _write(self, blocks: bytes) -> None:
        """Write whole blocks, an unbuffered file that takes a part at a time included."""
        rest = blocks
        try:
            while (count := self._file.write(rest)) != len(rest):
                if not count:
                    raise BlockingIOError("it takes no more just now")
                rest = rest[count:]
            self._file.flush()
        except (OSError, ValueError) as error:
            self._give_up(error)
        else:
            self._end += len(blocks)

    def _give_up(self, error: Exception) -> None:
        """Cut off what is there of a block, and tell."""
        with suppress(OSError, ValueError):
            self._file.seek(self._end)
            self._file.truncate()
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        name = str(getattr(self._file, "name", "capture"))
        self.error = (
            CaptureError(f"cannot be written on ({reason}): ends", path=name, packet=self._last)
            if self._last
            else CaptureError(f"cannot be written: {reason}", path=name)
        )
        self.error.__cause__ = error
        if self.on_error is not None:
            self.on_error(self.error)


def _position(file: IO[bytes]) -> int:
    try:
        return file.tell()
    except (OSError, ValueError):  # a pipe
        return 0


def _file_head(application: str) -> bytes:
    """A section header and the one interface."""
    section = _section(_BYTE_ORDER, 1, 0, _LENGTH_UNKNOWN)
    interface = _interface(_RAW_IP, 0, 0)
    name, resolution = _text(_NAME, "seastool"), _optional(_RESOLUTION, _NANOSECONDS)
    return _block(_SECTION, section + _text(_APPLICATION, application) + _NO_MORE) + _block(
        _INTERFACE, interface + name + resolution + _NO_MORE
    )


def _add_block(parts: list[bytes], headers: bytes, data: bytes, time_ns: int, comment: str) -> None:
    """Add the pieces of an enhanced packet block. Shape: u32 type, u32 length, u32 interface,
    u32 u32 time, u32 captured, u32 original length, packet, padding, options, u32 length."""
    size = len(headers) + len(data)
    options = _text(_COMMENT, comment) + _NO_MORE if comment else b""
    length = 32 + size + (-size & 3) + len(options)
    high, low = time_ns >> 32 & _U32, time_ns & _U32
    parts += (
        _packet(_PACKET, length, 0, high, low, size, size),
        headers,
        data,
        _PADDING[size & 3],
        options,
        _u32(length),
    )


def _block(kind: int, body: bytes) -> bytes:
    length = 12 + len(body)
    return _head(kind, length) + body + _u32(length)


def _text(code: int, text: str) -> bytes:
    """An option of text, cut to a length that fits."""
    data = text.encode("utf-8", "backslashreplace")[:_MAX_TEXT]
    return _optional(code, data.decode("utf-8", "ignore").encode())


def _optional(code: int, value: bytes) -> bytes:
    return _option(code, len(value)) + value + _PADDING[len(value) & 3]
