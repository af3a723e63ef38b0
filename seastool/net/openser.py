"""A proxy's side of SEAS on asyncio: two listening ports, application servers, transactions.

async with Openser(port=0) as proxy:
    peer = await proxy.paired()
    proxy.request(sip)
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Final, Self

from seastool.capture.live import Traffic
from seastool.errors import LocalProtocolError, NotConnected
from seastool.net.alarm import Alarm
from seastool.net.link import Link
from seastool.net.outlet import Outlet, drain
from seastool.net.ports import Ports
from seastool.seas.builder import Receive
from seastool.seas.connection.commands import NEED_DATA
from seastool.seas.connection.openser import OpenserListener
from seastool.seas.connection.openser_events import (
    Gone,
    Happening,
    Paired,
    Peer,
    PingPlan,
    Received,
    WriteTo,
)
from seastool.seas.dialect import Dialect
from seastool.seas.faults import Fault, FaultInjector
from seastool.seas.frames import AcResFail, Action, Event
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import usable
from seastool.seas.openser.bindings import packed
from seastool.seas.openser.identifiers import DrawnIdentifiers
from seastool.seas.openser.settings import Settings
from seastool.seas.openser.transactions import Transactions
from seastool.seas.types import Direction, Socket

MAX_NAMES: Final = 100  # of application servers whose transactions are kept when they leave
LOOPBACK_SOCKETS: Final = tuple(
    ListeningSocket(protocol=protocol, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
    for protocol in (1, 2)
)
_packed = lru_cache(maxsize=64)(packed)


@dataclass(slots=True)
class Options:
    """What kind of proxy it is.

    behaviour: of which server, with which of its faults. sockets: its SIP sockets, for socket
    info. actions: how actions are laid out; None to tell by their bytes. names: those that the
    script knows; None for any. faults, seed: of what it writes; the real server's own faults are
    the behaviour's.
    """

    behaviour: Behaviour = field(default_factory=usable)
    sockets: Sequence[ListeningSocket] = LOOPBACK_SOCKETS
    actions: Dialect | None = None
    names: Collection[bytes] | None = None
    pings: PingPlan | None = None
    settings: Settings = field(default_factory=Settings)
    faults: Sequence[Fault] = ()
    seed: int | None = None


class Openser:
    """The SEAS ports of one proxy.

    To be made while a loop runs. on_happening: told what happens on the connections.
    on_outcome: told what the proxy does in answer to requests, actions and time.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 5080,
        options: Options | None = None,
        traffic: Traffic | None = None,
        on_happening: Callable[[Happening], None] | None = None,
        on_outcome: Callable[[Peer, did.Outcome], None] | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.options = options = options or Options()
        self._ports = Ports(host, port, self._link)
        self.counts: Counter[str] = Counter()
        self.listener = OpenserListener(
            options.sockets,
            options.actions or options.behaviour.dialect,
            fix_layout=options.actions is not None,
            names=options.names,
            faults=options.behaviour.read_faults,
            pings=options.pings,
        )
        self.random = random.Random(options.seed)
        self.injector = FaultInjector(
            options.faults,
            self.random,
            side=Direction.TO_AS,
            dialect=options.behaviour.dialect,
        )
        self.died = ""
        self._traffic = traffic
        self._on_happening = on_happening or (lambda _: None)
        self._on_outcome = on_outcome or (lambda peer, outcome: None)
        self._identifiers = DrawnIdentifiers(self.random)
        self._transactions: dict[bytes, Transactions] = {}
        self._outlets: dict[Peer, Outlet] = {}
        self._links: dict[int, Link] = {}
        self._numbers = 0
        self._alarm = Alarm(self._timed)
        self._paired: asyncio.Future[Peer] = self._loop.create_future()
        self._bound: asyncio.Future[Peer] = self._loop.create_future()
        self._stopped = asyncio.Event()
        self._driving = False

    # For scripts.

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

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

    async def bound(self) -> Peer:
        """Wait for an application server with at least one processor bound."""
        return await asyncio.shield(self._bound)

    async def stopped(self) -> None:
        """Wait until `stop` was called, or a fault has ended the proxy."""
        await self._stopped.wait()

    def stop(self) -> None:
        """End `stopped`; closing is left to `close`."""
        self._stopped.set()

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
        self._bound.cancel()
        self._stopped.set()
        await self._ports.close()

    @property
    def unanswered(self) -> int:
        """Requests without a final reply."""
        return sum(transactions.unanswered for transactions in self._transactions.values())

    @property
    def peer(self) -> Peer | None:
        """The application server that requests go to: the first that is connected."""
        return next(iter(self.listener.peers.values()), None)

    def transactions(self, peer: Peer) -> Transactions:
        """The transactions of an application server, by name: they outlive its connection."""
        return self.transactions_of(peer.name)

    def transactions_of(self, name: bytes) -> Transactions:
        """The same for one that need not be connected."""
        found = self._transactions.get(name)
        if found is None:
            found = self._transactions[name] = Transactions(
                self._identifiers,
                behaviour=self.options.behaviour,
                sockets=self.options.sockets,
                settings=self.options.settings,
            )
        return found

    def request(
        self,
        sip: bytes,
        receive: Receive | None = None,
        *,
        stateless: bool = False,
        processor_id: int | None = None,
    ) -> list[did.Outcome]:
        """A SIP request comes in; what the proxy does with it. Raises: LocalProtocolError if no
        application server is connected."""
        peer = self._peer()
        where = self.receive_from() if receive is None else receive
        done = self.transactions(peer).request(
            sip, where, self._loop.time(), stateless=stateless, processor_id=processor_id
        )
        self.carry_out(peer, done)
        return done

    def response(self, sip: bytes, receive: Receive | None = None) -> list[did.Outcome]:
        """A SIP response comes in; the branch of its topmost Via says to which request of the
        application server's. Raises: LocalProtocolError if none is connected."""
        peer = self._peer()
        where = self.receive_from() if receive is None else receive
        done = self.transactions(peer).response(sip, where, self._loop.time())
        self.carry_out(peer, done)
        return done

    def time_out(self, uac_id: int) -> list[did.Outcome]:
        """No response comes to a request of the application server's: its timer runs out now."""
        peer = self._peer()
        done = self.transactions(peer).time_out(uac_id, self._loop.time())
        self.carry_out(peer, done)
        return done

    def send(self, frame: Event | AcResFail) -> None:
        """Send a frame, whatever the transactions are. Raises: LocalProtocolError, EncodeError."""
        self.listener.send(self._peer(), frame)
        self._drive()

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are. Raises: LocalProtocolError."""
        self.listener.send_bytes(self._peer(), socket, data)
        self._drive()

    def receive_from(self, source: bytes = b"\x7f\0\0\1", port: int = 5990) -> Receive:
        """Receive information of a request from there to the first listening socket."""
        one = self.options.sockets[0]
        return Receive(one.protocol, source, _packed(one.address), port, one.port)

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

    # What the machines want and tell.

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
        self._set_timer()

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
        if isinstance(event, Received):
            self._action(event)
            return
        if isinstance(event, Gone):
            self._left(event.peer)
        elif isinstance(event, Paired) and not self._paired.done():
            self._paired.set_result(event.peer)
        self._on_happening(event)

    def _left(self, peer: Peer) -> None:
        """Forget an application server; `paired` and `bound` wait for the next one."""
        if (outlet := self._outlets.pop(peer, None)) is not None:
            outlet.close()
        if len(self._transactions) > MAX_NAMES:
            gone = (name for name in self._transactions if name not in self.listener.peers)
            if (name := next(gone, None)) is not None:
                del self._transactions[name]
        if self.peer is not None:
            return
        if self._paired.done():
            self._paired = self._loop.create_future()
        if self._bound.done():
            self._bound = self._loop.create_future()

    def _action(self, event: Received) -> None:
        """Have the transactions do what an action says, before anybody answers it."""
        if isinstance(event.frame, Action):
            done = self.transactions(event.peer).action(event.frame, self._loop.time())
            self.carry_out(event.peer, done)
        self._on_happening(event)

    def carry_out(self, peer: Peer, done: Sequence[did.Outcome]) -> None:
        """Do what the transactions of an application server say."""
        for outcome in done:
            self.counts[type(outcome).__name__] += 1
            try:
                self._carry_out_one(peer, outcome)
            except LocalProtocolError:
                self.counts["unsent"] += 1  # it left a moment ago
            self._on_outcome(peer, outcome)
        self._drive()

    def _carry_out_one(self, peer: Peer, outcome: did.Outcome) -> None:
        if isinstance(outcome, did.Event):
            self.listener.send_bytes(peer, Socket.EVENT, outcome.frame)
        elif isinstance(outcome, did.Failed):
            if not outcome.lost:
                self.listener.send(peer, outcome.frame)
        elif isinstance(outcome, did.Bound):
            if not self._bound.done():
                self._bound.set_result(peer)
        elif isinstance(outcome, did.ConnectionClosed):
            self.listener.drop(peer, outcome.message)
        elif isinstance(outcome, did.ServerDies):
            self.died = outcome.message
            self.listener.drop(peer, outcome.message)
            self._stopped.set()

    # Time.

    def _set_timer(self) -> None:
        dues = [transactions.get_timer() for transactions in self._transactions.values()]
        self._alarm.set((self.listener.get_timer(), *dues))

    def _timed(self) -> None:
        now = self._loop.time()
        self.listener.handle_timer(now)
        for name, transactions in list(self._transactions.items()):
            done = transactions.handle_timer(now)
            if (peer := self.listener.peers.get(name)) is not None:
                self.carry_out(peer, done)
        self._drive()
