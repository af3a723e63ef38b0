"""The statistics of a gateway as Prometheus reads them.

Source: Prometheus exposition formats, text format 0.0.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from seastool.gateway.statistics import Gauges, ServerTimes, Statistics
from seastool.gateway.statistics_text import by_class, by_text, server_names, text_of
from seastool.histogram import Histogram

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "seastool_gateway_"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


def exposition(statistics: Statistics, gauges: Gauges) -> str:
    """The whole text of a scrape."""
    return "".join(f"{line}\n" for line in _lines(statistics, gauges))


def _lines(statistics: Statistics, gauges: Gauges) -> Iterator[str]:
    calls = {
        "answered": statistics.answered,
        "refused": statistics.refused_calls,
        "failed": statistics.failed,
    }
    for name, text, label, counts in (
        ("requests_total", "Requests received.", "method", by_text(statistics.requests)),
        ("responses_total", "Responses sent.", "class", by_class(statistics.responses)),
        (
            "sent_requests_total",
            "Requests of application servers, those without an address included.",
            "method",
            by_text(statistics.sent_requests),
        ),
        (
            "received_responses_total",
            "Responses received to requests of application servers.",
            "class",
            by_class(statistics.received_responses),
        ),
        ("calls_total", "INVITEs that got a final response, by result.", "result", calls),
        (
            "refused_requests_total",
            "Requests that the gateway turned away.",
            "reason",
            statistics.refusals,
        ),
        ("other_total", "Anything else that was counted, by name.", "what", gauges.counts),
    ):
        yield from _metric(name, "counter", text, _labelled(label, counts))
    yield from _metric(
        "calls_tried_total", "counter", "INVITEs received.", [({}, statistics.tried)]
    )
    yield from _metric(
        "faked_responses_total",
        "counter",
        "Final responses of the gateway in place of an application server.",
        [
            ({"status": str(status), "cause": cause}, count)
            for (status, cause), count in statistics.faked_by_cause.items()
        ],
    )
    yield from _metric(
        "retransmissions_total",
        "counter",
        "SIP messages repeated by the gateway, or absorbed when others repeated them.",
        _labelled(
            "direction",
            {"sent": gauges.retransmissions_sent, "absorbed": gauges.retransmissions_absorbed},
        ),
    )
    yield from _metric(
        "transactions",
        "gauge",
        "SIP transactions there are now, by state.",
        _labelled("state", gauges.transactions),
    )
    yield from _servers(statistics, gauges)


def _servers(statistics: Statistics, gauges: Gauges) -> Iterator[str]:
    names = server_names(statistics, gauges)
    times = {name: statistics.servers.get(name, ServerTimes()) for name in names}
    yield from _metric(
        "server_connected",
        "gauge",
        "Whether an application server is connected.",
        [({"server": text_of(name)}, name in gauges.servers) for name in names],
    )
    yield from _metric(
        "events_total",
        "counter",
        "Events sent to an application server.",
        [({"server": text_of(name)}, times[name].events) for name in names],
    )
    for name, text, histograms in (
        ("first_action_seconds", "From an event to the first action for it.", "first"),
        ("final_reply_seconds", "From an event to the final reply.", "final"),
    ):
        yield from _head(name, "histogram", text)
        for server in names:
            yield from _histogram(name, text_of(server), getattr(times[server], histograms))


def _histogram(name: str, server: str, times: Histogram) -> Iterator[str]:
    for bound, count in times.cumulative():
        yield _sample(f"{name}_bucket", {"server": server, "le": f"{bound:.4g}"}, count)
    yield _sample(f"{name}_bucket", {"server": server, "le": "+Inf"}, times.count)
    yield _sample(f"{name}_sum", {"server": server}, times.total)
    yield _sample(f"{name}_count", {"server": server}, times.count)


def _metric(name: str, kind: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield from _head(name, kind, text)
    for labels, value in samples:
        yield _sample(name, labels, value)


def _head(name: str, kind: str, text: str) -> tuple[str, str]:
    return f"# HELP {PREFIX}{name} {text}", f"# TYPE {PREFIX}{name} {kind}"


def _sample(name: str, labels: Labels, value: float) -> str:
    told = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in labels.items())
    return f"{PREFIX}{name}{f'{{{told}}}' if told else ''} {float(value):.15g}"


def _labelled(label: str, counts: Mapping[str, int]) -> list[Sample]:
    return [({label: name}, count) for name, count in counts.items()]
