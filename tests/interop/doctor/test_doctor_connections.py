"""TCP connections of a capture, before any frame is known."""

from io import BytesIO

import pytest
from doctor_stage import ACTION_PORT, EVENT_PORT, NAME, Stage, raw_capture, segment
from hypothesis import given
from hypothesis import strategies as st

from seastool.interop.doctor.connections import LengthWalk, read_connections
from seastool.seas.codec import encode_frame
from seastool.seas.frames import JainPong
from seastool.seas.types import Layout

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


WRONG = st.sampled_from((0, 5, 1 << 31))


def stream(count: int) -> bytes:
    pong = encode_frame(JainPong(processor_id=0, sequence=7), Layout.B)
    return bytes([len(NAME)]) + NAME + pong * count


@given(st.integers(0, 6), st.lists(st.integers(1, 40), max_size=8))
def test_a_walk_over_right_lengths_finds_nothing_however_it_is_cut(count, sizes):
    data, walk, at = stream(count), LengthWalk(), 0
    for size in (*sizes, len(data)):
        assert walk.take(data[at : at + size]) is None
        at += size


@given(st.integers(0, 4), st.lists(st.integers(1, 40), max_size=8), WRONG)
def test_a_walk_finds_the_wrong_length_where_it_is(count, sizes, wrong):
    good = stream(count)
    data, walk, at = good + wrong.to_bytes(4, "big") + b"rest", LengthWalk(), 0
    found = []
    for size in (*sizes, len(data)):
        found.append(walk.take(data[at : at + size]))
        at += size
    assert [one for one in found if one] == [(len(good), wrong.to_bytes(4, "big"))]


def test_a_walk_stops_at_a_hole():
    walk = LengthWalk()
    walk.take(stream(1))
    walk.stop()
    assert walk.take(bytes(8)) is None


def test_more_connections_than_are_kept_are_counted(monkeypatch):
    monkeypatch.setattr("seastool.interop.doctor.connections.MAX_CONNECTIONS", 3)
    packets = [(i, segment(True, EVENT_PORT, SYN, client=41000 + i)) for i in range(5)]
    found = read_connections(BytesIO(raw_capture(packets)))
    assert (len(found.all), found.dropped) == (3, 2)
