"""The stage of the checks of a proxy: an application server and a phone on real sockets."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from seastool.capture.records import host_port_text
from seastool.errors import SeasError
from seastool.interop.checks.known import behaviour_of, server_of
from seastool.interop.checks.openser.came import Ended, SipCame
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.net.app_endpoint import Options
from seastool.net.checks.evidence import Evidence, Numbered
from seastool.net.checks.inbox import News
from seastool.net.checks.openser_endpoint import Endpoint
from seastool.net.checks.phone import Phone
from seastool.seas.codec import encode_frame
from seastool.seas.connection.app_server import State, Timing
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.faults import Fault as WriteFault
from seastool.seas.faults import parse_fault
from seastool.seas.frames import Action, Bind, Unbind
from seastool.seas.handshake import SocketInfo
from seastool.seas.types import Socket
from seastool.sip.hop import UDP, Hop
from seastool.sip.parts import header

CURRENT: Final = "kamailio"
MOST_PROCESSORS: Final = 100
LONG: Final = 3600.0  # seconds
NUMBERS: Final = 1000  # connections that one endpoint may number
IN_PIECES: Final = "split-hello=200ms"


@dataclass(frozen=True, slots=True)
class Target:
    """Which proxy, and how it is to be checked.

    sip: where it takes SIP; None for what its socket info says, "" for no phone. name: what its
    script relays to. dialect: None to tell by its events. server: which one it is, as the
    dialects name it; empty to tell by what it says of itself. pause: seconds between two steps
    of an opening, of which a real proxy wants 0.1.
    """

    host: str
    port: int
    sip: tuple[str, int] | None = None
    has_phone: bool = True
    name: str = "app_server_1"
    dialect: Dialect | None = None
    server: str = ""
    timeout: float = 2.0
    quiet: float = 0.3
    pause: float = 0.1
    seed: int | None = None


class LiveOpenserStage(OpenserStage):
    """See `OpenserStage`. To be made while a loop runs; `start`, then `close`."""

    def __init__(self, target: Target, evidence: Evidence) -> None:
        super().__init__(timeout=target.timeout, quiet=target.quiet)
        self.target = target
        self.name = target.name.encode()
        self.server = target.server
        self.processor_id = 0
        self.bound = []
        self.pings = False
        self.info = SocketInfo(mark=0, sockets=[])
        self.phone = None
        self.to_host = host_port_text(*(target.sip or (target.host, 5060)))
        self._news = News()
        self._evidence = evidence
        self._numbers = itertools.count(1)
        self._ids = itertools.count(1)
        self._endpoint: Endpoint | None = None
        self._phone: Phone | None = None
        self._dialect = target.dialect
        self._seen = lookup(CURRENT)
        self._run_id = f"{random.Random(target.seed).getrandbits(32):08x}"

    # For the runner.

    async def start(self) -> str:
        """Connect, find the proxy's SIP socket, learn who it is. Returns why it cannot; empty if
        all is well. Raises: OSError of the phone."""
        if not await self.open():
            return self.reason()
        if self.target.has_phone:
            await self._open_phone()
            await self._learn()
        return ""

    async def close(self) -> None:
        """Leave, and hang up."""
        await self.leave()
        if self._phone is not None:
            await self._phone.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._endpoint is not None and self._endpoint.is_whole

    # What the suite's stage leaves open.

    def take(self, item: object) -> None:
        """See `Stage`."""
        super().take(item)
        self._news.tell()

    def now(self) -> float:
        """See `Stage`."""
        return self._news.now()

    async def news(self, seconds: float) -> None:
        """See `Stage`."""
        await self._news.wait(seconds)

    @property
    def dialect(self) -> Dialect:
        """See `OpenserStage`."""
        if self._dialect is not None:
            return self._dialect
        if self._endpoint is not None:
            self._seen = self._endpoint.connection.dialect
        return self._seen

    def new_id(self) -> str:
        """See `OpenserStage`."""
        return f"{self._run_id}{next(self._ids):08x}"

    def send_sip(self, text: bytes, protocol: int = UDP, way: Hop | None = None) -> None:
        """See `OpenserStage`."""
        assert self._phone is not None, "a check has asked for no phone"
        self._phone.send(text, protocol, way)

    def act(self, action: Action) -> None:
        """See `OpenserStage`. Without connection it goes nowhere, as a check that lost it will
        see by what does not come."""
        if isinstance(action, Bind | Unbind) and self._dialect is None:
            action.flags = action.processor_id  # where the other layout has the processor id
        if self.is_open and self._endpoint is not None:
            self._endpoint.send(action)

    def encode(self, action: Action) -> bytes:
        """See `OpenserStage`."""
        return encode_frame(action, self.dialect.layout)

    def write(self, socket: Socket, data: bytes) -> None:
        """See `OpenserStage`."""
        if self.is_open and self._endpoint is not None:
            self._endpoint.send_bytes(socket, data)

    async def write_in_pieces(self, socket: Socket, pieces: Iterable[bytes]) -> None:
        """See `OpenserStage`."""
        if self.is_open and self._endpoint is not None:
            await self._endpoint.write_in_pieces(socket, pieces)

    async def open(self, *, pieces: bool = False) -> bool:
        """See `OpenserStage`."""
        faults = [parse_fault(IN_PIECES)] if pieces else []
        self.processor_id = self.processor_id % MOST_PROCESSORS + 1
        self._endpoint = self._endpoint_of(self.target.name, faults, retry=not pieces)
        self._endpoint.start()
        try:
            async with asyncio.timeout(self.timeout + 8 * self.target.pause):
                await self._endpoint.ready()
        except TimeoutError:
            return False
        self._endpoint.options.retry = False  # what is lost from now on is to be seen
        for processor_id in reversed(list(self.bound)):  # of connections without an orderly end
            await self.unbind(processor_id)
        await self.bind(self.processor_id)
        await self.pause(min(self.quiet, self.target.pause))  # nobody answers a BIND
        self._evidence.settle()
        return True

    async def leave(self, *, abruptly: bool = False) -> None:
        """See `OpenserStage`."""
        endpoint, self._endpoint = self._endpoint, None
        if endpoint is None:
            return
        if abruptly or not endpoint.is_whole:
            endpoint.abandon(reset=True)
        orderly = endpoint.is_whole and endpoint.connection.state is State.READY
        await endpoint.close()
        if orderly:
            self.bound.clear()
        await asyncio.sleep(self.target.pause)  # real listeners do not stand two things at once

    async def open_other(self, name: bytes) -> str:
        """See `OpenserStage`."""
        other = self._endpoint_of(name.decode(), [], retry=False, patience=LONG)
        other.start()
        ready = asyncio.create_task(other.ready())
        stopped = asyncio.create_task(other.stopped())
        patience = 4 * self.target.pause + self.timeout
        await asyncio.wait((ready, stopped), timeout=patience, return_when="FIRST_COMPLETED")
        came = "socket info" if ready.done() else other.fatal or "nothing"
        for task in (ready, stopped):
            task.cancel()
        other.abandon(reset=False)
        await other.close()
        await asyncio.sleep(self.target.pause)
        return came

    async def touch(self, count: int) -> None:
        """See `OpenserStage`."""
        for _ in range(count):
            for port in (self.target.port, self.target.port + 1):
                try:
                    _, writer = await asyncio.open_connection(self.target.host, port)
                except OSError:
                    return
                await asyncio.sleep(self.target.pause)
                writer.close()
                await asyncio.sleep(self.target.pause)

    # How.

    def _endpoint_of(
        self, name: str, faults: list[WriteFault], *, retry: bool, patience: float = 0.0
    ) -> Endpoint:
        target = self.target
        wait = patience or target.timeout
        return Endpoint(
            self,
            pause=target.pause,
            host=target.host,
            port=target.port,
            options=Options(
                name=name,
                dialect=self._dialect,
                processor_id=self.processor_id or 1,
                chosen=lambda one: False,  # the stage binds, and keeps count
                timing=Timing(pause=target.pause, socket_info=wait, quiet=LONG),
                faults=faults,
                seed=target.seed,
                retry=retry,
            ),
            traffic=Numbered(self._evidence, next(self._numbers) * NUMBERS),
            log=lambda _: None,
        )

    def reason(self) -> str:
        """Why there is no connection."""
        where = host_port_text(self.target.host, self.target.port)
        ended = [item.reason for item in self.came if isinstance(item, Ended)]
        return f"{where}: {ended[-1] if ended else 'no socket info in time'}"

    async def _open_phone(self) -> None:
        host, port = self.target.sip or self._told_sip()
        self.to_host = host_port_text(host, port)
        base = Numbered(self._evidence, 0)
        self._phone = Phone(host, port, self._sip_came, base)
        await self._phone.open()
        self.phone = self._phone.address

    def _told_sip(self) -> tuple[str, int]:
        """The first UDP socket of socket info, on the host of the SEAS ports where it is all."""
        for one in sorted(self.info.sockets, key=lambda one: one.protocol != UDP):
            text = one.address.decode("ascii", "replace").strip("[]")
            try:
                if not ip_address(text).is_unspecified:
                    return text, one.port
            except ValueError:
                continue
        return self.target.host, 5060

    async def _learn(self) -> None:
        """A call with a body: its event shows the dialect, the proxy's 100 or 500 who it is."""
        invite = self.call("INVITE")
        with suppress(SeasError):
            event = await self.event(invite)
            self.reply(event, 486)
            self.acknowledge(invite, await self.response(invite, 486))
        if self._dialect is None and behaviour_of(self.server) is not None:
            self._dialect = lookup(self.server)

    def _sip_came(self, item: SipCame) -> None:
        """At the phone. The first response that names a server is the proxy's own."""
        if not self.server and item.text.startswith(b"SIP/2.0 "):
            self.server = server_of(header(item.text, "Server") or "")
        self.take(item)
