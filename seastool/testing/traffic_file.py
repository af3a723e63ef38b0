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


class TrafficFile:
    """A file that endpoints in several threads write to, each by an `ear` of its own.

    A connection of which both ends are in the test is written once, as the end sees it that was
    first to tell. packets can be read at any time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file = path.open("wb", buffering=0)
        self._writer = PcapngWriter(self._file, application=f"seastool {__version__}")
        self._pairs: dict[Pair, int] = {}  # of the connections that are open
        self._open: dict[int, tuple[Pair, set[bool]]] = {}  # and which ways of them are over
        self._numbers = 0

    def ear(self) -> Traffic:
        """What one endpoint tells its traffic to."""
        return _Ear(self)

    def records(self) -> list[Decoded]:
        """What was captured so far: frames, SIP messages and gaps, in order."""
        with self._lock:
            return list(read_capture(self.path))

    def close(self) -> None:
        """The file stays; what is told from now on is lost."""
        with self._lock:
            self._file.close()

    # Of the ears.

    def opened(
        self,
        local: Address,
        remote: Address,
        *,
        openser_is_local: bool,
        socket: Socket | None,
        time_ns: int,
    ) -> int:
        """The number of a new connection; 0 where the other end has told of it."""
        with self._lock:
            if (remote, local) in self._pairs:
                return 0
            self._numbers += 1
            self._pairs[local, remote] = self._numbers
            self._open[self._numbers] = (local, remote), set()
            if not self._file.closed:
                self._writer.opened(
                    self._numbers,
                    local,
                    remote,
                    openser_is_local=openser_is_local,
                    socket=socket,
                    time_ns=time_ns,
                )
            return self._numbers

    def data(self, number: int, data: bytes, *, sent: bool, time_ns: int, comment: str) -> None:
        """See `Traffic`."""
        with self._lock:
            if not self._file.closed:
                self._writer.data(number, data, sent=sent, time_ns=time_ns, comment=comment)

    def closed(self, number: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """See `Traffic`."""
        with self._lock:
            if number in self._open:
                pair, over = self._open[number]
                over.add(sent)
                if reset or len(over) > 1:
                    del self._open[number], self._pairs[pair]
            if not self._file.closed:
                self._writer.closed(number, sent=sent, reset=reset, time_ns=time_ns)

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """See `Traffic`."""
        with self._lock:
            if not self._file.closed:
                self._writer.datagram(local, remote, data, sent=sent, time_ns=time_ns)


class _Ear:
    """A `Traffic` whose connections get numbers that no other endpoint's have."""

    def __init__(self, file: TrafficFile) -> None:
        self._file = file
        self._numbers: dict[int, int] = {}

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
        self._numbers[connection] = self._file.opened(
            local, remote, openser_is_local=openser_is_local, socket=socket, time_ns=time_ns
        )

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        if number := self._numbers.get(connection):
            self._file.data(number, data, sent=sent, time_ns=time_ns, comment=comment)

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        if number := self._numbers.get(connection):
            self._file.closed(number, sent=sent, reset=reset, time_ns=time_ns)

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        self._file.datagram(local, remote, data, sent=sent, time_ns=time_ns)
