"""What numbers stand for: the tables that a declaration's `names` refers to, in a dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum

from seastool.seas.dialect import Dialect
from seastool.seas.types import ActionSocketEvent, ActionType, EventSocketAction, EventType

FIRST_STATUS = 100


def _member(codes: type[IntEnum]) -> Callable[[int, Dialect], str | None]:
    names = {member.value: member.name for member in codes}
    return lambda value, dialect: names.get(value)


def _method_or_status(value: int, dialect: Dialect) -> str | None:
    return None if value >= FIRST_STATUS else dialect.method_name(value)


TABLES: Mapping[str, Callable[[int, Dialect], str | None]] = {
    "event_type": _member(EventType),
    "event_action_type": _member(EventSocketAction),
    "action_type": _member(ActionType),
    "failure_type": _member(ActionSocketEvent),
    "transport": lambda value, dialect: dialect.transport_name(value),
    "header": lambda value, dialect: dialect.header_name(value),
    "method": lambda value, dialect: dialect.method_name(value),
    "method_or_status": _method_or_status,
    "mime": lambda value, dialect: dialect.mime_name(value),
}
METHOD_MASK = "method_mask"


def code_name(table: str, value: int, dialect: Dialect) -> str | None:
    """What a code of that table stands for; None if the dialect does not have it."""
    return TABLES[table](value, dialect)


def bit_names(bits: Mapping[str, int], value: int) -> list[str]:
    """The names of the bits that are set, then in hex the set bits that have no name."""
    names = [name for name, mask in bits.items() if value & mask]
    for mask in bits.values():
        value &= ~mask
    return [*names, f"{value:#x}"] if value else names
