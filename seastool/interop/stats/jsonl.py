"""The figures as one JSON record (docs/stats.md); times in seconds."""

from __future__ import annotations

import json
from typing import Any, Final

from seastool.histogram import Histogram
from seastool.interop.stats.model import Method, Methods, Stats
from seastool.interop.stats.series import Series
from seastool.interop.stats.tables import SHARES
from seastool.interop.stats.talkers import Ranking
from seastool.render.jsonl.records import HEAD
from seastool.render.times import iso_time

NAMES: Final = ("events", "calls", "failed calls")


def stats_json(stats: Stats, top: int = 10) -> str:
    """One line, a record ``stats``."""
    told = {
        "start": iso_time(stats.start_ns) if stats.start_ns else None,
        "seconds": round(stats.seconds, 9),
        "packets": stats.packets,
        "records": dict(sorted(stats.records.items())),
        "calls": _calls(stats),
        "events": _methods(stats.events),
        "clients": _methods(stats.clients),
        "sip": _methods(stats.sip),
        "servers": {
            name: {
                "events": one.events,
                "actions": one.actions,
                "pings": one.pings,
                "first_action": _times(one.first),
                "final_reply": _times(one.final),
                "pong": _times(one.pong),
            }
            for name, one in stats.servers.items()
        },
        "talkers": {
            "senders": _ranking(stats.talkers.senders, top, "messages", sizes=True),
            "callers": _ranking(stats.talkers.callers, top, "calls", sizes=False),
            "callees": _ranking(stats.talkers.callees, top, "calls", sizes=False),
        },
        "series": _series(stats.series),
        "troubles": dict(stats.troubles),
        "losses": {
            cause.name: {"count": loss.count, "bytes": loss.size, "first_packet": loss.first_packet}
            for cause, loss in stats.losses.items()
        },
        "notes": stats.notes,
        "left_out": dict(stats.dropped),
    }
    return f'{HEAD}"stats",{json.dumps(told, separators=(",", ":"))[1:]}\n'


def _calls(stats: Stats) -> dict[str, Any]:
    calls = stats.calls
    return {
        "tried": calls.tried,
        "answered": calls.answered,
        "refused": calls.refused,
        "cancelled": calls.abandoned,
        "failed": calls.failed,
        "open": calls.open,
        "ended": calls.ended,
        "most_at_once": calls.most,
        "to_ringing": _times(calls.ringing),
        "to_answer": _times(calls.answering),
        "talk": _times(calls.talking),
    }


def _methods(methods: Methods) -> dict[str, Any]:
    return {name: _method(one) for name, one in methods.by_name.items()}


def _method(one: Method) -> dict[str, Any]:
    return {
        "requests": one.requests,
        "repeated": one.repeated,
        "unanswered": one.unanswered,
        "statuses": {str(status): count for status, count in sorted(one.statuses.items())},
        "first": _times(one.first),
        "final": _times(one.final),
    }


def _times(times: Histogram) -> dict[str, Any]:
    """Without any there is the count alone. buckets: those that have something, the upper bound in
    seconds and how many."""
    if not times.count:
        return {"count": 0}
    buckets: list[list[float | None]] = []
    before = 0
    for bound, seen in times.cumulative(1):
        if seen > before:
            buckets.append([float(f"{bound:.4g}"), seen - before])
        before = seen
    if times.count > before:
        buckets.append([None, times.count - before])
    quantiles = {name: round(times.quantile(share), 9) for name, share in SHARES.items()}
    return {
        "count": times.count,
        **quantiles,
        "shortest": round(times.shortest, 9),
        "longest": round(times.longest, 9),
        "mean": round(times.total / times.count, 9),
        "buckets": buckets,
    }


def _ranking(ranking: Ranking, top: int, what: str, *, sizes: bool) -> list[dict[str, Any]]:
    return [
        {"name": name, what: count, **({"bytes": size} if sizes else {})}
        for name, count, size in ranking.top(top)
    ]


def _series(series: Series) -> dict[str, Any]:
    return {
        "start": iso_time(series.start_ns) if series.start_ns is not None else None,
        "interval": series.width_ns / 1e9,
        "counts": {name.replace(" ", "_"): series.counts(name) for name in NAMES},
    }
