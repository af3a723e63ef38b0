"""Transactions of requests that came in: what is kept of each, and how one is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.seas.builder.event import Receive
from seastool.sip.incoming import Incoming
from seastool.sip.reply import ReplyForm
from seastool.timers import NEVER, Timed

_REMEMBERED: Final = 1024
_FINAL, _FAILURE = 200, 300


class ServerTransaction(Timed):
    """One request that is being answered.

    status: of the last reply, 0 before any. reply: that reply. to_tag: of To in it. rang: when
    the last provisional one was given. due: when it leaves the table.
    """

    __slots__ = (
        "form",
        "hash_index",
        "label",
        "rang",
        "receive",
        "reply",
        "request",
        "status",
        "to_tag",
    )

    def __init__(
        self, request: Incoming, form: ReplyForm, receive: Receive, hash_index: int, label: int
    ) -> None:
        super().__init__()
        self.request = request
        self.form = form
        self.receive = receive
        self.hash_index = hash_index
        self.label = label
        self.status = 0
        self.reply = b""
        self.to_tag = b""
        self.rang = -NEVER

    @property
    def is_invite(self) -> bool:
        """Whether it is that of an INVITE."""
        return self.request.method == b"INVITE"

    @property
    def is_final(self) -> bool:
        """Whether a final reply has gone out."""
        return self.status >= _FINAL


class ServerTable:
    """All of them, by ids, by what requests match on, and INVITEs by what their ACK has."""

    def __init__(self) -> None:
        self._by_ids: dict[tuple[int, int], ServerTransaction] = {}
        self._by_key: dict[bytes, list[ServerTransaction]] = {}
        self._by_dialog: dict[bytes, list[ServerTransaction]] = {}
        self._ended: dict[tuple[int, int], float] = {}

    def __len__(self) -> int:
        return len(self._by_ids)

    def __iter__(self) -> Iterator[ServerTransaction]:
        return iter(list(self._by_ids.values()))

    @property
    def is_empty(self) -> bool:
        """Whether no table holds anything."""
        return not (self._by_ids or self._by_key or self._by_dialog)

    def add(self, transaction: ServerTransaction) -> None:
        """Keep a new transaction."""
        self._by_ids[transaction.hash_index, transaction.label] = transaction
        self._by_key.setdefault(transaction.request.key, []).append(transaction)
        if transaction.is_invite:
            self._by_dialog.setdefault(transaction.request.dialog, []).append(transaction)

    def remove(self, transaction: ServerTransaction, now: float) -> None:
        """Forget it, but for its ids, which are remembered for a while."""
        ids = transaction.hash_index, transaction.label
        if self._by_ids.pop(ids, None) is None:
            return
        _drop(self._by_key, transaction.request.key, transaction)
        if transaction.is_invite:
            _drop(self._by_dialog, transaction.request.dialog, transaction)
        self._ended[ids] = now
        if len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def get(self, hash_index: int, label: int) -> ServerTransaction | None:
        """By the ids of its event."""
        return self._by_ids.get((hash_index, label))

    def ended(self, hash_index: int, label: int) -> float | None:
        """When it left the table, of the last 1024 that did."""
        return self._ended.get((hash_index, label))

    def same(self, request: Incoming) -> ServerTransaction | None:
        """The transaction that the request repeats."""
        for found in self._by_key.get(request.key, ()):
            if found.request.method == request.method:
                return found
        return None

    def cancelled(self, cancel: Incoming) -> ServerTransaction | None:
        """The transaction that a CANCEL is for."""
        for found in self._by_key.get(cancel.key, ()):
            if found.request.method != b"CANCEL":
                return found
        return None

    def acknowledged(self, ack: Incoming) -> ServerTransaction | None:
        """The INVITE that an ACK is for. Before a final reply and behind a 2xx, the dialog and the
        To tag decide; behind other replies, the Via does."""
        tag = ack.tag_of_to()
        for found in self._by_dialog.get(ack.dialog, ()):
            if found.status < _FAILURE and found.to_tag == tag:
                return found
        for found in self._by_key.get(ack.key, ()):
            if found.is_invite and found.status >= _FAILURE:
                return found
        return None


def _drop(
    table: dict[bytes, list[ServerTransaction]], key: bytes, transaction: ServerTransaction
) -> None:
    rest = table[key]
    rest.remove(transaction)
    if not rest:
        del table[key]
