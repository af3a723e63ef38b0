"""Python values as Lua source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_PLAIN = frozenset(range(0x20, 0x7F)) - {ord('"'), ord("\\")}


def literal(value: object) -> str:
    """A constructor of the value, on one line. A key whose value is None is left out.

    Raises: TypeError for what Lua has no value for.
    """
    match value:
        case None:
            return "nil"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case str():
            return quoted(value.encode())
        case bytes():
            return quoted(value)
        case Mapping():
            entries = (f"[{literal(k)}] = {literal(v)}" for k, v in value.items() if v is not None)
            return "{" + ", ".join(entries) + "}"
        case Sequence():
            return "{" + ", ".join(literal(item) for item in value) + "}"
    raise TypeError(f"{type(value).__name__} has no value in Lua")


def quoted(data: bytes) -> str:
    """A string of exactly these bytes, in ASCII."""
    return '"' + "".join(chr(b) if b in _PLAIN else f"\\{b:03}" for b in data) + '"'
