"""All rules over one trace, and what they found as diagnoses, the right one first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from seastool.interop.doctor.acks import find_kept_acks, find_missing_ack, find_unseen_acks
from seastool.interop.doctor.binding import (
    find_held_back,
    find_layout,
    find_missing,
    find_stream,
)
from seastool.interop.doctor.case import Case
from seastool.interop.doctor.cause import Cause, registry
from seastool.interop.doctor.client import find_client
from seastool.interop.doctor.consequences import in_order, without_echoes
from seastool.interop.doctor.departures import find_departures
from seastool.interop.doctor.network import find_loops, find_repeats
from seastool.interop.doctor.opening import find_opening
from seastool.interop.doctor.replies import find_mistakes, find_pings, find_silence
from seastool.interop.doctor.requests import find_unseen
from seastool.interop.doctor.symptom import Diagnosis, Symptom
from seastool.interop.doctor.trace import Trace
from seastool.interop.doctor.trace_causes import TRACE_CAUSES

CAUSES: Final[dict[str, Cause]] = registry(TRACE_CAUSES)
"""Every cause that a capture can show."""

_FINDERS: Final[tuple[Callable[[Case], Iterator[Symptom]], ...]] = (
    find_opening,
    find_layout,
    find_held_back,
    find_stream,
    find_missing,
    find_unseen,
    find_mistakes,
    find_silence,
    find_departures,
    find_client,
    find_loops,
    find_kept_acks,
    find_unseen_acks,
    find_missing_ack,
    find_pings,
    find_repeats,
)


def examine(trace: Trace) -> list[Diagnosis]:
    """Why calls of a capture failed: the worst first, and a cause before what follows from it."""
    case = Case(trace)
    return ranked(without_echoes(symptom for find in _FINDERS for symptom in find(case)))


def ranked(symptoms: Iterable[Symptom]) -> list[Diagnosis]:
    """Symptoms by cause, each cause's in the order of the packets; what `in_order` says first."""
    found: dict[str, Diagnosis] = {}
    for symptom in symptoms:
        diagnosis = found.setdefault(symptom.cause, Diagnosis(CAUSES[symptom.cause]))
        diagnosis.add(symptom)
    for diagnosis in found.values():
        diagnosis.symptoms.sort(key=lambda symptom: symptom.packet)
    return in_order(list(found.values()))
