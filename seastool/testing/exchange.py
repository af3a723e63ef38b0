"""A request of a test and what comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Final, Protocol

from seastool.sip import parts
from seastool.sip.reasons import reason_of
from seastool.sip.reply import respond
from seastool.testing.loop_thread import NotInTime
from seastool.testing.sip_message import SipMessage
from seastool.testing.sip_text import Headers, ack_of, cancel_of, in_dialog

SECONDS: Final = 5.0  # that a reply may take, unless told
MAX_KEPT: Final = 100_000  # transactions whose replies are kept, and requests that came in


class Mailbox:
    """What has come in, for threads that wait for it. Replies stand under the key of their
    request; of what is beyond the bound the oldest goes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._replies: dict[Hashable, list[SipMessage]] = {}
        self._requests: list[SipMessage] = []

    def put_reply(self, key: Hashable, message: SipMessage) -> None:
        """A reply has come."""
        with self._changed:
            if key not in self._replies and len(self._replies) >= MAX_KEPT:
                del self._replies[next(iter(self._replies))]
            self._replies.setdefault(key, []).append(message)
            self._changed.notify_all()

    def put_request(self, message: SipMessage) -> None:
        """A request has come."""
        with self._changed:
            if len(self._requests) >= MAX_KEPT:
                del self._requests[0]
            self._requests.append(message)
            self._changed.notify_all()

    def replies(self, key: Hashable) -> list[SipMessage]:
        """All of them so far."""
        with self._changed:
            return list(self._replies.get(key, ()))

    @property
    def requests(self) -> list[SipMessage]:
        """All of them so far."""
        with self._changed:
            return list(self._requests)

    def wait(self, has_come: Callable[[], bool], seconds: float) -> bool:
        """Until it has, or time is up. has_come: asked whenever something has come in."""
        with self._changed:
            return self._changed.wait_for(has_come, seconds)

    def request(self, method: str, number: int, seconds: float) -> SipMessage:
        """The request of that number, from 1, among those of the method. Raises: NotInTime."""

        def found() -> list[SipMessage]:
            return [one for one in self._requests if method in ("", one.method)]

        if not self.wait(lambda: len(found()) >= number, seconds):
            came = ", ".join(one.method for one in self.requests) or "nothing"
            wanted = f"{method} " if method else ""
            raise NotInTime(f"no {wanted}request {number} within {seconds:g} s: {came} came")
        return found()[number - 1]


class Carrier(Protocol):
    """Who takes requests somewhere: a phone, or the proxy itself."""

    mailbox: Mailbox

    def request(self, request: bytes | str) -> Exchange:
        """Send a text."""


class Exchange:
    """One request that was sent. refused: why the application server hears nothing of it; empty
    if it does, or if only it could tell."""

    def __init__(self, carrier: Carrier, request: bytes, key: Hashable, refused: str = "") -> None:
        self.request = SipMessage(request)
        self.refused = refused
        self._carrier = carrier
        self._key = key
        self._cseq = parts.cseq(request)[0] or 1

    def __repr__(self) -> str:
        return f"<Exchange {str(self.request)!a}: {self.statuses}>"

    @property
    def replies(self) -> list[SipMessage]:
        """All replies so far, those that were sent again included."""
        return self._carrier.mailbox.replies(self._key)

    @property
    def statuses(self) -> list[int]:
        """Their statuses."""
        return [reply.status for reply in self.replies]

    def final(self, seconds: float = SECONDS) -> SipMessage:
        """The first final reply. Raises: NotInTime."""
        return self._first(lambda reply: reply.status >= 200, "final reply", seconds)

    def reply(self, status: int, seconds: float = SECONDS) -> SipMessage:
        """The first reply of that status. Raises: NotInTime."""
        return self._first(lambda reply: reply.status == status, f"{status}", seconds)

    def ack(self) -> Exchange:
        """Send the ACK for the final reply, which must be there."""
        return self._carrier.request(ack_of(self.request.data, self.final(0).data))

    def cancel(self) -> Exchange:
        """Send the CANCEL."""
        return self._carrier.request(cancel_of(self.request.data))

    def bye(self) -> Exchange:
        """Send a BYE in the dialog that the final reply has made."""
        return self.follow("BYE")

    def follow(self, method: str, *, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send a request in the dialog that the final reply has made."""
        self._cseq += 1
        request, final = self.request.data, self.final(0).data
        return self._carrier.request(in_dialog(request, final, method, self._cseq, headers, body))

    def _first(self, is_it: Callable[[SipMessage], bool], what: str, seconds: float) -> SipMessage:
        mailbox, key = self._carrier.mailbox, self._key

        def found() -> SipMessage | None:
            return next((one for one in mailbox.replies(key) if is_it(one)), None)

        mailbox.wait(lambda: found() is not None, seconds)
        reply = found()
        if reply is None:
            came = ", ".join(str(one) for one in self.replies) or "nothing"
            why = f" ({self.refused})" if self.refused else ""
            raise NotInTime(f"no {what} to {self.request} within {seconds:g} s: {came} came{why}")
        return reply


def response_to(
    request: SipMessage, status: int, *, headers: Sequence[tuple[str, str]], body: bytes, tag: str
) -> bytes:
    """A response as a phone sends it. Raises: SipError."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return respond(
        request.data,
        status,
        reason_of(status).encode(),
        tag=tag.encode(),
        headers=parts.bytes_of(lines),
        body=body,
    )
