"""One direction of a TCP connection, and what takes its bytes."""

from __future__ import annotations

from typing import Final, Protocol

from seastool.capture.holes import Segment
from seastool.capture.losses import Cause
from seastool.capture.records import Address, Gap
from seastool.seas.types import Direction, Socket

UNKNOWN: Final = -1


class Sink(Protocol):
    """Takes the bytes of one direction in order."""

    def receive_data(self, data: bytes, packet: int, time_ns: int) -> None:
        """The next bytes, and the packet in which they came."""

    def gap(self, missing: int, packet: int, time_ns: int, cause: Cause) -> None:
        """`missing` bytes will not come."""

    def end(self, packet: int, time_ns: int) -> None:
        """Nothing more will come."""


class Half:
    """One direction of a connection."""

    __slots__ = (
        "advance",
        "buffered",
        "connection",
        "destination",
        "doubt",
        "doubt_ns",
        "ended",
        "fin",
        "isn",
        "last",
        "next_seq",
        "peer",
        "pending",
        "seen",
        "sink",
        "source",
        "stray",
    )

    peer: Half
    sink: Sink

    def __init__(self, connection: int, source: Address, destination: Address) -> None:
        self.connection = connection  # Wireshark's tcp.stream number
        self.source = source
        self.destination = destination
        self.next_seq = UNKNOWN
        self.isn = UNKNOWN
        self.seen = 0  # packet of the last segment
        self.pending: list[Segment] = []  # behind a hole; sorted, without overlap
        self.buffered = 0
        self.advance = 0  # place of next_seq on the scale that `pending` uses
        self.doubt = 0  # segments since the peer acknowledged bytes of the hole
        self.doubt_ns = 0
        self.last = b""  # what was delivered last, to compare retransmissions with
        self.fin = UNKNOWN
        self.stray = UNKNOWN  # where the last segment out of the window ended
        self.ended = False

    @property
    def from_start(self) -> bool:
        """Whether the SYN was seen, so that the first byte delivered is the first there is."""
        return self.isn != UNKNOWN

    def gap(
        self,
        packet: int,
        time_ns: int,
        missing: int,
        skipped: int,
        cause: Cause,
        socket: Socket | None = None,
        direction: Direction | None = None,
        head: bytes = b"",
    ) -> Gap:
        """The record of a place in this direction where something is lost."""
        return Gap(
            packet,
            time_ns,
            self.connection,
            self.source,
            self.destination,
            socket,
            direction,
            missing,
            skipped,
            cause,
            head,
        )
