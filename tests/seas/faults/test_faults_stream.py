"""Slices, delay and jitter: every byte, in order, later."""

import pytest
from faulty_writes import (
    ALL,
    EVENT,
    FRAME,
    HELLOS,
    SIDES,
    TO_AS,
    TO_OPENSER,
    bytes_of,
    frame,
    frames,
    in_order,
    injector,
    once,
    put,
)
from hypothesis import given
from hypothesis import strategies as st

from seastool.seas.faults.outgoing import MOST_GAPS, PIECE_GAP
from seastool.seas.framing import NEED_DATA, SeasSplitter, Unit
from seastool.seas.types import Direction, Socket


@pytest.mark.parametrize(("write", "layout"), ALL)
@pytest.mark.parametrize("size", [1, 7, 65535])
def test_slices(write, layout, size):
    steps = once(f"slice={size}", write, layout)
    assert bytes_of(steps) == write.data
    assert [len(step.data) for step in steps[:-1]] == [size] * (len(steps) - 1)
    assert 1 <= len(steps[-1].data) <= max(size, len(write.data))
    assert in_order(steps)


def test_the_peer_sees_pieces_and_does_not_wait_long_for_the_last():
    (first, *more) = once("slice=1", frame("T_REQ_IN"))
    assert first.note == "fault: sliced T_REQ_IN into 1-byte pieces"
    assert [step.at for step in more[:3]] == [PIECE_GAP, 2 * PIECE_GAP, 3 * PIECE_GAP]
    assert more[-1].at == PIECE_GAP * MOST_GAPS
    assert not any(step.note for step in more)


def test_slices_do_not_add_up():
    made = injector("slice=1", side=TO_AS)
    steps = [step for _ in range(100) for step in put(made, frame("RES_IN"), now=0.5)]
    assert steps[-1].at == 0.5 + PIECE_GAP * MOST_GAPS
    assert in_order(steps)


@pytest.mark.parametrize("side", SIDES)
def test_delay(side):
    made = injector("delay=50ms", side=side)
    for write in [*HELLOS[side], *frames(side)]:
        (step,) = put(made, write, now=3.0)
        assert (step.at, step.data) == (3.05, write.data)
        assert step.note == f"fault: delayed {write.name} by 50ms"


def test_a_delayed_frame_holds_back_its_socket_but_not_the_other():
    made = injector("delay=2s@UAC_REQ", side=TO_OPENSER)
    times = [put(made, frame(name), now=1.0)[0].at for name in ("UAC_REQ", "REPLY_FIN", "BIND")]
    assert times == [3.0, 3.0, 1.0]
    assert put(made, frame("REPLY_FIN"), now=4.0)[0].at == 4.0


@pytest.mark.parametrize("side", SIDES)
def test_jitter(side):
    made = injector("jitter=20ms", side=side)
    writes = frames(side) * 20
    steps = [step for i, write in enumerate(writes) for step in put(made, write, now=i)]
    late = [step.at - i for i, step in enumerate(steps)]
    assert all(0 <= seconds <= 0.02 for seconds in late)
    assert len({round(seconds, 6) for seconds in late}) > 50
    assert bytes_of(steps) == b"".join(write.data for write in writes)


def test_the_hello_can_be_left_alone_or_be_the_only_one():
    for fault, expected in (("slice=1@FRAME", [1, 1, 2]), ("slice=1@NAME", [5, 5, 1])):
        made = injector(fault, side=TO_OPENSER)
        writes = [*HELLOS[TO_OPENSER], frame("UNBIND")]
        pieces = [len(put(made, write)) for write in writes]
        assert [n if n < 10 else 2 for n in pieces] == expected


def test_the_smaller_of_two_slices_and_the_sum_of_two_delays():
    made = injector("slice=4", "slice=8", "delay=1s", "delay=2s", side=TO_AS)
    steps = put(made, frame("PING"))
    assert [len(step.data) for step in steps] == [4, 4, 4, 2]
    assert steps[0].at == 3.0


STREAM_FAULTS = st.lists(
    st.sampled_from(["slice=1", "slice=5", "delay=50ms~0.5", "delay=1s@FRAME", "jitter=20ms"]),
    unique=True,
    max_size=4,
)
GAPS = st.lists(st.tuples(st.floats(0, 0.1), st.integers(0, 7)), max_size=20)


@given(STREAM_FAULTS, GAPS, st.sampled_from(SIDES), st.integers(0, 9))
def test_bytes_and_order_are_kept(faults, gaps, side, seed):
    made = injector(*faults, side=side, seed=seed)
    now, steps, writes = 0.0, [], []
    for gap, choice in gaps:
        now += gap
        write = frames(side)[choice % len(frames(side))]
        writes.append(write)
        steps += put(made, write, now)
    assert in_order(steps)
    for socket in Socket:
        sent = [write.data for write in writes if write.socket is socket]
        assert bytes_of(steps, socket) == b"".join(sent)
        assert units(socket, side, steps) == sent


def units(socket: Socket, side: Direction, steps) -> list[bytes]:
    """What the peer cuts out of the pieces."""
    splitter = SeasSplitter(socket, side)
    found = []
    for step in steps:
        if step.socket is socket:
            splitter.receive_data(step.data)
            while (unit := splitter.next_event()) is not NEED_DATA:
                assert isinstance(unit, Unit)
                found.append(unit.data)
    return found


@given(STREAM_FAULTS, st.binary(max_size=300), st.sampled_from(SIDES))
def test_any_bytes_are_kept(faults, data, side):
    made = injector(*faults, side=side)
    steps = made.write(0.0, EVENT, FRAME, data)
    assert bytes_of(steps) == data
    assert in_order(steps)
