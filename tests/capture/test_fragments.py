"""IP fragments against a byte-by-byte model, and their cost."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.capture.fragments import Fragments, _Pieces
from seastool.capture.ip import Fragment
from seastool.capture.losses import Limits, Statistics

PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), max_size=30)


@settings(max_examples=400, deadline=None)
@given(places=PLACES)
def test_any_fragments_make_what_a_byte_by_byte_copy_makes(places: list[tuple[int, int]]) -> None:
    pieces = _Pieces(1, 0)
    model: dict[int, int] = {}
    for number, (start, size) in enumerate(places):
        pieces.add(start, bytes([number]) * size)
        for place in range(start, start + size):
            model.setdefault(place, number)
    inside = [at for begin, end in pieces.ranges for at in range(begin, end)]
    assert inside == sorted(model)
    assert {at: pieces.data[at] for at in inside} == model


def test_ten_thousand_tiny_fragments_of_one_packet_are_cheap() -> None:
    """Every second place stays empty, so that none of them can be joined."""
    fragments = Fragments(Limits(), Statistics())
    start = time.process_time()
    for number in range(10_000):
        place = Fragment(7, (2 * number + 1) * 8 % 65_520, more=True)
        assert fragments.add(bytes(8), 17, place, bytes(8), number, 0) is None
    assert time.process_time() - start < 1.5
