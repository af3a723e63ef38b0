"""The heap of due times."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seastool.timers import NEVER, Timed, Timers


def test_things_come_out_in_order() -> None:
    timers: Timers[Timed] = Timers()
    things = [Timed() for _ in range(5)]
    for n, thing in enumerate(things):
        timers.set(thing, 10.0 - n)
    assert timers.next() == 6.0
    assert timers.pop(5.9) is None
    assert [timers.pop(100.0) for _ in things] == things[::-1]
    assert timers.pop(100.0) is None
    assert len(timers) == 0


def test_what_is_set_again_or_cleared_does_not_come_out_twice() -> None:
    timers: Timers[Timed] = Timers()
    one, other = Timed(), Timed()
    timers.set(one, 1.0)
    timers.set(other, 2.0)
    timers.set(one, 3.0)
    assert len(timers) == 2
    assert timers.next() == 2.0
    timers.clear(other)
    timers.clear(other)
    assert (timers.pop(9.0), one.due) == (one, 3.0)
    assert timers.next() is None
    timers.clear(one)
    assert len(timers) == 0


def test_stale_entries_do_not_pile_up() -> None:
    timers: Timers[Timed] = Timers()
    thing = Timed()
    for n in range(10_000):
        timers.set(thing, 10_000.0 - n)
    assert len(timers._heap) <= 300
    for n in range(10_000):
        timers.set(thing, float(n))
    assert len(timers._heap) <= 300
    assert (timers.pop(1e9), thing.due) == (thing, 9999.0)


def test_those_that_were_cleared_do_not_come_out() -> None:
    timers: Timers[Timed] = Timers()
    things = [Timed() for _ in range(4000)]
    for n, thing in enumerate(things):
        timers.set(thing, float(n % 100))
    for n, thing in enumerate(things):
        if n % 4:
            timers.clear(thing)
    assert len(timers) == 1000
    assert len(timers._heap) < 3000
    assert timers.pop(-1) is None
    popped = []
    while (thing := timers.pop(50)) is not None:
        popped.append(thing.due)
    assert popped == sorted(popped)
    assert all(due % 4 == 0 for due in popped)
    assert timers.next() == 52


@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "clear", "pop"]), st.integers(0, 4), st.integers(0, 9))
    )
)
def test_it_is_as_a_table_of_times(steps: list[tuple[str, int, int]]) -> None:
    timers: Timers[Timed] = Timers()
    things = [Timed() for _ in range(5)]
    table: dict[Timed, float] = {}
    for verb, which, at in steps:
        thing = things[which]
        if verb == "set":
            due = NEVER if at == 9 else float(at)
            timers.set(thing, due)
            table[thing] = due
        elif verb == "clear":
            timers.clear(thing)
            table.pop(thing, None)
        else:
            popped = timers.pop(at)
            first = min(table.values(), default=NEVER)
            assert (popped is None) == (first > at)
            if popped is not None:
                assert table.pop(popped) == first == popped.due
        first = min(table.values(), default=NEVER)
        assert timers.next() == (None if first == NEVER else first)
