"""What requests and responses share: headers, body, session, and where they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seastool.app.endpoint import Endpoint, endpoint_of
from seastool.app.headers import HeaderView
from seastool.seas.frames import Received
from seastool.seas.message import Message

if TYPE_CHECKING:
    from seastool.app.application_session import ApplicationSession
    from seastool.app.container import Container
    from seastool.app.session import Session


class AppMessage:
    """A request or a response.

    method: of the request, also in a response. message: the encoded message it came in as;
    None for one made here. frame: the event that brought it. known_session: its session, None
    as long as nobody asked for it.
    """

    __slots__ = (
        "_attributes",
        "_body",
        "_headers",
        "container",
        "frame",
        "known_session",
        "message",
        "method",
    )

    _headers: HeaderView | None

    def __init__(
        self,
        container: Container,
        method: str,
        *,
        message: Message | None = None,
        frame: Received | None = None,
        body: bytes | None = None,
    ) -> None:
        self.container = container
        self.method = method
        self.message = message
        self.frame = frame
        self._body = body
        self._headers = None
        self.known_session: Session | None = None
        self._attributes: dict[str, Any] | None = None

    @property
    def attributes(self) -> dict[str, Any]:
        """Whatever the application wants to keep with the message."""
        if self._attributes is None:
            self._attributes = {}
        return self._attributes

    @property
    def headers(self) -> HeaderView:
        """The headers: of a message that came in to be read, of one made here to be changed."""
        raise NotImplementedError

    def header(self, name: str) -> str | None:
        """The value of the first header of a name, in any case or compact; None without one."""
        return self.headers.first(name)

    @property
    def body(self) -> bytes:
        """What follows the headers."""
        if self._body is None:
            self._body = self.message.body if self.message is not None else b""
        return self._body

    @property
    def content_type(self) -> str | None:
        """The value of Content-Type."""
        return self.header("Content-Type")

    @property
    def from_(self) -> str:
        """The value of From, with its tag."""
        return self.header("From") or ""

    @property
    def to(self) -> str:
        """The value of To."""
        return self.header("To") or ""

    @property
    def contact(self) -> str | None:
        """The value of the first Contact."""
        return self.header("Contact")

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.header("Call-ID") or ""

    @property
    def cseq(self) -> int:
        """The number of CSeq; 0 where there is none."""
        number = (self.header("CSeq") or "").split(" ", 1)[0]
        return int(number) if number.isdecimal() and len(number) < 20 else 0

    @property
    def remote(self) -> Endpoint | None:
        """Where it came from; None for what was made here."""
        return endpoint_of(self.frame, source=True)

    @property
    def local(self) -> Endpoint | None:
        """The address of the proxy that it came in on; None for what was made here."""
        return endpoint_of(self.frame, source=False)

    @property
    def session(self) -> Session:
        """The dialog it belongs to, or that may come of it."""
        raise NotImplementedError

    @property
    def application_session(self) -> ApplicationSession:
        """The application session of its session."""
        return self.session.application_session
