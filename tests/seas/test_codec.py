"""Which structure a frame is."""

import pytest

from seastool.seas.codec import frame_order, frame_struct, type_name
from seastool.seas.frames import Ping, TReqIn, UnknownAction, UnknownEvent
from seastool.seas.types import Direction, Layout, Socket


def test_structures_by_type() -> None:
    assert frame_struct(2, Socket.EVENT, Direction.TO_AS) is TReqIn
    assert frame_struct(5, Socket.EVENT, Direction.TO_AS) is Ping
    assert frame_struct(77, Socket.EVENT, Direction.TO_AS) is UnknownEvent
    assert frame_struct(77, Socket.ACTION, Direction.TO_AS) is UnknownEvent
    assert frame_struct(5, Socket.ACTION, Direction.TO_OPENSER) is UnknownAction
    assert frame_struct(3, Socket.ACTION, Direction.TO_OPENSER) is UnknownAction


@pytest.mark.parametrize(
    ("type", "socket", "direction", "name"),
    [
        (2, Socket.EVENT, Direction.TO_AS, "T_REQ_IN"),
        (5, Socket.EVENT, Direction.TO_AS, "PING"),
        (5, Socket.ACTION, Direction.TO_AS, "AC_RES_FAIL"),
        (6, Socket.EVENT, Direction.TO_OPENSER, "BIND"),
        (6, Socket.ACTION, Direction.TO_OPENSER, "SL_MSG"),
        (3, Socket.ACTION, Direction.TO_OPENSER, "REPLY_FIN_DLG"),
        (99, Socket.ACTION, Direction.TO_OPENSER, "type 99"),
    ],
)
def test_names_are_those_of_the_real_module(
    type: int, socket: Socket, direction: Direction, name: str
) -> None:
    assert type_name(type, socket, direction) == name


def test_only_layout_a_has_an_order_of_its_own() -> None:
    assert frame_order(Layout.A) == "A"
    assert frame_order(Layout.B) == ""
