"""Puts faults on what one side writes: whole units go in, steps come out.

Sans-I/O. The owner of the sockets gives every name, socket info and frame to `write` and does
the steps at their times. While `idle`, it may write by itself and leave this out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from itertools import count
from math import inf
from typing import Final

from seastool.seas.codec import TYPE_NAMES, TYPE_OFFSET, type_name
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.faults.fault import Fault
from seastool.seas.faults.outgoing import Held, Outgoing, Random, Step, Surroundings
from seastool.seas.faults.switchboard import Switchboard
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket

LONGEST_BEHIND: Final = 1.0  # how long `reorder` waits for a next frame
CURRENT: Final = "kamailio"


class FaultInjector:
    """The faults of one side, for one pair of connections; `beside` gives that of another pair.

    side: the direction of what this side writes. random: `random.Random`, seeded or not.
    dialect: the proxy's, which says how actions are laid out and headers are numbered; it may be
    set later. Raises: FaultError if the side cannot have a fault.
    """

    def __init__(
        self,
        faults: Iterable[Fault],
        random: Random,
        *,
        side: Direction,
        dialect: Dialect | None = None,
    ) -> None:
        self._board = Switchboard(side, random)
        self._around = Surroundings(side, dialect or lookup(CURRENT), random)
        self._last: dict[Socket, float] = {}  # when the last step of a socket is due
        self._ended: set[Socket] = set()
        self._numbers = count()
        self._busy = False  # steps given or writes held may still be to come
        for fault in faults:
            self.add(fault)

    def beside(self) -> FaultInjector:
        """An injector for another pair of connections, with the same faults and counts."""
        other = FaultInjector(
            (), self._board.random, side=self._board.side, dialect=self._around.dialect
        )
        other._board = self._board
        return other

    def forget(self) -> None:
        """The connections are gone, new ones may come: nothing is held back, ended or counted
        for `reset` any more. Faults and counts stay."""
        self._around.behind.clear()
        self._around.late.clear()
        self._around.tallies.clear()
        self._last.clear()
        self._ended.clear()
        self._busy = False

    @property
    def idle(self) -> bool:
        """Whether nothing is to be done to a write, and nothing before it is still to come."""
        return not (self._busy or self._board.on)

    @property
    def dialect(self) -> Dialect:
        """The proxy's."""
        return self._around.dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        self._around.dialect = dialect

    # Faults on and off.

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Those that are on, in the order in which they act; one that is used up is off."""
        return tuple(active.fault for active in self._board.on)

    def add(self, fault: Fault) -> None:
        """Switch a fault on. Raises: FaultError if this side cannot have it, or has it on."""
        self._board.add(fault)

    def remove(self, fault: Fault) -> bool:
        """Switch a fault off; returns whether it was on. What it holds back still goes out."""
        return self._board.remove(fault)

    @property
    def counts(self) -> Mapping[Fault, int]:
        """How often each fault has acted, those switched off included."""
        return {fault: active.applied for fault, active in self._board.known.items()}

    def report(self) -> list[str]:
        """A line a fault: how often it acted, of how many writes that it is for."""
        return [
            f"{fault}: {_times(active.applied)}, {_writes(active.met)} looked at"
            for fault, active in self._board.known.items()
        ]

    # Writes.

    def write(self, now: float, socket: Socket, kind: UnitKind, data: bytes) -> list[Step]:
        """What to do instead of writing one whole name, socket info or frame.

        Steps of one socket come in the order in which they are to be done. Never raises.
        """
        is_frame = kind is UnitKind.FRAME
        unit = Outgoing(socket, kind, self._name(socket, data) if is_frame else kind.name, data)
        self._board.act(unit, self._around, is_frame=is_frame)
        steps: list[Step] = []
        if unit.gone:
            steps.append(Step(self._not_before(now, socket), socket, note=unit.note))
        elif unit.late:
            heappush(self._around.late, self._held(now + unit.late, unit))
        elif unit.behind:
            self._around.behind[socket] = self._held(now + LONGEST_BEHIND, unit)
        else:
            steps = self._send(now, unit)
        self._settle(now)
        return steps

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None: not before the next write."""
        if not self._busy:
            return None
        dues = [held.due for held in self._around.behind.values()]
        if self._around.late:
            dues.append(self._around.late[0].due)
        return min(dues, default=None)

    def handle_timer(self, now: float) -> list[Step]:
        """The steps of what was held back until now."""
        return self._release(now, now)

    def flush(self, now: float) -> list[Step]:
        """The steps of all that is held back, due or not: for before a clean end."""
        return self._release(now, inf)

    def _release(self, now: float, due: float) -> list[Step]:
        late, behind = self._around.late, self._around.behind
        ready = [behind.pop(held.unit.socket) for held in list(behind.values()) if held.due <= due]
        while late and late[0].due <= due:
            ready.append(heappop(late))
        steps: list[Step] = []
        for held in sorted(ready):
            steps += self._send(now, held.unit)
        self._settle(now)
        return steps

    def _held(self, due: float, unit: Outgoing) -> Held:
        return Held(due, next(self._numbers), unit)

    def _settle(self, now: float) -> None:
        """Note whether anything is still to come that a direct write would overtake."""
        around = self._around
        self._busy = bool(
            self._board.on
            or around.late
            or around.behind
            or self._ended
            or any(last > now for last in self._last.values())
        )

    def _send(self, now: float, unit: Outgoing) -> list[Step]:
        """The steps of a write, and of the one that waited for it."""
        socket = unit.socket
        if socket in self._ended:
            note = f"fault: {unit.name} not sent, an earlier fault has ended the {socket} socket"
            return [Step(self._not_before(now, socket), socket, note=note)]
        steps = self._steps(now, unit)
        if unit.ending is not None:
            self._ended.add(socket)
            at = self._last[socket]
            steps.append(Step(at, socket, ending=unit.ending, note=f"fault: {unit.ending.value}"))
        if (held := self._around.behind.pop(socket, None)) is not None:
            steps += self._send(now, held.unit)
        return steps

    def _steps(self, now: float, unit: Outgoing) -> list[Step]:
        socket, jitter = unit.socket, unit.jitter
        last = self._not_before(now, socket)
        start = now + unit.delay
        if unit.pause:
            start = max(start, last)  # else the wait for what is in front would eat it up
        steps = []
        for _ in range(unit.copies):
            for after, piece in unit.pieces():
                at = start + after
                if jitter:
                    at += jitter * self._around.random.random()
                last = max(last, at)
                steps.append(Step(last, socket, piece))
        if not steps:
            steps.append(Step(last, socket))
        steps[0].note = unit.note
        self._last[socket] = last
        return steps

    def _not_before(self, now: float, socket: Socket) -> float:
        """The earliest time that overtakes nothing."""
        return max(now, self._last.get(socket, now))

    def _name(self, socket: Socket, data: bytes) -> str:
        if len(data) <= TYPE_OFFSET:
            return "a frame"
        side, type = self._around.side, data[TYPE_OFFSET]
        return TYPE_NAMES[socket, side].get(type) or type_name(type, socket, side)


def _writes(count: int) -> str:
    return "1 write" if count == 1 else f"{count} writes"


def _times(count: int) -> str:
    return "never applied" if not count else f"applied {'once' if count == 1 else f'{count} times'}"
