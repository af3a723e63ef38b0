"""When the calls of a recording begin."""

from itertools import islice
from math import inf

import pytest

from seastool.replay.conversation.schedule import Schedule
from seastool.replay.playing import Load, Playing

SECOND = 10**9
SPANS = [(5 * SECOND, 6 * SECOND), (3 * SECOND, 9 * SECOND)]


def begins(
    schedule: Schedule, spans: list[tuple[int, int]] = SPANS
) -> list[list[tuple[float, int]]]:
    return [[(due.time, due.which) for due in dues] for dues in islice(schedule.rounds(spans), 5)]


@pytest.mark.parametrize(
    ("playing", "load", "expected"),
    [
        (Playing(), Load(), [[(0, 1), (2, 0)]]),
        (Playing(speed=4), Load(), [[(0, 1), (0.5, 0)]]),
        (Playing(speed=inf), Load(), [[(0, 1), (0, 0)]]),
        (Playing(), Load(calls=1), [[(0, 1)]]),
        (Playing(), Load(calls=3), [[(0, 1), (2, 0)], [(0, 1)]]),
        (Playing(), Load(loops=2), [[(0, 1), (2, 0)], [(0, 1), (2, 0)]]),
        (Playing(), Load(calls=3, rate=10), [[(0, 1), (0.1, 0)], [(0.2, 1)]]),
    ],
)
def test_calls_begin_as_recorded_or_at_a_rate(
    playing: Playing, load: Load, expected: list[list[tuple[float, int]]]
) -> None:
    assert begins(Schedule(playing, load)) == expected


def test_rounds_are_numbered_and_counted() -> None:
    schedule = Schedule(load=Load(calls=3))
    assert [due.round for dues in schedule.rounds(SPANS) for due in dues] == [0, 0, 1]
    assert schedule.total(2) == 3
    assert Schedule(load=Load(loops=4)).total(2) == 8


def test_nothing_recorded_never_begins() -> None:
    assert begins(Schedule(load=Load(calls=5)), []) == []
    assert Schedule(load=Load(calls=5)).total(0) == 0


def test_a_recording_without_times_begins_at_once() -> None:
    assert begins(Schedule(), [(0, 0), (0, 0)]) == [[(0, 0), (0, 1)]]
