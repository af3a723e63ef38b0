"""Which two connections belong to one application server: those of one host that say one name."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.seas.framing import UnitKind
from seastool.seas.tap.cutter import Piece
from seastool.seas.tap.pair import Changes, Pair
from seastool.seas.types import Socket


class Pairs:
    """All that are there. A pair that has been whole is never joined again: who comes back comes
    with two new connections."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._pairs: list[Pair] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._pairs)

    def join(self, connection: int, socket: Socket, host: bytes, pieces: Sequence[Piece]) -> Pair:
        """The pair of a connection, by the first that came on it of its application server. Where
        that is no name, or of the proxy, it gets one of its own."""
        name = _name(pieces)
        for pair in reversed(self._pairs) if name else ():
            if (pair.host, pair.name) == (host, name) and pair.wants(socket):
                pair.connections[socket] = connection
                pair.was_whole = True
                return pair
        self._count += 1
        pair = Pair(self._count, host, name, self._changes)
        pair.connections[socket] = connection
        self._pairs.append(pair)
        return pair

    def leave(self, pair: Pair, socket: Socket) -> None:
        """A connection is gone; without any, its pair is."""
        pair.connections.pop(socket, None)
        if not pair.connections and pair in self._pairs:
            self._pairs.remove(pair)


def _name(pieces: Sequence[Piece]) -> bytes:
    if pieces and pieces[0].kind is UnitKind.NAME:
        return pieces[0].data[1:]
    return b""
