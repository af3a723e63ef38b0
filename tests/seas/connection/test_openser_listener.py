"""The proxy's side: names, pairs, pings, and what a real proxy would not have taken."""

from __future__ import annotations

import pytest
from joined import KAMAILIO, OPENSER, Joined, a_listener, an_app_server

from seastool.errors import LocalProtocolError
from seastool.seas.codec import encode_frame
from seastool.seas.connection.action_reader import ReadFault
from seastool.seas.connection.commands import NEED_DATA
from seastool.seas.connection.openser import OpenserListener
from seastool.seas.connection.openser_events import (
    CloseConnection,
    Gone,
    Paired,
    PingLost,
    PingPlan,
    Ponged,
    Received,
    WriteTo,
    Wrong,
)
from seastool.seas.frames import AcCancel, Bind, JainPong, Reply, Unbind
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import SocketInfo
from seastool.seas.types import Layout, Socket

NAME = b"\x03app"
BIND = Bind(processor_id=1, address=b"\x7f\0\0\1", protocol=1, port=5060)


def told(listener: OpenserListener) -> list:
    events = []
    while (event := listener.next_event()) is not NEED_DATA:
        events.append(event)
    return events


def paired(listener: OpenserListener | None = None) -> OpenserListener:
    """A listener with an application server on connections 1 (event) and 2 (action)."""
    listener = listener or a_listener()
    for number, socket in ((1, Socket.EVENT), (2, Socket.ACTION)):
        listener.accepted(number, socket, 0.0)
        listener.receive_data(number, NAME, 0.0)
    assert isinstance(told(listener)[-1], Paired)
    listener.commands()
    return listener


def rules(listener: OpenserListener) -> list[str]:
    return [event.rule for event in told(listener) if isinstance(event, Wrong)]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_two_sockets_with_one_name_are_a_pair_and_get_socket_info(order) -> None:
    listener = a_listener()
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.accepted(2, Socket.ACTION, 0.0)
    for number in order:
        listener.receive_data(number, NAME, 0.0)
    (event,) = told(listener)
    assert str(event.peer) == "app"
    (write,) = listener.commands()
    assert isinstance(write, WriteTo)
    assert (write.connection, write.socket, write.kind) == (1, Socket.EVENT, UnitKind.SOCKET_INFO)
    assert [s.port for s in SocketInfo.decode(write.data).sockets] == [5060, 5060]


def test_two_names_or_two_sockets_of_a_kind_are_no_pair() -> None:
    listener = a_listener()
    for number, socket, name in (
        (1, Socket.EVENT, b"\1a"),
        (2, Socket.ACTION, b"\1b"),
        (3, Socket.EVENT, b"\1a"),
    ):
        listener.accepted(number, socket, 0.0)
        listener.receive_data(number, name, 0.0)
    assert not told(listener)
    assert not listener.commands()


def test_a_second_server_of_a_name_is_ignored_without_a_word_on_the_wire() -> None:
    listener = paired()
    listener.accepted(3, Socket.EVENT, 0.0)
    listener.receive_data(3, NAME, 0.0)
    assert rules(listener) == ["name-taken"]
    assert not listener.commands()


def test_names_in_pieces_are_read_and_told() -> None:
    listener = a_listener()
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.receive_data(1, b"\x03a", 0.0)
    listener.receive_data(1, b"pp", 0.1)
    assert rules(listener) == ["name-in-pieces"]
    listener.accepted(2, Socket.ACTION, 0.2)
    listener.receive_data(2, NAME, 0.2)
    assert isinstance(told(listener)[0], Paired)


def test_a_real_proxy_reads_only_the_first_piece() -> None:
    listener = a_listener(faults=frozenset({ReadFault.NAME_IN_ONE_PIECE}), names=[b"app"])
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.receive_data(1, b"\x03a", 0.0)
    assert rules(listener) == ["unknown-name"]


@pytest.mark.parametrize(("dialect", "longest"), [(KAMAILIO, 15), (OPENSER, 15)])
def test_a_name_over_the_limit_is_ignored(dialect, longest: int) -> None:
    listener = a_listener(dialect)
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.receive_data(1, bytes([longest + 1]) + b"a" * (longest + 1), 0.0)
    assert rules(listener) == ["name-length"]


def test_a_sixth_half_open_socket_is_closed() -> None:
    listener = a_listener()
    for number in range(6):
        listener.accepted(number, Socket.EVENT, 0.0)
    assert rules(listener) == ["half-open"]
    assert listener.commands() == [CloseConnection(5)]


def test_actions_behind_the_name_are_not_lost() -> None:
    listener = a_listener()
    bind = encode_frame(BIND)
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.receive_data(1, NAME + bind, 0.0)
    listener.accepted(2, Socket.ACTION, 0.0)
    listener.receive_data(2, NAME, 0.0)
    assert [type(event) for event in told(listener)] == [Paired, Received]


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_both_layouts_are_told_by_their_bytes(layout: Layout, piece: int) -> None:
    listener = paired()
    reply = Reply(processor_id=0, hash_index=5, label=6, text=b"SIP/2.0 200 OK\r\n\r\n")
    for frame, number in ((BIND, 1), (reply, 2)):
        data = encode_frame(frame, layout)
        for i in range(0, len(data), piece):
            listener.receive_data(number, data[i : i + piece], 1.0)
    bind, replied = told(listener)
    assert (bind.frame.processor_id, bind.frame.port) == (1, 5060)
    assert (replied.frame.hash_index, replied.frame.label) == (5, 6)
    assert listener.peers[b"app"].layout is layout


@pytest.mark.parametrize(("early", "late"), [(Layout.A, Layout.B), (Layout.B, Layout.A)])
def test_an_application_server_may_find_out_late_how_actions_are_laid_out(
    early: Layout, late: Layout
) -> None:
    """Pongs go out before any event has shown it what the proxy reads."""
    listener = paired()
    peer = listener.peers[b"app"]
    listener.ping(peer, 1.0)
    told(listener)
    listener.receive_data(2, encode_frame(JainPong(processor_id=0, sequence=1), early), 1.0)
    assert [type(event) for event in told(listener)] == [Ponged, Received]
    cancel = AcCancel(
        uac_id=7, processor_id=1, hash_index=5, label=6, text=b"CANCEL sip:b SIP/2.0\r\n\r\n"
    )
    reply = Reply(processor_id=0, hash_index=5, label=6, text=b"SIP/2.0 200 OK\r\n\r\n")
    for layout in (late, early, late):
        listener.receive_data(2, encode_frame(reply, layout), 1.0)
        listener.receive_data(2, encode_frame(cancel, layout), 1.0)
        replied, cancelled = told(listener)
        assert (replied.frame.hash_index, replied.frame.text) == (5, reply.text)
        assert (cancelled.frame.uac_id, cancelled.frame.text) == (7, cancel.text)
        assert peer.layout is layout


def test_closing_one_socket_ends_both() -> None:
    listener = paired()
    listener.closed(2, "closed by the peer", 1.0)
    (gone,) = told(listener)
    assert isinstance(gone, Gone)
    assert gone.reason == "action socket: closed by the peer"
    assert listener.commands() == [CloseConnection(1)]
    with pytest.raises(LocalProtocolError, match="not connected"):
        listener.ping(gone.peer, 1.0)


def test_a_name_can_connect_again() -> None:
    listener = paired()
    listener.closed(1, "closed by the peer", 1.0)
    told(listener)
    listener.commands()
    paired(listener)


def test_pings_are_counted_as_lost_and_told_when_late() -> None:
    listener = paired(a_listener(pings=PingPlan(period=1.0, timeout=0.4)))
    assert listener.get_timer() == 1.0
    listener.handle_timer(1.0)
    assert listener.get_timer() == 1.4
    listener.handle_timer(1.4)
    assert [type(event) for event in told(listener)] == [PingLost]
    listener.receive_data(2, encode_frame(JainPong(sequence=1)), 1.5)
    assert "late-pong" in rules(listener)
    listener.handle_timer(2.0)
    listener.receive_data(2, encode_frame(JainPong(sequence=2)), 2.25)
    ponged = told(listener)[0]
    assert isinstance(ponged, Ponged)
    assert (ponged.sequence, ponged.seconds) == (2, 0.25)
    listener.receive_data(2, encode_frame(JainPong(sequence=99)), 2.5)
    assert rules(listener) == ["unknown-ping"]


@pytest.mark.parametrize("length", [0, 1, 3, 4, 8])
def test_an_impossible_length_ends_the_connection_and_says_why(length: int) -> None:
    listener = paired()
    listener.receive_data(2, length.to_bytes(4, "big") + b"\2\1\0\0\0\0" + bytes(30), 1.0)
    wrong, gone = told(listener)
    assert wrong.rule == "action-length"
    assert isinstance(gone, Gone)


def test_a_long_action_is_taken_and_told() -> None:
    listener = paired()
    text = b"SIP/2.0 200 OK\r\nX: " + b"a" * 4000 + b"\r\n\r\n"
    listener.receive_data(2, encode_frame(Reply(hash_index=1, label=2, text=text)), 1.0)
    assert [type(event) for event in told(listener)] == [Wrong, Received]


def test_a_long_action_that_is_not_there_yet_is_bounded() -> None:
    listener = paired()
    listener.receive_data(2, b"\xff\xff\xff\xff\2\1\0\0\0\0", 1.0)
    wrong, gone = told(listener)
    assert wrong.rule == "action-too-long"
    assert isinstance(gone, Gone)


@pytest.mark.parametrize(
    ("fault", "socket", "data", "taken"),
    [
        (ReadFault.LONG_ACTION_CLOSES, 2, b"\0\0\x0f\xa1\2" + bytes(100), 0),
        (ReadFault.ZERO_LENGTH_LOOPS, 2, bytes(20), 0),
        (ReadFault.UNKNOWN_ACTION_BLOCKS, 1, b"\0\0\0\x0a\x09\0\0\0\0\0" + encode_frame(BIND), 0),
        (ReadFault.ONE_ACTION_PER_READ, 1, encode_frame(BIND) * 2, 1),
        (ReadFault.LENGTH_SIGN_EXTENDED, 1, b"\0\0\0\x80\6" + bytes(123) + encode_frame(BIND), 0),
        (ReadFault.LONE_UNBIND_WAITS, 1, encode_frame(Unbind(processor_id=1)), 0),
    ],
)
def test_a_real_proxy_gets_stuck_where_it_does(fault, socket, data, taken) -> None:
    listener = paired(a_listener(faults=frozenset({fault})))
    listener.receive_data(socket, data, 1.0)
    assert sum(isinstance(event, Received) for event in told(listener)) == taken


def test_what_waits_is_done_with_the_next_bytes() -> None:
    listener = paired(a_listener(faults=frozenset({ReadFault.LONE_UNBIND_WAITS})))
    unbind, bind = encode_frame(Unbind(processor_id=1)), encode_frame(BIND)
    listener.receive_data(1, unbind, 1.0)
    listener.receive_data(1, bind, 2.0)
    assert [type(event.frame) for event in told(listener)] == [Unbind, Bind]
    listener = paired(a_listener(faults=frozenset({ReadFault.ONE_ACTION_PER_READ})))
    listener.receive_data(1, bind * 2, 1.0)
    listener.receive_data(1, bind, 2.0)
    assert len(told(listener)) == 2


def test_an_action_that_does_not_decode_is_told_and_the_next_taken() -> None:
    listener = paired()
    listener.receive_data(2, b"\0\0\0\x0b\2\1\0\0\0\0\0" + encode_frame(JainPong(sequence=0)), 1.0)
    assert [type(event) for event in told(listener)] == [Wrong, Wrong, Received]


def test_dropping_cuts_both_connections() -> None:
    listener = paired()
    peer = listener.peers[b"app"]
    listener.drop(peer, "for a test", reset=True)
    closes = listener.commands()
    assert sorted((c.connection, c.reset) for c in closes) == [(1, True), (2, True)]
    assert told(listener) == [Gone(peer, "for a test")]


def test_everything_one_byte_at_a_time() -> None:
    joined = Joined(server=an_app_server(KAMAILIO), piece=1)
    joined.run(2)
    assert len(joined.of(Received, proxy=True)) == 1
    assert joined.wrongs() == ["name-in-pieces", "name-in-pieces"]


def test_a_probe_of_the_port_costs_a_slot_with_that_fault() -> None:
    listener = a_listener(faults=frozenset({ReadFault.HALF_OPEN_SLOTS}))
    for number in range(5):
        listener.accepted(number, Socket.EVENT, 0.0)
        listener.closed(number, "closed by the peer", 0.1)
    listener.accepted(5, Socket.EVENT, 1.0)
    assert rules(listener) == ["half-open"]


def test_without_that_fault_a_probe_costs_nothing() -> None:
    listener = a_listener()
    for number in range(50):
        listener.accepted(number, Socket.EVENT, 0.0)
        listener.closed(number, "closed by the peer", 0.0)
    paired(listener)


def test_two_connects_in_one_moment_leave_the_listener_spinning_with_that_fault() -> None:
    listener = a_listener(faults=frozenset({ReadFault.SPINNING_RACE}))
    listener.accepted(1, Socket.EVENT, 0.0)
    listener.accepted(2, Socket.ACTION, 0.001)
    listener.receive_data(1, NAME, 1.0)
    listener.receive_data(2, NAME, 2.0)
    assert rules(listener) == ["race"]
    assert not listener.commands()


def test_our_own_application_server_does_not_run_into_the_race() -> None:
    proxy = a_listener(faults=frozenset({ReadFault.SPINNING_RACE}))
    joined = Joined(proxy=proxy)
    joined.run(2)
    assert joined.of(Paired, proxy=True)
