"""A dialog (RFC 3261 section 12), from the first request that may make it to its end."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from seastool.app.headers import HeaderInput, HeaderView
from seastool.app.timers import Timer
from seastool.errors import LocalProtocolError
from seastool.sip.address_value import routes_of, uri_of, with_tag

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.application_session import ApplicationSession
    from seastool.app.container import Container
    from seastool.app.request import Request
    from seastool.seas.frames import Received


class SessionState(StrEnum):
    """How far a dialog is. INITIAL: none yet, only a request that may make one."""

    INITIAL = "initial"
    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Session:
    """A dialog.

    call_id, local_tag, remote_tag name it; remote_tag is empty until the peer gave one.
    local_cseq, remote_cseq: the last number of our requests, and of the peer's.
    on_request: if set, gets the requests of the peer inside the dialog instead of the
    application's do_request (a proxy or a B2BUA sets it).
    made_by: the method that begins it. acked: the last INVITE of the peer whose ACK came, by
    hash index and label.
    """

    __slots__ = (
        "_application_session",
        "_attributes",
        "_id",
        "_local",
        "_origin",
        "_remote",
        "_routes",
        "_target",
        "_target_source",
        "acked",
        "call_id",
        "container",
        "is_uac",
        "keys",
        "last_used",
        "local_cseq",
        "local_tag",
        "made_by",
        "on_request",
        "received",
        "remote_cseq",
        "remote_tag",
        "state",
        "timer",
    )

    def __init__(
        self,
        container: Container,
        call_id: str,
        local_tag: str,
        remote_tag: str = "",
        *,
        made_by: str,
        is_uac: bool,
        origin: HeaderView | None = None,
        received: Received | None = None,
        local: str | None = None,
        remote: str | None = None,
        target: str | None = None,
    ) -> None:
        """origin: the headers that name the peer, its Contact and routes, read when needed.
        received: the event whose destination is our side; None if we began.
        local, remote, target: what is known without them."""
        self.container = container
        self.call_id = call_id
        self.local_tag = local_tag
        self.remote_tag = remote_tag
        self.is_uac = is_uac
        self.made_by = made_by
        self.state = SessionState.INITIAL
        self.local_cseq = 1
        self.remote_cseq = 0
        self.on_request: Callable[[Request], Handled] | None = None
        self.last_used = container.now
        self.timer: Timer | None = None
        self.keys: list[tuple[str, str, str]] = []
        self.acked: tuple[int, int] | None = None
        self._id = ""
        self._origin = self._target_source = origin
        self.received = received
        self._local = local
        self._remote = remote
        self._target = target
        self._routes: tuple[str, ...] | None = None
        self._attributes: dict[str, Any] | None = None
        self._application_session: ApplicationSession | None = None

    @property
    def id(self) -> str:
        """A name of its own, the same as long as it lives."""
        if not self._id:
            self._id = self.container.new_id()
        return self._id

    @property
    def attributes(self) -> dict[str, Any]:
        """Whatever the application wants to keep with the dialog."""
        if self._attributes is None:
            self._attributes = {}
        return self._attributes

    @property
    def application_session(self) -> ApplicationSession:
        """The application session it belongs to, made at the first look.

        Raises: LocalProtocolError if the container has too many.
        """
        if self._application_session is None:
            self.join(self.container.sessions.new_application_session())
        assert self._application_session is not None
        return self._application_session

    def join(self, application_session: ApplicationSession) -> None:
        """Belong to an application session from now on."""
        if self._application_session is not None:
            self._application_session.remove(self)
        self._application_session = application_session
        if self.state is not SessionState.TERMINATED:
            application_session.add(self)

    @property
    def silence(self) -> float:
        """How long it may be silent before it is forgotten, in seconds."""
        settings = self.container.settings
        if self.state is not SessionState.CONFIRMED:
            return settings.session_time
        return settings.dialog_time if self.made_by == "INVITE" else settings.subscription_time

    def touch(self) -> None:
        """Something happened in it."""
        self.last_used = self.container.now
        if self._application_session is not None:
            self._application_session.last_used = self.last_used

    @property
    def local_address(self) -> str:
        """The From value of our requests, with tag."""
        if self._local is None:
            self._local = with_tag(self._from_origin("To"), self.local_tag)
        return self._local

    @property
    def remote_address(self) -> str:
        """The To value of our requests, with tag once the peer gave one."""
        if self._remote is None:
            self._remote = self._from_origin("From")
        if self.is_uac and self.remote_tag:
            return with_tag(self._remote, self.remote_tag)
        return self._remote

    def _from_origin(self, name: str) -> str:
        return (self._origin.first(name) if self._origin is not None else None) or ""

    @property
    def local_uri(self) -> str:
        """Our URI, that of From or To."""
        return uri_of(self.local_address)

    @property
    def remote_uri(self) -> str:
        """The peer's URI, that of To or From."""
        return uri_of(self.remote_address)

    @property
    def remote_target(self) -> str:
        """Where our requests go: the URI of the peer's last Contact; without one the request
        URI of our first request, or the peer's own URI."""
        if self._target_source is not None:
            contact = self._target_source.first("Contact")
            self._target_source = None
            if contact:
                self._target = uri_of(contact)
        return self._target or self.remote_uri

    @property
    def route_set(self) -> tuple[str, ...]:
        """The Route values of our requests, in order: Record-Route as it came, or turned round
        if the dialog is ours."""
        if self._routes is None:
            values = [] if self._origin is None else self._origin.get_all("Record-Route")
            routes = routes_of(values)
            self._routes = routes[::-1] if self.is_uac else routes
        return self._routes

    def establish(self, origin: HeaderView, remote_tag: str) -> None:
        """A response to our first request says who the peer is."""
        self.remote_tag = remote_tag
        self._origin = self._target_source = origin
        self._routes = None

    def start_over(self) -> None:
        """No dialog came of our first request; another one may be tried."""
        self.remote_tag = ""
        self._origin = self._target_source = self._routes = None
        self.state = SessionState.INITIAL

    def refresh_target(self, source: HeaderView) -> None:
        """A later message may name another Contact (RFC 3261 section 12.2)."""
        self._target_source = source

    def fork(self, origin: HeaderView, remote_tag: str) -> Session:
        """Another dialog of the same request: a second peer answered."""
        made = Session(
            self.container,
            self.call_id,
            self.local_tag,
            made_by=self.made_by,
            is_uac=True,
            local=self._local,
            remote=self._remote,
            target=self._target,
        )
        made.local_cseq = self.local_cseq
        made.on_request = self.on_request
        made.establish(origin, remote_tag)
        if self._application_session is not None and self._application_session.is_valid:
            made.join(self._application_session)
        return made

    def create_request(
        self,
        method: str,
        *,
        body: bytes | str | None = None,
        content_type: str | None = None,
        headers: HeaderInput = (),
    ) -> Request:
        """A request inside the dialog (or again in one that is not made yet), to be sent.

        Raises: LocalProtocolError if the dialog has ended, or for ACK and CANCEL, which
        `Response.create_ack` and `Request.create_cancel` make; EncodeError.
        """
        if self.state is SessionState.TERMINATED:
            raise LocalProtocolError(f"dialog {self.call_id} has ended: no {method} in it")
        if method in ("ACK", "CANCEL"):
            maker = "Response.create_ack()" if method == "ACK" else "Request.create_cancel()"
            raise LocalProtocolError(f"{method} is no request of its own: use {maker}")
        return self.container.maker.request_in(
            self, method, body=body, content_type=content_type, headers=headers
        )

    def invalidate(self) -> None:
        """Forget the dialog. The peer is not told: send a BYE for that."""
        if self.state is SessionState.TERMINATED:
            return
        self.state = SessionState.TERMINATED
        self.container.sessions.remove(self)
        if self._application_session is not None:
            self._application_session.remove(self)

    def __repr__(self) -> str:
        return f"<Session {self.call_id!a} {self.state.value}>"
