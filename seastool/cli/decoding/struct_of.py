"""Which structure a captured unit is."""

from __future__ import annotations

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame
from seastool.render.tree import UnitTree, unit_tree
from seastool.seas.codec import TYPE_OFFSET, frame_order, frame_struct
from seastool.seas.frames import UnknownEvent
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.types import Direction, Socket
from seastool.wire import Structure


def struct_of(decoded: Decoded) -> tuple[type[Structure], str]:
    """The structure of a frame, name or socket info, and the wire order of its fields."""
    captured = decoded.captured
    assert isinstance(captured, CapturedFrame)
    if captured.kind is UnitKind.FRAME:
        if len(captured.data) <= TYPE_OFFSET:
            return UnknownEvent, ""
        struct = frame_struct(
            captured.data[TYPE_OFFSET],
            captured.socket or Socket.EVENT,
            captured.direction or Direction.TO_AS,
        )
        return struct, frame_order(decoded.dialect.layout)
    return (Name if captured.kind is UnitKind.NAME else SocketInfo), ""


def tree_of(decoded: Decoded) -> UnitTree:
    """The tree of a frame, name or socket info."""
    captured = decoded.captured
    assert isinstance(captured, CapturedFrame)
    struct, order = struct_of(decoded)
    return unit_tree(captured.data, struct, order, decoded.dialect, captured.direction)
