"""What an application may ask of the container it runs in."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from seastool.app.headers import HeaderInput
from seastool.seas.handshake import ListeningSocket

if TYPE_CHECKING:
    from seastool.app.application_session import ApplicationSession
    from seastool.app.container import Container
    from seastool.app.request import Request


class Context:
    """The container as an application sees it.

    name: of the application server, as it told the proxy.
    """

    __slots__ = ("_container", "attributes")

    def __init__(self, container: Container) -> None:
        self._container = container
        self.attributes: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The application server's name, as it told the proxy."""
        return self._container.name

    @property
    def listening(self) -> tuple[ListeningSocket, ...]:
        """The SIP sockets of the proxy, as its socket info names them."""
        return tuple(self._container.listening)

    def create_request(
        self,
        method: str,
        uri: str,
        from_: str,
        to: str | None = None,
        *,
        headers: HeaderInput = (),
        body: bytes | str | None = None,
        content_type: str | None = None,
        application_session: ApplicationSession | None = None,
    ) -> Request:
        """A request outside any dialog, in a new session, to be sent.

        from_, to: URIs or whole values with a display name; `to` is the request URI unless
        given. headers: those beside Via, From, To, Call-ID, CSeq and Content-Length; a Contact
        or Max-Forwards given here replaces the container's.
        Raises: EncodeError.
        """
        return self._container.maker.new(
            method,
            uri,
            from_,
            to,
            headers=headers,
            body=body,
            content_type=content_type,
            application_session=application_session,
        )

    def copy_request(
        self,
        request: Request,
        uri: str,
        *,
        headers: HeaderInput | None = None,
    ) -> Request:
        """A request like one that came in, to another URI, in no session of its own: From, To,
        Call-ID, CSeq (2 or above), Contact, body and the other headers as they are, but Via,
        Route and Content-Length; Max-Forwards is one less. What a proxy sends.

        headers: the other headers instead of the request's. Raises: EncodeError.
        """
        return self._container.maker.copy(request, uri, headers)

    def create_application_session(self) -> ApplicationSession:
        """An application session that lasts until it expires or is invalidated."""
        return self._container.sessions.new_application_session(kept=True)

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside the handlers; an error in it is told as one of a handler."""
        self._container.calls.spawn(coroutine)

    @property
    def now(self) -> float:
        """The time in seconds, as the container has it."""
        return self._container.now

    def log(self, text: str) -> None:
        """A line for whoever runs the application server."""
        self._container.log(text)
