"""What is kept of one transaction."""

from __future__ import annotations

from typing import Any

from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming
from seastool.sip.transactions.states import State
from seastool.timers import NEVER, Timed


class Transaction(Timed):
    """What all have.

    hop: where its messages go. status: of the last response, 0 before any. user: the TU's own.
    resends_at, interval: its timer for retransmissions, and how long that ran. ends_at: the one
    that takes it to another state. All are seconds; NEVER: not at all.
    """

    __slots__ = (
        "ends_at",
        "hop",
        "interval",
        "is_invite",
        "method",
        "resends_at",
        "state",
        "status",
        "user",
    )

    def __init__(self, method: bytes, hop: Hop) -> None:
        super().__init__()
        self.method = method
        self.hop = hop
        self.is_invite = method == b"INVITE"
        self.state = State.TERMINATED  # until its first step
        self.status = 0
        self.user: Any = None
        self.interval = 0.0
        self.resends_at = self.ends_at = NEVER

    @property
    def is_over(self) -> bool:
        """Whether it has left the tables."""
        return self.state is State.TERMINATED


class ServerTransaction(Transaction):
    """A request that came in.

    key, dialog: as `Incoming` has them; dialog is empty where nothing is found by it. request:
    None once a final response is given. response: the last one sent. is_tagged: whether the
    request's To had a tag. repeats_success: whether its 2xx is sent again until its ACK comes.
    """

    __slots__ = ("dialog", "is_tagged", "key", "repeats_success", "request", "response")

    def __init__(self, request: Incoming, hop: Hop) -> None:
        super().__init__(request.method, hop)
        self.request: Incoming | None = request
        self.key = request.key
        self.is_tagged = request.to_tag is not None
        # An ACK finds its INVITE by it, a merged request another one that opens a dialog.
        is_found = self.is_invite or not (self.is_tagged or request.method == b"CANCEL")
        self.dialog = request.dialog if is_found else b""
        self.response = b""
        self.repeats_success = False


class ClientTransaction(Transaction):
    """A request that went out.

    branch: of its topmost Via. request: its text. ack: what acknowledges a 3xx-6xx, once made.
    """

    __slots__ = ("ack", "branch", "request")

    def __init__(self, request: bytes, method: bytes, branch: bytes, hop: Hop) -> None:
        super().__init__(method, hop)
        self.request = request
        self.branch = branch
        self.ack = b""
