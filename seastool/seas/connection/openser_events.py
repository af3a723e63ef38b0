"""What an `OpenserListener` tells and wants: application servers, their frames, writes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from seastool.seas.connection.action_reader import ActionReader
from seastool.seas.connection.commands import NeedData
from seastool.seas.frames import Frame
from seastool.seas.framing import UnitKind
from seastool.seas.types import Layout, Socket


@dataclass(frozen=True, slots=True)
class PingPlan:
    """modparam jain_ping, in seconds: how often, and after how long a ping counts as lost."""

    period: float
    timeout: float


@dataclass(slots=True)
class WriteTo:
    """Bytes to send now on a connection: one socket info or one frame, whole."""

    connection: int
    socket: Socket
    kind: UnitKind
    data: bytes


@dataclass(slots=True)
class CloseConnection:
    """Close a connection; `closed` need not be told for it."""

    connection: int
    reset: bool = False


Command = WriteTo | CloseConnection


@dataclass(slots=True, eq=False)
class Peer:
    """An application server with both its sockets. layout: None until an action shows it."""

    name: bytes
    connections: dict[Socket, int]
    readers: dict[Socket, ActionReader]
    layout: Layout | None
    pings: OrderedDict[int, float] = field(default_factory=OrderedDict)
    next_ping: float | None = None
    lost_pings: int = 0

    def __str__(self) -> str:
        return self.name.decode("utf-8", "backslashreplace")


@dataclass(slots=True)
class Paired:
    """Both sockets of an application server are there, and socket info is sent."""

    peer: Peer


@dataclass(slots=True)
class Received:
    """An action."""

    peer: Peer
    socket: Socket
    frame: Frame
    data: bytes


@dataclass(slots=True)
class Ponged:
    """A ping's answer, after so many seconds; late: it had counted as lost."""

    peer: Peer
    sequence: int
    seconds: float
    late: bool


@dataclass(slots=True)
class PingLost:
    """A ping was not answered in time."""

    peer: Peer
    sequence: int


@dataclass(slots=True)
class Wrong:
    """A peer did what a proxy does not take: what, by rule, and who."""

    rule: str
    message: str
    peer: Peer | None = None


@dataclass(slots=True)
class Gone:
    """An application server has left, or was cut off."""

    peer: Peer
    reason: str


Happening = Paired | Received | Ponged | PingLost | Wrong | Gone
Told = Happening | Literal[NeedData.NEED_DATA]
