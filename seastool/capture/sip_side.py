"""What one direction of a SIP connection becomes: records. A sink, as those of sides.py."""

from __future__ import annotations

from collections.abc import Callable

from seastool.capture.half import Half
from seastool.capture.losses import Cause, Statistics
from seastool.capture.records import CapturedSip, Record
from seastool.sip.framing import NEED_DATA, SipMessage, SipSplitter


class SipSide:
    """A direction that carries SIP over TCP."""

    def __init__(
        self, half: Half, emit: Callable[[Record], None], statistics: Statistics, *, in_step: bool
    ) -> None:
        self._half = half
        self._emit = emit
        self._statistics = statistics
        self._splitter = SipSplitter(in_step=in_step)
        self._late = (0, 0)
        self._skip_cause = Cause.OUT_OF_STEP

    def receive_data(self, data: bytes, packet: int, time_ns: int) -> None:
        """Split the next bytes."""
        self._splitter.receive_data(data)
        last = max(self._late, (packet, time_ns))
        if self._drain(packet, time_ns, last):
            last = packet, time_ns
        self._late = last if self._splitter.buffered else (0, 0)

    def gap(self, missing: int, packet: int, time_ns: int, cause: Cause) -> None:
        """Tell of the gap and go on behind it."""
        self._tell(packet, time_ns, missing, 0, cause)
        self._splitter.gap(missing)
        self._skip_cause = Cause.CUT_BY_GAP
        self._drain(packet, time_ns)
        self._late = (0, 0)

    def end(self, packet: int, time_ns: int) -> None:
        """Tell what is left over."""
        self._splitter.close()
        self._skip_cause = Cause.INCOMPLETE_AT_END
        self._drain(packet, time_ns)

    def _drain(self, packet: int, time_ns: int, late: tuple[int, int] | None = None) -> int:
        half, statistics = self._half, self._statistics
        count = 0
        at, at_ns = late or (packet, time_ns)
        while (event := self._splitter.next_event()) is not NEED_DATA:
            if isinstance(event, SipMessage):
                count += 1
                self._emit(
                    CapturedSip(
                        at,
                        at_ns,
                        half.connection,
                        half.source,
                        half.destination,
                        "tcp",
                        event.data,
                    )
                )
                at, at_ns = packet, time_ns
            else:
                cause, self._skip_cause = self._skip_cause, Cause.OUT_OF_STEP
                statistics.lose(cause, packet, event.count)
                self._tell(packet, time_ns, 0, event.count, cause)
        statistics.sip_messages += count
        if idle := self._splitter.keep_alive_bytes:
            self._splitter.keep_alive_bytes = 0
            statistics.lose(Cause.KEEP_ALIVE, packet, idle)
        return count

    def _tell(self, packet: int, time_ns: int, missing: int, skipped: int, cause: Cause) -> None:
        self._statistics.gaps += 1
        self._emit(self._half.gap(packet, time_ns, missing, skipped, cause))
