"""When the calls of a recording begin, again and again if that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from seastool.replay.playing import Load, Playing

_NANO: Final = 1e-9


class Due(NamedTuple):
    """One call: when it is to begin, in seconds since its round began or, with a rate, since the
    start; which one of the recording it is, and in which round, from 0."""

    time: float
    which: int
    round: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a recording is replayed. begin: seconds without any message after which the other side
    is taken not to begin its calls any more."""

    playing: Playing = field(default_factory=Playing)
    load: Load = field(default_factory=Load)
    begin: float = 30.0

    def total(self, recorded: int) -> int:
        """How many calls there will be of so many recorded ones."""
        if not recorded:
            return 0
        return recorded * self.load.loops if self.load.calls is None else self.load.calls

    def rounds(self, spans: Sequence[tuple[int, int]]) -> Iterator[list[Due]]:
        """The calls in the order of their beginnings, each recorded call once a round.

        spans: beginning and end of each recorded call, nanoseconds.
        """
        order = sorted(range(len(spans)), key=lambda which: spans[which][0])
        first = min((start for start, _ in spans if start), default=0)
        rate, left = self.load.rate, self.total(len(spans))
        for number in count():
            if left <= 0:
                return
            dues = []
            for place, which in enumerate(order[:left]):
                offset = max(0, spans[which][0] - first) * _NANO if spans[which][0] else 0.0
                time = self.playing.pause(offset)
                if rate is not None:
                    time = (number * len(order) + place) / rate
                dues.append(Due(time, which, number))
            left -= len(dues)
            yield dues
