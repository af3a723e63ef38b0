"""``seastool decode --json``: one object a line (docs/json.md)."""

from __future__ import annotations

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.cli.decoding.entry import facts_for, quick_facts
from seastool.cli.decoding.struct_of import struct_of
from seastool.render.facts import Facts
from seastool.render.jsonl.escape import quote, quote_bytes
from seastool.render.jsonl.records import HEAD, When, place, side, sip_json
from seastool.render.jsonl.unit import unit_json
from seastool.seas.framing import UnitKind

_KINDS = {
    UnitKind.FRAME: "frame",
    UnitKind.NAME: "name",
    UnitKind.SOCKET_INFO: "socket_info",
}


class JsonView:
    """Each record as a line of JSON."""

    def __init__(self) -> None:
        self._when = When()

    def start(self, start_ns: int) -> str:
        return ""

    def show(self, decoded: Decoded) -> str:
        captured = decoded.captured
        where = place(
            captured.packet,
            self._when(captured.time_ns),
            captured.connection,
            str(captured.source),
            str(captured.destination),
        )
        if isinstance(captured, CapturedFrame):
            return f"{HEAD}{_frame(captured, decoded, where)}}}\n"
        if isinstance(captured, CapturedSip):
            return (
                f'{HEAD}"sip",{where},"transport":"{captured.transport}",'
                f'"length":{len(captured.data)},{sip_json(facts_for(decoded))}'
                f'"text":{quote_bytes(captured.data)}}}\n'
            )
        return f"{HEAD}{_gap(captured, where)}}}\n"


def _frame(captured: CapturedFrame, decoded: Decoded, where: str) -> str:
    struct, order = struct_of(decoded)
    fields = unit_json(captured.data, struct, order, decoded.dialect, captured.direction)
    return (
        f'"{_KINDS[captured.kind]}",{where},'
        f"{side(captured.socket, captured.direction, captured.as_name)},"
        f'"offset":{captured.offset},"length":{len(captured.data)},'
        f'"type":{quote(decoded.type_name)},"dialect":{quote(decoded.dialect.name)},'
        f"{_sip(captured, decoded)}{fields}"
    )


def _sip(captured: CapturedFrame, decoded: Decoded) -> str:
    quick = quick_facts(captured, decoded)
    if quick is None:
        return sip_json(facts_for(decoded))
    first, _, subject = quick[4].partition(" ")
    facts = Facts(subject=subject, call_id=quick[5])
    if first.isdigit():
        facts.status = int(first)
    else:
        facts.method = first
    return sip_json(facts)


def _gap(gap: Gap, where: str) -> str:
    return (
        f'"gap",{where},{side(gap.socket, gap.direction, None)},"missing":{gap.missing},'
        f'"skipped":{gap.skipped},"cause":{quote(gap.cause.name)},"meaning":{quote(gap.cause.value)}'
    )
