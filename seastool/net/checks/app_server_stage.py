"""The stage of the checks of an application server: a proxy on real ports."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from seastool.errors import LocalProtocolError
from seastool.interop.checks.app_server.stage import AppServerStage, Step
from seastool.interop.checks.verdict import Differs
from seastool.net.checks.evidence import Evidence, Numbered
from seastool.net.checks.inbox import News
from seastool.net.link import Link
from seastool.net.openser import LOOPBACK_SOCKETS, Openser, Options
from seastool.seas.builder import build_event
from seastool.seas.connection.openser_events import Happening, Peer
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Event
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviours import usable
from seastool.seas.types import EventType, Layout, Socket

NUMBERS: Final = 1_000_000  # connections that one proxy may number
MOST_STEPS: Final = 200
MANY: Final = 12
_OF_SOCKETS: Final = ("", "many-sockets", "ipv6")  # the usual proxy, with other sockets
SETTLING: Final = 0.3  # seconds for what follows the first BIND


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the application server connects to, and how it is to be checked.

    like: the proxy that we are where a check does not want another. patience: seconds that it
    has to connect and bind, after each time that it was cut off.
    """

    host: str = "127.0.0.1"
    port: int = 5080
    like: str = "kamailio"
    timeout: float = 2.0
    quiet: float = 0.3
    patience: float = 15.0
    seed: int | None = None


class LiveAppServerStage(AppServerStage):
    """See `AppServerStage`. To be made while a loop runs."""

    def __init__(self, listening: Listening, evidence: Evidence) -> None:
        super().__init__(timeout=listening.timeout, quiet=listening.quiet)
        self.listening = listening
        self.host, self.port = listening.host, listening.port
        self.profile: str | None = None
        self.name = b""
        self.steps: list[Step] = []
        self.opened: list[Any] = []
        self.processor_id = 0
        self._news = News()
        self._evidence = evidence
        self._random = random.Random(listening.seed)
        self._proxy: _Proxy | None = None
        self._begun = 0
        self._opening = True

    # For the runner.

    async def listen(self, profile: str) -> None:
        """Be another proxy on the same ports; whoever was connected is cut off. Raises: OSError."""
        await self.close()
        self._begun += 1
        options = _options(profile, self.listening)
        self.sockets = options.sockets
        self._proxy = _Proxy(
            self,
            host=self.host,
            port=self.port,
            options=options,
            traffic=Numbered(self._evidence, self._begun * NUMBERS),
            on_happening=self._happened,
            on_outcome=self._outcome,
        )
        await self._proxy.start()
        self.profile, self.port = profile, self._proxy.port

    async def bound(self) -> bool:
        """Wait until an application server has both sockets, whether it has in time; and then
        for a binding, which it may fail to make."""
        try:
            async with asyncio.timeout(self.listening.patience):
                await self.proxy.paired()
        except TimeoutError:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(self.timeout):
                await self.proxy.bound()
        await self.pause(SETTLING)
        self._opening = False
        self._evidence.settle()
        peer = self.proxy.peer
        self.name = peer.name if peer else b""
        return peer is not None

    @property
    def is_bound(self) -> bool:
        """Whether one is there."""
        return self._proxy is not None and self._proxy.peer is not None

    async def close(self) -> None:
        """Cut it off and listen no more."""
        proxy, self._proxy, self.profile = self._proxy, None, None
        if proxy is not None:
            await proxy.close()

    @property
    def proxy(self) -> Openser:
        """The one that runs."""
        assert self._proxy is not None, "it does not listen"
        return self._proxy

    # What happens.

    def stepped(self, link: Link, data: bytes) -> None:
        """A connection has come, or bytes on it. A connect of the event socket begins anew."""
        if link.socket is Socket.EVENT and not data:
            self.steps.clear()
            self.opened.clear()
            self._opening = True
        if len(self.steps) < MOST_STEPS and self._opening:
            self.steps.append(Step(link.socket, self.now(), data))

    def _happened(self, event: Happening) -> None:
        self.take(event)

    def _outcome(self, peer: Peer, outcome: did.Outcome) -> None:
        if isinstance(outcome, did.Bound) and not any(
            isinstance(item, did.Bound) for item in self.opened
        ):  # of several bindings to one address, the first decides
            self.processor_id = outcome.processor_id
        self.take(outcome)

    def take(self, item: Any) -> None:
        """See `Stage`."""
        if self._opening:
            self.opened.append(item)
        super().take(item)
        self._news.tell()

    # What the suite's stage leaves open.

    def now(self) -> float:
        """See `Stage`."""
        return self._news.now()

    async def news(self, seconds: float) -> None:
        """See `Stage`."""
        await self._news.wait(seconds)

    @property
    def dialect(self) -> Dialect:
        """See `AppServerStage`."""
        return self.proxy.options.behaviour.dialect

    def new_id(self) -> str:
        """See `AppServerStage`."""
        return f"{self._random.getrandbits(64):016x}"

    def hand(self, text: bytes, *, stateless: bool = False) -> list[did.Outcome]:
        """See `AppServerStage`."""
        try:
            return self.proxy.request(text, stateless=stateless)
        except LocalProtocolError as error:
            raise Differs("an application server that is connected", str(error)) from None

    def event_of(self, text: bytes, **how: Any) -> bytes:
        """See `AppServerStage`."""
        how.setdefault("type", EventType.T_REQ_IN)
        how.setdefault("processor_id", self.processor_id)
        return build_event(text, self.dialect, receive=self.proxy.receive_from(), **how)

    def send(self, frame: Event | AcResFail) -> None:
        """See `AppServerStage`."""
        self.proxy.send(frame)

    def write(self, data: bytes, socket: Socket = Socket.EVENT) -> None:
        """See `AppServerStage`."""
        self.proxy.send_bytes(socket, data)

    def ping(self) -> int:
        """See `AppServerStage`."""
        return self._proxy.ping_now() if self._proxy is not None else 0

    def cut(self, socket: Socket | None = None, *, reset: bool = False) -> None:
        """See `AppServerStage`."""
        if self._proxy is not None:
            self._proxy.cut(socket, reset=reset)

    async def comes_back(self) -> None:
        """See `AppServerStage`."""
        if not await self.bound():
            within = f"within {self.listening.patience:g} s"
            raise Differs(f"that it connects and binds again {within}", "nobody")


class _Proxy(Openser):
    """A proxy that shows how connections begin, and can do to them what no proxy should."""

    def __init__(self, stage: LiveAppServerStage, **how: Any) -> None:
        super().__init__(**how)
        self._stage = stage

    def link_up(self, link: Link) -> None:
        self._stage.stepped(link, b"")
        super().link_up(link)

    def link_data(self, link: Link, data: bytes) -> None:
        self._stage.stepped(link, data)
        super().link_data(link, data)

    def ping_now(self) -> int:
        """Send a ping, whatever the plan is."""
        peer = self._peer()
        self.listener.ping(peer, self._loop.time())
        self._drive()
        return next(reversed(peer.pings))

    def cut(self, socket: Socket | None, *, reset: bool) -> None:
        """End the connections of the application server, or one: the other is left to it."""
        peer = self._peer()
        if socket is None:
            self.listener.drop(peer, "cut off by the check", reset=reset)
            self._drive()
            return
        self._links.pop(peer.connections[socket]).close(reset=reset)


def _options(profile: str, listening: Listening) -> Options:
    """The proxy that a profile is."""
    like, sockets = listening.like, LOOPBACK_SOCKETS
    if profile == "many-sockets":
        sockets = tuple(_socket(b"127.0.0.1", 5060 + number) for number in range(MANY))
    elif profile == "ipv6":
        sockets = (_socket(b"::1", 5060),)
    elif profile:
        like = profile
    behaviour = usable(like)
    actions = behaviour.dialect if profile and like == profile else None
    return Options(behaviour=behaviour, sockets=sockets, actions=actions, seed=listening.seed)


def layout_of(profile: str, like: str) -> Layout:
    """The layout of actions that a profile wants."""
    return usable(profile if profile not in _OF_SOCKETS else like).dialect.layout


def _socket(address: bytes, port: int) -> ListeningSocket:
    return ListeningSocket(protocol=1, name=address, address=address, port=port)
