"""The figures of a capture. All texts are as on the wire: whoever shows them escapes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from seastool.capture.losses import Cause, Loss
from seastool.histogram import Histogram
from seastool.interop.stats.series import Series
from seastool.interop.stats.talkers import Talkers

MAX_METHODS: Final = 32
MAX_SERVERS: Final = 128
OTHER: Final = "other"
FINAL: Final = 200
FAILURES: Final = 500
TIMED_OUT: Final = 408


@dataclass(slots=True)
class Method:
    """The requests of one method.

    repeated: sent again; in no other count. statuses: of the final responses. unanswered: without
    one when the capture ended. first: to the first response or action, final: to the final one.
    """

    requests: int = 0
    repeated: int = 0
    unanswered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    first: Histogram = field(default_factory=Histogram)
    final: Histogram = field(default_factory=Histogram)

    @property
    def answered(self) -> int:
        """How many have a final response."""
        return self.statuses.total()

    @property
    def failed(self) -> int:
        """How many of those failed: 408 and 5xx."""
        return sum(n for status, n in self.statuses.items() if is_failure(status))


class Methods:
    """By method, those beyond the bound as ``other``."""

    __slots__ = ("by_name",)

    def __init__(self) -> None:
        self.by_name: dict[str, Method] = {}

    def of(self, name: str) -> Method:
        """The figures of a method."""
        found = self.by_name.get(name)
        if found is None:
            if len(self.by_name) >= MAX_METHODS:
                name = OTHER
            found = self.by_name.setdefault(name, Method())
        return found

    @property
    def total(self) -> Method:
        """All of them; without the times."""
        total = Method()
        for one in self.by_name.values():
            total.requests += one.requests
            total.repeated += one.repeated
            total.unanswered += one.unanswered
            total.statuses.update(one.statuses)
        return total


@dataclass(slots=True)
class Server:
    """One application server. first: from an event to its first action, final: to its final reply;
    pong: from a ping to its answer."""

    events: int = 0
    actions: int = 0
    first: Histogram = field(default_factory=Histogram)
    final: Histogram = field(default_factory=Histogram)
    pong: Histogram = field(default_factory=Histogram)
    pings: int = 0


@dataclass(slots=True)
class Calls:
    """INVITEs that begin a dialog, each Call-ID once.

    answered: with a 2xx; failed: 408, 5xx; refused: another final response; abandoned: those of
    the refused that the caller had cancelled; open: without a final response at the end.
    ringing: from the INVITE to the first 18x, answering: to the 2xx, talking: from that to the
    BYE. most: answered ones at once.
    """

    tried: int = 0
    answered: int = 0
    refused: int = 0
    failed: int = 0
    abandoned: int = 0
    open: int = 0
    ended: int = 0
    most: int = 0
    ringing: Histogram = field(default_factory=Histogram)
    answering: Histogram = field(default_factory=Histogram)
    talking: Histogram = field(default_factory=Histogram)


@dataclass(slots=True)
class Stats:
    """All figures of a capture.

    records: by type of frame, ``SIP udp``, ``SIP tcp``, ``gap``. events: requests handed to
    application servers. clients: requests of application servers (UAC_REQ, AC_CANCEL), statuses
    as reported by RES_IN. sip: SIP requests on the network, each hop for itself. troubles: what
    went wrong, by what it is. losses: what was not decoded. dropped: what did not fit the limits.
    """

    start_ns: int = 0
    end_ns: int = 0
    packets: int = 0
    records: Counter[str] = field(default_factory=Counter)
    events: Methods = field(default_factory=Methods)
    clients: Methods = field(default_factory=Methods)
    sip: Methods = field(default_factory=Methods)
    servers: dict[str, Server] = field(default_factory=dict)
    calls: Calls = field(default_factory=Calls)
    talkers: Talkers = field(default_factory=Talkers)
    series: Series = field(default_factory=Series)
    troubles: Counter[str] = field(default_factory=Counter)
    losses: dict[Cause, Loss] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def seconds(self) -> float:
        """From the first record to the last."""
        return (self.end_ns - self.start_ns) / 1e9

    def server(self, name: str) -> Server:
        """The figures of an application server, those beyond the bound as ``other``."""
        found = self.servers.get(name)
        if found is None:
            if len(self.servers) >= MAX_SERVERS:
                name = OTHER
            found = self.servers.setdefault(name, Server())
        return found


def is_failure(status: int) -> bool:
    """Whether a final status says that something is broken or too slow."""
    return status == TIMED_OUT or FAILURES <= status < FAILURES + 100
