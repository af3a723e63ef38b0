"""Transactions of the application server's own requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from seastool.timers import Timed

Key = TypeVar("Key")


@dataclass(slots=True)
class SentRequest:
    """A request as it went out, in the lines that an ACK or a CANCEL repeats.

    max_forwards: the application server's own; added: what tm has put before Content-Length.
    """

    method: bytes
    uri: bytes
    via: bytes
    to: bytes
    from_: bytes
    cseq: int
    call_id: bytes
    route: bytes
    added: bytes
    max_forwards: bytes
    destination: bytes
    branch: bytes


class ClientTransaction(Timed):
    """One request that waits for responses.

    last_received: status of the last response that counted. final: that of the one that ended it;
    408 too if the proxy gave up. is_reported: whether the application server knows of a 2xx.
    cancel_waits: a CANCEL goes out with the first provisional response.
    """

    __slots__ = (
        "cancel_waits",
        "final",
        "has_ack",
        "hash_index",
        "is_cancel",
        "is_cancelled",
        "is_reported",
        "label",
        "last_received",
        "processor_id",
        "sent",
        "uac_id",
    )

    def __init__(
        self,
        sent: SentRequest,
        uac_id: int,
        processor_id: int,
        hash_index: int,
        label: int,
        *,
        is_cancel: bool = False,
    ) -> None:
        super().__init__()
        self.sent = sent
        self.uac_id = uac_id
        self.processor_id = processor_id
        self.hash_index = hash_index
        self.label = label
        self.is_cancel = is_cancel
        self.is_cancelled = self.cancel_waits = False
        self.last_received = 0
        self.final = 0
        self.is_reported = False
        self.has_ack = False

    @property
    def is_invite(self) -> bool:
        """Whether it is that of an INVITE."""
        return self.sent.method == b"INVITE"


class ClientTable:
    """All of them, by ids, by what their responses have, and by uac id."""

    def __init__(self) -> None:
        self._by_ids: dict[tuple[int, int], ClientTransaction] = {}
        self._by_branch: dict[tuple[bytes, bytes], ClientTransaction] = {}
        self._by_uac_id: dict[int, ClientTransaction] = {}
        self._invites: dict[tuple[bytes, int], ClientTransaction] = {}

    def __len__(self) -> int:
        return len(self._by_branch)

    def __iter__(self) -> Iterator[ClientTransaction]:
        return iter(list(self._by_branch.values()))

    @property
    def is_empty(self) -> bool:
        """Whether no table holds anything."""
        return not (self._by_ids or self._by_branch or self._by_uac_id or self._invites)

    def add(self, transaction: ClientTransaction) -> None:
        """Keep a new transaction. That of a CANCEL cannot be found by its ids, as in the real
        proxy, where it goes by those of its INVITE."""
        if not transaction.is_cancel:
            self._by_ids[transaction.hash_index, transaction.label] = transaction
        self._by_branch[transaction.sent.branch, transaction.sent.method] = transaction
        self._by_uac_id[transaction.uac_id] = transaction
        if transaction.is_invite:
            self._invites[transaction.sent.call_id, transaction.sent.cseq] = transaction

    def remove(self, transaction: ClientTransaction) -> None:
        """Forget it."""
        sent = transaction.sent
        _forget(self._by_ids, (transaction.hash_index, transaction.label), transaction)
        _forget(self._by_branch, (sent.branch, sent.method), transaction)
        _forget(self._by_uac_id, transaction.uac_id, transaction)
        _forget(self._invites, (sent.call_id, sent.cseq), transaction)

    def get(self, hash_index: int, label: int) -> ClientTransaction | None:
        """By the ids of its events."""
        return self._by_ids.get((hash_index, label))

    def of_response(self, branch: bytes, method: bytes) -> ClientTransaction | None:
        """By the branch of the topmost Via, and the method of CSeq."""
        return self._by_branch.get((branch, method))

    def of_uac_id(self, uac_id: int) -> ClientTransaction | None:
        """The last one that was opened with that uac id."""
        return self._by_uac_id.get(uac_id)

    def acknowledged(self, call_id: bytes, cseq: int) -> ClientTransaction | None:
        """The INVITE that an ACK of the application server's is for."""
        return self._invites.get((call_id, cseq))


def _forget(table: dict[Key, ClientTransaction], key: Key, transaction: ClientTransaction) -> None:
    if table.get(key) is transaction:
        del table[key]
