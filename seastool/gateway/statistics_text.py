"""The statistics of a gateway in lines for people, and as a record for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from seastool.gateway.statistics import Gauges, ServerTimes, Statistics
from seastool.histogram import Histogram

_SHARES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def statistics_lines(statistics: Statistics, gauges: Gauges) -> list[str]:
    """What there is to tell, the calls first; wire text is as it came, to be escaped."""
    return list(_lines(statistics, gauges))


def _lines(statistics: Statistics, gauges: Gauges) -> Iterator[str]:
    yield (
        f"calls: {statistics.tried:,} tried, {statistics.answered:,} answered, "
        f"{statistics.refused_calls:,} refused, {statistics.failed:,} failed"
    )
    for told, methods, classes in (
        ("received", statistics.requests, statistics.responses),
        ("of application servers", statistics.sent_requests, statistics.received_responses),
    ):
        if methods:
            answers = _counted(by_class(classes)) or "none"
            yield f"requests {told}: {_counted(by_text(methods))}; responses: {answers}"
    for (status, cause), count in sorted(statistics.faked_by_cause.items()):
        yield f"answered with {status} by the gateway itself: {count:,} ({cause})"
    for reason, count in sorted(statistics.refusals.items()):
        yield f"turned away by the gateway: {count:,} ({reason})"
    for name in server_names(statistics, gauges):
        yield from _server(name, statistics.servers.get(name), name in gauges.servers)
    if gauges.retransmissions_sent or gauges.retransmissions_absorbed:
        yield (
            f"retransmissions: {gauges.retransmissions_sent:,} sent, "
            f"{gauges.retransmissions_absorbed:,} absorbed"
        )
    for title, counts in (("transactions", gauges.transactions), ("also", gauges.counts)):
        if told := _counted(counts):
            yield f"{title}: {told}"


def _server(name: bytes, times: ServerTimes | None, connected: bool) -> Iterator[str]:
    yield (
        f"application server {text_of(name)}: {'connected' if connected else 'not connected'}, "
        f"{times.events if times else 0:,} events"
    )
    if times is not None and times.first.count:
        yield f"  first action after {_times(times.first)}"
    if times is not None and times.final.count:
        yield f"  final reply after {_times(times.final)}"


def _times(times: Histogram) -> str:
    told = [f"{name} {1000 * times.quantile(share):.2f} ms" for name, share in _SHARES.items()]
    return ", ".join((*told, f"most {1000 * times.longest:.2f} ms"))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)


def statistics_record(statistics: Statistics, gauges: Gauges) -> dict[str, Any]:
    """The same as values, times in seconds (docs/json.md)."""
    return {
        "calls": {
            "tried": statistics.tried,
            "answered": statistics.answered,
            "refused": statistics.refused_calls,
            "failed": statistics.failed,
        },
        "requests": by_text(statistics.requests),
        "responses": by_class(statistics.responses),
        "sent_requests": by_text(statistics.sent_requests),
        "received_responses": by_class(statistics.received_responses),
        "faked": [
            {"status": status, "cause": cause, "count": count}
            for (status, cause), count in sorted(statistics.faked_by_cause.items())
        ],
        "refused": dict(sorted(statistics.refusals.items())),
        "servers": [
            _server_record(name, statistics.servers.get(name, ServerTimes()), gauges)
            for name in server_names(statistics, gauges)
        ],
        "transactions": dict(gauges.transactions),
        "retransmissions": {
            "sent": gauges.retransmissions_sent,
            "absorbed": gauges.retransmissions_absorbed,
        },
        "counts": dict(gauges.counts),
    }


def _server_record(name: bytes, times: ServerTimes, gauges: Gauges) -> dict[str, Any]:
    return {
        "name": text_of(name),
        "connected": name in gauges.servers,
        "events": times.events,
        "first_action": _times_record(times.first),
        "final_reply": _times_record(times.final),
    }


def _times_record(times: Histogram) -> dict[str, float]:
    quantiles = {name: round(times.quantile(share), 9) for name, share in _SHARES.items()}
    return {"count": times.count, **quantiles, "longest": round(times.longest, 9)}


def server_names(statistics: Statistics, gauges: Gauges) -> list[bytes]:
    """All application servers that were heard of, in the order in which they came."""
    return list(dict.fromkeys((*statistics.servers, *gauges.servers)))


def by_text(counts: Mapping[bytes, int]) -> dict[str, int]:
    """Counts by name, the names as text."""
    return {text_of(name): count for name, count in counts.items()}


def by_class(counts: list[int]) -> dict[str, int]:
    """Counts of responses by class, such as ``2xx``; those that never occurred left out."""
    return {f"{first}xx": count for first, count in enumerate(counts) if count}


def text_of(name: bytes) -> str:
    """Wire text as text; what is not UTF-8 as ``\\xNN``."""
    return name.decode("utf-8", "backslashreplace")
