"""Faults of the byte stream, whatever is written. Each returns what it did; None if nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seastool.seas.faults.outgoing import Outgoing, Surroundings
from seastool.seas.faults.parameter import duration_text

if TYPE_CHECKING:
    from seastool.seas.faults.fault import Fault


def slice_up(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Write it in pieces; of two sizes the smaller."""
    size: int = fault.value
    if len(unit.data) <= size:
        return None
    unit.piece = min(size, unit.piece or size)
    return f"sliced {unit.name} into {size}-byte pieces"


def delay(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Write it later; all behind it waits."""
    unit.delay += fault.value
    return f"delayed {unit.name} by {duration_text(fault.value)}"


def add_jitter(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Write each piece up to so much later, never before the piece in front."""
    unit.jitter += fault.value
    return f"{unit.name} up to {duration_text(fault.value)} late"
