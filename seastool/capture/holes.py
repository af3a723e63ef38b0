"""Segments that wait behind a hole: a sorted list without overlaps."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple


class Segment(NamedTuple):
    """Bytes at a place in the stream; `cut` more followed that were not captured."""

    start: int
    data: bytes
    cut: int
    packet: int
    time_ns: int


def insert(pending: list[Segment], segment: Segment) -> tuple[int, int, int]:
    """Put into the list those bytes that it does not have: the first copy wins.

    Returns how many bytes were added, how many were there, and how many of those differ.
    """
    start, data, cut, packet, time_ns = segment
    end = start + len(data)
    low = bisect_left(pending, (start,))
    if low and pending[low - 1].start + len(pending[low - 1].data) > start:
        low -= 1
    high = low
    added = repeated = differ = 0
    at = start
    pieces: list[Segment] = []
    while high < len(pending) and pending[high].start < end:
        known = pending[high]
        high += 1
        if at < known.start:
            pieces.append(Segment(at, data[at - start : known.start - start], 0, packet, time_ns))
            added += known.start - at
            at = known.start
        pieces.append(known)
        stop = min(end, known.start + len(known.data))
        if stop > at:
            same = known.data[at - known.start : stop - known.start]
            differ += differing(data[at - start : stop - start], same)
            repeated += stop - at
            at = stop
    if at < end or (cut and not data):
        pieces.append(Segment(at, data[at - start :], cut, packet, time_ns))
        added += end - at
    pending[low:high] = pieces
    return added, repeated, differ


def differing(one: bytes, other: bytes) -> int:
    """How many bytes differ, as far as both go."""
    if one == other:
        return 0
    return sum(a != b for a, b in zip(one, other, strict=False))
