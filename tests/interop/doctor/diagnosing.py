"""A capture's diagnoses, for the tests."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from seastool.capture.decoded import decode_records
from seastool.capture.reader import read_capture
from seastool.interop.doctor.connections import read_connections
from seastool.interop.doctor.examination import examine
from seastool.interop.doctor.symptom import Diagnosis
from seastool.interop.doctor.trace import Trace, gather

ROOT = Path(__file__).parents[3]
CAPTURES = ROOT / "captures"


def trace_of(data: bytes) -> Trace:
    records = decode_records(read_capture(BytesIO(data)))
    return gather(records, read_connections(BytesIO(data)))


def diagnose(data: bytes) -> list[Diagnosis]:
    return examine(trace_of(data))


def causes(data: bytes) -> list[str]:
    return [diagnosis.cause.id for diagnosis in diagnose(data)]
