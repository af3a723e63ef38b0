"""Records of a capture sorted into calls: by Call-ID, by hash:label, by uac id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.ladder.contents import facts_for, sip_of
from seastool.ladder.endpoints import Endpoints
from seastool.ladder.joining import join
from seastool.ladder.judging import judge
from seastool.ladder.model import HOUSEKEEPING, Arrow, Call, Endpoint, Kind, Ladder
from seastool.ladder.reading import SipParts, read_sip
from seastool.render.facts import Facts
from seastool.seas.frames import FAKED_REPLY, ResIn
from seastool.seas.types import Direction

_REPLIES: Final = {"REPLY_PROV", "REPLY_FIN", "REPLY_FIN_DLG"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a capture is kept; what does not fit is counted in `Ladder.dropped`.

    transactions: names of transactions and uac ids that are known at once.
    """

    calls: int = 20_000
    arrows: int = 400_000
    transactions: int = 1 << 17


def build_ladder(
    records: Iterable[Decoded],
    wanted: Callable[[str], bool] | None = None,
    *,
    contents: bool = False,
    limits: Limits = Limits(),
) -> Ladder:
    """Make the ladder of a capture, in one pass.

    wanted: asked for each Call-ID; what it refuses is read for what it tells of others, not kept.
    contents: keep each record, so that its decoding can be shown (`Arrow.decoded`).
    """
    collector = Collector(wanted, contents=contents, limits=limits)
    for decoded in records:
        collector.add(decoded)
    return collector.finish()


class Collector:
    """Takes records as they come; `finish` joins and judges what was taken."""

    def __init__(
        self,
        wanted: Callable[[str], bool] | None = None,
        *,
        contents: bool = False,
        limits: Limits = Limits(),
    ) -> None:
        self._wanted = wanted
        self._contents = contents
        self._limits = limits
        self._ladder = Ladder()
        self._endpoints = Endpoints()
        self._calls: dict[str, Call | None] = {}
        self._names: dict[object, str] = {}
        self._arrows = 0

    def add(self, decoded: Decoded) -> None:
        """Take one record."""
        captured = decoded.captured
        ladder = self._ladder
        ladder.start_ns = min(ladder.start_ns or captured.time_ns, captured.time_ns)
        ladder.end_ns = max(ladder.end_ns, captured.time_ns)
        if isinstance(captured, CapturedSip):
            self._add_sip(decoded, captured)
        elif isinstance(captured, CapturedFrame):
            self._add_frame(decoded, captured)
        else:
            self._add_gap(decoded, captured)

    def _add_sip(self, decoded: Decoded, captured: CapturedSip) -> None:
        parts = read_sip(captured.data)
        source = self._endpoints.of_sender(captured.source, captured.transport, parts)
        target = self._endpoints.of_sip(captured.destination)
        arrow = self._arrow(decoded, (source, target), Kind.SIP, parts)
        self._keep(arrow, self._call(parts.call_id, parts))

    def _add_frame(self, decoded: Decoded, captured: CapturedFrame) -> None:
        proxy, server = self._endpoints.of_frame(captured)
        self._endpoints.learn(decoded, proxy)
        to_openser = captured.direction is Direction.TO_OPENSER
        parts = read_sip(sip_of(decoded))
        ends = (server, proxy) if to_openser else (proxy, server)
        arrow = self._arrow(decoded, ends, Kind.SEAS, parts)
        if arrow.type_name in HOUSEKEEPING:
            self._keep(arrow, self._ladder.others)
            return
        call_id = self._call_id_of(arrow, parts, proxy, server)
        self._keep(arrow, self._call(call_id, parts))

    def _add_gap(self, decoded: Decoded, captured: Gap) -> None:
        if captured.socket is None:
            source, target = captured.source, captured.destination
            ends = self._endpoints.of_sip(source), self._endpoints.of_sip(target)
        else:
            proxy, server = self._endpoints.of_frame(captured)
            to_openser = captured.direction is Direction.TO_OPENSER
            ends = (server, proxy) if to_openser else (proxy, server)
        arrow = self._arrow(decoded, ends, Kind.GAP, None)
        self._keep(arrow, self._ladder.others)

    def _arrow(
        self,
        decoded: Decoded,
        ends: tuple[Endpoint, Endpoint],
        kind: Kind,
        parts: SipParts | None,
    ) -> Arrow:
        captured = decoded.captured
        if kind is Kind.SIP and parts is not None:
            facts = Facts(method=parts.method, status=parts.status, subject=parts.subject)
        else:
            facts = facts_for(decoded)
        data = b"" if isinstance(captured, Gap) else captured.data
        type_name = decoded.type_name
        if isinstance(captured, CapturedSip):
            type_name = f"SIP {captured.transport}"
        arrow = Arrow(
            captured.packet,
            captured.time_ns,
            kind,
            type_name,
            len(data),
            ends,
            facts.method,
            facts.status,
            facts.subject,
            facts.note,
            facts.hash_index,
            facts.label,
            facts.uac_id,
            digest=hash(data) if kind is Kind.SIP else 0,
            error=str(decoded.error) if decoded.error is not None else "",
            is_faked=isinstance(decoded.unit, ResIn) and bool(decoded.unit.flags & FAKED_REPLY),
            decoded=decoded if self._contents else None,
        )
        if parts is not None:
            arrow.cseq, arrow.cseq_method = parts.cseq, parts.cseq_method
            arrow.branch, arrow.to_tag = parts.branch, parts.to_tag
        return arrow

    def _call_id_of(self, arrow: Arrow, parts: SipParts, proxy: Endpoint, server: Endpoint) -> str:
        """The Call-ID of a frame: of an action that names a transaction, that of the transaction,
        since the proxy goes by it too; of one without SIP, by what it names."""
        keys: list[object] = []
        if arrow.hash_index is not None:
            keys.append((id(proxy), arrow.hash_index, arrow.label))
        if arrow.uac_id is not None:
            keys.append((id(proxy), id(server), arrow.uac_id))
        known = next((self._names[key] for key in keys if key in self._names), "")
        call_id = known if arrow.type_name in _REPLIES and known else parts.call_id or known
        if call_id:
            for key in keys:
                self._remember(key, call_id)
        return call_id

    def _remember(self, key: object, call_id: str) -> None:
        names = self._names
        if key not in names and len(names) >= self._limits.transactions:
            del names[next(iter(names))]
        names[key] = call_id

    def _call(self, call_id: str, parts: SipParts) -> Call | None:
        """The call of a Call-ID; None if it is not wanted or there are too many."""
        if not call_id:
            return self._ladder.others
        call = self._calls.get(call_id)
        if call is None:
            if self._wanted is not None and not self._wanted(call_id):
                return None
            if len(self._calls) >= self._limits.calls:
                self._ladder.dropped["messages of further calls"] += 1
                return None
            call = self._calls[call_id] = Call(call_id)
            self._ladder.calls.append(call)
        if parts.method and not call.from_uri:
            call.from_uri, call.to_uri = parts.from_uri, parts.to_uri
        return call

    def _keep(self, arrow: Arrow, call: Call | None) -> None:
        if call is None:
            return
        if self._arrows >= self._limits.arrows:
            self._ladder.dropped["messages"] += 1
            return
        self._arrows += 1
        call.arrows.append(arrow)

    def finish(self, end_ns: int = 0) -> Ladder:
        """The ladder of all that was taken. end_ns: when the capture ends, if after that."""
        ladder = self._ladder
        ladder.end_ns = max(ladder.end_ns, end_ns)
        for call in (*ladder.calls, ladder.others):
            join(call)
            judge(call, ladder.end_ns)
        return ladder
