"""Whose bytes they are, told by ports or by the bytes, and where a unit of them ends."""

from __future__ import annotations

from typing import Any

from scapy.layers.inet import TCP
from scapy.packet import Packet

from seastool.seas.framing import SeasSplitter, Unit, UnitKind
from seastool.seas.handshake import SOCKET_INFO_MARK
from seastool.seas.plausible import ACTIONS, BINDS, EVENTS, FAILURES, TYPES, find_frame
from seastool.seas.types import Direction, Socket

Side = tuple[Socket, Direction]
PORTS: dict[int, Socket] = {}
_TYPE_OFFSET = 4
_ORDER = (EVENTS, ACTIONS, BINDS, FAILURES)


def side_below(packet: Packet | None) -> Side | None:
    """By the TCP ports of a packet or of what is below it; None where they say nothing."""
    tcp: Any = packet
    if tcp is not None and TCP in tcp:
        tcp = tcp[TCP]
    while tcp is not None and not isinstance(tcp, TCP):
        tcp = tcp.underlayer
    if tcp is None:
        return None
    if tcp.sport in PORTS:
        return PORTS[tcp.sport], Direction.TO_AS
    return (PORTS[tcp.dport], Direction.TO_OPENSER) if tcp.dport in PORTS else None


def guess(data: bytes) -> Side:
    """By the bytes alone: a whole frame tells it; of less, the likeliest side with its type."""
    if data[0]:
        return EVENTS if data[0] == SOCKET_INFO_MARK else BINDS
    found = find_frame(data)
    if found is not None and found[0] == 0:
        return found[1]
    type = data[_TYPE_OFFSET : _TYPE_OFFSET + 1]
    return next((side for side in _ORDER if type and type in TYPES[side]), EVENTS)


def cut(data: bytes, side: Side, *, last: bool = False) -> tuple[UnitKind | None, int]:
    """What the data begin with, and its size: a unit, or (None) bytes that belong to none.

    The size is 0 where the unit is not all there; `last`: no more will come.
    """
    splitter = SeasSplitter(*side)
    splitter.receive_data(data)
    event = splitter.next_event()
    if isinstance(event, Unit):
        return event.kind, len(event.data)
    consumed = len(data) - splitter.buffered
    if not consumed and last:
        consumed = len(data)
    return None, getattr(event, "count", consumed)
