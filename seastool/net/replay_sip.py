"""Replays the clients of recorded SIP calls over UDP or TCP.

async with SipReplay(calls_of(read_trace("trace.pcap").messages), SipPeer("10.0.0.5", 5060)) as run:
    result = await run.play()
"""

from __future__ import annotations

import asyncio
import random
import socket as sockets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Final, Self

from seastool.capture.live import Traffic
from seastool.capture.records import host_port_text
from seastool.errors import SeasError
from seastool.gateway.ways import way_back
from seastool.net.alarm import Alarm
from seastool.net.link import reason_of
from seastool.net.sip import Resolver, SipPorts, SipSocket
from seastool.net.sip.target import Place
from seastool.replay.messages import RecordedCall
from seastool.replay.playing import Ends, Load, Playing, Stage
from seastool.replay.result import MessageDifference, ReplayResult
from seastool.replay.rewriting import Credentials
from seastool.replay.rewriting import Place as Side
from seastool.sip.hop import NAMES, UDP, Hop
from seastool.sip.transactions import Timing

LINGER: Final = 1.0  # seconds for the last CANCELs and BYEs to be answered
_LOOK: Final = 0.02


class Unreachable(SeasError):
    """Nobody is there: no such name, nothing listens, or nothing came back."""


@dataclass(frozen=True, slots=True)
class SipPeer:
    """What the clients talk to. protocol: UDP or TCP of `seastool.sip.hop`."""

    host: str
    port: int = 5060
    protocol: int = UDP

    def __str__(self) -> str:
        return f"{NAMES[self.protocol]}:{host_port_text(self.host, self.port)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SipReplayOptions:
    """local: host and port to send from, port 0 for a free one; None: the address that leads to
    the peer. seed: of identifiers, to have the same again; None for others every time."""

    playing: Playing = field(default_factory=Playing)
    load: Load = field(default_factory=Load)
    local: tuple[str, int] | None = None
    credentials: Credentials | None = None
    nameservers: Sequence[str] = ()
    seed: int | None = None
    timing: Timing = field(default_factory=Timing)


class SipReplay:
    """One run. To be made while a loop runs.

    traffic: told of all that passes. on_difference: takes what is not as recorded as it is found.
    on_note: takes a line for people.
    """

    def __init__(
        self,
        calls: Sequence[RecordedCall],
        peer: SipPeer,
        options: SipReplayOptions | None = None,
        *,
        traffic: Traffic | None = None,
        on_difference: Callable[[MessageDifference], None] | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.peer = peer
        self.options = options or SipReplayOptions()
        self._calls = calls
        self._traffic = traffic
        self._tell = on_difference or (lambda _: None)
        self._note = on_note or (lambda _: None)
        self._loop = asyncio.get_running_loop()
        self._alarm = Alarm(self._timed)
        self._over = asyncio.Event()
        self._places: deque[Place] = deque()  # of the peer, that were not tried yet
        self._held: list[MessageDifference] = []  # until something has come back from there
        self._stage: Stage | None = None
        self._ports: SipPorts | None = None
        self._is_busy = False

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def stage(self) -> Stage:
        """The machine inside, once it is open."""
        assert self._stage is not None, "the replay is not open"
        return self._stage

    @property
    def result(self) -> ReplayResult:
        """What it has come to so far."""
        return self.stage.result

    @property
    def local(self) -> SipSocket:
        """Where the clients are."""
        assert self._ports is not None, "the replay is not open"
        return self._ports.sockets[0]

    async def open(self) -> None:
        """Find the peer and open a socket. Raises: SeasError (`Unresolvable`, `Unreachable`),
        OSError if the local address cannot be had."""
        peer = self.peer
        where = host_port_text(peer.host, peer.port)
        uri = f"sip:{where};transport={NAMES[peer.protocol]}".encode("ascii", "replace")
        resolver = Resolver(self.options.nameservers)
        try:
            self._places.extend(await resolver.places(uri))
        finally:
            await resolver.close()
        await self._open_next("there is no address")

    async def _open_next(self, why: str) -> None:
        """Turn to the next address of the peer's. why: not to the one before. Raises: Unreachable
        if there is none, OSError."""
        while self._places:
            place = self._places.popleft()
            address = str(ip_address(place.address))
            try:
                local = self.options.local or (_own_address(address, place.port), 0)
            except Unreachable as error:
                why = str(error)
                continue
            if (":" in local[0]) is (":" in address):
                await self._open_to(place, *local)
                return
            why = f"{address} cannot be reached from {local[0]}"
        raise Unreachable(f"{self.peer}: {why}")

    async def _open_to(self, place: Place, host: str, port: int) -> None:
        peer, options = self.peer, self.options
        if self._ports is not None:
            await self._ports.close()
        self._held.clear()
        self._over.clear()
        self._ports = ports = SipPorts(
            [SipSocket(peer.protocol, host, port)], self, traffic=self._traffic
        )
        await ports.open()
        here, name = ports.sockets[0], NAMES[peer.protocol].encode()
        random_bits = random.Random(options.seed).getrandbits
        self._stage = Stage(
            self._calls,
            Ends(
                Side(here.host.encode(), here.port, name),
                Side(peer.host.encode(), place.port, name),
                ports.hop_to(place.protocol, place.address, place.port),
                way_back,
            ),
            playing=options.playing,
            load=options.load,
            new_token=lambda: b"%016x" % random_bits(64),
            tell=self._different,
            note=self._note,
            credentials=options.credentials,
            timing=options.timing,
        )

    async def play(self) -> ReplayResult:
        """Play all calls; to the next address of the peer's if nothing comes back from one (RFC
        3263 section 4.3). Raises: Unreachable if nothing ever came back, OSError."""
        while True:
            await self._play()
            if not (why := self.stage.unreachable):
                return self.result
            await self._open_next(why)

    async def _play(self) -> None:
        self.stage.start(self._loop.time())
        self._flush()
        await self._over.wait()
        until = self._loop.time() + LINGER
        while self.stage.is_waiting and not self.stage.unreachable and self._loop.time() < until:
            await asyncio.sleep(_LOOK)

    def _different(self, difference: MessageDifference) -> None:
        if self._places:
            self._held.append(difference)
        else:
            self._tell(difference)

    def _proven(self) -> None:
        """Something has come from there: no other address is tried."""
        self._places.clear()
        for difference in self._held:
            self._tell(difference)
        self._held.clear()

    def stop(self) -> None:
        """End before the end; what was begun is cancelled or hung up."""
        if self._stage is not None and not self._over.is_set():
            self._stage.stop(self._loop.time(), "interrupted")
            self._flush()

    async def close(self) -> None:
        """Close the socket."""
        self._alarm.cancel()
        if self._ports is not None:
            await self._ports.close()

    # From the sockets.

    def sip_received(self, data: bytes, hop: Hop) -> None:
        """See `seastool.net.sip.receiver.Receiver`."""
        if self._places:
            self._proven()
        if self._stage is not None:
            self._guarded(self._stage.receive, data, hop)

    def sip_failed(self, data: bytes, hop: Hop, reason: str) -> None:
        """See `Receiver`."""
        if self._stage is not None:
            self._guarded(self._stage.failed, data, reason)

    def sip_wrong(self, what: str, hop: Hop | None) -> None:
        """See `Receiver`."""
        self._note(what)

    # What the machine wants.

    def _flush(self) -> None:
        if self._is_busy or self._ports is None:
            return
        self._is_busy = True
        try:
            for send in self.stage.take(self._loop.time()):
                self._ports.send(send.data, send.hop)
        finally:
            self._is_busy = False
        if self.stage.is_over:
            self._over.set()
        self._alarm.set((self.stage.get_timer(),))

    def _timed(self) -> None:
        self._guarded(self.stage.handle_timer)

    def _guarded(self, work: Callable[..., None], *given: object) -> None:
        """A fault in here ends no other call."""
        try:
            work(*given, self._loop.time())
        except Exception as error:
            self._note(f"fault of the replay: {type(error).__name__}: {error}")
        self._flush()


async def replay_sip(
    calls: Sequence[RecordedCall], peer: SipPeer, options: SipReplayOptions | None = None
) -> ReplayResult:
    """Play recorded calls against a peer. Raises: SeasError, OSError."""
    async with SipReplay(calls, peer, options) as run:
        return await run.play()


def _own_address(host: str, port: int) -> str:
    """Our address on the way to a remote; nothing is sent for that. Raises: Unreachable."""
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    with sockets.socket(family, sockets.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, port))
        except OSError as error:
            raise Unreachable(f"{host_port_text(host, port)}: {reason_of(error)}") from None
        found: str = probe.getsockname()[0]
        return found
