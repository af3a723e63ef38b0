"""Which structure a frame is, by socket and direction: types 5, 6 and 7 mean different things."""

from seastool.errors import SeasError, Truncated
from seastool.seas.frames import FRAMES, Frame, UnknownAction, UnknownEvent
from seastool.seas.types import (
    ActionSocketEvent,
    ActionType,
    Direction,
    EventSocketAction,
    EventType,
    Layout,
    Socket,
)

TYPE_OFFSET = 4

TYPE_NAMES: dict[tuple[Socket, Direction], dict[int, str]] = {
    (Socket.EVENT, Direction.TO_AS): {t: t.name for t in EventType},
    (Socket.EVENT, Direction.TO_OPENSER): {t: t.name for t in EventSocketAction},
    (Socket.ACTION, Direction.TO_AS): {t: t.name for t in ActionSocketEvent},
    (Socket.ACTION, Direction.TO_OPENSER): {t: t.name for t in ActionType},
}


# Tables rather than tests on enum members, which cost more than the look-up in hot loops.
_UNKNOWN: dict[Direction, type[Frame]] = {
    Direction.TO_AS: UnknownEvent,
    Direction.TO_OPENSER: UnknownAction,
}
_ORDERS = {Layout.A: "A", Layout.B: ""}


def frame_struct(type: int, socket: Socket, direction: Direction) -> type[Frame]:
    """The structure of frames of that type; UnknownEvent or UnknownAction where there is none."""
    return FRAMES[socket, direction].get(type) or _UNKNOWN[direction]


def frame_order(layout: Layout) -> str:
    """The name of a layout among the wire orders of the declarations."""
    return _ORDERS[layout]


def decode_frame(
    data: bytes, socket: Socket, direction: Direction, layout: Layout = Layout.B
) -> Frame:
    """A whole frame, the length in front included.

    Raises: DecodeError; the encoded message inside is not looked at (see Message).
    Source: docs/protocol.md: Frames, Events, Actions.
    """
    if len(data) <= TYPE_OFFSET:
        raise Truncated(needed=TYPE_OFFSET + 1 - len(data), available=len(data), path="type")
    struct = frame_struct(data[TYPE_OFFSET], socket, direction)
    return struct.decode(data, order=frame_order(layout))


def event_payload(data: bytes) -> bytes:
    """The encoded message in a whole frame of the event socket; empty where there is none."""
    try:
        frame = decode_frame(data, Socket.EVENT, Direction.TO_AS)
    except SeasError:
        return b""
    payload: bytes = getattr(frame, "payload", b"")
    return payload


def encode_frame(frame: Frame, layout: Layout = Layout.B) -> bytes:
    """The bytes of a frame. Raises: EncodeError."""
    return frame.encode(frame_order(layout))


def type_name(type: int, socket: Socket, direction: Direction) -> str:
    """T_REQ_IN, REPLY_FIN ... as the real module spells it; the number for others."""
    return TYPE_NAMES[socket, direction].get(type) or f"type {type}"
