"""A gateway on asyncio: SIP on one side, SEAS on the other.

async with Gateway(sip=[SipSocket(UDP, "127.0.0.1", 0)], seas_port=0) as gateway:
    print(gateway.sip_sockets, gateway.seas_port)
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from seastool.capture.live import Traffic
from seastool.capture.records import host_port_text
from seastool.gateway.client_side import Lookup
from seastool.gateway.core import Core
from seastool.gateway.manners import gateway_behaviour
from seastool.gateway.settings import Settings, seas_settings
from seastool.gateway.statistics import COUNTED, Gauges, Statistics
from seastool.net.alarm import Alarm
from seastool.net.gateway_places import Places
from seastool.net.gateway_servers import ConnectedServers
from seastool.net.openser import Openser
from seastool.net.openser import Options as OpenserOptions
from seastool.net.service import Service
from seastool.net.sip import SipPorts, SipSocket, Unresolvable
from seastool.net.sip.own_addresses import concrete
from seastool.seas.connection.openser_events import Gone, Happening, Peer, PingPlan
from seastool.seas.connection.remarks import Remarks
from seastool.seas.dialect import Dialect
from seastool.seas.faults import Fault
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import usable
from seastool.seas.openser.identifiers import DrawnIdentifiers
from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.parts import branch, bytes_of, cseq, start_line
from seastool.sip.transactions import Timing

_TOLD: Final = {  # of the outcomes, what the statistics have not
    "Bound": "binds",
    "Unbound": "unbinds",
    "Withheld": "responses not reported, as by the real one",
    "Failed": "failures told to application servers",
    "Mistake": "mistakes of application servers",
}
_COUNTED: Final = {  # kinds of notes that the sockets count, by reason
    "SIP messages that could not be sent",
    "requests that could not be sent",
    "wrong on the SIP sockets",
}
LOOPBACK: Final = (SipSocket(UDP, "127.0.0.1", 5060), SipSocket(TCP, "127.0.0.1", 5060))


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions(Settings):
    """What kind of gateway it is: its settings, and those of its SIP and SEAS sides.

    behaviour: of which server, with which of its faults; but how long an application server has
    is the gateway's. With `by_rfc=False` it answers malformed messages as that server, too.
    timing: RFC 3261's T1, T2 and T4. pings, actions, faults and seed: as those of
    `seastool.net.openser.Options`. nameservers: the system's if empty.
    """

    behaviour: Behaviour = field(default_factory=usable)
    timing: Timing = field(default_factory=Timing)
    nameservers: Sequence[str] = ()
    pings: PingPlan | None = None
    actions: Dialect | None = None
    faults: Sequence[Fault] = ()
    seed: int | None = None


class Gateway(Service):
    """A minimal OpenSER. To be made while a loop runs.

    sip: where it listens for SIP; port 0 finds a free one. traffic: told all that passes.
    on_note: takes a line for people; of one kind the first ones, the rest is counted (`summary`).
    on_happening, on_outcome: as those of `seastool.net.openser.Openser`.
    """

    def __init__(
        self,
        *,
        sip: Sequence[SipSocket] = LOOPBACK,
        seas_host: str = "127.0.0.1",
        seas_port: int = 5080,
        options: GatewayOptions | None = None,
        traffic: Traffic | None = None,
        on_note: Callable[[str], None] | None = None,
        on_happening: Callable[[Happening], None] | None = None,
        on_outcome: Callable[[Peer, did.Outcome], None] | None = None,
        statistics: Statistics | None = None,
    ) -> None:
        super().__init__()
        self.options = options or GatewayOptions()
        self.statistics = statistics or Statistics()
        self._seas = (seas_host, seas_port)
        self._traffic = traffic
        self._on_note = on_note or (lambda _: None)
        self._on_happening = on_happening or (lambda _: None)
        self._on_outcome = on_outcome
        self._remarks = Remarks()
        self._ports = SipPorts(sip, self, traffic=traffic)
        self._places = Places(self._ports, self.options.nameservers)
        self._alarm = Alarm(self._timed)
        self._lookups: set[asyncio.Task[None]] = set()
        self._concrete: list[SipSocket] = []
        self._own: frozenset[bytes] = frozenset()
        self._closed = False
        self._flushes = False
        self._core: Core | None = None
        self._proxy: Openser | None = None

    # For scripts.

    async def start(self) -> None:
        """Listen on all sockets. Raises: OSError; none is open then."""
        await self._ports.open()
        self._concrete = concrete(self._ports.sockets)
        self._own = frozenset(_sent_by(socket) for socket in self._concrete)
        try:
            await self._start_seas()
        except OSError:
            await self.close()
            raise

    async def _start_seas(self) -> None:
        host, port = self._seas
        options = self.options
        behaviour = gateway_behaviour(options.behaviour, by_rfc=options.by_rfc)
        self._proxy = proxy = Openser(
            host=host,
            port=port,
            options=OpenserOptions(
                behaviour=behaviour,
                sockets=[_listening(socket) for socket in self._concrete],
                actions=options.actions,
                names=options.routing.names or None,
                pings=options.pings,
                settings=seas_settings(options.timing),
                faults=options.faults,
                seed=options.seed,
            ),
            traffic=self._traffic,
            on_happening=self._happened,
            on_outcome=self._carried_out,
        )
        self._core = Core(
            ConnectedServers(proxy, self._done),
            DrawnIdentifiers(random.Random(options.seed)),
            behaviour,
            find=self._places.at_once,
            is_own=self._own.__contains__,
            note=self._note,
            settings=options,
            timing=options.timing,
            statistics=self.statistics,
        )
        await proxy.start()

    @property
    def died(self) -> str:
        """The fault that was switched on and has ended it; empty if none has."""
        return self._proxy.died if self._proxy is not None else ""

    @property
    def core(self) -> Core:
        """The machine inside, once it is started."""
        assert self._core is not None, "the gateway is not started"
        return self._core

    @property
    def proxy(self) -> Openser:
        """The SEAS side, once it is started."""
        assert self._proxy is not None, "the gateway is not started"
        return self._proxy

    @property
    def sip_sockets(self) -> list[SipSocket]:
        """Where it listens for SIP."""
        return list(self._ports.sockets)

    @property
    def seas_port(self) -> int:
        """The event port; the action port is the next one."""
        return self.proxy.port

    async def stopped(self) -> None:
        """Wait until `stop` was called, or a fault that was switched on has ended it."""
        waits: list[asyncio.Task[object]] = [
            self._loop.create_task(self._stopped.wait()),
            self._loop.create_task(self.proxy.stopped()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def close(self) -> None:
        """Stop listening, on both sides."""
        self._stopped.set()
        self._alarm.cancel()
        for task in self._lookups:
            task.cancel()
        if self._proxy is not None:
            await self._proxy.close()
        await self._places.close()
        if self._core is not None:
            self._flush()
        await self._ports.close()
        self._closed = True
        self._alarm.cancel()

    def summary(self) -> list[str]:
        """Of what was told and went on: how often, a line for each kind."""
        return self._remarks.summary()

    def gauges(self) -> Gauges:
        """How things are now."""
        layer = self.core.layer
        counts = dict(self._ports.counts)
        seas = self.proxy.counts
        counts |= {word: seas[name] for name, word in _TOLD.items() if seas[name]}
        amounts = self._remarks.amounts
        counts |= {kind: amounts[kind] for kind in amounts if kind not in COUNTED | _COUNTED}
        return Gauges(
            transactions=layer.by_state(),
            servers=tuple(self.proxy.listener.peers),
            retransmissions_sent=layer.counts["retransmissions_sent"],
            retransmissions_absorbed=layer.counts["retransmissions_absorbed"],
            counts=counts,
        )

    # From the SIP sockets.

    def sip_received(self, data: bytes, hop: Hop) -> None:
        """See `seastool.net.sip.receiver.Receiver`."""
        if self._core is not None:
            self._do(self._core.receive, data, hop, self._loop.time())

    def sip_failed(self, data: bytes, hop: Hop, reason: str) -> None:
        """See `Receiver`."""
        core = self._core
        transaction = None
        if core is not None and not data.startswith(b"SIP/2.0 "):
            transaction = core.layer.find_client(
                bytes_of(branch(data) or ""), bytes_of(cseq(data)[1])
            )
        if (
            core is None
            or transaction is None
            or transaction.status  # it arrived before
            or transaction.hop.sockaddr[:2] != hop.sockaddr[:2]
        ):
            told = f"{_in_short(data)} does not reach {hop}: {reason}"
            self._note("SIP messages that could not be sent", told)
            return
        core.failed(transaction, reason, self._loop.time())
        self._flush_soon()

    def sip_wrong(self, what: str, hop: Hop | None) -> None:
        """See `Receiver`."""
        self._note("wrong on the SIP sockets", what)

    # From the SEAS side.

    def _happened(self, event: Happening) -> None:
        self._on_happening(event)
        if isinstance(event, Gone):
            self._do(self.core.left, event.peer.name, self._loop.time())

    def _carried_out(self, peer: Peer, outcome: did.Outcome) -> None:
        self._done(peer.name, outcome)
        if self._on_outcome is not None:
            self._on_outcome(peer, outcome)

    def _done(self, name: bytes, outcome: did.Outcome) -> None:
        self._do(self.core.outcome, name, outcome, self._loop.time())

    # What the machine does and wants.

    def _do(self, act: Callable[..., None], *what: Any) -> None:
        """Let the core do something; a fault in there ends nothing."""
        try:
            act(*what)
        except Exception as error:
            self._faulty(error)
        self._flush_soon()

    def _flush_soon(self) -> None:
        """Once for all that comes in one turn of the loop."""
        if not (self._flushes or self._closed):
            self._flushes = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """Send what is to be sent; look up what is to be looked up."""
        core = self.core
        try:
            for output in core.take(self._loop.time()):
                self._ports.send(output.data, output.hop)
            for lookup in core.take_lookups():
                task = self._loop.create_task(self._look_up(lookup))
                self._lookups.add(task)
                task.add_done_callback(self._lookups.discard)
        except Exception as error:
            self._faulty(error)
        self._flushes = False
        if not self._closed:
            self._alarm.set((core.get_timer(),))

    def _timed(self) -> None:
        self._do(self.core.handle_timer, self._loop.time())

    async def _look_up(self, lookup: Lookup) -> None:
        try:
            hops = await self._places.look_up(lookup.uri)
        except Unresolvable as error:
            self.core.lost(lookup, str(error))
        except Exception as error:
            self._faulty(error)
            self.core.lost(lookup, "a fault of the gateway")
        else:
            self.core.located(lookup, hops, self._loop.time())
        self._flush_soon()

    def _note(self, kind: str, text: str) -> None:
        told = self._remarks.take(kind, text)
        if told is not None:
            self._on_note(told)

    def _faulty(self, error: Exception) -> None:
        """A fault in here: the gateway lives on."""
        self._note(
            "faults of the gateway", f"fault of the gateway: {type(error).__name__}: {error}"
        )


def _in_short(data: bytes) -> str:
    """A message for a note: a request by its method, a response by status and method."""
    first, _ = start_line(data)
    if data.startswith(b"SIP/2.0 "):
        return f"{first} for {cseq(data)[1]}"
    return first or "a message"


def _sent_by(socket: SipSocket) -> bytes:
    return host_port_text(socket.host, socket.port).encode()


def _listening(socket: SipSocket) -> ListeningSocket:
    address = socket.host.encode()
    return ListeningSocket(
        protocol=socket.protocol, name=address, address=address, port=socket.port
    )
