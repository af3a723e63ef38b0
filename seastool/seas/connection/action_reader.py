"""How the proxy cuts what it reads into names and actions, and where real proxies get stuck.

The reader takes any sound stream as the protocol has it and tells what a real proxy would not have
taken. With the faults of a real proxy switched on, it gets stuck where that one does.
Source: docs/protocol.md: Limits, Faults of the connections.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct
from typing import Final

from seastool.seas.types import EventSocketAction, Socket

MAX_ACTION: Final = 4000
SHORTEST: Final = 9  # an UNBIND's head without the rest, layout A
UNBIND_SIZE: Final = 10
HEAD: Final = 5
TOO_LONG: Final = 1 << 16  # told rather than waited for: no SIP message over SEAS is as long

_length = Struct(">I").unpack_from


class ReadFault(StrEnum):
    """What a real proxy's reading gets wrong; the value says what happens."""

    ZERO_LENGTH_LOOPS = "an action of length 0 is an endless loop: nothing is read any more"
    LONG_ACTION_CLOSES = "an action over 4000 bytes fills the buffer and ends the connection"
    UNKNOWN_ACTION_BLOCKS = "an action of an unknown type on the event socket blocks all behind it"
    ONE_ACTION_PER_READ = "of several actions in one segment of the event socket one is done"
    LENGTH_SIGN_EXTENDED = "a BIND whose lowest length byte is 128 or more blocks all behind it"
    LONE_UNBIND_WAITS = "an UNBIND is not done before more bytes follow it"
    HALF_OPEN_SLOTS = (
        "a connection that closes before its name keeps its slot: after 5 nobody can connect"
    )
    SPINNING_RACE = (
        "a name and a new connection in the same moment leave the listener spinning, and no "
        "socket info is sent"
    )
    NAME_IN_ONE_PIECE = "a name that comes in two pieces is cut where the first ends"


@dataclass(slots=True)
class Cut:
    """One whole action, its length in front included."""

    data: bytes


@dataclass(slots=True)
class Fault:
    """Bytes that a real proxy does not survive, or does not take as they are meant.

    stuck: nothing more comes out of this reader. closes: the proxy would end the connection.
    """

    rule: str
    message: str
    stuck: bool = False
    closes: bool = False


class ActionReader:
    """Cuts one connection's actions after its name. faults: the real proxy's, as far as wanted."""

    def __init__(self, socket: Socket, faults: frozenset[ReadFault] = frozenset()) -> None:
        self._socket = socket
        self._faults = faults
        self._buffer = bytearray()
        self._ready: deque[Cut | Fault] = deque()
        self.stuck = False

    def receive_data(self, data: bytes) -> None:
        """Take what one read of the socket gave."""
        if self.stuck:
            return
        if not self._buffer and not self._faults:
            data = self._cut_sound(data)
        self._buffer += data
        at = 0
        end = len(self._buffer)
        while not self.stuck and end - at >= HEAD:
            (length,) = _length(self._buffer, at)
            if (fault := self._fault_of(length, at)) is not None:
                self._ready.append(fault)
                self.stuck = fault.stuck
                if fault.stuck:
                    break
            if length < HEAD or length > TOO_LONG:
                self.stuck = True
                break
            if end - at < length or self._waits(length, end - at):
                break
            self._ready.append(Cut(bytes(self._buffer[at : at + length])))
            at += length
            if ReadFault.ONE_ACTION_PER_READ in self._faults and self._socket is Socket.EVENT:
                break
        del self._buffer[:at]
        if len(self._buffer) > TOO_LONG and not self.stuck:
            told = f"{len(self._buffer)} bytes of actions wait: this proxy takes one of each read"
            self._ready.append(Fault("actions-unread", told, stuck=True, closes=True))
            self.stuck = True

    def _cut_sound(self, data: bytes) -> bytes:
        """Take whole actions of ordinary length, as nearly all are, without keeping them; what is
        left of the data."""
        at, end = 0, len(data)
        while end - at >= HEAD:
            (length,) = _length(data, at)
            if not SHORTEST <= length <= MAX_ACTION or length > end - at:
                break
            self._ready.append(Cut(bytes(data[at : at + length])))
            at += length
        return data[at:] if at else data

    def next_event(self) -> Cut | Fault | None:
        """The next action or fault; None if there is none yet."""
        return self._ready.popleft() if self._ready else None

    @property
    def buffered(self) -> int:
        """How many bytes wait for more."""
        return len(self._buffer)

    def _waits(self, length: int, have: int) -> bool:
        return (
            ReadFault.LONE_UNBIND_WAITS in self._faults
            and self._socket is Socket.EVENT
            and length == have == UNBIND_SIZE
        )

    def _fault_of(self, length: int, at: int) -> Fault | None:
        real = self._faults
        if length < SHORTEST:
            loops = ReadFault.ZERO_LENGTH_LOOPS in real
            told = "a real proxy loops for ever" if length == 0 else "a real proxy loses step"
            told = f"an action says it is {length} bytes long, less than any head: {told}"
            return Fault("action-length", told, stuck=True, closes=not (loops and length == 0))
        if length > MAX_ACTION:
            if ReadFault.LONG_ACTION_CLOSES in real or length > TOO_LONG:
                return Fault("action-too-long", _too_long(length), stuck=True, closes=True)
            if len(self._buffer) - at >= length:  # told once, when it is whole
                return Fault("action-too-long", _too_long(length))
            return None
        if self._socket is not Socket.EVENT:
            return None
        if ReadFault.LENGTH_SIGN_EXTENDED in real and length & 0x80:
            told = f"this proxy reads the length of an action of {length} bytes wrong"
            return Fault("action-length", told, stuck=True)
        known = self._buffer[at + 4] in (EventSocketAction.BIND, EventSocketAction.UNBIND)
        if ReadFault.UNKNOWN_ACTION_BLOCKS in real and not known:
            told = f"type {self._buffer[at + 4]} is unknown: this proxy reads nothing behind it"
            return Fault("unknown-action", told, stuck=True)
        return None


def _too_long(length: int) -> str:
    return (
        f"an action of {length} bytes: real proxies read 4000 at most and then close; "
        "send less, for instance fewer headers"
    )
