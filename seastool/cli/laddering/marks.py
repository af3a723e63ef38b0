"""What `seastool doctor` finds in a capture, as marks of its ladder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seastool.capture.decoded import Decoded
from seastool.interop.doctor.connections import Connections
from seastool.interop.doctor.examination import examine
from seastool.interop.doctor.trace import gather
from seastool.ladder.model import Mark, Severity
from seastool.render.printable import text_of
from seastool.seas.dialect import Dialect


def diagnosed(
    records: Iterable[Decoded],
    connections: Connections,
    ports: Sequence[int],
    dialect: Dialect | None,
) -> list[Mark]:
    """A mark for each symptom that has a packet. All records are read. Raises: SeasError."""
    trace = gather(records, connections, dialect=dialect, ports=ports)
    return [
        Mark(
            symptom.packet,
            Severity[diagnosis.cause.severity.name],
            f"{symptom.message} [{diagnosis.cause.id}]",
            call_id=text_of(symptom.call_id),
        )
        for diagnosis in examine(trace)
        for symptom in diagnosis.symptoms
        if symptom.packet
    ]
