"""A write on its way out: what the faults have decided about it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Protocol

from seastool.seas.dialect import Dialect
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket

PIECE_GAP: Final = 0.001
MOST_GAPS: Final = 20  # pieces beyond these follow at once, so that a write is not held up long


class Random(Protocol):
    """The part of `random.Random` that faults need."""

    def random(self) -> float: ...

    def randrange(self, start: int, /) -> int: ...


class Ending(Enum):
    """An end that a fault puts to what this side writes on a socket."""

    HALF_CLOSE = "half-close"
    RESET = "reset"


@dataclass(slots=True)
class Step:
    """One thing to do on a socket at the time `at`: write `data`, or `ending`.

    Without either there is only the `note` to tell: what a fault has done.
    """

    at: float
    socket: Socket
    data: bytes = b""
    ending: Ending | None = None
    note: str = ""


@dataclass(slots=True)
class Outgoing:
    """One write. name: REPLY_FIN, NAME ...; the fields behind `data` are what faults set.

    gone: swallowed. copies: how often it goes out. late: seconds to hold it while others pass.
    behind: to go out behind the next one. pause: seconds between its two halves. piece: size of
    the pieces, 0 for whole. delay, jitter: seconds, keeping the order of the socket.
    ending: what follows it.
    """

    socket: Socket
    kind: UnitKind
    name: str
    data: bytes
    gone: bool = False
    copies: int = 1
    late: float = 0.0
    behind: bool = False
    pause: float = 0.0
    piece: int = 0
    delay: float = 0.0
    jitter: float = 0.0
    ending: Ending | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def note(self) -> str:
        """What the faults have done, as one line."""
        return f"fault: {', '.join(self.notes)}" if self.notes else ""

    def pieces(self) -> Iterator[tuple[float, bytes]]:
        """The pieces to write, each with how many seconds after the write's time."""
        middle = len(self.data) // 2 if self.pause else len(self.data)
        halves = ((0.0, self.data[:middle]), (self.pause, self.data[middle:]))
        for after, half in halves:
            size = self.piece or len(half) or 1
            for i, at in enumerate(range(0, len(half), size)):
                yield after + PIECE_GAP * min(i, MOST_GAPS), half[at : at + size]


@dataclass(slots=True, order=True)
class Held:
    """A write that waits, at most until `due`; `number` keeps those of one time in order."""

    due: float
    number: int
    unit: Outgoing = field(compare=False)


@dataclass(slots=True)
class Surroundings:
    """What a fault may look at besides the write itself: who writes to whom in which dialect,
    the random numbers, and what waits on this pair of connections.

    behind: the write that waits for the next, by socket. late: those to come late, a heap.
    tallies: frames counted, by the fault that counts them.
    """

    side: Direction
    dialect: Dialect
    random: Random
    behind: dict[Socket, Held] = field(default_factory=dict)
    late: list[Held] = field(default_factory=list)
    tallies: dict[object, int] = field(default_factory=dict)
