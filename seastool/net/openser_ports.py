"""The two listening ports of a proxy: who is connected, what is written to whom, and when."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable

from seastool.capture.live import Traffic
from seastool.errors import NotConnected
from seastool.net.alarm import Alarm
from seastool.net.link import Link
from seastool.net.outlet import Outlet, drain
from seastool.net.ports import Ports
from seastool.net.service import Service
from seastool.seas.connection.commands import NEED_DATA
from seastool.seas.connection.openser import OpenserListener
from seastool.seas.connection.openser_events import Gone, Happening, Paired, Peer, WriteTo
from seastool.seas.faults import FaultInjector
from seastool.seas.frames import AcResFail, Event
from seastool.seas.types import Socket


class OpenserPorts(Service):
    """Sockets for an `OpenserListener`. What actions do is for those who derive from it.

    injector: does wrong to what is written. counts: of what a person should know.
    """

    def __init__(
        self,
        host: str,
        port: int,
        listener: OpenserListener,
        injector: FaultInjector,
        *,
        traffic: Traffic | None,
        on_happening: Callable[[Happening], None] | None,
    ) -> None:
        super().__init__()
        self.listener = listener
        self.injector = injector
        self.counts: Counter[str] = Counter()
        self._ports = Ports(host, port, self._link)
        self._traffic = traffic
        self._on_happening = on_happening or (lambda _: None)
        self._outlets: dict[Peer, Outlet] = {}
        self._links: dict[int, Link] = {}
        self._numbers = 0
        self._alarm = Alarm(self._timed)
        self._paired: asyncio.Future[Peer] = self._loop.create_future()
        self._driving = False

    # For scripts.

    async def start(self) -> None:
        """Listen. With port 0 two free ports side by side are found. Raises: OSError."""
        await self._ports.open()

    @property
    def port(self) -> int:
        """The event port; the action port is the next one."""
        return self._ports.port

    async def paired(self) -> Peer:
        """Wait for an application server with both its sockets."""
        return await asyncio.shield(self._paired)

    async def close(self) -> None:
        """Cut everybody off and stop listening."""
        if unsent := await drain(list(self._outlets.values())):
            self.counts["unsent bytes"] += unsent
        self.listener.close()
        self._drive()
        self._alarm.cancel()
        for link in list(self._links.values()):
            link.close()
        self._paired.cancel()
        self._stopped.set()
        await self._ports.close()

    @property
    def peer(self) -> Peer | None:
        """The application server that requests go to: the first that is connected."""
        return next(iter(self.listener.peers.values()), None)

    def send(self, frame: Event | AcResFail) -> None:
        """Send a frame, whatever the transactions are. Raises: LocalProtocolError, EncodeError."""
        self.listener.send(self._peer(), frame)
        self._drive()

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are. Raises: LocalProtocolError."""
        self.listener.send_bytes(self._peer(), socket, data)
        self._drive()

    def _peer(self) -> Peer:
        if (peer := self.peer) is None:
            raise NotConnected("no application server is connected")
        return peer

    # What the links tell.

    def _link(self, socket: Socket) -> Link:
        self._numbers += 1
        link = Link(self, self._numbers, socket, self._traffic, openser_is_local=True)
        self._links[link.number] = link
        return link

    def link_up(self, link: Link) -> None:
        """A connection was accepted."""
        self.listener.accepted(link.number, link.socket, self._loop.time())
        self._drive()

    def link_data(self, link: Link, data: bytes) -> None:
        """Bytes of an application server."""
        self.listener.receive_data(link.number, data, self._loop.time())
        self._drive()

    def link_down(self, link: Link, reason: str) -> None:
        """A connection has ended."""
        self._links.pop(link.number, None)
        self.listener.closed(link.number, reason, self._loop.time())
        self._drive()

    # What the listener wants and tells.

    def _drive(self) -> None:
        if self._driving:
            return
        self._driving = True
        try:
            while True:
                self._do_commands()
                event = self.listener.next_event()
                if event is NEED_DATA:
                    break
                self._happened(event)
        finally:
            self._driving = False
        self._alarm.set((self.listener.get_timer(), *self._dues()))

    def _do_commands(self) -> None:
        for command in self.listener.commands():
            link = self._links.get(command.connection)
            if link is None:
                continue
            if isinstance(command, WriteTo):
                if (outlet := self._outlet_of(link)) is not None:
                    outlet.write(command.socket, command.kind, command.data)
            else:
                link.close(reset=command.reset)
                del self._links[command.connection]

    def _outlet_of(self, link: Link) -> Outlet | None:
        """The outlet of the pair that a link belongs to, made when its first write comes; None
        where the application server was cut off a moment ago."""
        for peer in self.listener.peers.values():
            if peer.connections[link.socket] == link.number:
                break
        else:
            return None
        outlet = self._outlets.get(peer)
        if outlet is None:
            outlet = self._outlets[peer] = Outlet(self.injector.beside())
            for socket, number in peer.connections.items():
                outlet.links[socket] = self._links[number]
        return outlet

    def _happened(self, event: Happening) -> None:
        if isinstance(event, Gone):
            self._left(event.peer)
        elif isinstance(event, Paired) and not self._paired.done():
            self._paired.set_result(event.peer)
        self._on_happening(event)

    def _left(self, peer: Peer) -> None:
        """Forget an application server; `paired` waits for the next one."""
        if (outlet := self._outlets.pop(peer, None)) is not None:
            outlet.close()
        if self.peer is None and self._paired.done():
            self._paired = self._loop.create_future()

    # Time.

    def _dues(self) -> Iterable[float | None]:
        """When something else than the listener is due."""
        return ()

    def _timed(self) -> None:
        self.listener.handle_timer(self._loop.time())
        self._drive()
