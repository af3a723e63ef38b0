"""What a hook is told beside the frame, and what it can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from seastool.errors import LocalProtocolError
from seastool.seas.builder import build_message
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Bind, Event, Frame, Unbind
from seastool.seas.message import Message
from seastool.seas.types import Direction, Socket

Changed = TypeVar("Changed", bound=Frame)


def place_of(frame: Frame) -> tuple[Socket, Direction]:
    """On which socket and in which direction frames of this kind travel."""
    if isinstance(frame, Event):
        return Socket.EVENT, Direction.TO_AS
    if isinstance(frame, AcResFail):
        return Socket.ACTION, Direction.TO_AS
    of_event = isinstance(frame, Bind | Unbind)
    return (Socket.EVENT if of_event else Socket.ACTION), Direction.TO_OPENSER


class Context:
    """Where a frame is, made anew for each call.

    pair: a number for one application server's two connections. as_name: its name, "" before it
    has said one. dialect: the proxy's, as far as it is known. now: seconds, of a clock that only
    goes forward. memory: the script's own, for as long as the pair lasts.
    """

    __slots__ = (
        "_send",
        "_tell",
        "as_name",
        "dialect",
        "direction",
        "memory",
        "now",
        "pair",
        "socket",
    )

    def __init__(
        self,
        *,
        pair: int,
        as_name: str,
        socket: Socket,
        direction: Direction,
        dialect: Dialect,
        now: float,
        memory: dict[Any, Any],
        send: Callable[[Frame], None],
        tell: Callable[[str], None],
    ) -> None:
        self.pair = pair
        self.as_name = as_name
        self.socket = socket
        self.direction = direction
        self.dialect = dialect
        self.now = now
        self.memory = memory
        self._send = send
        self._tell = tell

    @property
    def to_as(self) -> bool:
        """Whether the frame is on its way to the application server."""
        return self.direction is Direction.TO_AS

    def message(self, frame: Frame) -> Message | None:
        """An event's encoded message, opened; None if the frame has none. Raises: DecodeError."""
        payload = getattr(frame, "payload", b"")
        return Message(payload, self.dialect) if isinstance(frame, Event) and payload else None

    def sip(self, frame: Frame) -> bytes:
        """The SIP text of a frame, of either side; nothing if it has none. Raises: DecodeError."""
        if isinstance(frame, Action):
            text: bytes = getattr(frame, "text", b"")
            return text
        message = self.message(frame)
        return b"" if message is None else message.text

    def with_sip(self, frame: Changed, sip: bytes) -> Changed:
        """The same frame with another SIP text; an event with the index that the proxy would
        make of it. Raises: EncodeError; LocalProtocolError if the frame has no SIP text."""
        record: Any = frame
        changed: Changed
        if isinstance(frame, Event) and getattr(record, "payload", None):
            changed = replace(record, payload=build_message(sip, self.dialect))
        elif isinstance(frame, Action) and hasattr(frame, "text"):
            changed = replace(record, text=sip)
        else:
            raise LocalProtocolError(f"{type(frame).__name__} has no SIP text")
        return changed

    def send(self, frame: Frame) -> None:
        """Send a frame of one's own to this application server or, an action, to its proxy: on
        the socket that such frames travel on, in front of the one at hand. No hook sees it.

        Raises: NotConnected if that socket is not there, EncodeError.
        """
        self._send(frame)

    def note(self, text: str) -> None:
        """Tell people something, on standard error."""
        self._tell(text)
