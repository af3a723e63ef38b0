"""IP headers: where the payload of a packet is and what it carries.

`locate` is for everything that the reader's fast path (no options, no fragment) leaves over.

Source: RFC 791, RFC 8200, RFC 4302 for the authentication header.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from seastool.capture.losses import Cause

TCP = 6
UDP = 17

_v4 = Struct(">xxHHHxB").unpack_from
_v6 = Struct(">4xHB").unpack_from
_fragment6 = Struct(">BxHI").unpack_from

_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION, _MOBILITY = 0, 43, 44, 51, 60, 135
_OPTIONS = (_HOP_BY_HOP, _ROUTING, _DESTINATION, _MOBILITY)
_MAX_EXTENSIONS = 16


class Fragment(NamedTuple):
    """Place of a fragment in its packet. `start` in bytes; `more` if it is not the last."""

    identification: int
    start: int
    more: bool


class Payload(NamedTuple):
    """What an IP packet carries: `buf[start:end]`, and `cut` bytes that were not captured.

    addresses: source and destination as on the wire, 8 or 32 bytes.
    """

    protocol: int
    start: int
    end: int
    cut: int
    addresses: bytes
    fragment: Fragment | None


def locate(buf: bytes, at: int, end: int) -> Payload | Cause:
    """The payload of the IP packet at `at`, whose captured bytes end at `end`, or why not."""
    version = buf[at] >> 4 if at < end else 0
    if version == 4:
        return _locate4(buf, at, end)
    if version == 6:
        return _locate6(buf, at, end)
    return Cause.NOT_IP if at < end else Cause.TRUNCATED_PACKET


def _locate4(buf: bytes, at: int, end: int) -> Payload | Cause:
    if end - at < 20:
        return Cause.TRUNCATED_PACKET
    header = (buf[at] & 15) * 4
    total, identification, place, protocol = _v4(buf, at)
    if total == 0:  # a large segment that the network card was to cut up: all that is there
        total = end - at
    if header < 20 or total < header:
        return Cause.BAD_HEADER
    if end - at < header:
        return Cause.TRUNCATED_PACKET
    stop = min(end, at + total)
    fragment = None
    if place & 0x3FFF:
        fragment = Fragment(identification, (place & 0x1FFF) * 8, bool(place & 0x2000))
    return Payload(protocol, at + header, stop, at + total - stop, buf[at + 12 : at + 20], fragment)


def _locate6(buf: bytes, at: int, end: int) -> Payload | Cause:
    if end - at < 40:
        return Cause.TRUNCATED_PACKET
    length, protocol = _v6(buf, at)
    addresses = buf[at + 8 : at + 40]
    at += 40
    whole = at + length if length else end
    stop = min(end, whole)
    fragment = None
    for _ in range(_MAX_EXTENSIONS):
        if protocol not in _OPTIONS and protocol not in (_FRAGMENT, _AUTHENTICATION):
            return Payload(protocol, at, stop, whole - stop, addresses, fragment)
        if fragment is not None and fragment.start:
            # Headers behind the fragment header are only in the first fragment.
            return Payload(protocol, at, stop, whole - stop, addresses, fragment)
        if stop - at < 8:
            return Cause.TRUNCATED_PACKET if whole > stop else Cause.BAD_HEADER
        if protocol == _FRAGMENT:
            protocol, place, identification = _fragment6(buf, at)
            at += 8
            if place & 0xFFF9:
                fragment = Fragment(identification, place & 0xFFF8, bool(place & 1))
                return Payload(protocol, at, stop, whole - stop, addresses, fragment)
            continue
        size = (buf[at + 1] + 2) * 4 if protocol == _AUTHENTICATION else (buf[at + 1] + 1) * 8
        protocol = buf[at]
        at += size
        if at > stop:
            return Cause.TRUNCATED_PACKET if whole > stop else Cause.BAD_HEADER
    return Cause.BAD_HEADER


def skip_extensions(data: bytes, protocol: int) -> tuple[int, int] | None:
    """Protocol and offset behind the extension headers that start a reassembled packet."""
    at = 0
    for _ in range(_MAX_EXTENSIONS):
        if protocol not in _OPTIONS:
            return protocol, at
        if len(data) < at + 8:
            return None
        protocol, at = data[at], at + (data[at + 1] + 1) * 8
    return None
