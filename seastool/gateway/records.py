"""What the gateway keeps with each SIP transaction."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.seas.builder.event import Receive
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming


class Served:
    """With a request that came in: who has it, as which event, and who else may get it.

    request: None once it cannot be handed on any more. started: when its event was sent, 0 if it
    was not. is_answered: whether the application server has said something.
    """

    __slots__ = (
        "hash_index",
        "is_answered",
        "label",
        "method",
        "name",
        "others",
        "receive",
        "request",
        "started",
    )

    def __init__(self, request: Incoming, receive: Receive) -> None:
        self.request: Incoming | None = request
        self.method = request.method
        self.receive = receive
        self.name = b""
        self.others: Sequence[bytes] = ()
        self.hash_index = self.label = -1
        self.started = 0.0
        self.is_answered = False

    @property
    def ids(self) -> tuple[bytes, int, int]:
        """Who has it, and by which numbers."""
        return self.name, self.hash_index, self.label


class Asked:
    """With a request of an application server's: whose, and where it may go yet.

    uac_id: None for a CANCEL of the gateway's own accord.
    """

    __slots__ = ("branch", "hops", "method", "name", "sip", "uac_id")

    def __init__(
        self, name: bytes, uac_id: int | None, method: bytes, sip: bytes, branch: bytes
    ) -> None:
        self.name = name
        self.uac_id = uac_id
        self.method = method
        self.sip = sip
        self.branch = branch
        self.hops: Sequence[Hop] = ()
