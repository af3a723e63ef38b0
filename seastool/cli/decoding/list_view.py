"""The list: one line a record."""

from __future__ import annotations

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip
from seastool.cli.decoding.entry import facts_for, quick_facts, size_of, type_of
from seastool.render.listing import Listing
from seastool.render.times import Clock
from seastool.seas.types import ActionType, Direction, EventType

_EVENTS = {member.value: member.name for member in EventType}
_ACTIONS = {member.value: member.name for member in ActionType}


class ListView:
    """One line a record; the heading again where a column has become wider."""

    def __init__(self, clock: Clock, listing: Listing, *, heading: bool) -> None:
        self._clock = clock
        self._listing = listing
        self._heading = heading
        self._headed = ""
        self._plain = listing.plain

    def start(self, start_ns: int) -> str:
        self._clock.start(start_ns)
        self._headed = self._listing.heading() if self._heading else ""
        return self._headed

    def show(self, decoded: Decoded) -> str:
        line = self._line(decoded)
        if not self._heading or (heading := self._listing.heading()) == self._headed:
            return line
        self._headed = heading
        return heading + line

    def _line(self, decoded: Decoded) -> str:
        captured = decoded.captured
        if self._plain and isinstance(captured, CapturedFrame):
            quick = quick_facts(captured, decoded)
            if quick is not None:
                names = _EVENTS if captured.direction is Direction.TO_AS else _ACTIONS
                return self._listing.quick_line(
                    captured.packet,
                    captured.time_ns,
                    captured.direction,
                    names[captured.data[4]],
                    len(captured.data),
                    quick,
                )
        direction, ports, route = None, "", ""
        if isinstance(captured, CapturedSip):
            ports = f"{captured.source.port} -> {captured.destination.port}"
            route = f"{captured.source} -> {captured.destination}"
        else:
            direction = captured.direction
        return self._listing.line(
            captured.packet,
            captured.time_ns,
            direction,
            type_of(decoded),
            size_of(decoded),
            facts_for(decoded),
            ports,
            route,
        )
