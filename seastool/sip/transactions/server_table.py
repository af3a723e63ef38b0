"""Server transactions, found by what requests have in common with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from seastool.sip.incoming import Incoming
from seastool.sip.parts import tag, text_of
from seastool.sip.transactions.states import State
from seastool.sip.transactions.transaction import ServerTransaction

_INVITE: Final = b"INVITE"
_MOST_ALIKE: Final = 16


class ServerTable:
    """By what a retransmission, and by what the ACK to a 2xx or a merged request has."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[bytes, bytes], ServerTransaction] = {}
        # Bounded, as anybody may send thousands of INVITEs that differ in the branch only.
        self._by_dialog: dict[bytes, tuple[ServerTransaction, ...]] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        return not (self._by_key or self._by_dialog)

    def all(self) -> Iterable[ServerTransaction]:
        """All of them."""
        return self._by_key.values()

    def add(self, transaction: ServerTransaction) -> None:
        """Keep a new one."""
        self._by_key[transaction.method, transaction.key] = transaction
        if transaction.dialog:
            alike = self._by_dialog.get(transaction.dialog, ())
            if len(alike) < _MOST_ALIKE:
                self._by_dialog[transaction.dialog] = (*alike, transaction)

    def remove(self, transaction: ServerTransaction) -> None:
        """Forget it."""
        self._by_key.pop((transaction.method, transaction.key), None)
        if not self._by_key:
            self._by_key.clear()  # an emptied dict keeps the room it had at its fullest
        if not transaction.dialog:
            return
        alike = self._by_dialog.get(transaction.dialog, ())
        rest = tuple(found for found in alike if found is not transaction)
        if rest:
            self._by_dialog[transaction.dialog] = rest
        else:
            self._by_dialog.pop(transaction.dialog, None)
            if not self._by_dialog:
                self._by_dialog.clear()

    def same(self, request: Incoming) -> ServerTransaction | None:
        """The one that the request repeats (RFC 3261 section 17.2.3)."""
        return self._by_key.get((request.method, request.key))

    def invite(self, request: Incoming) -> ServerTransaction | None:
        """The INVITE that a CANCEL or the ACK to a failure is for: all but the method match."""
        return self._by_key.get((_INVITE, request.key))

    def merged(self, request: Incoming) -> bool:
        """Whether it has come by another way too (RFC 3261 section 8.2.2.2)."""
        if request.to_tag is not None:
            return False
        return any(
            found.method == request.method and not found.is_tagged
            for found in self._by_dialog.get(request.dialog, ())
        )

    def accepted(self, ack: Incoming) -> ServerTransaction | None:
        """The INVITE whose 2xx the ACK is for; if there are several, To's tag decides."""
        found = [
            transaction
            for transaction in self._by_dialog.get(ack.dialog, ())
            if transaction.state is State.ACCEPTED
        ]
        if len(found) > 1:
            wanted = text_of(ack.tag_of_to())
            found = [one for one in found if tag(one.response, "To") == wanted]
        return found[0] if found else None
