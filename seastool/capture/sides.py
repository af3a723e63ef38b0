"""What one direction of an identified connection becomes: records.

Each class is a sink of tcp.py. SEAS goes through its splitter; bytes of any other protocol are
only counted. SIP over TCP is in sip_side.py.
"""

from __future__ import annotations

from collections.abc import Callable

from seastool.capture.half import Half
from seastool.capture.losses import Cause, Statistics
from seastool.capture.records import CapturedFrame, Record
from seastool.seas.framing import (
    NEED_DATA,
    SeasSplitter,
    Skipped,
    SkipReason,
    Unit,
    UnitKind,
)
from seastool.seas.types import Direction, Socket

Emit = Callable[[Record], None]

_CAUSES = {
    SkipReason.OUT_OF_STEP: Cause.OUT_OF_STEP,
    SkipReason.CUT_BY_GAP: Cause.CUT_BY_GAP,
    SkipReason.CUT_BY_END: Cause.INCOMPLETE_AT_END,
}


class Naming:
    """The application server's name, shared by the directions of a connection."""

    __slots__ = ("learn", "name")

    def __init__(self, name: str | None, learn: Callable[[str], None]) -> None:
        self.name = name
        self.learn = learn


class SeasSide:
    """A direction that carries SEAS."""

    __slots__ = (
        "_direction",
        "_emit",
        "_half",
        "_late",
        "_naming",
        "_socket",
        "_splitter",
        "_statistics",
    )

    def __init__(
        self,
        half: Half,
        socket: Socket,
        direction: Direction,
        naming: Naming,
        emit: Emit,
        statistics: Statistics,
        *,
        in_step: bool,
    ) -> None:
        self._half = half
        self._socket = socket
        self._direction = direction
        self._naming = naming
        self._emit = emit
        self._statistics = statistics
        self._splitter = SeasSplitter(socket, direction, in_step=in_step)
        self._late: tuple[int, int] | None = None  # last packet and time of the unit begun

    def receive_data(self, data: bytes, packet: int, time_ns: int) -> None:
        """Split the next bytes."""
        splitter = self._splitter
        splitter.receive_data(data)
        late = self._late
        if late is None or late[0] <= packet:
            self._drain(packet, time_ns)
            self._late = (packet, time_ns) if splitter.buffered else None
        elif self._drain(packet, time_ns, late):
            self._late = (packet, time_ns) if splitter.buffered else None

    def gap(self, missing: int, packet: int, time_ns: int, cause: Cause) -> None:
        """Tell of the gap and go on behind it."""
        self._tell(packet, time_ns, missing, 0, cause)
        self._splitter.gap(missing)
        self._drain(packet, time_ns)
        self._late = None

    def end(self, packet: int, time_ns: int) -> None:
        """Tell what is left over."""
        self._splitter.close()
        self._drain(packet, time_ns)

    def _drain(self, packet: int, time_ns: int, late: tuple[int, int] | None = None) -> int:
        """Emit what the splitter has, the first unit as of `late`; returns how many units."""
        half = self._half
        count = 0
        next_event = self._splitter.next_event
        at, at_ns = late or (packet, time_ns)
        while (event := next_event()) is not NEED_DATA:
            if not isinstance(event, Unit):
                self._skip(event, packet, time_ns)
                continue
            if event.kind is UnitKind.NAME:
                self._naming.learn(event.data[1:].decode("latin-1"))
            count += 1
            self._emit(
                CapturedFrame(
                    at,
                    at_ns,
                    half.connection,
                    half.source,
                    half.destination,
                    self._socket,
                    self._direction,
                    event.kind,
                    self._naming.name,
                    event.data,
                    event.start,
                )
            )
            at, at_ns = packet, time_ns
        self._statistics.frames += count
        return count

    def _skip(self, skipped: Skipped, packet: int, time_ns: int) -> None:
        cause = _CAUSES[skipped.reason]
        self._statistics.lose(cause, packet, skipped.count)
        self._tell(packet, time_ns, 0, skipped.count, cause, skipped.head)

    def _tell(
        self,
        packet: int,
        time_ns: int,
        missing: int,
        skipped: int,
        cause: Cause,
        head: bytes = b"",
    ) -> None:
        self._statistics.gaps += 1
        where = self._socket, self._direction
        self._emit(self._half.gap(packet, time_ns, missing, skipped, cause, *where, head))


class OtherSide:
    """A direction that carries something else."""

    __slots__ = ("_statistics",)

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics

    def receive_data(self, data: bytes, packet: int, time_ns: int) -> None:
        """Count the bytes; the connection was counted when it was identified."""
        self._statistics.lose(Cause.OTHER_TCP, packet, len(data), count=0)

    def gap(self, missing: int, packet: int, time_ns: int, cause: Cause) -> None:
        """Nothing to tell."""

    def end(self, packet: int, time_ns: int) -> None:
        """Nothing to tell."""
