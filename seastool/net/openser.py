"""A proxy's side of SEAS on asyncio: what comes in, and what it does with it.

async with Openser(port=0) as proxy:
    peer = await proxy.paired()
    proxy.request(sip)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from seastool.capture.live import Traffic
from seastool.errors import LocalProtocolError
from seastool.net.openser_ports import OpenserPorts
from seastool.seas.builder import Receive
from seastool.seas.connection.openser import OpenserListener
from seastool.seas.connection.openser_events import Happening, Peer, PingPlan, Received
from seastool.seas.dialect import Dialect
from seastool.seas.faults import Fault, FaultInjector
from seastool.seas.frames import AcCancel, Action, Reply
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


class Openser(OpenserPorts):
    """The SEAS ports of one proxy.

    To be made while a loop runs. on_happening: told what happens on the connections.
    on_outcome: told what the proxy does in answer to requests, actions and time. A fault that ends
    the proxy ends `stopped`.
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
        self.options = options = options or Options()
        self.random = random.Random(options.seed)
        listener = OpenserListener(
            options.sockets,
            options.actions or options.behaviour.dialect,
            fix_layout=options.actions is not None,
            names=options.names,
            faults=options.behaviour.read_faults,
            pings=options.pings,
        )
        injector = FaultInjector(
            options.faults,
            self.random,
            side=Direction.TO_AS,
            dialect=options.behaviour.dialect,
        )
        super().__init__(host, port, listener, injector, traffic=traffic, on_happening=on_happening)
        self.died = ""
        self._on_outcome = on_outcome or (lambda peer, outcome: None)
        self._identifiers = DrawnIdentifiers(self.random)
        self._transactions: dict[bytes, Transactions] = {}
        self._bound: asyncio.Future[Peer] = self._loop.create_future()

    # For scripts.

    async def bound(self) -> Peer:
        """Wait for an application server with at least one processor bound."""
        return await asyncio.shield(self._bound)

    async def close(self) -> None:
        """Cut everybody off and stop listening."""
        await super().close()
        self._bound.cancel()

    @property
    def unanswered(self) -> int:
        """Requests without a final reply."""
        return sum(transactions.unanswered for transactions in self._transactions.values())

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

    def receive_from(self, source: bytes = b"\x7f\0\0\1", port: int = 5990) -> Receive:
        """Receive information of a request from there to the first listening socket."""
        one = self.options.sockets[0]
        return Receive(one.protocol, source, _packed(one.address), port, one.port)

    # What the machines tell.

    def _happened(self, event: Happening) -> None:
        if isinstance(event, Received):
            self._action(event)
        else:
            super()._happened(event)

    def _left(self, peer: Peer) -> None:
        """Forget an application server; `bound` waits for the next one."""
        super()._left(peer)
        if len(self._transactions) > MAX_NAMES:
            gone = (name for name in self._transactions if name not in self.listener.peers)
            if (name := next(gone, None)) is not None:
                del self._transactions[name]
        if self.peer is None and self._bound.done():
            self._bound = self._loop.create_future()

    def _action(self, event: Received) -> None:
        """Have the transactions do what an action says, before anybody answers it."""
        if isinstance(event.frame, Action):
            owner = self._owner(event.peer, event.frame)
            done = self.transactions(owner).action(event.frame, self._loop.time())
            self.carry_out(owner, done)
        self._on_happening(event)

    def _owner(self, peer: Peer, action: Action) -> Peer:
        """Whose transaction an action is for: a proxy looks for hash index and label only."""
        if isinstance(action, Reply | AcCancel):
            ids = action.hash_index, action.label
            if not self.transactions(peer).knows(*ids):
                peers = self.listener.peers.values()
                return next((one for one in peers if self.transactions(one).knows(*ids)), peer)
        return peer

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

    def _dues(self) -> Iterable[float | None]:
        return [transactions.get_timer() for transactions in self._transactions.values()]

    def _timed(self) -> None:
        now = self._loop.time()
        self.listener.handle_timer(now)
        for name, transactions in list(self._transactions.items()):
            done = transactions.handle_timer(now)
            if (peer := self.listener.peers.get(name)) is not None:
                self.carry_out(peer, done)
        self._drive()
