"""Link layers: where in a packet the IP header starts.

Each function takes a buffer and where in it the packet starts and ends, and returns the
offset of the IP header, or the negative constant NOT_IP or TOO_SHORT. Which version of IP it
is, the first four bits there say; nothing further is read.

Source: the list of link types at tcpdump.org; IEEE 802.1Q; RFC 2516 for PPPoE.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

NOT_IP: Final = -1
TOO_SHORT: Final = -2

_VLAN = (0x8100, 0x88A8, 0x9100, 0x9200)
_IPV4 = 0x0800
_IPV6 = 0x86DD
_PPPOE = 0x8864
_PPP_IP = (0x0021, 0x0057)
# NULL and LOOP carry the sender's AF number; AF_INET6 differs by system.
_FAMILIES = (2, 10, 24, 28, 30)

LinkLayer = Callable[[bytes, int, int], int]


def _ether_type(buf: bytes, at: int, end: int) -> int:
    """Offset of IP behind the EtherType at `at`, tags in between."""
    while at + 2 <= end:
        kind = buf[at] << 8 | buf[at + 1]
        if kind in (_IPV4, _IPV6):
            return at + 2
        if kind in _VLAN:
            at += 4
        elif kind == _PPPOE:
            if at + 10 > end:
                return TOO_SHORT
            protocol = buf[at + 8] << 8 | buf[at + 9]
            return at + 10 if protocol in _PPP_IP else NOT_IP
        else:
            return NOT_IP
    return TOO_SHORT


def ethernet(buf: bytes, start: int, end: int) -> int:
    """Shape: 6 bytes destination, 6 source, u16 type; tags of 802.1Q and 802.1ad, stacked."""
    if end - start >= 14 and buf[start + 12] == 8 and buf[start + 13] == 0:
        return start + 14
    return _ether_type(buf, start + 12, end)


def cooked_v1(buf: bytes, start: int, end: int) -> int:
    """Linux cooked capture. Shape: 14 bytes, u16 type."""
    return _ether_type(buf, start + 14, end)


def cooked_v2(buf: bytes, start: int, end: int) -> int:
    """Linux cooked capture, second form. Shape: u16 type, 18 bytes."""
    if end - start < 20:
        return TOO_SHORT
    kind = buf[start] << 8 | buf[start + 1]
    if kind in _VLAN:
        # The tag and the type behind it come first in the payload.
        return _ether_type(buf, start + 22, end)
    return start + 20 if kind in (_IPV4, _IPV6) else NOT_IP


def null(buf: bytes, start: int, end: int) -> int:
    """Loopback of BSD. Shape: u32 address family in the byte order of the capturing host."""
    if end - start < 4:
        return TOO_SHORT
    family = max(buf[start], buf[start + 3])
    if buf[start + 1] or buf[start + 2] or min(buf[start], buf[start + 3]):
        return NOT_IP
    return start + 4 if family in _FAMILIES else NOT_IP


def raw_ip(buf: bytes, start: int, end: int) -> int:
    """No link header at all."""
    return start if end > start else TOO_SHORT


LINK_LAYERS: Final[dict[int, LinkLayer]] = {
    0: null,
    1: ethernet,
    12: raw_ip,
    14: raw_ip,
    101: raw_ip,
    108: null,
    113: cooked_v1,
    228: raw_ip,
    229: raw_ip,
    276: cooked_v2,
}
"""By the number in the capture file."""
