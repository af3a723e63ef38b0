"""Bytes of an endpoint's connections, while they pass, made into the records of a capture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from seastool.capture.losses import Statistics
from seastool.capture.records import Address, Record
from seastool.capture.sides import Naming, SeasSide
from seastool.capture.tcp import FIN, RST
from seastool.capture.tcp_packets import TcpPackets
from seastool.seas.types import Direction, Socket


class Traffic(Protocol):
    """Is told by an endpoint what happens on its connections.

    connection: a number of the endpoint's. time_ns: nanoseconds since 1970.
    """

    def opened(
        self,
        connection: int,
        local: Address,
        remote: Address,
        *,
        openser_is_local: bool,
        socket: Socket,
        time_ns: int,
    ) -> None:
        """A connection is there."""

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        """Bytes as they are on the wire, faults included; sent: by this side.

        comment: what a person is to be told of them; it stands with the packet in a file.
        """

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """One direction is over, the other may go on; sent: it was this side that closed it.
        reset: both are over."""


class LiveCapture:
    """Traffic whose frames become records, with the packet numbers that they have in the file
    which a `PcapngWriter` makes of the same calls.

    on_record: takes each record as soon as it is complete.
    A record's connection is its place in the order of opening, as in Wireshark; its as_name is
    what was said on its own connection.
    """

    def __init__(
        self, on_record: Callable[[Record], None], statistics: Statistics | None = None
    ) -> None:
        self.statistics = Statistics() if statistics is None else statistics
        self._on_record = on_record
        self._packets = TcpPackets()

    def opened(
        self,
        connection: int,
        local: Address,
        remote: Address,
        *,
        openser_is_local: bool,
        socket: Socket,
        time_ns: int,
    ) -> None:
        """See `Traffic`."""
        packets = self._packets
        syn, answer, _ = packets.opened(
            connection, local, remote, openser_is_local=openser_is_local
        )
        statistics = self.statistics
        statistics.start_ns = statistics.start_ns or time_ns
        statistics.connections = statistics.seas_connections = packets.streams
        naming = Naming(None, lambda name: _learn(naming, name))
        for sender, direction in (
            (syn.sender, Direction.TO_OPENSER),
            (answer.sender, Direction.TO_AS),
        ):
            sender.sink = SeasSide(
                sender, socket, direction, naming, self._on_record, statistics, in_step=True
            )
        statistics.packets = packets.count

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        """See `Traffic`."""
        for packet in self._packets.data(connection, data, sent=sent):
            if packet.data:
                packet.sender.sink.receive_data(packet.data, packet.number, time_ns)
        self.statistics.packets = self._packets.count

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """See `Traffic`. What is left over of a unit becomes a gap."""
        for packet in self._packets.closed(connection, sent=sent, reset=reset):
            sender = packet.sender
            if packet.flags & FIN:
                sender.sink.end(packet.number, time_ns)
            elif packet.flags & RST:
                for side in (sender, sender.peer):
                    if not side.ended:
                        side.sink.end(packet.number, time_ns)
        self.statistics.packets = self._packets.count


def _learn(naming: Naming, name: str) -> None:
    naming.name = name
