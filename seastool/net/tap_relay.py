"""One connection of an application server and ours to the proxy, joined: bytes, half-closes and
resets go through as they come.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from seastool.net.alarm import Alarm
from seastool.net.link import reason_of
from seastool.net.tap_end import End
from seastool.seas.faults import Ending, Step
from seastool.seas.tap import Cutter, Pair
from seastool.seas.types import Direction, Socket

if TYPE_CHECKING:
    from seastool.net.tap import Tap

MAX_WAITING: Final = 1 << 20  # bytes that faults may hold back before no more is read
MAX_UNSENT: Final = 4 << 20  # bytes that a script may have waiting for a peer that does not read

BACK: Final = {
    Direction.TO_AS: Direction.TO_OPENSER,
    Direction.TO_OPENSER: Direction.TO_AS,
}
WHO: Final = {
    Direction.TO_AS: "the proxy",
    Direction.TO_OPENSER: "the application server",
}
"""By the direction of what they send."""


class Leg(StrEnum):
    """Which connection is shown and written: what the tap passes on, as one connection between
    the two, or one of the real ones, as it is there."""

    PASSED = "passed"
    AS = "as"
    OPENSER = "openser"


INPUT_OF: Final = {
    Leg.PASSED: frozenset[Direction](),
    Leg.AS: frozenset({Direction.TO_OPENSER}),
    Leg.OPENSER: frozenset({Direction.TO_AS}),
}
"""What is told of a leg when it comes in; all else, when it goes out."""


class Lane:
    """One direction of a relay: how it is cut, and what is still to go out.

    waiting: bytes of that. is_over: nothing goes out any more.
    """

    def __init__(self, socket: Socket, direction: Direction) -> None:
        self.cutter = Cutter(socket, direction)
        self.waiting = 0
        self.is_over = False
        self._steps: deque[Step] = deque()

    def add(self, step: Step) -> None:
        """Do it when it is due and all before it is done."""
        self._steps.append(step)
        self.waiting += len(step.data)

    def take(self, now: float) -> Step | None:
        """The next step, if its time is there."""
        if not self._steps or self._steps[0].at > now:
            return None
        step = self._steps.popleft()
        self.waiting -= len(step.data)
        return step

    @property
    def due(self) -> float | None:
        """When the next step is."""
        return self._steps[0].at if self._steps else None


class Relay:
    """number: unique in its tap. reason: why it has ended."""

    def __init__(self, tap: Tap, number: int, socket: Socket) -> None:
        self.number = number
        self.socket = socket
        self.pair: Pair | None = None
        self.ends = {direction: End(self, direction) for direction in Direction}
        self.lanes = {direction: Lane(socket, direction) for direction in Direction}
        self.is_closed = False
        self.reason = ""
        self.host = b""
        self.came_from = ""
        self._tap = tap
        self._loop = asyncio.get_running_loop()
        self._alarm = Alarm(self._timed)
        self._input = INPUT_OF[tap.options.leg]
        self._is_up = self._is_leaving = False
        self._first_over: Direction | None = None

    # What the ends tell.

    def made(self, direction: Direction) -> None:
        """One of the connections is there: the application server's first."""
        end = self.ends[direction]
        if self.is_closed or (peer := end.address("peername")) is None:
            end.close(reset=True)
            self.close("reset before it was taken", reset=True)
        elif direction is Direction.TO_OPENSER:
            self.host, self.came_from = peer.packed, str(peer)
            self._tap.arrived(self)

    def start(self) -> None:
        """Both connections are there: let bytes pass."""
        self._is_up = True
        self._tell_opened()
        self.regulate()

    def received(self, direction: Direction, data: bytes) -> None:
        """Bytes have come: pass them on at once, or what is made of them."""
        if self.is_closed:
            return
        tap = self._tap
        touches = tap.changes.touches(direction)
        if not touches:
            self._write(direction, data)
        tap.statistics.passed[direction].bytes += len(data)
        if direction in self._input:
            self._tell(direction, data)
        pieces = self.lanes[direction].cutter.receive_data(data, self._loop.time())
        if pieces:
            tap.came(self, direction, pieces)
        if touches:
            self.set_alarm()

    def over(self, direction: Direction) -> None:
        """The sender of one direction writes no more."""
        if self.is_closed:
            return
        self._first_over = self._first_over or direction
        if direction in self._input:
            self._tell_closed(direction, reset=False)
        if pieces := self.lanes[direction].cutter.close():
            self._tap.came(self, direction, pieces)
        now = self._loop.time()
        if self.pair is not None and self._tap.changes.touches(direction):
            self._tap.carry_out(self.pair, self.pair.finish(self.socket, direction, now))
        else:
            self.add(direction, Step(now, self.socket, ending=Ending.HALF_CLOSE))
        self.set_alarm()

    def lost(self, direction: Direction, error: Exception | None) -> None:
        """One of the connections was reset: so is the other."""
        if self.is_closed:
            return
        self._tell_closed(direction, reset=True)
        self.close(f"{WHO[direction]}: {reason_of(error)}", reset=True)

    def regulate(self) -> None:
        """Read from each only as fast as it can be passed on."""
        if not self._is_up or self.is_closed:
            return
        for direction, lane in self.lanes.items():
            is_full = self.ends[BACK[direction]].is_full or lane.waiting > MAX_WAITING
            self.ends[direction].hold(is_full)

    # What is to go out.

    def add(self, direction: Direction, step: Step) -> None:
        """Do a step when it is due, behind those before it."""
        if not self.is_closed:
            self.lanes[direction].add(step)
            self._run(direction)

    def _run(self, direction: Direction) -> None:
        now, lane = self._loop.time(), self.lanes[direction]
        while not self.is_closed and (step := lane.take(now)) is not None:
            if step.data:
                self._write(direction, step.data, step.note)
            if step.ending is not None:
                self._end(direction, step.ending)
        self.regulate()

    def _write(self, direction: Direction, data: bytes, note: str = "") -> None:
        """Pass bytes on; where nobody takes any, they are gone."""
        end = self.ends[BACK[direction]]
        if self.lanes[direction].is_over or not end.can_write:
            return
        end.write(data)
        self._tap.statistics.passed[direction].bytes_out += len(data)
        if direction not in self._input:
            self._tell(direction, data, note)

    def _end(self, direction: Direction, ending: Ending) -> None:
        """End what goes one way; with both ways over, all of it."""
        if ending is Ending.RESET:
            self._tell_closed(direction, reset=True)
            self.close("reset by a fault", reset=True)
            return
        lane, end = self.lanes[direction], self.ends[BACK[direction]]
        if not lane.is_over:
            lane.is_over = True
            if end.can_write:
                end.half_close()
            if direction not in self._input:
                self._tell_closed(direction, reset=False)
        self._finish()

    def _finish(self) -> None:
        """Close what is over both ways; at the tap's own end both sides are waited for."""
        over = all(lane.is_over for lane in self.lanes.values())
        if over and (not self._is_leaving or all(end.is_over for end in self.ends.values())):
            first = self._first_over
            self.close("the tap has ended" if first is None else f"closed by {WHO[first]}")

    @property
    def unsent(self) -> int:
        """Bytes that wait to be passed on."""
        waiting = sum(lane.waiting for lane in self.lanes.values())
        return waiting + sum(end.unsent for end in self.ends.values())

    def takes(self, direction: Direction) -> bool:
        """Whether more may be sent one way that nobody has asked for."""
        waiting = self.lanes[direction].waiting + self.ends[BACK[direction]].unsent
        return waiting <= MAX_UNSENT

    def leave(self) -> None:
        """Write no more to either side, so that both end it."""
        self._is_leaving = True
        for direction in self.lanes:
            if not self.is_closed:
                self._end(direction, Ending.HALF_CLOSE)

    def close(self, reason: str, *, reset: bool = False) -> None:
        """Close both connections, after what was written unless `reset`."""
        if self.is_closed:
            return
        if not reset:
            for direction in self.lanes:
                self._tell_closed(direction, reset=False)
        self.is_closed, self.reason = True, reason
        self._alarm.cancel()
        for end in self.ends.values():
            end.close(reset=reset)
        self._tap.ended(self)

    # Time.

    def set_alarm(self) -> None:
        """See to it that the next timer is met."""
        if self.is_closed:
            return
        dues = [lane.due for lane in self.lanes.values()]
        for direction, lane in self.lanes.items():
            if self._tap.changes.touches(direction):
                dues.append(lane.cutter.get_timer())
        if self.pair is not None:
            dues.append(self.pair.get_timer())
        self._alarm.set(dues)

    def _timed(self) -> None:
        now = self._loop.time()
        for direction, lane in self.lanes.items():
            touches = self._tap.changes.touches(direction)
            if touches and (pieces := lane.cutter.handle_timer(now)):
                self._tap.came(self, direction, pieces)
        if self.pair is not None:
            self._tap.carry_out(self.pair, self.pair.handle_timer(now))
        for direction in self.lanes:
            self._run(direction)
        self.set_alarm()

    # What the traffic is told: as if we were the proxy, to whom the application server connects.

    def _tell_opened(self) -> None:
        if (traffic := self._tap.traffic) is None:
            return
        app_server, proxy = self.ends[Direction.TO_OPENSER], self.ends[Direction.TO_AS]
        leg = self._tap.options.leg
        local = app_server.address("sockname") if leg is Leg.AS else proxy.address("peername")
        remote = proxy.address("sockname") if leg is Leg.OPENSER else app_server.address("peername")
        if local is None or remote is None:
            return
        traffic.opened(
            self.number,
            local,
            remote,
            openser_is_local=True,
            socket=self.socket,
            time_ns=time.time_ns(),
        )

    def _tell(self, direction: Direction, data: bytes, note: str = "") -> None:
        if (traffic := self._tap.traffic) is not None:
            sent = direction is Direction.TO_AS
            traffic.data(self.number, data, sent=sent, time_ns=time.time_ns(), comment=note)

    def _tell_closed(self, direction: Direction, *, reset: bool) -> None:
        if (traffic := self._tap.traffic) is not None:
            sent = direction is Direction.TO_AS
            traffic.closed(self.number, sent=sent, reset=reset, time_ns=time.time_ns())
