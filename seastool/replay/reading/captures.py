"""Captures: SIP messages and SEAS frames from pcap and pcapng."""

from __future__ import annotations

from typing import IO, cast

from seastool.capture.reader import CaptureReader, read_capture
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.capture.source import CaptureFile
from seastool.errors import CaptureError
from seastool.replay.messages import Recorded, Trace


class Peeked:
    """A file of which the head was read before, as a reader of captures takes one."""

    def __init__(self, file: CaptureFile, head: bytes) -> None:
        self.name = file.name
        self._file = file
        self._head = head

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as many as there are at once; none at the end."""
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._file.read() or b""


def read_packets(file: Peeked, trace: Trace) -> None:
    """Put what a capture holds into a trace. Raises: CaptureError if that is nothing."""
    reader = read_capture(cast("IO[bytes]", file))
    for record in reader:
        if isinstance(record, CapturedSip):
            trace.add(
                Recorded(
                    record.packet,
                    record.time_ns,
                    record.transport,
                    record.source,
                    record.destination,
                    record.data,
                )
            )
        elif isinstance(record, CapturedFrame):
            trace.add(record)
        else:
            _note_gap(record, trace)
    statistics = reader.statistics
    if trace.is_empty and not trace.left:
        raise CaptureError(
            f"neither SIP nor SEAS in its {statistics.packets:,} packets{_why(reader)}",
            path=file.name,
        )
    trace.notes += statistics.notes
    for cause, loss in reader.losses.items():
        if not cause.harmless:
            times = f"{loss.count:,} times, first at packet {loss.first_packet}"
            trace.notes.append(f"{cause.value}: {times}")


def _note_gap(gap: Gap, trace: Trace) -> None:
    """The statistics count gaps by cause; the first few are worth a place."""
    if len(trace.notes) < _MOST_GAPS:
        what = f"{gap.missing} bytes are missing" if gap.missing else f"{gap.skipped} skipped"
        trace.notes.append(f"{gap.source} -> {gap.destination}: {what} at packet {gap.packet}")


def _why(reader: CaptureReader) -> str:
    losses = [(loss.count, cause) for cause, loss in reader.losses.items()]
    if not losses:
        return ""
    count, cause = max(losses, key=lambda item: item[0])
    return f"; {count:,} times {cause.value}"


_MOST_GAPS = 8
