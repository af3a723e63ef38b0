"""The traffic of all endpoints of a test in one pcapng file."""

from __future__ import annotations

import threading
from pathlib import Path

from seastool import __version__
from seastool.api import read_capture
from seastool.capture.decoded import Decoded
from seastool.capture.live import Traffic
from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.records import Address
from seastool.seas.types import Socket

Pair = tuple[Address, Address]


class _Connection:
    """A connection in the file. written: bytes of either way that are in it, over: which ways are
    over; True is the way that its first end sends."""

    __slots__ = ("number", "over", "pair", "written")

    def __init__(self, number: int, pair: Pair) -> None:
        self.number = number
        self.pair = pair
        self.written = {True: 0, False: 0}
        self.over: set[bool] = set()


class TrafficFile:
    """A file that endpoints in several threads write to, each by an `ear` of its own.

    A connection of which both ends are in the test is written once: of every byte, what the end
    says that tells of it first. That is never later than anything that comes of the byte.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("wb", buffering=0)
        self._writer = PcapngWriter(self._file, application=f"seastool {__version__}")
        self._open: dict[Pair, _Connection] = {}
        self._numbers = 0
        self._last_ns = 0

    def ear(self) -> Traffic:
        """What one endpoint tells its traffic to."""
        return _Ear(self, self._lock)

    def records(self) -> list[Decoded]:
        """What was captured so far: frames, SIP messages and gaps, in order."""
        with self._lock:
            return list(read_capture(self.path))

    def close(self) -> None:
        """The file stays; what is told from now on is lost."""
        with self._lock:
            self._file.close()

    # Of the ears, which hold the lock.

    @property
    def writer(self) -> PcapngWriter | None:
        """Who writes it; None when it is closed."""
        return None if self._file.closed else self._writer

    def connection(
        self,
        local: Address,
        remote: Address,
        openser_is_local: bool,
        socket: Socket | None,
        now: int,
    ) -> tuple[_Connection, bool]:
        """The connection between two ends, new or known, and whether this is its first end."""
        known = self._open.get((remote, local))
        if known is not None:
            return known, False
        self._numbers += 1
        made = _Connection(self._numbers, (local, remote))
        self._open[local, remote] = made
        if (writer := self.writer) is not None:
            writer.opened(
                made.number,
                local,
                remote,
                openser_is_local=openser_is_local,
                socket=socket,
                time_ns=self.at(now),
            )
        return made, True

    def at(self, time_ns: int) -> int:
        """The time for the next packet: threads may come in another order than their clocks."""
        self._last_ns = max(self._last_ns, time_ns)
        return self._last_ns

    def forget(self, connection: _Connection) -> None:
        """It is over: another one may have its addresses."""
        if self._open.get(connection.pair) is connection:
            del self._open[connection.pair]


class _End:
    """One end of a connection. told: how many bytes of either way it has told of, by whether it
    has sent them."""

    __slots__ = ("connection", "is_first", "told")

    def __init__(self, connection: _Connection, is_first: bool) -> None:
        self.connection = connection
        self.is_first = is_first
        self.told = {True: 0, False: 0}

    def news(self, data: bytes, sent: bool) -> bytes:
        """What the other end has not told of."""
        way = sent is self.is_first
        self.told[sent] += len(data)
        new = self.told[sent] - self.connection.written[way]
        if new <= 0:
            return b""
        self.connection.written[way] += new
        return data[-new:]


class _Ear:
    """The `Traffic` of one endpoint."""

    def __init__(self, file: TrafficFile, lock: threading.Lock) -> None:
        self._file = file
        self._lock = lock
        self._ends: dict[int, _End] = {}

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
        with self._lock:
            found = self._file.connection(local, remote, openser_is_local, socket, time_ns)
            self._ends[connection] = _End(*found)

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        with self._lock:
            writer, end = self._file.writer, self._ends.get(connection)
            if writer is None or end is None or not (new := end.news(data, sent)):
                return
            way = sent is end.is_first
            at = self._file.at(time_ns)
            writer.data(end.connection.number, new, sent=way, time_ns=at, comment=comment)

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        with self._lock:
            writer, end = self._file.writer, self._ends.get(connection)
            if end is None:
                return
            way, over = sent is end.is_first, end.connection.over
            if writer is not None and way not in over and len(over) < 2:
                at = self._file.at(time_ns)
                writer.closed(end.connection.number, sent=way, reset=reset, time_ns=at)
            over |= {True, False} if reset else {way}
            if len(over) > 1:
                self._file.forget(end.connection)

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        with self._lock:
            if (writer := self._file.writer) is not None:
                at = self._file.at(time_ns)
                writer.datagram(local, remote, data, sent=sent, time_ns=at)
