"""The TCP connections of a capture: who opened them, what was said first, how they ended.

The capture's reader gives whole frames; a connection that failed before its first frame shows
here. Bounded: of each connection only the first bytes are kept, of all the first 4096.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from struct import Struct
from typing import IO, Final, NamedTuple

from seastool.capture.container import IDLE_LINK, Packet
from seastool.capture.ip import TCP, locate
from seastool.capture.link import LINK_LAYERS
from seastool.capture.losses import Cause
from seastool.capture.pcap import read_packets
from seastool.capture.records import Address
from seastool.capture.source import CaptureFile
from seastool.interop.doctor.length_walk import LengthWalk

MAX_CONNECTIONS: Final = 4096
MAX_SAID: Final = 512
MAX_PIECES: Final = 16
NEVER: Final = 1 << 63
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_MASK: Final = 0xFFFFFFFF
_tcp = Struct(">HHIIBB").unpack_from


class Moment(NamedTuple):
    """A packet and its time."""

    packet: int
    time_ns: int


_NOWHERE: Final = Moment(0, 0)


class Piece(NamedTuple):
    """Bytes that the opener sent in one packet."""

    packet: int
    time_ns: int
    data: bytes


class WrongLength(NamedTuple):
    """A length in front of an action that the proxy does not take: it reads nothing behind it.
    offset: from the start of the stream."""

    packet: int
    time_ns: int
    offset: int
    data: bytes

    @property
    def length(self) -> int:
        """What stands there."""
        return int.from_bytes(self.data, "big")


class Ending(NamedTuple):
    """How an end was left: by whom, and whether by a reset."""

    packet: int
    time_ns: int
    by_client: bool
    is_reset: bool


@dataclass(slots=True, eq=False)
class Connection:
    """One TCP connection.

    client: who opened it. opened: its SYN, accepted: the answer, refused: a reset instead of one;
    None where the capture has no such packet. said: what the client sent first, piece by piece.
    heard: bytes of the server. client_bytes: of the client, all of them. by_client, by_server:
    packets of each, those without data too: without any, the capture lacks that direction.
    """

    client: Address
    server: Address
    opened: Moment | None = None
    accepted: Moment | None = None
    refused: Moment | None = None
    tries: int = 0
    said: list[Piece] = field(default_factory=list)
    client_bytes: int = 0
    heard: int = 0
    by_client: int = 0
    by_server: int = 0
    first: Moment = _NOWHERE
    last: Moment = _NOWHERE
    endings: list[Ending] = field(default_factory=list)
    next_seq: int = -1
    wrong: WrongLength | None = None
    lengths: LengthWalk = field(default_factory=LengthWalk)

    @property
    def text(self) -> bytes:
        """The first bytes of the client."""
        return b"".join(piece.data for piece in self.said)

    @property
    def name(self) -> bytes | None:
        """The name that the client's first bytes are, if they begin with one."""
        text = self.text
        if not text or not 0 < text[0] < len(text):
            return None
        name = text[1 : 1 + text[0]]
        return name if all(0x20 < byte < 0x7F for byte in name) else None

    @property
    def ended_ns(self) -> int:
        """When the first side left it; `NEVER` if none did."""
        return min((ending.time_ns for ending in self.endings), default=NEVER)

    def is_open_at(self, time_ns: int) -> bool:
        """Whether it was there and neither side had ended it by then; what has no SYN in the
        capture was there from its beginning."""
        began = self.opened is None or self.first.time_ns <= time_ns
        return began and time_ns < self.ended_ns

    def is_unread_in(self, start_ns: int, end_ns: int) -> bool:
        """Whether the proxy, some time from then to then, had come to a length that it does not
        take: what its client wrote behind that is unknown."""
        wrong = self.wrong
        return wrong is not None and wrong.time_ns <= end_ns and start_ns < self.ended_ns


class Connections:
    """All of a capture. dropped: connections beyond the limit, of which nothing is known.
    end_ns: the time of the last packet, whatever it carries."""

    def __init__(self) -> None:
        self.all: list[Connection] = []
        self.dropped = 0
        self.end_ns = 0
        self._open: dict[bytes, Connection] = {}

    def take(self, packets: Iterable[Packet]) -> Connections:
        """Look at every packet of a capture."""
        number = 0
        for stamp, link, buf, start, end, _ in packets:
            if link == IDLE_LINK:
                continue
            number += 1
            self.end_ns = max(self.end_ns, stamp)
            strip = LINK_LAYERS.get(link)
            at = strip(buf, start, end) if strip is not None else -1
            place = locate(buf, at, end) if at >= 0 else Cause.NOT_IP
            if isinstance(place, Cause) or place.protocol != TCP or place.fragment is not None:
                continue
            if place.end - place.start >= 20:
                segment = buf[place.start : place.end]
                self._segment(place.addresses, segment, Moment(number, stamp))
        return self

    def _segment(self, addresses: bytes, segment: bytes, now: Moment) -> None:
        source, destination, seq, ack, offset, flags = _tcp(segment)
        size = len(addresses) // 2
        there = Address(addresses[:size], source), Address(addresses[size:], destination)
        key = addresses[:size] + segment[:2] + addresses[size:] + segment[2:4]
        back = addresses[size:] + segment[2:4] + addresses[:size] + segment[:2]
        data = segment[(offset >> 4) * 4 :]
        if flags & _SYN and not flags & _ACK:
            self._syn(key, there, seq, now)
            return
        connection = self._open.get(key) or self._open.get(back)
        if connection is None:
            # It is older than the capture: the lower port is the server's, as mostly.
            swap = bool(flags & _SYN) or source < destination
            ends = (there[1], there[0]) if swap else there
            connection = self._meet(back if swap else key, ends, now)
        if connection is None:
            return
        by_client = key in self._open
        connection.by_client += by_client
        connection.by_server += not by_client
        connection.last = now
        if flags & _SYN:
            connection.accepted = connection.accepted or now
        elif flags & _RST and not by_client and connection.accepted is None and connection.opened:
            connection.refused = connection.refused or now
        elif flags & (_FIN | _RST):
            # An end of the client's that the capture lacks shows in what acknowledges it.
            if not by_client and not connection.endings and not flags & _RST:
                by_client = 0 <= connection.next_seq == ack - 1 & _MASK
            connection.endings.append(Ending(*now, by_client, bool(flags & _RST)))
            del connection.endings[4:]
        if data:
            _heard(connection, by_client, seq, data, now)

    def _syn(self, key: bytes, ends: tuple[Address, Address], seq: int, now: Moment) -> None:
        known = self._open.get(key)
        if known is not None and not (known.endings or known.refused or known.heard):
            known.tries += 1
            known.by_client += 1
            known.next_seq = seq + 1 & _MASK
            return
        self._open.pop(key, None)
        connection = self._meet(key, ends, now)
        if connection is not None:
            connection.opened, connection.tries, connection.by_client = now, 1, 1
            connection.next_seq = seq + 1 & _MASK

    def _meet(self, key: bytes, ends: tuple[Address, Address], now: Moment) -> Connection | None:
        if len(self.all) >= MAX_CONNECTIONS:
            self.dropped += 1
            return None
        connection = Connection(*ends, first=now, last=now)
        self.all.append(connection)
        self._open[key] = connection
        return connection


def _heard(connection: Connection, by_client: bool, seq: int, data: bytes, now: Moment) -> None:
    if not by_client:
        connection.heard += len(data)
        return
    if connection.next_seq < 0:
        connection.next_seq = seq
        connection.lengths.stop()  # it may begin in the middle of an action
    if seq != connection.next_seq:
        if seq - connection.next_seq & _MASK < _MASK >> 1:
            connection.lengths.stop()  # something is missing, or comes later
        return
    connection.next_seq = seq + len(data) & _MASK
    room = MAX_SAID - connection.client_bytes
    connection.client_bytes += len(data)
    if room > 0 and len(connection.said) < MAX_PIECES:
        connection.said.append(Piece(*now, data[:room]))
    if (wrong := connection.lengths.take(data)) is not None:
        connection.wrong = WrongLength(*now, *wrong)


def read_connections(source: str | Path | IO[bytes]) -> Connections:
    """The connections of a capture file. Raises: CaptureError for what is no capture."""
    file = CaptureFile(source)
    try:
        return Connections().take(read_packets(file))
    finally:
        file.close()
