"""What a connection machine asks of whoever owns the sockets, and how it names a peer's faults."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from seastool.seas.framing import UnitKind
from seastool.seas.types import Socket


@dataclass(slots=True)
class Open:
    """Connect one of the two sockets; answer with `connected` or `disconnected`."""

    socket: Socket


@dataclass(slots=True)
class Write:
    """Bytes to send now: one name, one socket info or one frame, whole."""

    socket: Socket
    kind: UnitKind
    data: bytes


@dataclass(slots=True)
class CloseBoth:
    """Close both sockets, or what there is of them; nothing need be answered."""


Command = Open | Write | CloseBoth


class NeedData(Enum):
    """What `next_event` says when it has nothing more to say."""

    NEED_DATA = "need data"


NEED_DATA: Final = NeedData.NEED_DATA
