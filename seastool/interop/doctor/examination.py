"""All rules over one trace, and what they found as diagnoses, the right one first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from seastool.interop.doctor.binding import find_held_back, find_layout, find_stream
from seastool.interop.doctor.case import Case
from seastool.interop.doctor.cause import Cause, registry
from seastool.interop.doctor.client import find_client
from seastool.interop.doctor.network import (
    find_kept_acks,
    find_loops,
    find_missing_ack,
    find_repeats,
)
from seastool.interop.doctor.opening import find_opening
from seastool.interop.doctor.replies import (
    find_departures,
    find_mistakes,
    find_pings,
    find_silence,
)
from seastool.interop.doctor.requests import find_unseen
from seastool.interop.doctor.symptom import Diagnosis, Symptom
from seastool.interop.doctor.trace import Trace
from seastool.interop.doctor.trace_causes import TRACE_CAUSES

CAUSES: Final[dict[str, Cause]] = registry(TRACE_CAUSES)
"""Every cause that a capture can show, ranked."""

_RANK: Final = {id: rank for rank, id in enumerate(CAUSES)}
_CONSEQUENCES: Final = frozenset({"retransmissions", "cancel-unmatched"})
"""Told of a call only if nothing else is."""

_FINDERS: Final[tuple[Callable[[Case], Iterator[Symptom]], ...]] = (
    find_opening,
    find_layout,
    find_held_back,
    find_stream,
    find_unseen,
    find_mistakes,
    find_silence,
    find_departures,
    find_client,
    find_loops,
    find_kept_acks,
    find_missing_ack,
    find_pings,
    find_repeats,
)


def examine(trace: Trace) -> list[Diagnosis]:
    """Why calls of a capture failed: the worst first, of equally bad ones the cause before what
    follows from it."""
    case = Case(trace)
    found = [symptom for find in _FINDERS for symptom in find(case)]
    explained = {symptom.call_id for symptom in found if symptom.cause not in _CONSEQUENCES}
    return ranked(
        symptom
        for symptom in found
        if symptom.cause not in _CONSEQUENCES or symptom.call_id not in explained
    )


def ranked(symptoms: Iterable[Symptom]) -> list[Diagnosis]:
    """Symptoms by cause, each cause's in the order of the packets."""
    found: dict[str, Diagnosis] = {}
    for symptom in symptoms:
        diagnosis = found.setdefault(symptom.cause, Diagnosis(CAUSES[symptom.cause]))
        diagnosis.add(symptom)
    for diagnosis in found.values():
        diagnosis.symptoms.sort(key=lambda symptom: symptom.packet)
    return sorted(found.values(), key=lambda d: (-d.cause.severity, _RANK[d.cause.id]))
