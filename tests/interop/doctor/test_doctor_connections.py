"""TCP connections of a capture, before any frame is known."""

from io import BytesIO

import pytest
from doctor_stage import ACTION_PORT, EVENT_PORT, NAME, Stage, raw_capture, segment, without

from seastool.interop.doctor.connections import read_connections

OPENING = 8  # packets until both names were said
SYN, SYN_ACK, RST_ACK = 0x02, 0x12, 0x14


def connections(data: bytes):
    return read_connections(BytesIO(data)).all


def test_how_a_connection_begins_and_ends():
    stage = Stage()
    stage.open()
    stage.close(1)
    stage.close(1, by_proxy=True)
    stage.close(2, by_proxy=True, reset=True)
    event, action = connections(stage.finish())
    assert (event.server.port, action.server.port) == (EVENT_PORT, ACTION_PORT)
    assert str(event.client) == "192.0.2.2:40001"
    assert event.opened is not None
    assert event.opened.packet == 1
    assert event.accepted is not None
    assert event.refused is None
    assert (event.name, action.name) == (NAME, NAME)
    assert [(e.by_client, e.is_reset) for e in event.endings] == [(True, False), (False, False)]
    assert [(e.by_client, e.is_reset) for e in action.endings] == [(False, True)]
    assert event.heard > 0
    assert event.is_open_at(event.endings[0].time_ns - 1)
    assert not event.is_open_at(event.endings[0].time_ns)
    assert not event.is_open_at(event.first.time_ns - 1)


def test_refused_and_tried_again():
    port = segment(True, EVENT_PORT, SYN), segment(False, EVENT_PORT, RST_ACK)
    refused, again = connections(raw_capture([(0, port[0]), (1, port[1]), (900, port[0])]))
    assert refused.refused is not None
    assert refused.refused.packet == 2
    assert again.refused is None
    (silent,) = connections(raw_capture([(at, port[0]) for at in (0, 1000, 3000)]))
    assert silent.tries == 3
    assert silent.accepted is None


def test_pieces_are_kept_apart():
    stage = Stage()
    stage.connect(1, EVENT_PORT)
    stage.say(1, NAME[:0] + bytes([len(NAME)]))
    stage.say(1, NAME)
    (connection,) = connections(stage.finish())
    assert [len(piece.data) for piece in connection.said] == [1, len(NAME)]
    assert connection.name == NAME


@pytest.mark.parametrize("text", [b"", b"\x05", b"\x05abc", b"\x03a\x1bc", b"\x00abc"])
def test_what_is_no_name(text):
    stage = Stage()
    stage.connect(1, EVENT_PORT)
    stage.say(1, text or b"\x00")
    (connection,) = connections(stage.finish())
    assert connection.name is None


def test_whose_packets_the_capture_has():
    stage = Stage()
    stage.open()
    capture = without(stage.finish(), lambda number, ends: ends[0] == EVENT_PORT)
    event, action = connections(capture)
    assert (event.by_client > 0, event.by_server) == (True, 0)
    assert action.by_client >= action.by_server > 0


def test_what_is_older_than_the_capture_was_there_from_its_beginning():
    stage = Stage()
    stage.open()
    capture = without(stage.finish(), lambda number, ends: number <= OPENING)
    assert all(one.is_open_at(0) for one in connections(capture))
    assert not any(one.is_open_at(0) for one in connections(stage.finish()))


def test_behind_a_length_that_is_not_taken_nothing_is_read():
    stage = Stage()
    stage.open()
    stage.say(2, (5000).to_bytes(4, "big") + bytes(1000))
    at = stage.time_ns
    stage.close(2)
    _, action = connections(stage.finish())
    assert action.wrong is not None
    assert (action.wrong.length, action.wrong.offset) == (5000, 1 + len(NAME))
    assert action.is_unread_in(at, at)
    assert not action.is_unread_in(0, action.wrong.time_ns - 1)
    assert not action.is_unread_in(action.ended_ns, action.ended_ns)


def test_more_connections_than_are_kept_are_counted(monkeypatch):
    monkeypatch.setattr("seastool.interop.doctor.connections.MAX_CONNECTIONS", 3)
    packets = [(i, segment(True, EVENT_PORT, SYN, client=41000 + i)) for i in range(5)]
    found = read_connections(BytesIO(raw_capture(packets)))
    assert (len(found.all), found.dropped) == (3, 2)
