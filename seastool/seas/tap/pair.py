"""One application server's two connections: what the script and the faults make of what passes.

Sans-I/O: pieces go in, steps with a time come out, each for one socket and direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seastool.errors import NotConnected
from seastool.seas.codec import encode_frame, event_payload
from seastool.seas.detect import Detector
from seastool.seas.dialect import Dialect
from seastool.seas.faults import Ending, FaultInjector, Step
from seastool.seas.frames import Frame
from seastool.seas.framing import UnitKind
from seastool.seas.tap.context import Context, place_of
from seastool.seas.tap.cutter import Piece
from seastool.seas.tap.script import Script
from seastool.seas.types import Direction, Socket


class Sent(NamedTuple):
    """A step, and which way it goes."""

    direction: Direction
    step: Step


@dataclass(slots=True)
class Changes:
    """What is done to what passes, for all pairs.

    injectors: by the direction of what they act on; each pair gets one of its own, with the same
    faults and counts. dialect: the proxy's, None to tell it from what passes.
    tell: takes what a person should know.
    """

    script: Script | None = None
    injectors: Mapping[Direction, FaultInjector] = field(default_factory=dict)
    dialect: Dialect | None = None
    tell: Callable[[str], None] = lambda _: None
    detector: Detector = field(default_factory=Detector)

    def touches(self, direction: Direction) -> bool:
        """Whether anything in that direction may come out other than it went in."""
        return self.script is not None or direction in self.injectors

    @property
    def dialect_now(self) -> Dialect:
        """What is known by now."""
        return self.dialect or self.detector.dialect

    def observe(self, socket: Socket, direction: Direction, data: bytes) -> bool:
        """Look at a frame to tell the dialect; returns whether there was anything to learn."""
        if self.dialect is not None or self.detector.settled:
            return False
        if direction is Direction.TO_OPENSER:
            self.detector.observe_action(data, socket)
        elif socket is Socket.EVENT:
            self.detector.observe_event(event_payload(data))
        return True


class Pair:
    """One application server. connections: the numbers of its connections, as far as they are
    there; name: what it has said on the first of them."""

    def __init__(self, number: int, host: bytes, name: bytes, changes: Changes) -> None:
        self.number = number
        self.host = host
        self.name = name
        self.connections: dict[Socket, int] = {}
        self.was_whole = False
        self.memory: dict[Any, Any] = {}
        self._changes = changes
        self._injectors = {way: one.beside() for way, one in changes.injectors.items()}
        self._out: list[Sent] = []
        self._learned: Dialect | None = None

    @property
    def name_text(self) -> str:
        """The name as text."""
        return self.name.decode("utf-8", "backslashreplace")

    def wants(self, socket: Socket) -> bool:
        """Whether it still waits for a connection of that socket."""
        return not self.was_whole and socket not in self.connections

    def opened(self, socket: Socket, direction: Direction, now: float) -> list[Sent]:
        """Both connections are there."""
        if (script := self._changes.script) is not None:
            script.opened(self._context(socket, direction, now))
        return self._taken()

    def closed(self, socket: Socket, direction: Direction, now: float) -> list[Sent]:
        """The first connection of the two has ended."""
        if (script := self._changes.script) is not None:
            script.closed(self._context(socket, direction, now))
        return self._taken()

    def receive(
        self, socket: Socket, direction: Direction, pieces: Iterable[Piece], now: float
    ) -> list[Sent]:
        """What is to be done with what came in. Never raises."""
        for kind, data in pieces:
            if kind is None:
                self._out.append(Sent(direction, Step(now, socket, data)))
            else:
                self._unit(socket, direction, kind, data, now)
        return self._taken()

    def finish(self, socket: Socket, direction: Direction, now: float) -> list[Sent]:
        """One direction of one socket is over: what is held back passes, then that does."""
        if (injector := self._injectors.get(direction)) is not None:
            self._out += (Sent(direction, step) for step in injector.flush(now))
        self._out.append(Sent(direction, Step(now, socket, ending=Ending.HALF_CLOSE)))
        return self._taken()

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None: not before something is received."""
        dues = [one.get_timer() for one in self._injectors.values()]
        return min((due for due in dues if due is not None), default=None)

    def handle_timer(self, now: float) -> list[Sent]:
        """What faults have held back until now."""
        for direction, injector in self._injectors.items():
            self._out += (Sent(direction, step) for step in injector.handle_timer(now))
        return self._taken()

    def _unit(
        self, socket: Socket, direction: Direction, kind: UnitKind, data: bytes, now: float
    ) -> None:
        changes = self._changes
        if kind is UnitKind.FRAME and changes.observe(socket, direction, data):
            self._learn(changes.dialect_now)
        out = None
        if changes.script is not None:
            out = changes.script.unit(kind, data, self._context(socket, direction, now))
        if out is None:
            self._write(socket, direction, kind, data, now)
            return
        if not out:
            told = Step(now, socket, note="script: dropped what came here")
            self._out.append(Sent(direction, told))
        for one in out:
            self._write(socket, direction, kind, one, now, "script: changed")

    def _write(
        self,
        socket: Socket,
        direction: Direction,
        kind: UnitKind,
        data: bytes,
        now: float,
        note: str = "",
    ) -> None:
        """Let one unit go out, with the faults that are wanted."""
        injector = self._injectors.get(direction)
        if injector is None or injector.idle:
            self._out.append(Sent(direction, Step(now, socket, data, note=note)))
            return
        steps = injector.write(now, socket, kind, data)
        if note and steps:
            steps[0].note = "; ".join(filter(None, (note, steps[0].note)))
        self._out += (Sent(direction, step) for step in steps)

    def _send(self, frame: Frame, now: float) -> None:
        """Send a frame of the script's. Raises: NotConnected, EncodeError."""
        socket, direction = place_of(frame)
        if socket not in self.connections:
            raise NotConnected(f"{self.name_text!r} has no {socket} connection")
        changes = self._changes
        data = encode_frame(frame, changes.dialect_now.layout)
        if changes.script is not None:
            changes.script.counts["sent"] += 1
        self._write(socket, direction, UnitKind.FRAME, data, now, "script: sent")

    def _context(self, socket: Socket, direction: Direction, now: float) -> Context:
        return Context(
            pair=self.number,
            as_name=self.name_text,
            socket=socket,
            direction=direction,
            dialect=self._changes.dialect_now,
            now=now,
            memory=self.memory,
            send=lambda frame: self._send(frame, now),
            tell=self._changes.tell,
        )

    def _learn(self, dialect: Dialect) -> None:
        if dialect is not self._learned:
            self._learned = dialect
            for injector in self._injectors.values():
                injector.dialect = dialect

    def _taken(self) -> list[Sent]:
        out, self._out = self._out, []
        return out
