"""The proxy's listener against peers that do what no application server does."""

from __future__ import annotations

from random import Random

import pytest
from joined import KAMAILIO, a_listener

from seastool.seas.connection.action_reader import TOO_LONG, ActionReader, Cut, Fault, ReadFault
from seastool.seas.connection.commands import NEED_DATA
from seastool.seas.connection.openser import (
    MAX_EARLY,
    MAX_HALF_OPEN,
    MAX_IGNORED,
    CloseConnection,
    Gone,
    OpenserListener,
    Paired,
    Wrong,
)
from seastool.seas.connection.pings import MAX_PINGS_OUT
from seastool.seas.types import Socket

NAME = b"\3one"
UNBIND = bytes.fromhex("0000000a 07 01 00000000")


def happened(listener: OpenserListener) -> list:
    events = []
    while (event := listener.next_event()) is not NEED_DATA:
        events.append(event)
    return events


def rules(listener: OpenserListener) -> list[str]:
    return [event.rule for event in happened(listener) if isinstance(event, Wrong)]


def closed(listener: OpenserListener) -> list[int]:
    return [c.connection for c in listener.commands() if isinstance(c, CloseConnection)]


def paired(listener: OpenserListener, first: int = 1, name: bytes = NAME) -> None:
    for number, socket in ((first, Socket.EVENT), (first + 1, Socket.ACTION)):
        listener.accepted(number, socket, 0.0)
        listener.receive_data(number, name, 0.0)


def test_what_follows_a_name_is_kept_up_to_a_bound() -> None:
    listener = a_listener()
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.receive_data(1, NAME, 0.0)
    listener.receive_data(1, bytes(MAX_EARLY), 0.0)
    assert rules(listener) == []
    listener.receive_data(1, b"x", 0.0)
    assert rules(listener) == ["early-actions"]
    assert closed(listener) == [1]


def test_actions_behind_a_name_are_done_when_the_other_socket_comes() -> None:
    listener = a_listener()
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.receive_data(1, NAME + bytes(10), 0.0)
    listener.accepted(2, Socket.ACTION, 0.0)
    listener.receive_data(2, NAME, 0.0)
    assert [type(event) for event in happened(listener)] == [Paired, Wrong, Gone]
    assert not listener.peers


def test_connections_left_open_are_bounded() -> None:
    listener = a_listener()
    count = MAX_IGNORED + 50
    for number in range(count):
        listener.accepted(number, Socket.EVENT, 0.0)
        listener.receive_data(number, b"\xf0name", 0.0)
    assert rules(listener) == ["name-length"] * count
    assert closed(listener) == list(range(50))
    listener.close()
    assert sorted(closed(listener)) == list(range(50, count))


def test_a_spinning_listener_keeps_few_connections() -> None:
    faults = frozenset({ReadFault.SPINNING_RACE})
    listener = a_listener(faults=faults)
    for number in range(MAX_IGNORED + 50):
        listener.accepted(number, Socket.EVENT, 0.0)
    assert len(closed(listener)) == 49  # the first one came in time


def test_silent_connections_take_the_places_until_they_close() -> None:
    listener = a_listener()
    for number in range(1000):
        listener.accepted(number, Socket.EVENT, 0.0)
    assert closed(listener) == list(range(MAX_HALF_OPEN, 1000))
    for number in range(MAX_HALF_OPEN):
        listener.closed(number, "closed by the peer", 1.0)
    happened(listener)
    paired(listener, 2000)
    assert [type(event) for event in happened(listener)] == [Paired]


@pytest.mark.parametrize("socket", list(Socket))
@pytest.mark.parametrize("seed", range(10))
def test_random_bytes_end_at_worst_the_connection(socket: Socket, seed: int) -> None:
    random = Random(seed)
    listener = a_listener()
    paired(listener, 1)
    paired(listener, 3, b"\3two")
    number = 1 if socket is Socket.EVENT else 2
    for _ in range(50):
        length = random.choice((0, 3, 9, 20, random.randrange(5000), random.randrange(1 << 32)))
        head = length.to_bytes(4, "big") + bytes([random.randrange(9), 1, 0, 0, 0, 0])
        listener.receive_data(number, head + random.randbytes(random.randrange(3000)), 0.0)
    listener.receive_data(3, UNBIND, 0.0)
    assert [e.frame for e in happened(listener) if getattr(e, "peer", None) and str(e.peer) == "two"
            and hasattr(e, "frame")]  # fmt: skip
    assert b"two" in listener.peers


def test_one_action_a_read_does_not_pile_up_for_ever() -> None:
    reader = ActionReader(Socket.EVENT, frozenset({ReadFault.ONE_ACTION_PER_READ}))
    faults = []
    for _ in range(100):
        reader.receive_data(UNBIND * 1000)
        while (found := reader.next_event()) is not None:
            if isinstance(found, Fault):
                faults.append(found)
            else:
                assert found == Cut(UNBIND)
    assert [fault.rule for fault in faults] == ["actions-unread"]
    assert faults[0].closes
    assert reader.buffered < TOO_LONG + 20_000


def test_pings_that_nobody_answers_are_bounded() -> None:
    listener = a_listener(dialect=KAMAILIO)
    paired(listener)
    peer = listener.peers[b"one"]
    for _ in range(MAX_PINGS_OUT + 100):
        listener.ping(peer, 0.0)
    assert len(peer.pings) == MAX_PINGS_OUT
