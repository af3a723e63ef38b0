"""The state of one call: its variables, its transactions, what came and is not yet expected."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from seastool.scenario.errors import BadText
from seastool.sip import parts as sip_parts
from seastool.timers import Timed

if TYPE_CHECKING:
    from seastool.scenario.matching.incoming import Incoming
    from seastool.scenario.operations.program import Operation
    from seastool.seas.builder import Receive


class Exchange:
    """One transaction: a request, and the last response to it.

    ours: whether this side sent the request. at: when. receive: where it came in at the proxy.
    """

    __slots__ = (
        "at",
        "hash_index",
        "label",
        "ours",
        "receive",
        "request",
        "response",
        "stateless",
        "uac_id",
    )

    def __init__(self, request: bytes, at: float, *, ours: bool) -> None:
        self.request = request
        self.response = b""
        self.at = at
        self.ours = ours
        self.hash_index: int | None = None
        self.label: int | None = None
        self.uac_id: int | None = None
        self.stateless = False
        self.receive: Receive | None = None


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _contact(exchange: Exchange) -> str | None:
    return sip_parts.contact_uri(exchange.response if exchange.ours else exchange.request)


ATTRIBUTES: Mapping[str, Callable[[Exchange], str | None]] = {
    "hash": lambda e: _number(e.hash_index),
    "label": lambda e: _number(e.label),
    "uac_id": lambda e: _number(e.uac_id),
    "method": lambda e: sip_parts.start_line(e.request)[0],
    "uri": lambda e: sip_parts.start_line(e.request)[1],
    "call_id": lambda e: sip_parts.call_id(e.request),
    "cseq": lambda e: _number(sip_parts.cseq(e.request)[0]),
    "from_tag": lambda e: sip_parts.tag(e.request, "From"),
    "to_tag": lambda e: sip_parts.tag(e.response, "To") or sip_parts.tag(e.request, "To"),
    "branch": lambda e: sip_parts.branch(e.request),
    "contact": _contact,
    "status": lambda e: _number(sip_parts.status(e.response)),
}
"""What a template may ask of a transaction, as in ``{{ invite.to_tag }}``."""


class Unset(BadText):
    """A value that a template wants is not there yet."""


class Call(Timed):
    """One run of the steps.

    at: index of the operation that is next, or that waits. waiting: the one that waits.
    number: of the call, from 1. run: what tells the calls of this run from others'. digits:
    gives so many random digits.
    keys: what frames of this call are known by. message: counts what was sent. at is below 0
    once the call has ended. due: when it has waited for long enough.
    """

    __slots__ = (
        "at",
        "by_key",
        "cseq",
        "digits",
        "exchanges",
        "inbox",
        "keys",
        "last",
        "message",
        "now",
        "number",
        "processor_id",
        "receive",
        "request",
        "rounds",
        "run",
        "sent_at",
        "started",
        "uac",
        "variables",
        "waiting",
    )

    def __init__(
        self,
        number: int,
        run: str,
        now: float,
        variables: dict[str, str],
        digits: Callable[[int], str],
    ) -> None:
        super().__init__()
        self.number = number
        self.digits = digits
        self.run = run
        self.started = self.sent_at = self.now = now
        self.variables = variables
        self.at = 0
        self.message = 0
        self.cseq = 0
        self.processor_id = 1
        self.exchanges: dict[str, Exchange] = {}
        self.by_key: dict[int, Exchange] = {}
        self.keys: list[int | str] = []
        self.inbox: deque[Incoming] = deque()
        self.rounds: dict[int, int] = {}
        self.waiting: Operation | None = None
        self.last: Exchange | None = None  # that was last of all
        self.request: Exchange | None = None  # that came last
        self.uac: Exchange | None = None  # of the application server's own
        self.receive: Receive | None = None  # of what is sent now, or came last

    @property
    def call_id(self) -> str:
        """This call's own Call-ID."""
        return f"{self.number}-{self.run}@seastool"

    @property
    def tag(self) -> str:
        """This call's own tag."""
        return f"{self.run}-{self.number}"

    @property
    def branch(self) -> str:
        """A branch of its own for each message."""
        return f"z9hG4bK-{self.run}-{self.number}-{self.message}"

    def exchange(self, name: str) -> Exchange:
        """A transaction by its name. Raises: Unset."""
        found = self.exchanges.get(name)
        if found is None:
            raise Unset(f"there was no {name} yet")
        return found

    def attribute(self, name: str, attribute: str) -> str:
        """What a template asks of a transaction. Raises: Unset."""
        value = ATTRIBUTES[attribute](self.exchange(name))
        if not value:
            raise Unset(f"{name} has no {attribute}")
        return value
