"""The identifiers that the proxy draws."""

from __future__ import annotations

from random import Random

from openser_calls import Counting

from seastool.seas.openser import DrawnIdentifiers


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
