"""What `seastool doctor` finds in a capture, as marks of its ladder."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.capture.decoded import decode_records
from seastool.capture.reader import read_capture
from seastool.interop.doctor.connections import read_connections
from seastool.interop.doctor.examination import examine
from seastool.interop.doctor.trace import gather
from seastool.ladder.model import Mark, Severity
from seastool.seas.dialect import Dialect


def diagnosed(capture: str, ports: Sequence[int], dialect: Dialect | None) -> list[Mark]:
    """A mark for each symptom that has a packet. The file is read once more. Raises: SeasError."""
    records = decode_records(read_capture(capture, ports=ports), dialect)
    trace = gather(records, read_connections(capture), dialect=dialect, ports=ports)
    return [
        Mark(
            symptom.packet,
            Severity[diagnosis.cause.severity.name],
            f"{symptom.message} [{diagnosis.cause.id}]",
        )
        for diagnosis in examine(trace)
        for symptom in diagnosis.symptoms
        if symptom.packet
    ]
