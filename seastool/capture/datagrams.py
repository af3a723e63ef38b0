"""What a UDP packet becomes: a SIP message, or a count."""

from __future__ import annotations

import re
from typing import Final

from seastool.capture.losses import Cause, Statistics
from seastool.capture.records import NO_CONNECTION, Address, CapturedSip
from seastool.sip.framing import starts_sip

_KEEP_ALIVE: Final = re.compile(rb"[\r\n\0]*\Z")


def sip_of(
    data: bytes,
    source: Address,
    destination: Address,
    packet: int,
    time_ns: int,
    statistics: Statistics,
) -> CapturedSip | None:
    """The record of a datagram; None if it is no SIP, which is counted."""
    if not starts_sip(data):
        alive = _KEEP_ALIVE.match(data)
        statistics.lose(Cause.KEEP_ALIVE if alive else Cause.OTHER_UDP, packet, len(data))
        return None
    statistics.sip_messages += 1
    return CapturedSip(packet, time_ns, NO_CONNECTION, source, destination, "udp", data)
