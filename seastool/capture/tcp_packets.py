"""Which packets stand for what an endpoint does on its connections, and with datagrams.

An endpoint sees streams, a capture holds packets. The file that is written and the records that
are shown both take their packets from here, so that a packet has one number in both.

A write is one packet if it fits; what was sent is acknowledged with the next packet of the other
side, or by a packet of its own once enough of it has piled up.
Source: RFC 9293 sections 3.4 to 3.6.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

from seastool.capture.half import Half
from seastool.capture.headers import Headers
from seastool.capture.records import Address
from seastool.capture.tcp import ACK, FIN, MASK, RST, SYN

PSH: Final = 8
SEGMENT: Final = 65475  # bytes: packets of either IP stay below 64 KiB, as far as tools read them
UNACKNOWLEDGED: Final = 1 << 16  # bytes after which the other side acknowledges them at once
DATAGRAM: Final = 65507  # bytes: the longest in one packet over IPv4
MAX_CONNECTIONS: Final = 16_384  # open, or closed by one side only


class Sender(Half):
    """One direction of a connection: what is sent next, and what the other side knows of it."""

    __slots__ = ("acknowledged", "headers")

    peer: Sender

    def __init__(self, stream: int, source: Address, destination: Address) -> None:
        super().__init__(stream, source, destination)
        self.headers = Headers(source, destination)
        self.isn = self.next_seq = self.acknowledged = _initial_number(stream, source, destination)


class Packet(NamedTuple):
    """One packet. number: counts from 1, as Wireshark does."""

    number: int
    sender: Sender
    flags: int
    seq: int
    ack: int
    data: bytes


class Packets:
    """Makes the TCP packets of all connections of an endpoint, and numbers its datagrams.

    Connections are told apart by the endpoint's own numbers, one of which may come again once
    its connection is closed. What is told of a connection that is not open, or of a direction
    that is closed, makes no packets: it cannot have passed.
    """

    def __init__(self) -> None:
        self.count = 0
        """Packets so far."""
        self.streams = 0
        """Connections so far: the next one's number as Wireshark counts them."""
        self._ours: dict[int, Sender] = {}

    def opened(
        self, connection: int, local: Address, remote: Address, *, openser_is_local: bool
    ) -> tuple[Packet, Packet, Packet]:
        """The handshake. The application server's is the first packet: it always connects."""
        self._ours.pop(connection, None)
        if len(self._ours) >= MAX_CONNECTIONS:
            self._forget_one()
        ours = Sender(self.streams, local, remote)
        theirs = Sender(self.streams, remote, local)
        ours.peer, theirs.peer = theirs, ours
        self.streams += 1
        self._ours[connection] = ours
        app_server = theirs if openser_is_local else ours
        return (
            self._packet(app_server, SYN),
            self._packet(app_server.peer, SYN | ACK),
            self._packet(app_server, ACK),
        )

    def data(self, connection: int, data: bytes, *, sent: bool) -> list[Packet]:
        """What carries the bytes; sent: by this side."""
        sender = self._sender(connection, sent)
        if sender is None or sender.ended or not data:
            return []
        packets = []
        last = (len(data) - 1) // SEGMENT * SEGMENT
        for at in range(0, last, SEGMENT):
            packets.append(self._packet(sender, ACK, data[at : at + SEGMENT]))
            self._acknowledge(sender, packets)
        packets.append(self._packet(sender, PSH | ACK, data[last:]))
        self._acknowledge(sender, packets)
        return packets

    def closed(self, connection: int, *, sent: bool, reset: bool) -> list[Packet]:
        """The end of one direction, or with `reset` of both."""
        sender = self._sender(connection, sent)
        if sender is None or (sender.ended and not reset):
            return []
        if reset:
            del self._ours[connection]
            return [self._packet(sender, RST | ACK)]
        sender.ended = True
        if sender.peer.ended:
            del self._ours[connection]
        return [self._packet(sender, FIN | ACK), self._packet(sender.peer, ACK)]

    def datagram(self, data: bytes) -> int:
        """The number of the one packet that carries it; 0 if it is too long to have passed."""
        if len(data) > DATAGRAM:
            return 0
        self.count += 1
        return self.count

    def _sender(self, connection: int, sent: bool) -> Sender | None:
        ours = self._ours.get(connection)
        return ours if sent or ours is None else ours.peer

    def _acknowledge(self, sender: Sender, packets: list[Packet]) -> None:
        if (sender.next_seq - sender.acknowledged) & MASK >= UNACKNOWLEDGED:
            packets.append(self._packet(sender.peer, ACK))

    def _packet(self, sender: Sender, flags: int, data: bytes = b"") -> Packet:
        self.count += 1
        seq, ack = sender.next_seq, 0
        sender.next_seq = (seq + len(data) + (1 if flags & (SYN | FIN) else 0)) & MASK
        if flags & ACK:
            peer = sender.peer
            ack = peer.acknowledged = peer.next_seq
        return Packet(self.count, sender, flags, seq, ack, data)

    def _forget_one(self) -> None:
        """Forget the oldest connection that one side has closed, else the oldest."""
        half_closed = (n for n, ours in self._ours.items() if ours.ended or ours.peer.ended)
        del self._ours[next(half_closed, next(iter(self._ours)))]


def _initial_number(stream: int, source: Address, destination: Address) -> int:
    """A sequence number to start with that differs when the same ports are used again."""
    return crc32(b"%d %d %d" % (stream, source.port, destination.port))
