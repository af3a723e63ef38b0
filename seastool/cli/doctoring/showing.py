"""What the doctor found, as text for people or as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from textwrap import wrap
from typing import Any, Final

from seastool.cli.doctoring.options import DoctorWishes
from seastool.cli.exits import UsageFault
from seastool.cli.output import Output
from seastool.interop.doctor.all_causes import ALL_CAUSES
from seastool.interop.doctor.cause import Cause
from seastool.interop.doctor.symptom import Diagnosis, Symptom
from seastool.interop.finding import Severity
from seastool.render.printable import printable, shown, text_of
from seastool.render.times import iso_time, seconds_text

SCHEMA_VERSION: Final = 1
_WIDTH: Final = 100
_LABEL: Final = 10
_GLUED: Final = ");\0"  # no text has it: all was made printable
_MOST: Final = 3  # symptoms that people are shown of one cause
_MOST_BYTES: Final = 48
_IS_TEXT: Final = 0.9


class Showing:
    """Writes, and remembers the worst of what it wrote."""

    def __init__(self, output: Output, wishes: DoctorWishes) -> None:
        self.worst: Severity | None = None
        self.as_json = wishes.as_json
        self._output = output
        self._ignored = frozenset(wishes.ignore or ())
        for id in self._ignored:
            if id not in ALL_CAUSES:
                raise UsageFault(f"no cause {id!r}: see seastool doctor --list-causes")

    def is_wanted(self, cause: Cause) -> bool:
        """Whether it is not to be ignored."""
        return cause.id not in self._ignored

    def count(self, severity: Severity) -> None:
        """Something of that severity was found."""
        self.worst = severity if self.worst is None else max(self.worst, severity)

    def line(self, text: str = "") -> None:
        """A line for people; what is from the wire is escaped by whoever makes it."""
        self._output.write(f"{text}\n")

    def part(self, label: str, text: str, indent: int = 3) -> None:
        """A labelled part, wrapped; lines of a script stay whole, to be copied."""
        first = " " * indent + f"{label:<{_LABEL}}"
        rest = " " * len(first)
        whole = printable(text).replace("); ", _GLUED)
        lines = wrap(whole, _WIDTH - len(first), break_on_hyphens=False) or [""]
        for number, line in enumerate(lines):
            self.line((rest if number else first) + line.replace(_GLUED, "); "))

    def record(self, kind: str, fields: Mapping[str, Any]) -> None:
        """One JSON line."""
        head = {"schema_version": SCHEMA_VERSION, "record": kind}
        self._output.write(json.dumps({**head, **fields}) + "\n")

    def diagnoses(self, target: str, found: list[Diagnosis], start_ns: int) -> int:
        """All of one target; how many were shown."""
        wanted = [diagnosis for diagnosis in found if self.is_wanted(diagnosis.cause)]
        for number, diagnosis in enumerate(wanted, 1):
            self.count(diagnosis.cause.severity)
            if self.as_json:
                self.record("diagnosis", diagnosis_json(target, number, diagnosis, start_ns))
            else:
                self._diagnosis(number, diagnosis, start_ns)
        return len(wanted)

    def _diagnosis(self, number: int, diagnosis: Diagnosis, start_ns: int) -> None:
        cause = diagnosis.cause
        times = f" ({diagnosis.count} times)" if diagnosis.count > 1 else ""
        self.line(f"{number}. {cause.severity} {cause.id}: {cause.title}{times}")
        for symptom in diagnosis.symptoms[:_MOST]:
            self.part("seen", place_text(symptom, start_ns))
            self.part("", symptom.message)
        if diagnosis.count > _MOST:
            self.part("", f"... and {diagnosis.count - _MOST} more (--json shows them)")
        if diagnosis.follows:
            self.part("follows", f"from {', '.join(diagnosis.follows)}")
        self.part("means", cause.meaning)
        self.part("cure", diagnosis.cure)
        self.part("see", cause.reference)


def place_text(symptom: Symptom, start_ns: int) -> str:
    """Packet, time, frame, byte, and the bytes there."""
    parts = []
    if symptom.packet:
        since = seconds_text(symptom.time_ns - start_ns)
        parts.append(f"packet {symptom.packet}, {since} s")
    if symptom.unit:
        parts.append(symptom.unit + (f" byte {symptom.start}" if symptom.data else ""))
    if symptom.data:
        parts.append(bytes_text(symptom.data))
    return ", ".join(parts) or "live"


def bytes_text(data: bytes) -> str:
    """Bytes as quoted text, if that is what they are, else in hex."""
    cut = data[:_MOST_BYTES]
    plain = sum(byte in b"\r\n\t" or 0x20 <= byte < 0x7F for byte in cut)
    dots = "..." if len(data) > _MOST_BYTES else ""
    if cut and plain >= _IS_TEXT * len(cut):
        return f'"{shown(cut)}"{dots}'
    return cut.hex(" ") + dots


def cause_json(cause: Cause) -> dict[str, Any]:
    """A cause's fields."""
    return {
        "cause": cause.id,
        "severity": str(cause.severity),
        "title": cause.title,
        "meaning": cause.meaning,
        "reference": cause.reference,
    }


def diagnosis_json(target: str, number: int, diagnosis: Diagnosis, start_ns: int) -> dict[str, Any]:
    """A diagnosis with all its symptoms that were kept."""
    return {
        "target": printable(target),
        "rank": number,
        **cause_json(diagnosis.cause),
        "cure": diagnosis.cure,
        "follows": diagnosis.follows,
        "count": diagnosis.count,
        "symptoms": [_symptom_json(symptom) for symptom in diagnosis.symptoms],
    }


def _symptom_json(symptom: Symptom) -> dict[str, Any]:
    return {
        "message": symptom.message,
        "packet": symptom.packet or None,
        "time": iso_time(symptom.time_ns) if symptom.time_ns else None,
        "time_ns": symptom.time_ns or None,
        "unit": symptom.unit,
        "start": symptom.start,
        "length": len(symptom.data),
        "bytes": symptom.data.hex(),
        "call_id": text_of(symptom.call_id),
    }


def show_causes(*, as_json: bool) -> None:
    """Every cause there is."""
    with Output() as output:
        for cause in ALL_CAUSES.values():
            if as_json:
                record = {**cause_json(cause), "evidence": cause.evidence, "cure": cause.cure}
                head = {"schema_version": SCHEMA_VERSION, "record": "cause"}
                output.write(json.dumps({**head, **record}) + "\n")
            else:
                output.write(f"{cause.id:<26}{cause.severity!s:<9}{cause.title}\n")
