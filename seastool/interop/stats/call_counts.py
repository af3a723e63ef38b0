"""Calls: INVITEs that begin a dialog, and how they go on."""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum, auto
from typing import Final

from seastool.interop.stats.model import FINAL, Stats, is_failure
from seastool.interop.stats.pending import Pending
from seastool.ladder.reading import SipParts

RINGS: Final = 180
REFUSED: Final = 300
CHALLENGES: Final = frozenset({401, 407})
TERMINATED: Final = 487


class State(Enum):
    """How far a call is."""

    TRIED = auto()
    CHALLENGED = auto()
    TALKING = auto()
    OVER = auto()


class Call:
    """leg: names the INVITE where it was first seen, so that a response counts that its sender
    gets, not one of another hop."""

    __slots__ = ("answered_ns", "leg", "rings", "start_ns", "state")

    def __init__(self, leg: Hashable, start_ns: int) -> None:
        self.leg = leg
        self.start_ns = start_ns
        self.answered_ns = 0
        self.rings = False
        self.state = State.TRIED


class CallCounts:
    """Takes requests and responses, SIP and SEAS alike, that are not sent again."""

    def __init__(self, stats: Stats, most: int) -> None:
        self._stats = stats
        self._counts = stats.calls
        self._calls: Pending[Call] = Pending(most, self._dropped)
        self._talking = 0

    def request(self, leg: Hashable, parts: SipParts, time_ns: int) -> None:
        """A request. leg: by which `response` will name it."""
        call = self._calls.get(parts.call_id)
        if parts.method == "INVITE" and not parts.to_tag:
            if call is None:
                self._begin(leg, parts, time_ns)
            elif call.state is State.CHALLENGED:
                call.leg, call.state = leg, State.TRIED
        elif parts.method == "BYE" and call is not None and call.state is State.TALKING:
            call.state = State.OVER
            self._talking -= 1
            self._counts.ended += 1
            self._counts.talking.add((time_ns - call.answered_ns) / 1e9)

    def _begin(self, leg: Hashable, parts: SipParts, time_ns: int) -> None:
        if not parts.call_id:
            return
        self._counts.tried += 1
        self._stats.series.add("calls", time_ns)
        self._stats.talkers.callers.add(parts.from_uri)
        self._stats.talkers.callees.add(parts.to_uri)
        self._calls.put(parts.call_id, Call(leg, time_ns))

    def response(self, leg: Hashable, parts: SipParts, time_ns: int, call_id: str) -> None:
        """A response to the request of that leg."""
        call = self._calls.get(call_id)
        if call is None or call.leg != leg or call.state is not State.TRIED:
            return
        counts, seconds = self._counts, (time_ns - call.start_ns) / 1e9
        if parts.status < FINAL:
            if parts.status >= RINGS and not call.rings:
                call.rings = True
                counts.ringing.add(seconds)
        elif parts.status in CHALLENGES:
            call.state = State.CHALLENGED
        elif parts.status < REFUSED:
            call.state, call.answered_ns = State.TALKING, time_ns
            counts.answered += 1
            counts.answering.add(seconds)
            self._talking += 1
            counts.most = max(counts.most, self._talking)
        else:
            self._refused(call, parts.status, time_ns)

    def _refused(self, call: Call, status: int, time_ns: int) -> None:
        call.state = State.OVER
        if is_failure(status):
            self._counts.failed += 1
            self._stats.series.add("failed calls", time_ns)
        else:
            self._counts.refused += 1
            self._counts.abandoned += status == TERMINATED

    def _dropped(self, call: Call) -> None:
        if call.state is State.TALKING:
            self._talking -= 1
        if call.state is not State.OVER:
            self._stats.dropped["calls that were not followed to their end"] += 1

    def finish(self) -> None:
        """What has no final response stays open; a challenge that nobody answers is a refusal."""
        for call in self._calls:
            self._counts.open += call.state is State.TRIED
            self._counts.refused += call.state is State.CHALLENGED
