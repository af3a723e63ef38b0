"""Faults of whole frames, on both sides and in both layouts."""

import pytest
from faulty_writes import (
    ACTION,
    ALL,
    DIALECTS,
    EVENT,
    FRAME,
    HELLOS,
    SIDES,
    TO_AS,
    TO_OPENSER,
    bytes_of,
    decoded,
    frame,
    frames,
    in_order,
    injector,
    once,
    put,
)

from seastool.seas.faults import Ending, Step, parse_fault
from seastool.seas.faults.frame_acts import MOST_LATE
from seastool.seas.types import Layout

EVERY = pytest.mark.parametrize(
    ("write", "layout"), ALL, ids=[f"{write.name}-{layout}" for write, layout in ALL]
)


@EVERY
def test_drop(write, layout):
    assert once("drop", write, layout) == [
        Step(0.0, write.socket, note=f"fault: dropped {write.name}")
    ]


@EVERY
def test_duplicate(write, layout):
    steps = once("duplicate", write, layout)
    assert [step.data for step in steps] == [write.data] * 2
    assert [step.note for step in steps] == [f"fault: sent {write.name} twice", ""]


@EVERY
@pytest.mark.parametrize("length", [0, 3, 4, 9, 4001, 4294967295])
def test_length(write, layout, length):
    (step,) = once(f"length={length}", write, layout)
    assert step.data == length.to_bytes(4, "big") + write.data[4:]
    assert step.note == f"fault: {write.name} of {len(write.data)} bytes says it has {length}"


@EVERY
def test_unknown_type(write, layout):
    (step,) = once("unknown-type", write, layout)
    assert step.data == write.data[:4] + b"\x63" + write.data[5:]
    assert step.note == f"fault: gave {write.name} the type 99"
    (step,) = once("unknown-type=0", write, layout)
    assert step.data[4] == 0


def test_a_length_or_type_that_is_right_is_no_fault():
    pong = frame("JAIN_PONG")
    for fault in ("length=14", "unknown-type=8"):
        made = injector(fault, side=TO_OPENSER)
        (step,) = put(made, pong)
        assert (step.data, step.note) == (pong.data, "")
        assert list(made.counts.values()) == [0]


@EVERY
def test_reset_and_half_close(write, layout):
    for fault, ending in (("reset", Ending.RESET), ("half-close", Ending.HALF_CLOSE)):
        written, ended = once(fault, write, layout)
        assert (written.data, written.ending) == (write.data, None)
        assert (ended.data, ended.ending, ended.socket) == (b"", ending, write.socket)
        assert ended.note == f"fault: {ending.value}"


def test_reset_behind_the_third_frame_of_both_sockets():
    made = injector("reset=3", side=TO_OPENSER)
    writes = [frame(name) for name in ("BIND", "REPLY_PROV", "REPLY_FIN", "UAC_REQ", "UNBIND")]
    steps = [put(made, write) for write in writes]
    assert [bool([s for s in some if s.ending]) for some in steps] == [0, 0, 1, 0, 0]
    assert steps[2][-1].socket is ACTION
    assert steps[3][0].data == b""
    assert steps[3][0].note == (
        "fault: UAC_REQ not sent, an earlier fault has ended the action socket"
    )
    assert steps[4][0].data == writes[4].data


def test_reset_counts_what_it_selects():
    made = injector("reset=2@REPLY_FIN", side=TO_OPENSER)
    names = ["REPLY_PROV", "REPLY_FIN", "REPLY_PROV", "REPLY_FIN"]
    endings = [put(made, frame(name))[-1].ending for name in names]
    assert endings == [None, None, None, Ending.RESET]


def test_hello_and_dropped_frames_do_not_count_for_reset():
    made = injector("reset", "drop@REPLY_PROV", side=TO_OPENSER)
    writes = [*HELLOS[TO_OPENSER], frame("REPLY_PROV"), frame("REPLY_FIN")]
    assert [put(made, write)[-1].ending for write in writes] == [None, None, None, Ending.RESET]


def test_reset_comes_behind_the_last_piece():
    made = injector("reset", "delay=1s", "slice=10", side=TO_AS)
    steps = put(made, frame("PING"))
    assert [len(step.data) for step in steps] == [10, 4, 0]
    assert steps[-1].ending is Ending.RESET
    assert in_order(steps)
    assert steps[-1].at > 1.0


@pytest.mark.parametrize("side", SIDES)
def test_reset_on_every_connection_or_once(side):
    write = frames(side)[0]
    every = injector("reset", side=side)
    once_only = injector("reset*1", side=side)
    for made, expected in ((every, Ending.RESET), (once_only, None)):
        assert put(made, write)[-1].ending is Ending.RESET
        assert put(made.beside(), write)[-1].ending is expected


@pytest.mark.parametrize("layout", Layout)
def test_lost_ping(layout):
    for name, others in (("PING", TO_AS), ("JAIN_PONG", TO_OPENSER)):
        made = injector("lost-ping", side=others, dialect=DIALECTS[layout])
        for write in frames(others, layout):
            lost = write.name == name
            (step,) = put(made, write)
            assert step.data == (b"" if lost else write.data)
            assert step.note == (f"fault: dropped {name}" if lost else "")


@pytest.mark.parametrize("layout", Layout)
def test_a_late_pong_lets_others_pass(layout):
    made = injector("late-pong=5s", side=TO_OPENSER, dialect=DIALECTS[layout])
    pong, reply = frame("JAIN_PONG", layout), frame("REPLY_FIN", layout)
    assert put(made, pong, now=1.0) == []
    assert made.get_timer() == 6.0
    assert [step.at for step in put(made, reply, now=2.0)] == [2.0]
    assert made.handle_timer(5.9) == []
    (step,) = made.handle_timer(6.0)
    assert (step.at, step.socket, step.data) == (6.0, ACTION, pong.data)
    assert step.note == "fault: JAIN_PONG late by 5s"
    assert made.get_timer() is None


def test_a_late_pong_never_lands_inside_another_frame():
    made = injector("late-pong=5ms", "slice=1@REPLY_FIN", side=TO_OPENSER)
    pong, reply = frame("JAIN_PONG"), frame("REPLY_FIN")
    put(made, pong, now=0.0)
    steps = put(made, reply, now=0.004) + made.handle_timer(0.005)
    assert bytes_of(steps) == reply.data + pong.data
    assert in_order(steps)


def test_late_pongs_are_bounded():
    made = injector("late-pong=1s", side=TO_OPENSER)
    pong = frame("JAIN_PONG")
    sent = sum(len(put(made, pong)) for _ in range(MOST_LATE + 5))
    assert sent == 5
    assert len(made.flush(0.5)) == MOST_LATE
    assert made.get_timer() is None


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("side", SIDES)
def test_reorder(side, layout):
    made = injector("reorder", side=side, dialect=DIALECTS[layout])
    first, second = frames(side, layout)[:2]
    assert put(made, first, now=1.0) == []
    steps = put(made, second, now=1.5)
    assert [step.data for step in steps] == [second.data, first.data]
    assert [step.at for step in steps] == [1.5, 1.5]
    assert [step.note for step in steps] == [
        "",
        f"fault: held {first.name} back behind the next frame",
    ]
    assert made.get_timer() is None


def test_reorder_does_not_mix_sockets_and_does_not_wait_for_ever():
    made = injector("reorder", side=TO_OPENSER)
    bind, reply = frame("BIND"), frame("REPLY_FIN")
    assert put(made, bind, now=1.0) == []
    assert put(made, reply, now=1.2) == []
    assert made.get_timer() == 2.0
    (step,) = made.handle_timer(2.0)
    assert (step.socket, step.data, step.at) == (EVENT, bind.data, 2.0)
    assert made.get_timer() == 2.2
    (step,) = made.flush(2.1)
    assert (step.socket, step.data) == (ACTION, reply.data)


def test_a_frame_that_is_dropped_does_not_let_the_held_one_go():
    made = injector("reorder*1", "drop@PING", side=TO_AS)
    request = frame("T_REQ_IN")
    assert put(made, request) == []
    assert bytes_of(put(made, frame("PING"))) == b""
    assert bytes_of(put(made, frame("RES_IN"))) == frame("RES_IN").data + request.data


def test_a_held_frame_is_not_sent_on_an_ended_socket():
    made = injector("reorder*1", "reset=2", side=TO_AS)
    assert put(made, frame("T_REQ_IN")) == []
    steps = put(made, frame("RES_IN"))
    assert [step.ending for step in steps] == [None, Ending.RESET, None]
    assert bytes_of(steps) == frame("RES_IN").data
    assert "T_REQ_IN not sent" in steps[-1].note


def test_faults_act_in_the_order_of_the_registry_whatever_was_said_first():
    texts = ["slice=30", "duplicate", "length=9", "corrupt=sequence:77"]
    for order in (texts, texts[::-1]):
        made = injector(*order, side=TO_OPENSER)
        assert [fault.name for fault in made.faults] == ["corrupt", "length", "duplicate", "slice"]
        steps = put(made, frame("JAIN_PONG"))
        assert len(steps) == 2
        for step in steps:
            assert step.data[:4] == b"\0\0\0\x09"
            assert step.data[-4:] == (77).to_bytes(4, "big")
    assert steps[0].note == (
        "fault: corrupted sequence 5 -> 77 of JAIN_PONG, "
        "JAIN_PONG of 14 bytes says it has 9, sent JAIN_PONG twice"
    )


def test_probability_and_count():
    made = injector("drop=0.25", side=TO_AS, seed=3)
    request = frame("T_REQ_IN")
    sent = sum(bool(bytes_of(put(made, request))) for _ in range(1000))
    assert 700 < sent < 800
    assert made.counts == {parse_fault("drop=0.25"): 1000 - sent}
    made = injector("drop*2", side=TO_AS)
    assert [bool(bytes_of(put(made, request))) for _ in range(4)] == [False, False, True, True]
    assert made.faults == ()


def test_selectors():
    made = injector("drop@REPLY_PROV,UAC_REQ", side=TO_OPENSER)
    kept = [write.name for write in frames(TO_OPENSER) if bytes_of(put(made, write))]
    assert kept == ["BIND", "UNBIND", "REPLY_FIN", "SL_MSG", "AC_CANCEL", "JAIN_PONG"]


def test_a_duplicate_decodes():
    bind = frame("BIND", Layout.A)
    steps = once("duplicate", bind, Layout.A)
    assert {decoded(bind, step.data, Layout.A).port for step in steps} == {5060}
    assert FRAME is bind.kind
