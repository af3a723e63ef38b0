"""One direction of one connection cut into pieces that together are all of its bytes.

Sans-I/O. What belongs to no unit is a piece too, so nothing is ever lost, and nothing but the
beginning of a unit is held back, and that for a moment only.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from seastool.seas.framing import NEED_DATA, SeasSplitter, Skipped, UnitKind
from seastool.seas.types import Direction, Socket

HOLD_SECONDS: Final = 1.0  # that the beginning of a unit waits for the rest, before it passes alone


class Piece(NamedTuple):
    """A whole unit, or with kind None bytes that are none, as they came."""

    kind: UnitKind | None
    data: bytes


class Cutter:
    """Cuts one direction. Pieces, one behind the other, are what came in.

    What it holds back is never more than the longest frame (`plausible.MAX_FRAME`) and one
    `receive_data`.
    """

    __slots__ = ("_at", "_held", "_since", "_splitter")

    def __init__(self, socket: Socket, direction: Direction) -> None:
        self._splitter = SeasSplitter(socket, direction)
        self._held = bytearray()
        self._at = 0  # offset in the stream of the first byte held
        self._since: float | None = None

    @property
    def held(self) -> int:
        """Bytes that wait for the rest of their unit."""
        return len(self._held)

    def receive_data(self, data: bytes, now: float) -> list[Piece]:
        """Take the next bytes; what is ready to pass."""
        splitter = self._splitter
        splitter.receive_data(data)
        self._held += data
        before = self._at
        pieces: list[Piece] = []
        while (event := splitter.next_event()) is not NEED_DATA:
            if isinstance(event, Skipped):
                self._give(pieces, event.start + event.count)
            elif event.start < self._at:  # its beginning has passed already
                self._give(pieces, event.start + len(event.data))
            else:
                self._give(pieces, event.start)
                self._take(len(event.data))
                pieces.append(Piece(event.kind, event.data))
        # Out of step, or in a unit whose beginning has passed, there is nothing to wait for.
        if self._held and (not splitter.in_step or splitter.buffered > len(self._held)):
            self._give(pieces, self._at + len(self._held))
        if not self._held:
            self._since = None
        elif self._since is None or self._at != before:
            self._since = now
        return pieces

    def close(self) -> list[Piece]:
        """The stream is over; what was held back passes as it is."""
        return self._release()

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None while nothing is held."""
        return None if self._since is None else self._since + HOLD_SECONDS

    def handle_timer(self, now: float) -> list[Piece]:
        """What has waited too long for the rest of its unit."""
        due = self.get_timer()
        return self._release() if due is not None and due <= now else []

    def _release(self) -> list[Piece]:
        pieces: list[Piece] = []
        self._give(pieces, self._at + len(self._held))
        self._since = None
        return pieces

    def _give(self, pieces: list[Piece], end: int) -> None:
        """Let all pass up to an offset in the stream, as it is."""
        if end > self._at:
            pieces.append(Piece(None, self._take(end - self._at)))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        self._at += len(taken)
        return taken
