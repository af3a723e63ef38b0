"""Faults of whole frames. Each returns what it did; None if this frame has nothing to do it to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from seastool.seas.codec import TYPE_OFFSET
from seastool.seas.faults.outgoing import Ending, Outgoing, Surroundings
from seastool.seas.faults.parameter import duration_text

if TYPE_CHECKING:
    from seastool.seas.faults.fault import Fault

LENGTH_SIZE: Final = 4
MOST_LATE: Final = 1000  # a peer that asks for ever more pongs cannot fill the memory with them


def swallow(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Never send it."""
    unit.gone = True
    return f"dropped {unit.name}"


def change_type(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Give it another type."""
    type: int = fault.value
    if len(unit.data) <= TYPE_OFFSET or unit.data[TYPE_OFFSET] == type:
        return None
    unit.data = unit.data[:TYPE_OFFSET] + bytes((type,)) + unit.data[TYPE_OFFSET + 1 :]
    return f"gave {unit.name} the type {type}"


def change_length(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Make its length field lie; the frame itself stays as long as it is."""
    said = fault.value.to_bytes(LENGTH_SIZE, "big")
    if len(unit.data) < LENGTH_SIZE or unit.data.startswith(said):
        return None
    unit.data = said + unit.data[LENGTH_SIZE:]
    return f"{unit.name} of {len(unit.data)} bytes says it has {fault.value}"


def send_twice(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Send it twice, one right behind the other."""
    unit.copies *= 2
    return f"sent {unit.name} twice"


def send_late(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Hold it while others pass."""
    if len(around.late) >= MOST_LATE:
        return None
    unit.late = fault.value
    return f"{unit.name} late by {duration_text(fault.value)}"


def send_behind_next(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Hold it until the next frame of the socket has gone out."""
    if unit.late or unit.behind or unit.socket in around.behind:
        return None
    unit.behind = True
    return f"held {unit.name} back behind the next frame"


def end_after(ending: Ending) -> Callable[[Outgoing, Fault, Surroundings], str | None]:
    """End the socket that the N-th frame goes to."""

    def count(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
        before = around.tallies.get(fault, 0)
        around.tallies[fault] = before + unit.copies
        if not before < fault.value <= before + unit.copies:
            return None
        unit.ending = ending
        return f"{ending.value} of the {unit.socket} socket behind {unit.name}"

    return count
