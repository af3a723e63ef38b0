"""What a stage of the checks of a proxy is made of."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any

from seastool.interop.checks.openser.came import FrameCame, PhoneAddress, described, sip_of
from seastool.interop.checks.stage import Stage
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Event, Ping
from seastool.seas.handshake import SocketInfo
from seastool.seas.types import Socket
from seastool.sip.hop import UDP, Hop


class Ground(Stage):
    """What `OpenserStage` leaves to those who make it of sockets.

    info: its socket info. server: who it is, as its messages say; empty if they do not.
    processor_id: what we are bound as; another one on every connection. bound: all that we have
    bound and not taken back, in that order. pings: whether a ping has come at any time.
    """

    info: SocketInfo
    name: bytes
    server: str
    processor_id: int
    bound: list[int]
    pings: bool
    phone: PhoneAddress | None
    to_host: str
    """The proxy's SIP address, host and port, as it stands in URIs."""

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The proxy's, as far as it is known."""

    @abstractmethod
    def new_id(self) -> str:
        """An identifier that nobody else has."""

    @abstractmethod
    def send_sip(self, text: bytes, protocol: int = UDP, way: Hop | None = None) -> None:
        """Send a message from the phone: to the proxy, or some other way."""

    @abstractmethod
    def act(self, action: Action) -> None:
        """Send an action."""

    @abstractmethod
    def encode(self, action: Action) -> bytes:
        """The bytes that `act` would send."""

    @abstractmethod
    def write(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are, in one piece."""

    @abstractmethod
    async def write_in_pieces(self, socket: Socket, pieces: Iterable[bytes]) -> None:
        """Send bytes in pieces that are read one by one, with nothing else in between."""

    @abstractmethod
    async def open(self, *, pieces: bool = False) -> bool:
        """Connect once more, after `leave`; whether it succeeded in time. pieces: names come in
        two pieces."""

    @abstractmethod
    async def leave(self, *, abruptly: bool = False) -> None:
        """Close both connections."""

    @abstractmethod
    async def open_other(self, name: bytes) -> str:
        """Connect as another application server of that name, and leave again. Returns what came
        of it: `socket info`, `nothing`, or why the connection failed."""

    @abstractmethod
    async def touch(self, count: int) -> None:
        """Connect to both ports so often and leave without a name."""

    def frame_came(self, frame: Event | AcResFail, data: bytes) -> None:
        """From the proxy."""
        self.pings = self.pings or isinstance(frame, Ping)
        self.take(FrameCame(frame, data, sip_of(frame, self.dialect)))

    def describe(self, item: Any) -> str:
        """See `Stage`."""
        return described(item)
