"""What every container of packets gives, and how it asks for more bytes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

MAX_BLOCK: Final = 16 << 20  # longer records and blocks mean that the file is damaged
IDLE_LINK: Final = -1  # link type of the empty packet that says: nothing more for now

Packet = tuple[int, int, bytes, int, int, int]
"""time in ns, link type, buffer, start and end of the captured bytes in it, length on the wire."""

IDLE: Final[Packet] = (0, IDLE_LINK, b"", 0, 0, 0)
Read = Callable[[], bytes | None]
"""More bytes, b"" at the end, None if there are none just now."""


@dataclass(slots=True)
class Damage:
    """What is wrong with the container; empty `what` if nothing was found."""

    what: str = ""
    truncated: bool = False


def refill(
    read: Read, rest: bytes, need: int, damage: Damage
) -> Generator[Packet, None, bytes | None]:
    """`rest` and what comes behind it, `need` bytes at least; None if the file ends before.

    Yields IDLE whenever a growing file has nothing more for now.
    """
    parts, have = [rest], len(rest)
    while have < need:
        more = read()
        if more is None:
            yield IDLE
            continue
        if not more:
            if have and not damage.what:
                damage.what = f"the file ends {need - have} bytes before the packet's record does"
                damage.truncated = True
            return None
        parts.append(more)
        have += len(more)
    return b"".join(parts)
