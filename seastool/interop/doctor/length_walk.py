"""The lengths in front of actions, whether or not the actions themselves ever come."""

from __future__ import annotations

from typing import Final

from seastool.interop.frame_check import MAX_ACTION

LONGEST: Final = 1 << 17
"""A length above is no action's: something else stands where it should be."""
_SHORTEST: Final = 9  # a head of layout A


class LengthWalk:
    """Goes from length to length through what an application server writes behind its name, as far
    as the proxy reads it."""

    __slots__ = ("_at", "_pending", "_skip", "_started", "_stopped")

    def __init__(self) -> None:
        self._at = 0
        self._pending = b""
        self._skip = 0
        self._started = self._stopped = False

    def stop(self) -> None:
        """The stream has a hole: what follows says nothing."""
        self._stopped = True

    def take(self, data: bytes) -> tuple[int, bytes] | None:
        """The next bytes. Returns where a length stands that the proxy does not take, and its
        bytes; there the walk ends."""
        if self._stopped:
            return None
        if self._skip >= len(data):
            self._skip -= len(data)
            self._at += len(data)
            return None
        buffer = self._pending + data[self._skip :]
        self._at += self._skip
        self._skip = at = 0
        while not self._stopped:
            head = buffer[at : at + 4]
            length = self._length(head)
            if not length:
                break
            if length < 0:
                self._stopped = True
                return self._at + at, head
            at += length
            self._started = True
        self._skip = max(0, at - len(buffer))
        self._pending = buffer[at:]
        self._at += min(at, len(buffer))
        return None

    def _length(self, head: bytes) -> int:
        """Of the unit that begins so; 0 if more must come, below 0 if there is none such."""
        if not self._started:
            return 1 + head[0] if head else 0
        if len(head) < 4:
            return 0
        length = int.from_bytes(head, "big")
        return length if _SHORTEST <= length <= MAX_ACTION else -1
