"""A request: one that came in, to be answered, or one made here, to be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from typing import TYPE_CHECKING

from seastool.app.headers import HeaderInput, Headers, HeaderView, MessageHeaders
from seastool.app.message import AppMessage
from seastool.app.message_fields import cseq_number
from seastool.app.reply_text import CopiedLines
from seastool.app.response import Response
from seastool.errors import LocalProtocolError
from seastool.seas.frames import Received
from seastool.seas.message import Message

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.container import Container
    from seastool.app.proxy import Proxy
    from seastool.app.proxying.targets import Target
    from seastool.app.session import Session
    from seastool.app.transaction import ClientTransaction, ServerTransaction

OnResponse = Callable[[Response], "Handled"]


class Request(AppMessage):
    """A request.

    server: the transaction of one that came in, also of a stateless one; None for an ACK.
    client: the transaction of one that was sent, while it lasts.
    is_initial: whether it belongs to no dialog yet (its To has no tag).
    cancelled: the INVITE that a CANCEL is for. acknowledged: that of an ACK made here.
    is_copy: made of a request that came in, for a proxy; its dialog is not ours.
    copied: the lines that its responses take over, kept for the next one.
    """

    __slots__ = (
        "_tag",
        "_uri",
        "acknowledged",
        "cancelled",
        "client",
        "copied",
        "is_copy",
        "is_initial",
        "is_sent",
        "server",
    )

    def __init__(
        self,
        container: Container,
        method: str,
        *,
        uri: str | None = None,
        headers: Headers | None = None,
        body: bytes | None = None,
        message: Message | None = None,
        frame: Received | None = None,
        is_initial: bool = True,
        session: Session | None = None,
    ) -> None:
        super().__init__(container, method, message=message, frame=frame, body=body)
        self._uri = uri
        self._headers = headers
        self.known_session = session
        self._tag = ""
        self.server: ServerTransaction | None = None
        self.client: ClientTransaction | None = None
        self.cancelled: Request | None = None
        self.acknowledged: Request | None = None
        self.copied: tuple[int, CopiedLines] | None = None
        self.is_initial = is_initial
        self.is_copy = False
        self.is_sent = False

    @property
    def transaction(self) -> ServerTransaction | ClientTransaction | None:
        """`server` or `client`, whichever there is."""
        return self.server or self.client

    @property
    def uri(self) -> str:
        """The request URI."""
        if self._uri is None:
            self._uri = self.message.uri if self.message is not None else ""
        return self._uri

    @property
    def headers(self) -> HeaderView:
        """All headers of one that came in; all but Via and Content-Length of one made here."""
        if self._headers is None:
            self._headers = Headers() if self.message is None else MessageHeaders(self.message)
        return self._headers

    @property
    def session(self) -> Session:
        """The dialog it belongs to, or that its responses may make."""
        if self.cancelled is not None:
            return self.cancelled.session
        if self.known_session is None:
            self.known_session = self.container.server.session_of(self)
        return self.known_session

    @property
    def cseq(self) -> int:
        """The number of CSeq; 0 where there is none."""
        if self.message is not None and (number := cseq_number(self.message)) is not None:
            return number
        return super().cseq

    @property
    def is_cancelled(self) -> bool:
        """Whether a CANCEL ended it."""
        return self.server is not None and self.server.is_cancelled

    @property
    def ends_dialog(self) -> bool:
        """Whether it is a BYE, or the last NOTIFY of a subscription."""
        if self.method == "NOTIFY":
            return (self.header("Subscription-State") or "").lower().startswith("terminated")
        return self.method == "BYE"

    @property
    def local_tag(self) -> str:
        """The To tag of the responses to this request."""
        if not self._tag:
            self._tag = self.container.server.tag_for(self)
        return self._tag

    @local_tag.setter
    def local_tag(self, tag: str) -> None:
        self._tag = tag

    def create_response(
        self,
        status: int,
        reason: str | None = None,
        *,
        body: bytes | str | None = None,
        content_type: str | None = None,
        headers: HeaderInput = (),
        to_tag: str | None = None,
    ) -> Response:
        """A response to this request, to be sent with `send`.

        headers: those beside Via, From, To, Call-ID, CSeq, Record-Route, Contact and
        Content-Length, which the container writes; a Contact or Record-Route given here
        replaces its own.
        to_tag: of a response that is passed on from elsewhere; the container's unless given.
        Raises: EncodeError for text that cannot be written; LocalProtocolError for a request
        that takes no response (an ACK, one made here).
        """
        return self.container.replies.create(
            self,
            status,
            reason,
            body=body,
            content_type=content_type,
            headers=headers,
            to_tag=to_tag,
        )

    def create_cancel(self) -> Request:
        """A CANCEL for an INVITE that was sent.

        It may be sent at once: it goes out as soon as the proxy has named the transaction, which
        it does with the first provisional response; after a final response not at all.
        Raises: LocalProtocolError if this is no INVITE that was sent.
        """
        return self.container.maker.cancel(self)

    def send(self, on_response: OnResponse | None = None, *, spiral: bool = False) -> None:
        """Send a request made here, in a client transaction of its own.

        on_response: gets the responses; the application's do_response unless given.
        spiral: let the proxy pass it through its own script (docs/protocol.md: Spiral).
        Raises: LocalProtocolError, EncodeError.
        """
        self.container.client.send(self, on_response, spiral=spiral)

    def proxy(
        self,
        *uris: Target,
        parallel: bool = True,
        timeout: float | None = None,
        record_route: bool = False,
        recurse: bool = False,
        aliases: Collection[str] = (),
    ) -> Proxy:
        """Send one that came in on, and its responses back: be a stateful proxy for it.

        uris: where to, its own request URI unless given; a tuple of URIs stands for several
        that are tried at once. parallel: try all at once, else one after the other, until there
        is a 2xx or a 6xx. timeout: seconds that a place has for its final response.
        record_route: ask for later requests of the dialog to come this way. recurse: go where a
        3xx says. aliases: host names of the proxy, in Routes that it is to use up.
        Raises: LocalProtocolError if it was answered or made here; EncodeError for a bad URI.
        """
        from seastool.app.proxy import Proxy

        proxy = Proxy(
            self, timeout=timeout, record_route=record_route, recurse=recurse, aliases=aliases
        )
        proxy.start(uris, parallel=parallel)
        return proxy

    def send_stateless(self) -> None:
        """Send a request made here without a transaction: no response will be told."""
        self.container.client.send_stateless(self)

    def responses(self) -> AsyncIterator[Response]:
        """Send it and iterate over its responses; ends behind the final one.

        Raises: LocalProtocolError if the container was given no `new_future`.
        """
        return self.container.client.responses_to(self)

    async def send_and_wait(self) -> Response:
        """Send it and wait for the final response (a local 408 or 503 if none comes).

        Raises: LocalProtocolError for an ACK or a CANCEL, which have none of their own.
        """
        last = None
        async for response in self.responses():
            last = response
        if last is None:
            raise LocalProtocolError(f"{self.method} {self.uri}: no response is told of it")
        return last

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.uri!a}>"
