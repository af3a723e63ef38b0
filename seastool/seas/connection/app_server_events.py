"""What an `AppServerConnection` tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seastool.seas.connection.commands import NeedData
from seastool.seas.frames import Frame
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.types import Socket


@dataclass(slots=True)
class Ready:
    """Socket info has come and the BINDs are sent."""

    info: SocketInfo
    bound: list[ListeningSocket]


@dataclass(slots=True)
class Received:
    """A frame from the proxy. Pings are answered already."""

    socket: Socket
    frame: Frame
    data: bytes


@dataclass(slots=True)
class Lost:
    """The connections are gone, or did not come about; `retry_in` seconds from now another try
    begins (None: it was closed on purpose)."""

    reason: str
    retry_in: float | None


@dataclass(slots=True)
class Remark:
    """Something that a person should know of this connection."""

    text: str


Event = Ready | Received | Lost | Remark | Literal[NeedData.NEED_DATA]
