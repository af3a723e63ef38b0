"""``corrupt``: one field of a frame changed, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seastool.seas.faults.field_change import FieldChange
from seastool.seas.faults.field_place import find_field
from seastool.seas.faults.frame_acts import LENGTH_SIZE
from seastool.seas.faults.outgoing import Outgoing, Random, Surroundings
from seastool.wire import Bytes, Node, Span

if TYPE_CHECKING:
    from seastool.seas.faults.fault import Fault


def corrupt(unit: Outgoing, fault: Fault, around: Surroundings) -> str | None:
    """Change the field; None if the frame has no such field, or it cannot hold the value."""
    change: FieldChange = fault.value
    data = unit.data
    node = find_field(data, change.path.steps, unit.socket, around.side, around.dialect)
    if node is None:
        return None
    before = data[node.start : node.end]
    after = _changed(node, before, change, around.random)
    if after is None or after == before:
        return None
    unit.data = _put(data, node, after)
    shown = f" {_number(before)} -> {_number(after)}" if _is_number(node) else ""
    return f"corrupted {change.path}{shown} of {unit.name}"


def _put(data: bytes, node: Node, after: bytes) -> bytes:
    """The frame with the field's new bytes. Its length in front stays true: `length` is for lies
    about it."""
    changed = data[: node.start] + after + data[node.end :]
    if len(changed) == len(data):
        return changed
    return len(changed).to_bytes(LENGTH_SIZE, "big") + changed[LENGTH_SIZE:]


def _changed(node: Node, before: bytes, change: FieldChange, random: Random) -> bytes | None:
    counted = isinstance(node.field, Bytes) and not node.field.to_end
    if change.is_random:
        kept = 1 if counted else 0
        return before[:kept] + _other(before[kept:], random)
    if _is_number(node):
        return _in_width(change.number, len(before))
    if change.text is None or not counted:
        return change.text
    return bytes((len(change.text),)) + change.text if len(change.text) <= 0xFF else None


def _in_width(number: int | None, width: int) -> bytes | None:
    if number is None or number >= 1 << 8 * width:
        return None
    return number.to_bytes(width, "big")


def _other(before: bytes, random: Random) -> bytes:
    """Random bytes, as many, that are not these."""
    if not before:
        return before
    values = 1 << 8 * len(before)
    step = 1 + random.randrange(values - 1)
    return ((_number(before) + step) % values).to_bytes(len(before), "big")


def _is_number(node: Node) -> bool:
    return isinstance(node.value, int | Span)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
