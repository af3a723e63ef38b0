"""The model of a ladder as JSON lines: one call a line (docs/ladder.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from seastool.ladder.model import Arrow, Call, Ladder, Mark
from seastool.render.jsonl.records import HEAD
from seastool.render.times import iso_time


def ladder_json(ladder: Ladder, *, others: bool = False) -> Iterator[str]:
    """A record `ladder` for each call; last, the marks that stand at no call and what did not fit.

    others: what belongs to no call, too, as the record of a call without Call-ID.
    """
    if others and ladder.others.arrows:
        yield _line("ladder", _call(None, ladder.others))
    for number, call in enumerate(ladder.calls, ladder.first):
        yield _line("ladder", _call(number, call))
    if ladder.marks or ladder.dropped:
        marks = [_mark(mark, {}) for mark in ladder.marks]
        yield _line("ladder_rest", {"marks": marks, "left_out": dict(ladder.dropped)})


def _line(record: str, told: dict[str, Any]) -> str:
    return f'{HEAD}"{record}",{json.dumps(told, separators=(",", ":"))[1:]}\n'


def _call(number: int | None, call: Call) -> dict[str, Any]:
    placed = call.placed_marks()
    where = {id(mark): i for i, marks in placed.items() for mark in marks}
    return {
        "number": number,
        "call_id": call.call_id or None,
        "from": call.from_uri,
        "to": call.to_uri,
        "result": call.result,
        "status": call.final_status or None,
        "time": iso_time(call.start_ns),
        "time_ns": call.start_ns,
        "duration_ns": call.duration_ns,
        "lifelines": [
            {
                "role": line.role.value,
                "name": line.name,
                "addresses": line.endpoint.addresses,
            }
            for line in call.lifelines
        ],
        "arrows": [_arrow(arrow) for arrow in call.arrows],
        "marks": [_mark(mark, where) for mark in call.marks],
    }


def _arrow(arrow: Arrow) -> dict[str, Any]:
    """What an arrow does not have is null."""
    return {
        "packet": arrow.packet,
        "time_ns": arrow.time_ns,
        "from": arrow.source,
        "to": arrow.target,
        "kind": arrow.kind.value,
        "type": arrow.type_name,
        "length": arrow.size,
        "label": arrow.text,
        "method": arrow.method or None,
        "status": arrow.status or None,
        "cseq": arrow.cseq,
        "cseq_method": arrow.cseq_method or None,
        "hash_index": arrow.hash_index,
        "hash_label": arrow.label,
        "uac_id": arrow.uac_id,
        "is_retransmission": arrow.is_retransmission,
        "repeats": arrow.repeats,
        "answers": arrow.answers,
        "answer_ns": arrow.answer_ns,
        "follows": arrow.follows,
        "follow_ns": arrow.follow_ns,
    }


def _mark(mark: Mark, where: dict[int, int]) -> dict[str, Any]:
    return {
        "packet": mark.packet,
        "arrow": where.get(id(mark)),
        "severity": mark.severity.value,
        "text": mark.text,
    }
