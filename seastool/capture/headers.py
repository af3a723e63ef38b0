"""IP, TCP and UDP headers of packets to be written, check sums included.

Sums in ones' complement are remainders of 65535, so numbers of any width are added as they are.
Source: RFC 768, RFC 791, RFC 8200 section 8.1, RFC 9293 section 3.1, RFC 1071, RFC 7323 section 2.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from seastool.capture.ip import TCP, UDP
from seastool.capture.records import Address
from seastool.capture.tcp import SYN

_TCP = "HHIIBBHHH"
_v4 = Struct(f">BBHHHBBH4s4s{_TCP}").pack
_v6 = Struct(f">IHBB16s16s{_TCP}").pack
_v4_udp = Struct(">BBHHHBBH4s4sHHHH").pack
_v6_udp = Struct(">IHBB16s16sHHHH").pack
_WORDS: Final = 65535
_TTL: Final = 64
_NO_FRAGMENTS: Final = 0x4000
_MAPPED: Final = bytes(10) + b"\xff\xff"  # in front of an IPv4 address where IPv6 ones are
# Segments up to 65495 bytes, as on a loopback interface; windows count in 128 bytes.
_OPENING: Final = bytes.fromhex("0204ffd7 01030307")
_WINDOW: Final = 65535


class Headers:
    """The headers of one direction of a connection."""

    __slots__ = ("_destination", "_ip_sum", "_ports", "_source", "_tcp_sum", "_v6")

    def __init__(self, source: Address, destination: Address) -> None:
        one, two = source.packed, destination.packed
        self._v6 = not len(one) == len(two) == 4
        if self._v6:
            one, two = _widened(one), _widened(two)
        self._source, self._destination = one, two
        self._ports = source.port, destination.port
        addresses = int.from_bytes(one + two, "big") % _WORDS
        self._ip_sum = addresses + 0x4500 + _NO_FRAGMENTS + (_TTL << 8 | TCP)
        self._tcp_sum = addresses + TCP + sum(self._ports) + _WINDOW

    def build(self, seq: int, ack: int, flags: int, data: bytes) -> bytes:
        """What stands before the data of a segment; with SYN, the options of an opening too."""
        options = _OPENING if flags & SYN else b""
        offset = 20 + len(options)
        length = offset + len(data)
        total = int.from_bytes(data, "big") % _WORDS
        if length & 1:
            total <<= 8
        if options:
            total += int.from_bytes(options, "big")
        control = offset << 2
        total += self._tcp_sum + length + seq + ack + (control << 8 | flags)
        tcp = (*self._ports, seq, ack, control, flags, _WINDOW, -total % _WORDS, 0)
        ends = self._source, self._destination
        if self._v6:
            return _v6(6 << 28, length, TCP, _TTL, *ends, *tcp) + options
        size = 20 + length
        check = -(self._ip_sum + size) % _WORDS
        return _v4(0x45, 0, size, 0, _NO_FRAGMENTS, _TTL, TCP, check, *ends, *tcp) + options


def udp_headers(source: Address, destination: Address, data: bytes) -> bytes:
    """What stands before the data of a datagram that is one packet: up to 65507 bytes."""
    one, two = source.packed, destination.packed
    is_v6 = not len(one) == len(two) == 4
    if is_v6:
        one, two = _widened(one), _widened(two)
    length = 8 + len(data)
    addresses = int.from_bytes(one + two, "big") % _WORDS
    total = int.from_bytes(data, "big") % _WORDS
    if length & 1:
        total <<= 8
    total += addresses + UDP + 2 * length + source.port + destination.port
    udp = source.port, destination.port, length, -total % _WORDS or _WORDS  # 0 would say: no sum
    if is_v6:
        return _v6_udp(6 << 28, length, UDP, _TTL, one, two, *udp)
    size = 20 + length
    check = -(addresses + 0x4500 + _NO_FRAGMENTS + (_TTL << 8 | UDP) + size) % _WORDS
    return _v4_udp(0x45, 0, size, 0, _NO_FRAGMENTS, _TTL, UDP, check, one, two, *udp)


def _widened(address: bytes) -> bytes:
    """The address in 16 bytes, whatever it is."""
    return _MAPPED + address if len(address) == 4 else address[:16].ljust(16, b"\0")
