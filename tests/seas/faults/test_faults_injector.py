"""The injector itself: on and off, idle, counts, seeds, and bytes that are no frames."""

import pytest
from faulty_writes import (
    ACTION,
    EVENT,
    FRAME,
    HELLOS,
    INFO,
    NAME,
    OPENSER,
    SIDES,
    TO_AS,
    TO_OPENSER,
    bytes_of,
    frame,
    frames,
    in_order,
    injector,
    put,
)
from hypothesis import given
from hypothesis import strategies as st

from seastool.seas.faults import FAULTS, ActsOn, Ending, FaultError, parse_fault
from seastool.seas.types import Direction, Layout, Socket

EXAMPLES = {
    side: [
        kind.example for kind in FAULTS.values() if side in kind.sides and "@" not in kind.example
    ]
    for side in SIDES
}


@pytest.mark.parametrize("side", SIDES)
def test_without_faults_it_is_idle_and_changes_nothing(side):
    made = injector(side=side)
    assert made.idle
    for write in [*HELLOS[side], *frames(side)]:
        (step,) = put(made, write, now=2.0)
        assert (step.at, step.socket, step.data, step.ending, step.note) == (
            2.0,
            write.socket,
            write.data,
            None,
            "",
        )
    assert made.idle
    assert made.get_timer() is None
    assert made.handle_timer(3.0) == made.flush(3.0) == []
    assert made.report() == []


def test_on_and_off_while_it_runs():
    made = injector(side=TO_AS)
    drop, ping = parse_fault("drop"), frame("PING")
    made.add(drop)
    assert not made.idle
    assert made.faults == (drop,)
    assert bytes_of(put(made, ping)) == b""
    assert made.remove(drop)
    assert not made.remove(drop)
    assert bytes_of(put(made, ping)) == ping.data
    assert made.idle
    made.add(drop)
    put(made, ping)
    assert made.counts == {drop: 2}
    assert made.report() == ["drop: applied 2 times, 2 writes looked at"]


def test_it_is_not_idle_before_what_it_delays_has_gone_out():
    made = injector("delay=1s", side=TO_AS)
    first, second = frame("T_REQ_IN"), frame("PING")
    put(made, first, now=0.0)
    made.remove(parse_fault("delay=1s"))
    assert not made.idle
    assert put(made, second, now=0.5)[0].at == 1.0
    assert not made.idle
    assert put(made, second, now=1.0)[0].at == 1.0
    assert made.idle


def test_it_is_not_idle_while_it_holds_something_back():
    made = injector("reorder*1", side=TO_AS)
    put(made, frame("T_REQ_IN"), now=0.0)
    assert made.faults == ()
    assert not made.idle
    assert len(made.handle_timer(1.0)) == 1
    assert made.idle


def test_a_count_starts_again_when_the_fault_is_added_again():
    made = injector("drop*1", side=TO_AS)
    drop, ping = parse_fault("drop*1"), frame("PING")
    assert [bool(bytes_of(put(made, ping))) for _ in range(2)] == [False, True]
    made.add(drop)
    assert [bool(bytes_of(put(made, ping))) for _ in range(2)] == [False, True]
    assert made.counts == {drop: 2}


@pytest.mark.parametrize(
    ("side", "text", "message"),
    [
        (TO_AS, "late-pong=1s", "late-pong=1s: the proxy cannot have this fault"),
        (
            TO_AS,
            "drop@REPLY_FIN",
            "drop@REPLY_FIN: the proxy never writes REPLY_FIN, but T_REQ_IN, SL_REQ_IN, RES_IN, "
            "PING, AC_RES_FAIL",
        ),
        (TO_AS, "slice@NAME", "slice@NAME: the proxy never writes NAME, but SOCKET_INFO, FRAME, "),
        (
            TO_OPENSER,
            "drop@PING",
            "drop@PING: the application server never writes PING, but BIND, ",
        ),
    ],
)
def test_a_side_cannot_have_what_it_never_writes(side, text, message):
    with pytest.raises(FaultError) as caught:
        injector(text, side=side)
    assert str(caught.value).startswith(message)


def test_the_same_fault_twice_is_refused():
    with pytest.raises(FaultError, match="slice=4 is on already"):
        injector("slice=4", "slice=4", side=TO_AS)


def test_connections_beside_each_other_share_faults_and_counts_but_no_state():
    first = injector("drop*3", "delay=1s", side=TO_AS)
    second = first.beside()
    assert second.faults == first.faults
    ping = frame("PING")
    for made in (first, second, first, second):
        put(made, ping)
    assert first.counts == second.counts
    assert first.counts[parse_fault("drop*3")] == 3
    first.remove(parse_fault("delay=1s"))
    assert second.faults == ()
    assert put(first, ping, now=0.5)[0].at == 0.5
    assert put(second, ping, now=0.6)[0].at == 1.0


def test_a_new_connection_after_the_end_of_the_old_one():
    made = injector("reset=2*2", "reorder*1@BIND", "delay=9s@JAIN_PONG", side=TO_OPENSER)
    for name in ("BIND", "JAIN_PONG", "REPLY_FIN"):
        put(made, frame(name))
    assert made.get_timer() is not None
    made.forget()
    assert made.get_timer() is None
    assert made.flush(0.0) == []
    for name in ("REPLY_FIN", "UAC_REQ"):
        steps = put(made, frame(name), now=1.0)
        assert (steps[0].at, steps[0].data) == (1.0, frame(name).data)
    assert steps[-1].ending is Ending.RESET
    assert made.counts[parse_fault("reset=2*2")] == 2
    made.remove(parse_fault("delay=9s@JAIN_PONG"))
    assert not made.idle
    made.forget()
    assert made.idle


def test_the_layout_is_the_dialects_and_may_become_known_later():
    made = injector("corrupt=hash_index:1", side=TO_OPENSER)
    reply = frame("REPLY_FIN", Layout.A)
    made.dialect = OPENSER
    (step,) = put(made, reply)
    assert step.data == reply.data[:9] + b"\0\0\0\1" + reply.data[13:]


def test_every_fault_acts_on_something_of_each_side_that_has_it():
    for kind in FAULTS.values():
        assert kind.sides
        for side in kind.sides:
            made = injector(_plain(kind.example), side=side)
            writes = [*HELLOS[side], *frames(side)] * 4
            steps = [step for write in writes for step in put(made, write)] + made.flush(9.0)
            assert sum(made.counts.values()), kind.name
            assert any(step.note.startswith("fault: ") for step in steps), kind.name


def _plain(example: str) -> str:
    """The example without the types of one side and the fields of its frames."""
    return "corrupt=flags" if example.startswith("corrupt") else example.partition("@")[0]


def test_hello_faults_say_so_in_the_registry():
    for side in SIDES:
        for kind in FAULTS.values():
            names = set(kind.names(side))
            hello = names & {"NAME", "SOCKET_INFO"}
            assert bool(hello) == (kind.acts_on is not ActsOn.FRAME)


WRITES = st.lists(
    st.tuples(
        st.floats(0, 2),
        st.sampled_from(Socket),
        st.sampled_from([NAME, INFO, FRAME]),
        st.binary(max_size=60) | st.sampled_from([w.data for s in SIDES for w in frames(s)]),
    ),
    max_size=12,
)


def run(side: Direction, texts: list[str], writes, seed: int):
    made = injector(*texts, side=side, seed=seed)
    now, steps = 0.0, []
    for gap, socket, kind, data in writes:
        now += gap
        if (due := made.get_timer()) is not None and due <= now:
            steps += made.handle_timer(due)
        steps += made.write(now, socket, kind, data)
    return made, steps + made.flush(now + 1)


@given(st.sampled_from(SIDES), st.data(), WRITES, st.integers(0, 99))
def test_any_faults_on_any_bytes(side, data, writes, seed):
    texts = data.draw(st.lists(st.sampled_from(EXAMPLES[side]), unique=True))
    made, steps = run(side, texts, writes, seed)
    assert in_order(steps)
    assert made.get_timer() is None
    assert all(not (step.data and step.ending) for step in steps)
    assert all(step.note.isprintable() for step in steps)
    for socket in Socket:
        kinds = [step.ending for step in steps if step.socket is socket]
        ends = [i for i, ending in enumerate(kinds) if ending]
        behind = [step for step in steps if step.socket is socket][ends[0] + 1 :] if ends else []
        assert not any(step.data or step.ending for step in behind)
    assert run(side, texts, writes, seed)[1] == steps
    assert made.counts == run(side, texts, writes, seed)[0].counts


@given(st.sampled_from(SIDES), WRITES, st.integers(0, 99))
def test_reorder_loses_nothing(side, writes, seed):
    _, steps = run(side, ["reorder=0.5"], writes, seed)
    for socket in Socket:
        sent = [data for _, where, _, data in writes if where is socket and data]
        assert sorted(step.data for step in steps if step.data and step.socket is socket) == sorted(
            sent
        )


def test_frames_of_unknown_types_and_lengths():
    for side in SIDES:
        for data in (b"", b"\0", b"\0\0\0\x05\xee", b"\xff" * 9, bytes(40)):
            made = injector("duplicate", side=side)
            steps = made.write(0.0, ACTION if side is TO_AS else EVENT, FRAME, data)
            assert bytes_of(steps) == data * 2
            named = f"type {data[4]}" if len(data) > 4 else "a frame"
            assert steps[0].note == f"fault: sent {named} twice"
