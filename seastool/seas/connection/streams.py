"""What a proxy writes on both its sockets, cut into units."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seastool.seas.framing import NEED_DATA, SeasSplitter, Skipped, Unit
from seastool.seas.types import Direction, Socket


class Streams:
    """remark: told what is no frame, with its kind, a text and how much there is of it."""

    def __init__(self, remark: Callable[[str, str, int], None]) -> None:
        self._remark = remark
        self._splitters: dict[Socket, SeasSplitter] = {}
        self._lost_step: set[Socket] = set()

    def begin(self) -> None:
        """New connections."""
        self._splitters = {
            socket: SeasSplitter(socket, Direction.TO_AS)
            for socket in (Socket.EVENT, Socket.ACTION)
        }
        self._lost_step.clear()

    def receive(self, socket: Socket, data: bytes) -> Iterator[Unit]:
        """The units that are whole with these bytes."""
        splitter = self._splitters[socket]
        splitter.receive_data(data)
        while (unit := splitter.next_event()) is not NEED_DATA:
            if isinstance(unit, Unit):
                yield unit
            else:
                self._skipped(socket, unit)
        self._note_step(socket, splitter)

    def finish(self) -> None:
        """Count what begins a frame that will never be whole."""
        for socket, splitter in self._splitters.items():
            splitter.close()
            while (unit := splitter.next_event()) is not NEED_DATA:
                if isinstance(unit, Skipped):
                    self._skipped(socket, unit)

    def _note_step(self, socket: Socket, splitter: SeasSplitter) -> None:
        """Tell at once when no frame begins where one should: the next one may never come."""
        if splitter.in_step:
            self._lost_step.discard(socket)
        elif socket not in self._lost_step:
            self._lost_step.add(socket)
            told = f"the proxy's {socket} socket: no frame begins where one should, looking for one"
            self._remark("times out of step with the proxy", told, 1)

    def _skipped(self, socket: Socket, skipped: Skipped) -> None:
        told = f"{skipped.count} bytes of the proxy's {socket} socket: {skipped.reason}"
        self._remark("bytes of the proxy that are no frames", told, skipped.count)
