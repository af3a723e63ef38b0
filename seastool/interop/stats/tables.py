"""The figures as tables, whoever shows them: text, rich, HTML. Fit to be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from seastool.histogram import Histogram
from seastool.interop.stats.model import Method, Methods, Stats
from seastool.ladder.words import counted, span_text
from seastool.render.printable import printable

SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
NOTHING: Final = "-"
MAX_CELL: Final = 120


@dataclass(frozen=True, slots=True)
class Table:
    """title, one line of explanation, columns, rows. labels: how many columns on the left are
    words; the others are numbers."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    labels: int = 1


def tables(stats: Stats, top: int = 10) -> list[Table]:
    """All tables that have rows. top: how many talkers."""
    return [table for table in _all(stats, top) if table.rows]


def headline(stats: Stats) -> str:
    """The capture in one line."""
    calls = stats.calls
    told = [f"{stats.seconds:.3f} s", counted(stats.packets, "packet")]
    told += [counted(stats.records.total(), "frame or message"), counted(calls.tried, "call")]
    if stats.seconds > 0 and calls.tried > 1:
        told[-1] += f" ({calls.tried / stats.seconds:.3g}/s)"
    return ", ".join(told)


def _all(stats: Stats, top: int) -> Iterator[Table]:
    calls = stats.calls
    if calls.tried:
        columns = ("tried", "answered", "refused", "of which cancelled", "failed", "open")
        counts = (calls.tried, calls.answered, calls.refused, calls.abandoned, calls.failed)
        row = [_count(n) for n in (*counts, calls.open, calls.ended, calls.most)]
        about = "INVITEs that begin a dialog, each Call-ID once"
        yield Table("Calls", about, (*columns, "ended by BYE", "most at once"), [row], 0)
        spans = {"to ringing": calls.ringing, "to answer": calls.answering}
        rows = [[name, *_spans(times)] for name, times in (spans | {"talk": calls.talking}).items()]
        yield Table(
            "Times of calls", "from the INVITE; talk: from the 2xx to the BYE", _TIMES, rows
        )
    yield from _methods("events", "requests handed to application servers", stats.events, "action")
    about = "UAC_REQ and AC_CANCEL, responses as the proxy reports them"
    yield from _methods("requests of servers", about, stats.clients, "report")
    about = "requests on the network, each hop for itself"
    yield from _methods("SIP", about, stats.sip, "response")
    yield _statuses(stats)
    yield from _servers(stats)
    yield from _talkers(stats, top)
    yield _troubles(stats)
    rows = [[name, _count(n)] for name, n in sorted(stats.records.items())]
    yield Table("Records", "frames by type, SIP messages, gaps", ("type", "count"), rows)


_TIMES: Final = ("", "count", *SHARES, "longest")
_BOTH: Final = (*(f"first {name}" for name in SHARES), *(f"final {name}" for name in SHARES))


def _methods(title: str, about: str, methods: Methods, what: str) -> Iterator[Table]:
    """One table of counts, one of times."""
    found = _most(methods)
    counts = [
        [_word(name), *map(_count, (m.requests, m.answered, m.failed, m.unanswered, m.repeated))]
        for name, m in found
    ]
    columns = ["method", "requests", "answered", "failed", "unanswered", "sent again"]
    if not methods.total.repeated:  # over TCP, as SEAS is, nothing is
        columns, counts = columns[:-1], [row[:-1] for row in counts]
    yield Table(title[0].upper() + title[1:], about, columns, counts)
    times = [
        [_word(name), *_quantiles(m.first), *_quantiles(m.final), _longest(m.final)]
        for name, m in found
        if m.first.count
    ]
    about = f"from the request to the first {what}, and to the final one"
    yield Table(f"Times of {title}", about, ("method", *_BOTH, "longest"), times)


def _most(methods: Methods) -> list[tuple[str, Method]]:
    return sorted(methods.by_name.items(), key=lambda item: (-item[1].requests, item[0]))


def _statuses(stats: Stats) -> Table:
    """Rows of method and status; columns for where they were seen."""
    found: dict[tuple[str, int], list[int]] = {}
    for column, methods in enumerate((stats.sip, stats.events, stats.clients)):
        for name, one in methods.by_name.items():
            for status, count in one.statuses.items():
                found.setdefault((name, status), [0, 0, 0])[column] += count
    rows = [
        [_word(name), str(status), *(_count(n) for n in counts)]
        for (name, status), counts in sorted(found.items())
    ]
    columns = ("method", "status", "SIP", "replies of servers", "reports to servers")
    about = "final responses by method and status"
    return Table("Statuses", about, columns, rows, 2)


def _servers(stats: Stats) -> Iterator[Table]:
    servers = [(_word(name), one) for name, one in stats.servers.items()]
    counts = [[n, *map(_count, (s.events, s.actions, s.pings))] for n, s in servers]
    columns = ("name", "events", "actions", "pings")
    yield Table("Application servers", "frames of all types, by way", columns, counts)
    times = [
        [name, *_quantiles(one.first), *_quantiles(one.final), *_quantiles(one.pong)[2:]]
        for name, one in servers
        if one.first.count or one.pong.count
    ]
    about = "from an event to the first action for it, and to the final reply"
    yield Table("Times of application servers", about, ("name", *_BOTH, "pong p99"), times)


def _talkers(stats: Stats, top: int) -> Iterator[Table]:
    talkers = stats.talkers
    rows = [[_word(n), _count(c), _count(size)] for n, c, size in talkers.senders.top(top)]
    columns = ("address", "messages", "bytes")
    yield Table("Top talkers", "SIP messages sent", columns, rows)
    for title, ranking in (("Top callers", talkers.callers), ("Top callees", talkers.callees)):
        rows = [[_word(name), _count(count)] for name, count, _ in ranking.top(top)]
        yield Table(title, "calls by From" if "callers" in title else "calls by To", _CALLS, rows)


_CALLS: Final = ("URI", "calls")


def _troubles(stats: Stats) -> Table:
    rows = [[name, _count(n), NOTHING, NOTHING] for name, n in stats.troubles.items()]
    for cause, loss in stats.losses.items():
        place = str(loss.first_packet) if loss.first_packet else NOTHING
        rows.append([cause.value, _count(loss.count), _count(loss.size), place])
    rows += [
        [f"left out: {name}", _count(n), NOTHING, NOTHING] for name, n in stats.dropped.items()
    ]
    columns = ("what", "count", "bytes", "first packet")
    return Table("Troubles and losses", "what went wrong, and what was not decoded", columns, rows)


def _quantiles(times: Histogram) -> list[str]:
    if not times.count:
        return [NOTHING] * len(SHARES)
    return [_span(times.quantile(share)) for share in SHARES.values()]


def _spans(times: Histogram) -> list[str]:
    return [_count(times.count), *_quantiles(times), _longest(times)]


def _longest(times: Histogram) -> str:
    return _span(times.longest) if times.count else NOTHING


def _span(seconds: float) -> str:
    return span_text(round(seconds * 1e9))


def _count(number: int) -> str:
    return f"{number:,}" if number else NOTHING


def _word(text: str) -> str:
    shown = printable(text) or "(none)"
    return shown if len(shown) <= MAX_CELL else f"{shown[: MAX_CELL - 2]}.."
