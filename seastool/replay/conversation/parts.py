"""The parts of one call, and which of them a message that has come is."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from seastool.replay.fields import read_start

REQUESTS = "requests"
"""The key of the other side's requests."""
_FINAL = 200


@dataclass(slots=True, eq=False)
class Part:
    """A recorded message that is sent, or waited for.

    step: its number among those of its call, from 1. number: of its packet or message. text: its
    SIP. is_ours: whether this side sends it. key: what the other side's is in answer to;
    REQUESTS for its requests. delay: seconds since the part before. unit: the frame it was in.
    data: that frame's bytes.
    """

    step: int
    number: int
    text: bytes
    is_ours: bool
    key: Hashable
    delay: float
    unit: Any = None
    data: bytes = b""
    is_done: bool = False

    @property
    def start(self) -> tuple[bytes, int]:
        """Method, empty of a response, and status, 0 of a request."""
        return start_of(self.text)


class Taken(NamedTuple):
    """What has come: the part that it is, None if it was not recorded; and the parts that cannot
    come any more, as those of their transaction have gone on."""

    part: Part | None
    missed: list[Part]


def start_of(text: bytes) -> tuple[bytes, int]:
    """Method and status of a message."""
    method, _, status, _ = read_start(text.partition(b"\n")[0])
    return method, status


def take(parts: Iterable[Part], key: Hashable, text: bytes) -> Taken:
    """Which of the parts a message is, and mark it and those that it leaves behind as done.

    A response with another status than was recorded is taken for the one in whose place it is: a
    final one for the final one, a provisional one for the next provisional one.
    """
    waiting = [part for part in parts if not part.is_ours and not part.is_done and part.key == key]
    start = start_of(text)
    found = next((part for part in waiting if part.start == start), None)
    if found is None and start[1]:
        is_final = start[1] >= _FINAL
        places = waiting if is_final else waiting[:1]
        found = next((part for part in places if _is_final(part) == is_final), None)
    missed: list[Part] = []
    if found is not None and start[1]:
        missed = waiting[: waiting.index(found)]
    for part in (*missed, *([found] if found else ())):
        part.is_done = True
    return Taken(found, missed)


def _is_final(part: Part) -> bool:
    method, status = part.start
    return bool(method) or status >= _FINAL
