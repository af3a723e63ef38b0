"""HEP3, in which HOMER is sent what was captured: one packet is a list of chunks.

Shape: "HEP3", u16 length of the whole; chunks of u16 vendor, u16 type, u16 length of the whole
chunk, and its value. All big-endian. The same bytes go by UDP, a packet a datagram, and by TCP.
Source: HEP3 Network Protocol Specification (github.com/sipcapture/HEP).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import Struct
from typing import Final

from seastool.errors import DecodeError, EncodeError, Truncated

MAGIC: Final = b"HEP3"
MOST: Final = 65535  # bytes in a packet: its length is a u16
GENERIC: Final = 0  # the vendor of the chunks below
IPV4, IPV6 = 2, 10
_NS: Final = 1000
_SECOND: Final = 10**9
_U32: Final = 0xFFFFFFFF

_head = Struct(">4sH")
_chunk = Struct(">HHH")


class Kind(IntEnum):
    """What the payload is: the capture protocol types that we send, and what HOMER calls them."""

    SIP = 1
    LOG = 100


class Chunk(IntEnum):
    """The generic chunk types that a packet of ours has."""

    FAMILY = 1
    PROTOCOL = 2
    SOURCE_V4 = 3
    DESTINATION_V4 = 4
    SOURCE_V6 = 5
    DESTINATION_V6 = 6
    SOURCE_PORT = 7
    DESTINATION_PORT = 8
    SECONDS = 9
    MICROSECONDS = 10
    KIND = 11
    CAPTURE_ID = 12
    PASSWORD = 14
    PAYLOAD = 15
    CORRELATION = 17


_NUMBERS: Final = {
    Chunk.FAMILY: 1,
    Chunk.PROTOCOL: 1,
    Chunk.SOURCE_PORT: 2,
    Chunk.DESTINATION_PORT: 2,
    Chunk.SECONDS: 4,
    Chunk.MICROSECONDS: 4,
    Chunk.KIND: 1,
    Chunk.CAPTURE_ID: 4,
}
_WANTED: Final = (Chunk.FAMILY, Chunk.PROTOCOL, Chunk.KIND, Chunk.PAYLOAD)


@dataclass(slots=True, kw_only=True)
class HepPacket:
    """One message and where it was seen.

    source, destination: raw addresses, both of 4 or both of 16 bytes. protocol: of IP, such as
    17 for UDP. time_ns: since 1970; HEP3 keeps microseconds. kind: a `Kind`, or another number.
    correlation: what HOMER joins messages by, mostly the Call-ID; empty for none.
    """

    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    protocol: int
    time_ns: int
    kind: int
    payload: bytes
    capture_id: int = 0
    password: bytes = b""
    correlation: bytes = b""

    def encode(self) -> bytes:
        """The packet. Raises: EncodeError if it is too long, or a value does not fit."""
        v6 = len(self.source) == 16
        if (not v6 and len(self.source) != 4) or len(self.source) != len(self.destination):
            raise EncodeError("addresses are both of 4 or both of 16 bytes", path="source")
        chunks = b"".join(
            (
                _number(Chunk.FAMILY, IPV6 if v6 else IPV4),
                _number(Chunk.PROTOCOL, self.protocol),
                _bytes(Chunk.SOURCE_V6 if v6 else Chunk.SOURCE_V4, self.source),
                _bytes(Chunk.DESTINATION_V6 if v6 else Chunk.DESTINATION_V4, self.destination),
                _number(Chunk.SOURCE_PORT, self.source_port),
                _number(Chunk.DESTINATION_PORT, self.destination_port),
                _number(Chunk.SECONDS, self.time_ns // _SECOND & _U32),
                _number(Chunk.MICROSECONDS, self.time_ns % _SECOND // _NS),
                _number(Chunk.KIND, self.kind),
                _number(Chunk.CAPTURE_ID, self.capture_id),
                _bytes(Chunk.PASSWORD, self.password) if self.password else b"",
                _bytes(Chunk.CORRELATION, self.correlation) if self.correlation else b"",
                _bytes(Chunk.PAYLOAD, self.payload),
            )
        )
        size = _head.size + len(chunks)
        if size > MOST:
            raise EncodeError(f"a packet of {size:,} bytes, {MOST:,} fit", path="payload")
        return _head.pack(MAGIC, size) + chunks


def _number(chunk: Chunk, value: int) -> bytes:
    try:
        return _bytes(chunk, value.to_bytes(_NUMBERS[chunk], "big"))
    except OverflowError:
        raise EncodeError(f"{value} does not fit", path=chunk.name.lower(), value=value) from None


def _bytes(chunk: Chunk, value: bytes) -> bytes:
    size = _chunk.size + len(value)
    if size > MOST:
        raise EncodeError(f"{len(value):,} bytes are too many", path=chunk.name.lower())
    return _chunk.pack(GENERIC, chunk, size) + value


def hep_length(data: bytes | bytearray) -> int:
    """How long the packet is that data begin with; 0 while that is not to be told.

    Raises: DecodeError if they begin with none.
    """
    if not MAGIC.startswith(bytes(data[: len(MAGIC)])):
        raise DecodeError("no HEP3 packet begins here", path="magic")
    if len(data) < _head.size:
        return 0
    length: int = _head.unpack_from(data)[1]
    if length < _head.size:
        raise DecodeError(f"a packet of {length} bytes", offset=len(MAGIC), path="length")
    return length


def decode_hep(data: bytes) -> HepPacket:
    """A whole packet. Chunks of vendors, and types that are not in `Chunk`, are passed over.

    Raises: DecodeError.
    """
    length = hep_length(data)
    if not length or length != len(data):
        raise DecodeError(f"{len(data)} bytes, the packet has {length}", path="length")
    found = _chunks(data)
    for chunk in _WANTED:
        if chunk not in found:
            raise DecodeError(f"no chunk {chunk.name.lower()}", offset=len(data))
    numbers = {chunk: int.from_bytes(found.get(chunk, b""), "big") for chunk in _NUMBERS}
    v6 = numbers[Chunk.FAMILY] == IPV6
    return HepPacket(
        source=found.get(Chunk.SOURCE_V6 if v6 else Chunk.SOURCE_V4, b""),
        destination=found.get(Chunk.DESTINATION_V6 if v6 else Chunk.DESTINATION_V4, b""),
        source_port=numbers[Chunk.SOURCE_PORT],
        destination_port=numbers[Chunk.DESTINATION_PORT],
        protocol=numbers[Chunk.PROTOCOL],
        time_ns=numbers[Chunk.SECONDS] * _SECOND + numbers[Chunk.MICROSECONDS] * _NS,
        kind=numbers[Chunk.KIND],
        payload=found[Chunk.PAYLOAD],
        capture_id=numbers[Chunk.CAPTURE_ID],
        password=found.get(Chunk.PASSWORD, b""),
        correlation=found.get(Chunk.CORRELATION, b""),
    )


def _chunks(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = _head.size
    while at < len(data):
        if at + _chunk.size > len(data):
            raise Truncated(
                needed=at + _chunk.size - len(data), available=len(data) - at, offset=at
            )
        vendor, kind, size = _chunk.unpack_from(data, at)
        value = data[at + _chunk.size : at + size]
        if size < _chunk.size or at + size > len(data):
            raise DecodeError(f"a chunk of {size} bytes, {len(data) - at} are left", offset=at)
        if vendor == GENERIC:
            if len(value) != _NUMBERS.get(kind, len(value)):
                raise DecodeError(f"{len(value)} bytes", offset=at, path=Chunk(kind).name.lower())
            found[kind] = value
        at += size
    return found
