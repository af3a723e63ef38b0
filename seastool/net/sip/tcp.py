"""The TCP connections for SIP of a process: listening, connecting, and which is used for what."""

from __future__ import annotations

import asyncio
import resource
import socket as sockets
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from seastool.capture.live import Traffic
from seastool.net.link import reason_of
from seastool.net.sip.connection import Connection
from seastool.net.sip.limits import Limits
from seastool.net.sip.receiver import Receiver, Reports
from seastool.net.sip.source import ANY, SourceOf
from seastool.sip.hop import TCP, Hop

OTHER_FILES: Final = 128  # that the process has open beside connections for SIP
BACKLOG: Final = 1_024
CHECKS: Final = 8  # of a connection in the shortest time that one may be idle, stalled or half
NO_PORT_YET: Final = 24  # IP_BIND_ADDRESS_NO_PORT of Linux


class TcpListener:
    """A listening socket; `raw` is bound."""

    def __init__(self, raw: sockets.socket) -> None:
        self.raw = raw
        self.host, self.port = raw.getsockname()[:2]
        self._source = SourceOf(raw)
        self._server: asyncio.Server | None = None

    async def open(self, accept: Callable[[], asyncio.Protocol]) -> None:
        """Listen. Raises: OSError."""
        self._server = await asyncio.get_running_loop().create_server(
            accept, sock=self.raw, backlog=BACKLOG
        )

    def close(self) -> None:
        """Listen no more; connections stay."""
        if self._server is not None:
            self._server.close()
        self.raw.close()

    def hop_to(self, address: bytes, port: int) -> Hop:
        """The way to a remote, over a connection that there is or that is to be made."""
        return Hop(TCP, self._source.of(address), self.port, address, port)


class Connections:
    """All connections of a process, accepted and made."""

    def __init__(
        self,
        receiver: Receiver,
        reports: Reports,
        traffic: Traffic | None,
        limits: Limits,
        number: Callable[[], int],
    ) -> None:
        self.receiver = receiver
        self.reports = reports
        self.traffic = traffic
        self.limits = limits
        self.held = 0
        # An accept that finds no file descriptor free would be tried again and again.
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._most = min(limits.connections, max(files - OTHER_FILES, 1))
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._by_number: dict[int, Connection] = {}
        self._by_remote: dict[tuple[bytes, int], Connection] = {}
        self._connecting: set[asyncio.Task[None]] = set()
        self._checking: asyncio.TimerHandle | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._by_number)

    def accept(self) -> Connection:
        """The protocol of a connection that comes in."""
        return Connection(self, self._number())

    # What connections tell.

    def made(self, connection: Connection) -> bool:
        """Take a connection in, unless there are too many."""
        hop = connection.hop
        assert hop is not None
        if connection.number not in self._by_number:
            if self._closed or self._is_full():
                self.reports.wrong("connection refused: there are too many", hop)
                return False
            self.reports.counts["connections accepted"] += 1
            self._add(connection, hop)
        return True

    def gone(self, connection: Connection) -> None:
        """Forget a connection."""
        self._by_number.pop(connection.number, None)
        if (hop := connection.hop) is not None:
            remote = hop.remote_address, hop.remote_port
            if self._by_remote.get(remote) is connection:
                del self._by_remote[remote]

    def _is_full(self) -> bool:
        return len(self._by_number) >= self._most

    def _add(self, connection: Connection, hop: Hop) -> None:
        self._by_number[connection.number] = connection
        self._by_remote[hop.remote_address, hop.remote_port] = connection
        if self._checking is None:
            self._check_later()

    # Sending.

    def send(self, data: bytes, hop: Hop) -> None:
        """Send on the connection of the hop, or another to its remote, or a new one."""
        connection = self._by_number.get(hop.connection) or self._by_remote.get(
            (hop.remote_address, hop.remote_port)
        )
        if connection is None:
            if self._closed:
                self.reports.failed(data, hop, "connection closed")
                return
            if self._is_full():
                self.reports.failed(data, hop, "too many connections")
                return
            connection = self._connect(hop)
        connection.send(data)

    def _connect(self, hop: Hop) -> Connection:
        number = self._number()
        way = Hop(
            TCP, hop.local_address, hop.local_port, hop.remote_address, hop.remote_port, number
        )
        connection = Connection(self, number, way)
        self._add(connection, way)
        task = self._loop.create_task(self._open(connection, way))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return connection

    async def _open(self, connection: Connection, hop: Hop) -> None:
        family = sockets.AF_INET6 if len(hop.remote_address) == len(ANY[1]) else sockets.AF_INET
        raw: sockets.socket | None = None
        try:
            raw = sockets.socket(family, sockets.SOCK_STREAM)
            raw.setblocking(False)
            if hop.local_address not in ANY:
                _bind(raw, hop.local_address)
            async with asyncio.timeout(self.limits.connect):
                await self._loop.sock_connect(raw, hop.sockaddr)
            await self._loop.create_connection(lambda: connection, sock=raw)
            self.reports.counts["connections made"] += 1
        except TimeoutError:
            self._failed(raw, connection, "connection timed out")
        except (OSError, OverflowError) as error:
            self._failed(raw, connection, reason_of(error))
        except asyncio.CancelledError:
            self._failed(raw, connection, "connection closed")
            raise

    def _failed(self, raw: sockets.socket | None, connection: Connection, reason: str) -> None:
        if raw is not None:
            raw.close()
        self.reports.counts["connections not made"] += 1
        connection.end(reason)

    # Time.

    def _check_later(self) -> None:
        limits = self.limits
        shortest = min(limits.half_message, limits.stalled, limits.idle)
        self._checking = self._loop.call_later(shortest / CHECKS, self._check)

    def _check(self) -> None:
        self._checking = None
        now = self._loop.time()
        for connection in list(self._by_number.values()):
            connection.check(now)
        if self._by_number:
            self._check_later()

    async def close(self) -> None:
        """Close all connections, after what was written."""
        self._closed = True
        if self._checking is not None:
            self._checking.cancel()
        for task in self._connecting:
            task.cancel()
        if self._connecting:
            await asyncio.wait(self._connecting)
        for connection in list(self._by_number.values()):
            connection.close()
        await asyncio.sleep(0)


def _bind(raw: sockets.socket, address: bytes) -> None:
    """Connect from the address that the listening socket has."""
    with suppress(OSError):
        raw.setsockopt(sockets.IPPROTO_IP, NO_PORT_YET, 1)
    raw.bind((str(ip_address(address)), 0))
