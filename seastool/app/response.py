"""A response: one that came in for a request of ours, or one made here, to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seastool.app.headers import Headers, HeaderView, MessageHeaders, canonical
from seastool.app.message import AppMessage
from seastool.seas.frames import Received
from seastool.seas.message import Message
from seastool.sip.address_value import with_tag
from seastool.sip.reasons import reason_of

if TYPE_CHECKING:
    from seastool.app.request import Request
    from seastool.app.session import Session

FIRST_FINAL: Final = 200
FIRST_FAILURE: Final = 300
_TRYING: Final = 100
_FROM_REQUEST: Final = frozenset({"via", "from", "to", "call-id", "cseq"})


class Response(AppMessage):
    """A response.

    is_local: nobody sent it; the container made it because none came (408) or the proxy could
    not send the request (503).
    """

    __slots__ = ("_reason", "is_local", "is_sent", "request", "status", "to_tag")

    def __init__(
        self,
        request: Request,
        status: int,
        reason: str | None,
        *,
        message: Message | None = None,
        frame: Received | None = None,
        headers: Headers | None = None,
        body: bytes | None = None,
        to_tag: str | None = None,
        is_local: bool = False,
    ) -> None:
        super().__init__(request.container, request.method, message=message, frame=frame, body=body)
        self.request = request
        self.status = status
        self._reason = reason
        self.to_tag = to_tag
        self.is_local = is_local
        self.is_sent = False
        self._headers = headers

    @property
    def reason(self) -> str:
        """The reason phrase."""
        if self._reason is None:
            message = self.message
            self._reason = message.uri if message is not None else reason_of(self.status)
        return self._reason

    @property
    def known_headers(self) -> HeaderView | None:
        """The headers, unless nobody asked for them and there are none."""
        return self._headers

    @property
    def headers(self) -> HeaderView:
        """All headers of one that came in; of one made here those that the application gave."""
        if self._headers is None:
            self._headers = Headers() if self.message is None else MessageHeaders(self.message)
        return self._headers

    def header(self, name: str) -> str | None:
        """The value of the first header of a name, in any case or compact; None without one.

        Of a response made here also of those that the container writes from the request.
        """
        found = self.headers.first(name)
        if found is not None or self.message is not None:
            return found
        wanted = canonical(name)
        if wanted == "to" and not self.is_local and self.status > _TRYING:
            return with_tag(self.request.to, self.to_tag or self.request.local_tag)
        return self.request.header(wanted) if wanted in _FROM_REQUEST else None

    @property
    def session(self) -> Session:
        """The dialog it belongs to."""
        return self.known_session or self.request.session

    @property
    def is_provisional(self) -> bool:
        """100 to 199."""
        return self.status < FIRST_FINAL

    @property
    def is_final(self) -> bool:
        """200 and above."""
        return self.status >= FIRST_FINAL

    @property
    def is_success(self) -> bool:
        """200 to 299."""
        return FIRST_FINAL <= self.status < FIRST_FAILURE

    @property
    def is_redirect(self) -> bool:
        """300 to 399."""
        return FIRST_FAILURE <= self.status < 400

    @property
    def is_error(self) -> bool:
        """400 and above."""
        return self.status >= 400

    def send(self) -> None:
        """Send a response made here.

        Raises: LocalProtocolError if the transaction has a final response; EncodeError if the
        proxy would not take it.
        """
        self.container.replies.send(self)

    def create_ack(
        self, *, body: bytes | str | None = None, content_type: str | None = None
    ) -> Request:
        """The ACK of a 2xx to an INVITE of ours. Raises: LocalProtocolError for another."""
        return self.container.maker.ack(self, body=body, content_type=content_type)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason!a} to {self.method}>"
