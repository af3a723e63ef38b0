"""Whom a fake proxy's application server calls: a callee that answers every request alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from seastool.seas.openser import outcomes as did
from seastool.sip.reasons import reason_of
from seastool.sip.reply import respond

FIRST_FINAL: Final = 200
TERMINATED: Final = 487
MAX_PENDING: Final = 10_000


class FarEnd:
    """Answers the requests that a proxy sends for its application server.

    statuses: of the responses to an INVITE, in this order; other requests get the final ones.
    None at all: it is silent. answer: how a response is handed to the proxy.
    """

    def __init__(
        self,
        statuses: Sequence[int],
        answer: Callable[[bytes], object],
        new_tag: Callable[[], bytes],
    ) -> None:
        self._statuses = tuple(statuses)
        self._answer = answer
        self._new_tag = new_tag
        self._ringing: dict[tuple[int, int], tuple[did.Requested, bytes]] = {}

    def happened(self, outcome: did.Outcome) -> None:
        """What the proxy has sent, if it is anything that wants an answer."""
        if not self._statuses:
            return
        if isinstance(outcome, did.Requested) and outcome.method != b"ACK":
            self._request(outcome)
        elif isinstance(outcome, did.Cancelled):
            self._cancel(outcome)

    def _request(self, request: did.Requested) -> None:
        tag = self._new_tag()
        invite = request.method == b"INVITE"
        final = False
        for status in self._statuses:
            if invite or status >= FIRST_FINAL:
                self._respond(request.sip, status, tag)
                final = final or status >= FIRST_FINAL
        if invite and not final:
            if len(self._ringing) >= MAX_PENDING:
                del self._ringing[next(iter(self._ringing))]
            self._ringing[request.hash_index, request.label] = request, tag

    def _cancel(self, cancel: did.Cancelled) -> None:
        self._respond(cancel.sip, FIRST_FINAL, self._new_tag())
        found = self._ringing.pop((cancel.hash_index, cancel.cancelled_label), None)
        if found is not None:
            invite, tag = found
            self._respond(invite.sip, TERMINATED, tag)

    def _respond(self, request: bytes, status: int, tag: bytes) -> None:
        contact = b"Contact: <sip:callee@127.0.0.1:5998>\r\n" if status < 300 else b""
        phrase = reason_of(status).encode()
        self._answer(respond(request, status, phrase, tag=tag, headers=contact))
