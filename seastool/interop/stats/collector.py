"""The figures of a capture in one pass, in bounded memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from seastool.capture.decoded import Decoded
from seastool.capture.losses import Statistics
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.interop.stats.call_counts import CallCounts
from seastool.interop.stats.model import Stats
from seastool.interop.stats.seas_transactions import EVENTS, REPLIES, SeasTransactions
from seastool.interop.stats.sip_hops import SipHops
from seastool.ladder.contents import facts_for, sip_of
from seastool.ladder.reading import read_sip


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is followed at once; what does not fit is counted in `Stats.dropped`."""

    transactions: int = 1 << 16
    calls: int = 1 << 16


class Collector:
    """Takes records as they come; `finish` gives the figures."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._stats = stats = Stats()
        self._hops = SipHops(stats, limits.transactions)
        self._seas = SeasTransactions(stats, limits.transactions)
        self._calls = CallCounts(stats, limits.calls)

    def add(self, decoded: Decoded) -> None:
        """Take one record."""
        stats, captured = self._stats, decoded.captured
        stats.start_ns = min(stats.start_ns or captured.time_ns, captured.time_ns)
        stats.end_ns = max(stats.end_ns, captured.time_ns)
        if isinstance(captured, CapturedSip):
            stats.records[f"SIP {captured.transport}"] += 1
            self._sip(captured)
            return
        stats.records[decoded.type_name] += 1
        if isinstance(captured, Gap):
            stats.troubles["places where frames or messages are missing"] += 1
        else:
            self._frame(decoded, captured)

    def _sip(self, captured: CapturedSip) -> None:
        parts = read_sip(captured.data)
        if not self._hops.add(captured, parts):
            return
        ends: tuple[Hashable, ...] = (captured.source, captured.destination, parts.branch)
        if parts.method:
            self._calls.request(ends, parts, captured.time_ns)
        elif parts.cseq_method == "INVITE":
            leg = (captured.destination, captured.source, parts.branch)
            self._calls.response(leg, parts, captured.time_ns, parts.call_id)

    def _frame(self, decoded: Decoded, captured: CapturedFrame) -> None:
        if decoded.error is not None:
            self._stats.troubles["frames that do not decode"] += 1
            return
        facts, parts = facts_for(decoded), read_sip(sip_of(decoded))
        self._seas.add(decoded, captured, facts, parts)
        name = decoded.type_name
        if name in EVENTS:
            leg = (captured.source.packed, facts.hash_index, facts.label)
            self._calls.request(leg, parts, captured.time_ns)
        elif name in REPLIES and parts.cseq_method == "INVITE":
            leg = (captured.destination.packed, facts.hash_index, facts.label)
            self._calls.response(leg, parts, captured.time_ns, parts.call_id)

    def finish(self, statistics: Statistics | None = None) -> Stats:
        """All figures. statistics: of the reader, for what it has lost."""
        stats = self._stats
        for part in (self._hops, self._seas, self._calls):
            part.finish()
        if statistics is not None:
            stats.start_ns = min(stats.start_ns, statistics.start_ns) or statistics.start_ns
            stats.end_ns = max(stats.end_ns, statistics.end_ns)
            stats.packets = statistics.packets
            stats.losses = dict(statistics.losses)
            stats.notes = list(statistics.notes)
        return stats


def collect(
    records: Iterable[Decoded],
    statistics: Statistics | None = None,
    *,
    limits: Limits = Limits(),
) -> Stats:
    """The figures of a capture. statistics: of its reader; complete when the records are."""
    collector = Collector(limits)
    for decoded in records:
        collector.add(decoded)
    return collector.finish(statistics)
