"""Parameter lists: pointers to names and values in the text (docs/protocol.md: Parameter lists)."""

from collections.abc import Iterable
from typing import NamedTuple


class Parameter(NamedTuple):
    """Where one parameter lies, from the list's base; ends are exclusive. Without a value,
    value_start is value_end."""

    name_start: int
    name_end: int
    value_start: int
    value_end: int


def parameters(pointers: bytes) -> list[Parameter]:
    """Read a list: name start and value start of each, then one last end.

    Each pointer is one past the separator, so what is before it ends one byte earlier.
    An even number of pointers is not a list: the odd one out is left alone.
    """
    found = []
    for i in range(0, len(pointers) - 2, 2):
        name, value, following = pointers[i], pointers[i + 1], pointers[i + 2]
        value_end = max(value, following - 1) if value < following else value
        found.append(Parameter(name, max(name, value - 1), value, value_end))
    return found


def pointer_bytes(pairs: Iterable[tuple[int, int]], end: int) -> bytes:
    """The inverse: (name start, value start) pairs and the end, cut to one byte each; no
    pairs, no bytes."""
    flat = [pointer & 0xFF for pair in pairs for pointer in pair]
    return bytes([*flat, end & 0xFF]) if flat else b""
