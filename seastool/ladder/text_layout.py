"""Where the columns of a ladder in text stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seastool.ladder.model import Call
from seastool.ladder.words import cells

LEAST_GAP: Final = 16  # columns between two lifelines
NARROW_GAP: Final = 9  # where there is no room for more
AROUND: Final = 7  # columns around a label: lifeline, blanks, the arrow's head and its line
LEFT: Final = 9  # packet, and the blanks between columns
SPANS: Final = 20  # both latencies
# What is shown while each gap has so many columns: latencies, and the transaction.
_WISHES: Final = ((True, True, 26), (True, False, 22))


@dataclass(slots=True)
class Layout:
    """places: the column of each lifeline; end: the last column of the picture. time: how wide
    times are. spans, names: whether there is room for latencies, and for the transaction."""

    places: list[int]
    end: int
    time: int
    spans: bool
    names: bool


def layout_of(
    call: Call,
    labels: Sequence[str],
    headings: Sequence[Sequence[str]],
    times: Sequence[str],
    width: int,
) -> Layout:
    """The widest picture that the width has room for; 0: as wide as all labels need."""
    gaps = _gaps(call, labels, headings)
    time = max(map(len, times), default=8)
    names = max((len(arrow.transaction) for arrow in call.arrows), default=0)
    if not width:
        return _placed(LEFT + time + SPANS, gaps, time, True, True)
    for spans, with_names, least in _WISHES:
        left = LEFT + time + SPANS * spans
        room = width - left - (names + 3 if with_names and names else 1)
        if sum(min(gap, least) for gap in gaps) <= room:
            return _placed(left, _shrunk(gaps, room), time, spans, with_names)
    room = max(width - LEFT - time - 1, sum(min(gap, NARROW_GAP) for gap in gaps))
    return _placed(LEFT + time, _shrunk(gaps, room), time, False, False)


def _placed(left: int, gaps: Sequence[int], time: int, spans: bool, names: bool) -> Layout:
    places = [left]
    for gap in gaps[:-1]:
        places.append(places[-1] + gap)
    return Layout(places, places[-1] + (gaps[-1] if gaps else 0), time, spans, names)


def _gaps(call: Call, labels: Sequence[str], headings: Sequence[Sequence[str]]) -> list[int]:
    """How far apart the lifelines have to be for all labels; last, the room behind the last."""
    gaps = [max(LEAST_GAP, *(cells(text) + 2 for text in texts)) for texts in headings]
    gaps[-1:] = [0]
    needs: dict[tuple[int, int], int] = {}
    for arrow, label in zip(call.arrows, labels, strict=True):
        low, high = sorted((arrow.source, arrow.target))
        needs[low, high] = max(needs.get((low, high), 0), cells(label) + AROUND)
    for (low, high), need in sorted(needs.items(), key=lambda item: item[0][1] - item[0][0]):
        last = max(high - 1, low)
        gaps[last] += max(0, need - sum(gaps[low : last + 1]))
    return gaps


def _shrunk(gaps: Sequence[int], room: int) -> list[int]:
    """The gaps cut to one width that fits, but for those that are narrower."""
    low, high = 0, max(gaps, default=0)
    while low < high:
        level = (low + high + 1) // 2
        if sum(min(gap, level) for gap in gaps) <= room:
            low = level
        else:
            high = level - 1
    return [min(gap, low) for gap in gaps]
