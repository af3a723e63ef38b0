"""Faults of the opening, on both sides."""

import pytest
from faulty_writes import (
    ACTION,
    EVENT,
    HELLOS,
    INFO,
    INFO_DATA,
    NAME,
    NAME_DATA,
    SIDES,
    TO_AS,
    TO_OPENSER,
    Write,
    bytes_of,
    frames,
    in_order,
    injector,
    once,
    put,
)

from seastool.seas.framing import SeasSplitter, Unit
from seastool.seas.handshake import Name, SocketInfo


def test_an_application_server_does_not_name_its_second_socket():
    made = injector("unpaired", side=TO_OPENSER)
    first, second = (put(made, write) for write in HELLOS[TO_OPENSER])
    assert bytes_of(first) == NAME_DATA
    assert bytes_of(second) == b""
    assert second[0].note == "fault: swallowed the name on the action socket"
    assert list(made.counts.values()) == [1]


def test_a_proxy_does_not_send_socket_info():
    made = injector("unpaired", side=TO_AS)
    (step,) = put(made, HELLOS[TO_AS][0])
    assert (step.data, step.note) == (b"", "fault: swallowed socket info")
    event = frames(TO_AS)[0]
    assert bytes_of(put(made, event)) == event.data


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("fault", "pause"), [("split-hello", 0.3), ("split-hello=2s", 2.0)])
def test_hello_in_two_pieces(side, fault, pause):
    for write in HELLOS[side]:
        made = injector(fault, side=side)
        first, second = put(made, write, now=7.0)
        assert first.data + second.data == write.data
        assert abs(len(first.data) - len(second.data)) <= 1
        assert (first.at, second.at) == (7.0, 7.0 + pause)
        behind = frames(side)[0] if write.socket is EVENT else frames(side)[-1]
        assert put(made, behind, now=7.1)[0].at == 7.0 + pause


def test_the_pause_lasts_whatever_is_in_front():
    made = injector("split-hello", "delay=5s", side=TO_OPENSER)
    first, second = put(made, HELLOS[TO_OPENSER][0])
    assert (first.at, second.at) == (5.0, 5.3)
    first, second = put(made, HELLOS[TO_OPENSER][0])
    assert (first.at, second.at) == (5.3, 5.6)


def test_only_one_name_in_two_pieces():
    made = injector("split-hello*1", side=TO_OPENSER)
    assert [len(put(made, write)) for write in HELLOS[TO_OPENSER]] == [2, 1]


@pytest.mark.parametrize(("fault", "size"), [("long-name", 31), ("long-name=16", 16)])
def test_over_long_names(fault, size):
    made = injector(fault, side=TO_OPENSER)
    names = [Name.decode(bytes_of(put(made, write))).name for write in HELLOS[TO_OPENSER]]
    assert names == [b"as_1".ljust(size, b"x")] * 2
    info = SocketInfo.decode(bytes_of(once(fault, HELLOS[TO_AS][0])))
    assert [len(socket.name) for socket in info.sockets] == [size, 9]
    assert info.sockets[0].name.startswith(b"127.0.0.1")
    assert info.sockets[1] == SocketInfo.decode(INFO_DATA).sockets[1]


@pytest.mark.parametrize(
    "write",
    [
        Write(EVENT, NAME, Name(name=b"as_1").encode(), "NAME"),
        Write(EVENT, NAME, b"\x09ab", "NAME"),
        Write(EVENT, NAME, b"", "NAME"),
        Write(EVENT, INFO, SocketInfo(sockets=[]).encode(), "SOCKET_INFO"),
        Write(EVENT, INFO, b"\x10\x05\x01", "SOCKET_INFO"),
    ],
)
def test_names_that_are_long_enough_or_none_are_left_alone(write):
    made = injector("long-name=2", side=write.side)
    assert bytes_of(put(made, write)) == write.data
    assert list(made.counts.values()) == [0]


@pytest.mark.parametrize("side", SIDES)
def test_a_peer_still_cuts_what_was_split_and_sliced(side):
    made = injector("split-hello", "slice=1", side=side)
    for write in HELLOS[side]:
        steps = put(made, write)
        assert in_order(steps)
        assert all(len(step.data) == 1 for step in steps)
        splitter = SeasSplitter(write.socket, side)
        splitter.receive_data(bytes_of(steps))
        unit = splitter.next_event()
        assert isinstance(unit, Unit)
        assert unit.data == write.data


def test_hello_faults_leave_frames_alone():
    for side in SIDES:
        made = injector("unpaired", "split-hello", "long-name", side=side)
        for write in frames(side):
            (step,) = put(made, write)
            assert (step.data, step.note) == (write.data, "")
    assert ACTION is not EVENT
