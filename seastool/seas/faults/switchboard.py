"""Which faults are on, for all connections of one side, and what they have done."""

from __future__ import annotations

from dataclasses import dataclass, field

from seastool.seas.faults.errors import FaultError
from seastool.seas.faults.fault import SIDES, Fault
from seastool.seas.faults.outgoing import Outgoing, Random, Surroundings
from seastool.seas.faults.registry import ANY_FRAME, ORDER, Act, ActsOn
from seastool.seas.types import Direction

Names = frozenset[str] | None  # of what a fault acts on; None for whatever comes


@dataclass(slots=True)
class Active:
    """A fault that is or was on.

    left: how often it still may act; None for ever. met: writes that it is for. applied: how
    many of these it acted on.
    """

    fault: Fault
    act: Act
    chance: float
    left: int | None
    met: int = 0
    applied: int = 0

    def apply(self, unit: Outgoing, around: Surroundings) -> bool:
        """Act on a write; returns whether this was the last time."""
        self.met += 1
        if self.chance < 1 and around.random.random() >= self.chance:
            return False
        note = self.act(unit, self.fault, around)
        if note is None:
            return False
        unit.notes.append(note)
        self.applied += 1
        if self.left is None:
            return False
        self.left -= 1
        return self.left <= 0


@dataclass(slots=True)
class Switchboard:
    """The faults of one side.

    on: those that act, in the order in which they do; for_hellos, for_frames: the same for each,
    with what they act on. known: all that ever were on.
    """

    side: Direction
    random: Random
    on: list[Active] = field(default_factory=list)
    for_hellos: list[tuple[Active, Names]] = field(default_factory=list)
    for_frames: list[tuple[Active, Names]] = field(default_factory=list)
    known: dict[Fault, Active] = field(default_factory=dict)

    def add(self, fault: Fault) -> None:
        """Switch a fault on. Raises: FaultError if this side cannot have it, or has it on."""
        self._check(fault)
        active = Active(fault, fault.kind.act, fault.chance, fault.count)
        if (before := self.known.get(fault)) is not None:
            active.met, active.applied = before.met, before.applied
        self.known[fault] = active
        self._set([*self.on, active])

    def _check(self, fault: Fault) -> None:
        side = SIDES[self.side]
        if self.side not in fault.kind.sides:
            raise FaultError(f"{fault}: {side} cannot have this fault")
        there = fault.kind.names(self.side)
        wrong = [name for name in fault.types if name not in there]
        if wrong:
            raise FaultError(f"{fault}: {side} never writes {wrong[0]}, but {', '.join(there)}")
        if any(active.fault == fault for active in self.on):
            raise FaultError(f"{fault} is on already")

    def remove(self, fault: Fault) -> bool:
        """Switch a fault off; returns whether it was on."""
        kept = [active for active in self.on if active.fault != fault]
        was_on = len(kept) < len(self.on)
        self._set(kept)
        return was_on

    def act(self, unit: Outgoing, around: Surroundings, *, is_frame: bool) -> None:
        """Let the faults act on a write, until one swallows it."""
        for active, names in self.for_frames if is_frame else self.for_hellos:
            if names is None or unit.name in names:
                if active.apply(unit, around):
                    self._set([other for other in self.on if other is not active])
                if unit.gone:
                    return

    def _set(self, on: list[Active]) -> None:
        on.sort(key=lambda active: ORDER[active.fault.name])
        self.on = on
        self.for_hellos = [
            (active, _names(active.fault))
            for active in on
            if active.fault.kind.acts_on is not ActsOn.FRAME
        ]
        self.for_frames = [
            (active, None if ANY_FRAME in active.fault.types else _names(active.fault))
            for active in on
            if active.fault.kind.acts_on is not ActsOn.HELLO
        ]


def _names(fault: Fault) -> Names:
    return frozenset(fault.types or fault.kind.types) or None
