"""Transactions: those of the proxy that wait for our answer, and our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seastool.app.timers import Timer

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.request import OnResponse, Request
    from seastool.app.session import Session
    from seastool.seas.frames import Action

FIRST_FINAL = 200


class Transaction:
    """What both kinds have. status: the last that was sent or came, 0 before."""

    __slots__ = ("status", "timer")

    def __init__(self) -> None:
        self.status = 0
        self.timer: Timer | None = None

    @property
    def is_final(self) -> bool:
        """Whether a final response was sent, or came."""
        return self.status >= FIRST_FINAL

    def stop_timer(self) -> None:
        """Its time counts no more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class ServerTransaction(Transaction):
    """How far the answer to a request is.

    hash_index, label: its name at the proxy. is_stateless: it has none, and its response goes
    out as SL_MSG. arrived: when.
    is_cancelled: a CANCEL ended it; replies are dropped without a word.
    on_ack, on_cancel: if set, get the ACK of a 2xx, or the CANCEL (after the container has
    answered it), instead of the application's do_ack and do_cancel.
    """

    # Nothing here points back at the request: a cycle would wait for the garbage collector.
    __slots__ = (
        "arrived",
        "hash_index",
        "is_cancelled",
        "is_stateless",
        "label",
        "on_ack",
        "on_cancel",
        "processor_id",
    )

    def __init__(
        self,
        hash_index: int,
        label: int,
        processor_id: int,
        arrived: float,
        *,
        is_stateless: bool = False,
    ) -> None:
        super().__init__()
        self.hash_index = hash_index
        self.label = label
        self.processor_id = processor_id
        self.arrived = arrived
        self.is_stateless = is_stateless
        self.is_cancelled = False
        self.on_ack: Callable[[Request], Handled] | None = None
        self.on_cancel: Callable[[Request], Handled] | None = None

    @property
    def key(self) -> tuple[int, int]:
        """Its name at the proxy."""
        return self.hash_index, self.label


class ClientTransaction(Transaction):
    """A request of ours that waits for responses.

    hash_index, label: its name at the proxy, known from the first response on; else None.
    dialogs: what it made, by the peer's tag.
    acks: the ACKs that were sent for 2xx, by the peer's tag, to be sent again with a repeated one.
    cancel: a CANCEL that waits for the name; is_cancelled: whether one was sent.
    on_end: called when the container closes before it is over.
    """

    __slots__ = (
        "acks",
        "cancel",
        "dialogs",
        "hash_index",
        "is_cancelled",
        "label",
        "on_end",
        "on_response",
        "request",
        "uac_id",
    )

    def __init__(self, request: Request, uac_id: int, on_response: OnResponse | None) -> None:
        super().__init__()
        self.request = request
        self.uac_id = uac_id
        self.on_response = on_response
        self.on_end: Callable[[], None] | None = None
        self.hash_index: int | None = None
        self.label: int | None = None
        self.cancel: Request | None = None
        self.is_cancelled = False
        self.dialogs: dict[str, Session] = {}
        self.acks: dict[str, Action] = {}
