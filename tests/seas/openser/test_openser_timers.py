"""The heap of due times, and the identifiers that the proxy draws."""

from __future__ import annotations

from random import Random

from openser_calls import Counting

from seastool.seas.openser import DrawnIdentifiers
from seastool.seas.openser.timers import NEVER, Timers


class Thing:
    def __init__(self) -> None:
        self.due = NEVER


def test_things_come_out_in_order() -> None:
    timers: Timers[Thing] = Timers()
    things = [Thing() for _ in range(5)]
    for n, thing in enumerate(things):
        timers.set(thing, 10.0 - n)
    assert timers.next() == 6.0
    assert timers.pop(5.9) is None
    popped = [timers.pop(100.0) for _ in things]
    assert [found and found[0] for found in popped] == things[::-1]
    assert timers.pop(100.0) is None
    assert len(timers) == 0


def test_what_is_set_again_or_cleared_does_not_come_out_twice() -> None:
    timers: Timers[Thing] = Timers()
    one, other = Thing(), Thing()
    timers.set(one, 1.0)
    timers.set(other, 2.0)
    timers.set(one, 3.0)
    assert len(timers) == 2
    assert timers.next() == 2.0
    timers.clear(other)
    timers.clear(other)
    assert timers.pop(9.0) == (one, 3.0)
    assert timers.next() is None


def test_stale_entries_do_not_pile_up() -> None:
    timers: Timers[Thing] = Timers()
    thing = Thing()
    for n in range(10_000):
        timers.set(thing, float(n))
    assert len(timers._heap) <= 300
    assert timers.pop(1e9) == (thing, 9999.0)


def test_identifiers() -> None:
    ids = DrawnIdentifiers(Random(1))
    assert ids.hash_index(b"a@b", b"1") == ids.hash_index(b"a@b", b"1")
    assert 0 <= ids.hash_index(b"a@b", b"2") <= 0xFFFF
    labels = {ids.label(1) for _ in range(100)}
    assert len(labels) == 100
    assert all(0 <= label <= 0xFFFFFFFF for label in labels)
    assert ids.branch(0x1C64, 0x63968A4A) == b"z9hG4bK46c1.a4a86936.0"
    assert len(ids.tag()) == 37
    assert 0 <= ids.draw(6) < 64


def test_labels_wrap() -> None:
    class Highest(Counting):
        def getrandbits(self, k: int, /) -> int:
            return (1 << k) - 1

    assert DrawnIdentifiers(Highest()).label(0) == 0
