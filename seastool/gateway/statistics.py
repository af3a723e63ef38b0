"""What a gateway counts: requests, responses, calls, and how long application servers take.

Every call is O(1): a count, or a bucket of a histogram. What names are counted under is bounded:
those beyond the bound count as "other".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from seastool.histogram import Histogram

INVITE: Final = b"INVITE"
MAX_METHODS: Final = 32
MAX_SERVERS: Final = 128
MAX_REASONS: Final = 32
OTHER: Final = b"other"

COUNTED: Final = frozenset(
    {
        "messages that do not parse",
        "requests refused: too many transactions",
        "requests that were not handed over",
        "requests without an application server",
        "replies with no SIP status",
        "requests that rang too long",
        "application server silent: 500",
        "application server left: 500",
    }
)
"""Kinds of notes that `Statistics` counts too, as turned away or as answered by the gateway."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """How things are at the moment of a report; the gateway gathers it.

    transactions: how many by state, in words, such as ``{"server proceeding": 3}``.
    servers: names of the application servers that are connected.
    retransmissions_sent, retransmissions_absorbed: since the start, of SIP messages.
    counts: anything else that was counted since the start, by name, such as what was dropped.
    """

    transactions: Mapping[str, int] = field(default_factory=dict)
    servers: Sequence[bytes] = ()
    retransmissions_sent: int = 0
    retransmissions_absorbed: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


class ServerTimes:
    """One application server: events sent to it, and how long it took.

    first: from an event to the first action for it; final: to its final reply.
    """

    __slots__ = ("events", "final", "first")

    def __init__(self) -> None:
        self.events = 0
        self.first = Histogram()
        self.final = Histogram()


class Statistics:
    """Counts since the start.

    requests, responses: of SIP transactions that others began: requests that came in, by method,
    and responses sent, by class (1 to 6).
    sent_requests, received_responses: of those that application servers began.
    tried, answered, refused_calls, failed: INVITEs that came in; those with a 2xx; with a 3xx,
    4xx or 6xx; with a 5xx or 408.
    faked: final responses that the gateway gave itself in place of an application server, by
    status and cause. refusals: requests it turned away, by reason.
    """

    __slots__ = (
        "answered",
        "failed",
        "faked_by_cause",
        "received_responses",
        "refusals",
        "refused_calls",
        "requests",
        "responses",
        "sent_requests",
        "servers",
        "tried",
    )

    def __init__(self) -> None:
        self.requests: dict[bytes, int] = {}
        self.sent_requests: dict[bytes, int] = {}
        self.responses = [0] * 10
        self.received_responses = [0] * 10
        self.tried = self.answered = self.refused_calls = self.failed = 0
        self.servers: dict[bytes, ServerTimes] = {}
        self.faked_by_cause: dict[tuple[int, str], int] = {}
        self.refusals: dict[str, int] = {}

    def request(self, method: bytes, *, stateless: bool = False) -> None:
        """A request has come in; retransmissions are none, unless `stateless`, which is no call."""
        _count(self.requests, method)
        if method == INVITE and not stateless:
            self.tried += 1

    def response(self, status: int, method: bytes) -> None:
        """A response to a request that came in was sent; retransmissions are none."""
        self.responses[status // 100] += 1
        if method == INVITE and status >= 200:
            if status < 300:
                self.answered += 1
            elif status == 408 or 500 <= status < 600:
                self.failed += 1
            else:
                self.refused_calls += 1

    def sent_request(self, method: bytes) -> None:
        """A request of an application server was sent."""
        _count(self.sent_requests, method)

    def received_response(self, status: int) -> None:
        """A response to a request of an application server has come."""
        self.received_responses[status // 100] += 1

    def event_sent(self, name: bytes) -> None:
        """An event went to the application server of this name."""
        self._server(name).events += 1

    def first_action(self, name: bytes, seconds: float) -> None:
        """Its first action for an event has come, this long after the event was sent."""
        self._server(name).first.add(seconds)

    def final_action(self, name: bytes, seconds: float) -> None:
        """Its final reply to a request has come, this long after the event was sent."""
        self._server(name).final.add(seconds)

    def faked(self, status: int, cause: str) -> None:
        """The gateway gave a final response in place of an application server; the response
        itself is counted by `response`. cause: a few constant words, such as "no server"."""
        key = status, cause
        if key not in self.faked_by_cause and len(self.faked_by_cause) >= MAX_REASONS:
            key = status // 100 * 100, "other"
        self.faked_by_cause[key] = self.faked_by_cause.get(key, 0) + 1

    def refused(self, reason: str) -> None:
        """The gateway turned a request away, before any application server saw it. reason: a few
        constant words, such as "Max-Forwards"."""
        if reason not in self.refusals and len(self.refusals) >= MAX_REASONS:
            reason = "other"
        self.refusals[reason] = self.refusals.get(reason, 0) + 1

    def _server(self, name: bytes) -> ServerTimes:
        found = self.servers.get(name)
        if found is None:
            if len(self.servers) >= MAX_SERVERS:
                name = OTHER
            found = self.servers.setdefault(name, ServerTimes())
        return found


def _count(counts: dict[bytes, int], method: bytes) -> None:
    if method in counts:
        counts[method] += 1
    elif len(counts) < MAX_METHODS:
        counts[method] = 1
    else:
        counts[OTHER] = counts.get(OTHER, 0) + 1
