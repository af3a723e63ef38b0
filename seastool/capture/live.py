"""Bytes of an endpoint's connections, while they pass, made into the records of a capture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from seastool.capture.datagrams import sip_of
from seastool.capture.half import Sink
from seastool.capture.losses import Statistics
from seastool.capture.records import Address, Record
from seastool.capture.sides import Naming, SeasSide
from seastool.capture.sip_side import SipSide
from seastool.capture.tcp import FIN, RST
from seastool.capture.tcp_packets import Packets, Sender
from seastool.seas.types import Direction, Socket


class Traffic(Protocol):
    """Is told by an endpoint what happens on its connections.

    connection: a number of the endpoint's that none of its other open connections has, be they
    SEAS or SIP.
    time_ns: nanoseconds since 1970.
    """

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
        """A connection is there. socket: None for SIP over TCP.

        openser_is_local: the remote side has connected: an application server always does. Of
        SIP, whether this side has taken the connection.
        """

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        """Bytes as they are on the wire, faults included; sent: by this side.

        comment: what a person is to be told of them; it stands with the packet in a file.
        """

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """One direction is over, the other may go on; sent: it was this side that closed it.
        reset: both are over."""

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """A UDP datagram of a SIP socket, whatever is in it; sent: by this side."""


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
        self._packets = Packets()

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
        packets = self._packets
        syn, answer, _ = packets.opened(
            connection, local, remote, openser_is_local=openser_is_local
        )
        statistics = self.statistics
        statistics.start_ns = statistics.start_ns or time_ns
        statistics.connections = packets.streams
        statistics.packets = packets.count
        ends = syn.sender, answer.sender
        if socket is None:
            statistics.sip_connections += 1
            for sender in ends:
                sender.sink = SipSide(sender, self._on_record, statistics, in_step=True)
        else:
            statistics.seas_connections += 1
            for sender, sink in zip(ends, self._seas(*ends, socket), strict=True):
                sender.sink = sink

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

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """See `Traffic`. Keep-alives and what is no SIP are only counted."""
        statistics = self.statistics
        if not (number := self._packets.datagram(data)):
            return
        statistics.start_ns = statistics.start_ns or time_ns
        statistics.packets = number
        ends = (local, remote) if sent else (remote, local)
        if (record := sip_of(data, *ends, number, time_ns, statistics)) is not None:
            self._on_record(record)

    def _seas(self, app_server: Sender, proxy: Sender, socket: Socket) -> tuple[Sink, Sink]:
        naming = Naming(None, lambda name: _learn(naming, name))
        what = naming, self._on_record, self.statistics
        return (
            SeasSide(app_server, socket, Direction.TO_OPENSER, *what, in_step=True),
            SeasSide(proxy, socket, Direction.TO_AS, *what, in_step=True),
        )


def _learn(naming: Naming, name: str) -> None:
    naming.name = name
