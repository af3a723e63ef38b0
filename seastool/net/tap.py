"""A tap between application servers and their proxy: what passes is seen, and may be changed.

async with Tap(port=6080, to_host="10.0.0.5", to_port=5080) as tap:
    await tap.stopped()
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from seastool.capture.live import Traffic
from seastool.capture.records import host_port_text
from seastool.net.link import reason_of
from seastool.net.ports import Ports
from seastool.net.service import Service
from seastool.net.tap_end import End
from seastool.net.tap_relay import Leg, Relay
from seastool.seas.dialect import Dialect
from seastool.seas.faults import Fault, FaultInjector
from seastool.seas.framing import UnitKind
from seastool.seas.tap import Changes, Hooks, Pair, Pairs, Piece, Sent, Statistics
from seastool.seas.tap.script import Script
from seastool.seas.types import Direction, Socket

MAX_RELAYS: Final = 1000
CLOSING_SECONDS: Final = 2.0  # that what is held back may take to leave at the end
LEAVING_SECONDS: Final = 1.0  # that both sides may take to close then
LOOK_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class TapOptions:
    """What is done to what passes.

    faults, seed: on what one side writes; fault_side: the direction of that. hooks: of a script.
    dialect: the proxy's, None to tell it from what passes. leg: what the traffic is told of.
    connect_seconds: that the proxy may take to accept a connection.
    """

    faults: Sequence[Fault] = ()
    fault_side: Direction = Direction.TO_AS
    seed: int | None = None
    hooks: Hooks | None = None
    dialect: Dialect | None = None
    leg: Leg = Leg.PASSED
    connect_seconds: float = 5.0


class Tap(Service):
    """Takes the place of a proxy's two ports, and passes all on to the real ones.

    To be made while a loop runs. port: of the events, 0 for two free ones; to_port: the real
    one's. traffic: told all that passes, as the leg says. on_note: told, a line each, what a
    person should know. Without faults and hooks, bytes are passed on before anybody looks.
    Raises: FaultError if the side cannot have a fault.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        to_host: str = "127.0.0.1",
        to_port: int = 5080,
        options: TapOptions | None = None,
        traffic: Traffic | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self.options = options = options or TapOptions()
        self.to_host, self.to_port = to_host, to_port
        self.traffic = traffic
        self.statistics = Statistics()
        self._note = on_note or (lambda _: None)
        self.injector = FaultInjector(
            options.faults, random.Random(options.seed), side=options.fault_side
        )
        self.changes = Changes(
            script=Script(options.hooks, self._note, self.statistics.script)
            if options.hooks is not None
            else None,
            injectors={options.fault_side: self.injector} if options.faults else {},
            dialect=options.dialect,
            tell=self._note,
        )
        self._pairs = Pairs(self.changes)
        self._ports = Ports(host, port, self._accept)
        self._relays: dict[int, Relay] = {}
        self._numbers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusals: dict[Socket, str] = {}

    # For scripts.

    async def start(self) -> None:
        """Listen. Raises: OSError."""
        await self._ports.open()

    @property
    def port(self) -> int:
        """The event port; the action port is the next one."""
        return self._ports.port

    async def close(self) -> None:
        """Take no more connections, pass on what is held back, and end.

        The event connections end first: real proxies spin where an action connection ends while
        another application server is connected or half-open.
        """
        await self._ports.close()
        for task in list(self._tasks):
            task.cancel()
        await self._until(lambda: not any(r.unsent for r in self._all()), CLOSING_SECONDS)
        for relay in self._all():
            if relay.socket is Socket.EVENT:
                relay.leave()
        await self._until(lambda: not self._relays, LEAVING_SECONDS)
        for relay in self._all():
            relay.close("the tap has ended")
        self._stopped.set()
        await asyncio.sleep(0)

    def _all(self) -> list[Relay]:
        return list(self._relays.values())

    async def _until(self, holds: Callable[[], bool], seconds: float) -> None:
        end = self._loop.time() + seconds
        while not holds() and self._loop.time() < end:
            await asyncio.sleep(LOOK_SECONDS)

    def report(self) -> list[str]:
        """What was counted, and what the faults did, a line each."""
        faults = self.injector.report() if self.options.faults else []
        return [*self.statistics.lines(), *faults]

    # Connections.

    def _accept(self, socket: Socket) -> End:
        self._numbers += 1
        relay = Relay(self, self._numbers, socket)
        self._relays[relay.number] = relay
        return relay.ends[Direction.TO_OPENSER]

    def arrived(self, relay: Relay) -> None:
        """An application server has connected: connect to the proxy."""
        if len(self._relays) > MAX_RELAYS:
            self._refuse(relay, f"there are {MAX_RELAYS} connections already")
            return
        task = self._loop.create_task(self._connect(relay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, relay: Relay) -> None:
        port = self.to_port + (relay.socket is Socket.ACTION)
        where = host_port_text(self.to_host, port)
        try:
            async with asyncio.timeout(self.options.connect_seconds):
                end = relay.ends[Direction.TO_AS]
                await self._loop.create_connection(lambda: end, self.to_host, port)
        except TimeoutError:
            self._refuse(relay, f"{where}: no answer in {self.options.connect_seconds:g} s")
        except OSError as error:
            self._refuse(relay, f"{where}: {reason_of(error)}")
        except asyncio.CancelledError:
            relay.close("the tap has ended", reset=True)
            raise
        else:
            if not relay.is_closed:
                self.statistics.connections[relay.socket] += 1
                self._refusals.pop(relay.socket, None)
                relay.start()

    def _refuse(self, relay: Relay, reason: str) -> None:
        """End a connection that cannot be passed on; told when the reason is a new one."""
        self.statistics.refused += 1
        if not relay.is_closed and self._refusals.get(relay.socket) != reason:
            self._refusals[relay.socket] = reason
            self._note(f"the proxy is not there ({reason}): closed the {relay.socket} connection "
                       f"from {relay.came_from}")  # fmt: skip
        relay.close(reason, reset=True)

    def ended(self, relay: Relay) -> None:
        """Both connections of a relay are closed, or about to be."""
        self._relays.pop(relay.number, None)
        if (pair := relay.pair) is None:
            return
        was_whole = len(pair.connections) == len(Socket)
        self._pairs.leave(pair, relay.socket)
        if was_whole:
            self._note(f"application server {pair.name_text!r} is gone: {relay.reason}")
            done = pair.closed(relay.socket, Direction.TO_OPENSER, self._loop.time())
            self.carry_out(pair, done)
        for number in pair.connections.values():
            self._relays[number].set_alarm()

    # What passes.

    def came(self, relay: Relay, direction: Direction, pieces: Sequence[Piece]) -> None:
        """Pieces have come on a relay: count them and, if anything is to be changed, pass on what
        is made of them."""
        self._count(direction, pieces)
        now = self._loop.time()
        is_new = relay.pair is None
        pair = relay.pair or self._join(relay, direction, pieces)
        if self.changes.touches(direction):
            self.carry_out(pair, pair.receive(relay.socket, direction, pieces, now))
        if is_new and pair.was_whole:  # the names that make it so are through by now
            self.statistics.pairs += 1
            self._note(f"application server {pair.name_text!r} is connected")
            self.carry_out(pair, pair.opened(relay.socket, direction, now))

    def _count(self, direction: Direction, pieces: Sequence[Piece]) -> None:
        passed = self.statistics.passed[direction]
        for kind, data in pieces:
            if kind is UnitKind.FRAME:
                passed.frames += 1
            elif kind is None:
                passed.stray += len(data)
            else:
                passed.hellos += 1

    def _join(self, relay: Relay, direction: Direction, pieces: Sequence[Piece]) -> Pair:
        first = pieces if direction is Direction.TO_OPENSER else ()
        pair = relay.pair = self._pairs.join(relay.number, relay.socket, relay.host, first)
        return pair

    def carry_out(self, pair: Pair, done: Sequence[Sent]) -> None:
        """Do what was made of what has come, on whichever connection of the pair."""
        for direction, step in done:
            number = pair.connections.get(step.socket)
            if number is None:
                continue
            relay = self._relays[number]
            if step.note.startswith("script: sent") and not relay.takes(direction):
                self.statistics.script["not sent, as the peer does not read"] += 1
                continue
            relay.add(direction, step)
            relay.set_alarm()
