"""Faults of the opening: names and socket info. Each returns what it did; None if nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seastool.errors import DecodeError
from seastool.seas.faults.outgoing import Outgoing, Surroundings
from seastool.seas.faults.parameter import duration_text
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.types import Socket

if TYPE_CHECKING:
    from seastool.seas.faults.fault import Fault

PAD = b"x"


def leave_unpaired(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Swallow the name on the action socket, or socket info."""
    if unit.kind is UnitKind.NAME and unit.socket is not Socket.ACTION:
        return None
    unit.gone = True
    named = "the name on the action socket" if unit.kind is UnitKind.NAME else "socket info"
    return f"swallowed {named}"


def lengthen_name(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Pad the name, or that of the first listening socket."""
    try:
        if unit.kind is UnitKind.NAME:
            name = Name.decode(unit.data).name
            longer = Name(name=_padded(name, fault.value)).encode()
        else:
            info = SocketInfo.decode(unit.data)
            if not info.sockets:
                return None
            first = info.sockets[0]
            name = first.name
            info.sockets[0] = replace(first, name=_padded(name, fault.value))
            longer = info.encode()
    except DecodeError:
        return None
    if len(name) >= fault.value:
        return None
    unit.data = longer
    return f"padded a name of {len(name)} bytes to {fault.value}"


def _padded(name: bytes, size: int) -> bytes:
    return name.ljust(size, PAD)


def split_in_two(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Send it in two pieces with a pause between them."""
    if len(unit.data) < 2:
        return None
    unit.pause = fault.value
    return f"split {unit.name} in two, {duration_text(fault.value)} apart"
