"""Lengths in front of actions, however the stream is cut."""

import pytest
from doctor_stage import NAME
from hypothesis import given
from hypothesis import strategies as st

from seastool.interop.doctor.length_walk import MAX_ACTION, LengthWalk
from seastool.seas.codec import encode_frame
from seastool.seas.frames import JainPong
from seastool.seas.types import Layout

WRONG = st.sampled_from((0, 5, 4001, 5000, 1 << 31))


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


@pytest.mark.parametrize(("length", "is_taken"), [(MAX_ACTION, True), (MAX_ACTION + 1, False)])
def test_the_longest_that_is_taken(length, is_taken):
    assert (LengthWalk().take(stream(0) + length.to_bytes(4, "big")) is None) is is_taken
