"""The heap of timers."""

from hypothesis import given
from hypothesis import strategies as st

from seastool.app.timers import Timers


def run(timers: Timers, now: float) -> None:
    count = timers.count
    while due := timers.pop_due(now, count):
        call, argument = due
        call(argument)


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=60), st.integers(0, 20))
def test_what_is_due_is_called_in_order(wanted: list[tuple[int, bool]], now: int) -> None:
    timers, called = Timers(), []
    kept = []
    for n, (at, keep) in enumerate(wanted):
        timer = timers.add(at, called.append, (at, n))
        kept += [timer] if keep else []
        if not keep:
            timer.cancel()
    assert len(timers) == len(kept)
    run(timers, now)
    due = sorted((at, n) for n, (at, keep) in enumerate(wanted) if keep and at <= now)
    assert called == due
    assert len(timers) == len(kept) - len(due)
    later = [at for at, keep in wanted if keep and at > now]
    assert timers.next() == min(later, default=None)
    for timer in kept:
        timer.cancel()
        timer.cancel()
    assert len(timers) == 0
    assert timers.next() is None


def test_cancelled_timers_do_not_pile_up() -> None:
    timers = Timers()
    keep = timers.add(5, print, None)
    for n in range(100_000):
        timers.add(10 + n, print, None).cancel()
    assert len(timers._heap) < 4096
    assert timers.next() == 5
    assert keep.is_set


def test_a_timer_set_for_now_waits_for_the_next_round() -> None:
    timers, called = Timers(), []

    def again(n: int) -> None:
        called.append(n)
        timers.add(0, again, n + 1)

    timers.add(0, again, 0)
    run(timers, 0)
    assert called == [0]
    run(timers, 0)
    assert called == [0, 1]
    timers.cancel_all()
    assert len(timers) == 0
