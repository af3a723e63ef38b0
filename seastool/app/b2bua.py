"""A back-to-back user agent: two dialogs, each with its own Call-ID, tags and CSeq, as one call."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from seastool.app.application import Application, Handled
from seastool.app.bridging.copied import COPIED, copied_headers, without_tag
from seastool.app.bridging.relay import Fields, Relay, ignore
from seastool.app.headers import HeaderInput, Headers
from seastool.app.session import Session, SessionState
from seastool.app.sessions import DIALOG_METHODS

if TYPE_CHECKING:
    from seastool.app.request import Request
    from seastool.app.response import Response

__all__ = ["COPIED", "B2bua", "Bridge", "connect", "copied_headers", "peer_of"]

_BRIDGE: Final = "seastool.bridge"
_NO_SUCH_DIALOG: Final = 481
_PENDING: Final = 491
_TERMINATED: Final = 487
_RACK_PARTS: Final = 3
_FORWARDS_DIGITS: Final = 3


class Bridge:
    """Two dialogs that are one call: what one side sends goes to the other.

    near, far: the two, the caller's first. on_end: called when the call is over, however it
    ends. copied: the headers that go across.
    """

    __slots__ = ("_copied", "_first", "_invite", "_on_end", "far", "is_over", "near")

    def __init__(
        self,
        near: Session,
        far: Session,
        *,
        first: Relay | None = None,
        copied: Collection[str] = COPIED,
        on_end: Callable[[Bridge], None] | None = None,
    ) -> None:
        """first: the request that is to make them; None if they are there."""
        self._copied = copied
        self._on_end = on_end
        self._first = self._invite = first
        self.is_over = False
        self.near = self._joined(near)
        self.far = self._joined(far)

    def _joined(self, session: Session) -> Session:
        session.on_request = self.take
        session.attributes[_BRIDGE] = self
        return session

    def other(self, session: Session) -> Session:
        """The dialog on the other side."""
        return self.far if session is self.near else self.near

    @property
    def is_answered(self) -> bool:
        """Whether both sides talk."""
        states = (self.near.state, self.far.state)
        return states == (SessionState.CONFIRMED, SessionState.CONFIRMED)

    def hang_up(self) -> None:
        """End the call on both sides: BYE, or CANCEL and 487 where it is not answered."""
        self._end_side(self.near)
        self._end_side(self.far)
        self._over()

    # What the sides send.

    def take(self, request: Request) -> Handled:
        """A later request of one side."""
        session = request.session
        if request.method == "ACK":
            if self._invite is not None:
                self._invite.acked(request)
        elif request.method == "BYE":
            request.create_response(200).send()
            self._ended_by(session, copied_headers(request, self._copied))
        else:
            self._relay(request, self.other(session))
        return None

    def _relay(self, request: Request, other: Session) -> None:
        if other.state is SessionState.TERMINATED or not other.remote_tag:
            is_gone = other.state is SessionState.TERMINATED
            request.create_response(_NO_SUCH_DIALOG if is_gone else _PENDING).send()
            return
        relay = Relay(request, self._copied, self)

        def make(fields: Fields) -> Request:
            return other.create_request(
                request.method,
                body=request.body,
                content_type=request.content_type if request.body else None,
                headers=[self._translated(*field) for field in fields],
            )

        if relay.send(make, []):
            if request.method == "INVITE":
                self._invite = relay
            if request.ends_dialog:
                self._over()

    def _translated(self, name: str, value: str) -> tuple[str, str]:
        """RAck names the CSeq of the INVITE, which is another in the other leg."""
        parts = value.split()
        if name.lower() != "rack" or len(parts) != _RACK_PARTS or self._invite is None:
            return name, value
        sent = self._invite.sent
        if sent is None or parts[1] != str(self._invite.request.cseq):
            return name, value
        return name, f"{parts[0]} {sent.cseq} {parts[2]}"

    # What becomes of them.

    def heard(self, relay: Relay, response: Response) -> None:
        """The called side says something: of several that ring the last one is the far side."""
        if relay is self._first and response.session is not self.far:
            self.far = self._joined(response.session)

    def refused(self, relay: Relay, response: Response) -> None:
        """The call failed, or the other side knows nothing of it any more."""
        if relay is self._first:
            self.far.invalidate()
            self._over()
        elif response.status == _NO_SUCH_DIALOG and relay.sent is not None:
            self._ended_by(relay.sent.session, [])

    def cancelled(self, relay: Relay) -> None:
        """The caller has given up."""
        if relay is self._first:
            self._over()

    def never_acked(self, relay: Relay) -> None:
        """Nobody told whether the media were agreed: the call is ended."""
        self.hang_up()

    def _ended_by(self, session: Session, headers: Fields) -> None:
        """One side is gone: end the other."""
        if session is self.near:
            self._refuse_first()
        self._end_side(self.other(session), headers)
        self._over()

    def _end_side(self, session: Session, headers: HeaderInput = ()) -> None:
        if session.state is SessionState.CONFIRMED and session.made_by == "INVITE":
            if self._invite is not None:
                self._invite.send_ack()
            session.create_request("BYE", headers=headers).send(ignore)
        elif session.state is SessionState.CONFIRMED:
            session.invalidate()
        elif session is self.near:
            self._refuse_first()
        elif self._first is not None:
            self._first.cancel()

    def _refuse_first(self) -> None:
        """The request that was to begin the call has its final response, or gets one."""
        if self._first is not None and not self._first.is_answered:
            self._first.request.create_response(_TERMINATED).send()

    def _over(self) -> None:
        if not self.is_over:
            self.is_over = True
            if self._on_end is not None:
                self._on_end(self)


def peer_of(session: Session) -> Session | None:
    """The dialog that a dialog is connected to."""
    bridge = session.attributes.get(_BRIDGE)
    return bridge.other(session) if isinstance(bridge, Bridge) else None


def connect(
    request: Request,
    uri: str,
    *,
    from_: str | None = None,
    to: str | None = None,
    headers: HeaderInput = (),
    copied: Collection[str] = COPIED,
    on_end: Callable[[Bridge], None] | None = None,
) -> Bridge | None:
    """Send a first request on in a dialog of our own, and pass on all that follows.

    from_, to: of the new request; those that came in unless given. headers: added to those that
    are copied. Returns: the two dialogs; None where there are none: for a method that makes no
    dialog, and where the request could not be sent on and is answered.
    Raises: EncodeError for a bad URI or header.
    """
    added = list(Headers(headers).fields())
    forwards = _forwards(request)
    if forwards < 0:
        request.create_response(483).send()
        return None
    added.append(("Max-Forwards", str(forwards)))
    makes_dialog = request.method in DIALOG_METHODS
    context = request.container.context

    relay = Relay(request, copied)
    bridge: Bridge | None = None

    def make(fields: Fields) -> Request:
        nonlocal bridge
        sent = context.create_request(
            request.method,
            uri,
            without_tag(request.from_) if from_ is None else from_,
            without_tag(request.to) if to is None else to,
            headers=fields,
            body=request.body,
            content_type=request.content_type if request.body else None,
            application_session=request.application_session if makes_dialog else None,
        )
        if bridge is not None:  # a first try was too long
            bridge.far.invalidate()
        if makes_dialog:
            relay.owner = bridge = Bridge(
                request.session, sent.session, first=relay, copied=copied, on_end=on_end
            )
        return sent

    if relay.send(make, added):
        return bridge
    if bridge is not None:
        bridge.far.invalidate()
    return None


class B2bua(Application):
    """Connects every call, and any other request, to another URI.

    uri: where to; override `route` to choose, or `connect` for all else.
    """

    def __init__(self, uri: str = "") -> None:
        self.uri = uri

    def route(self, request: Request) -> str | None:
        """Where a first request goes; None for nowhere, and a 404."""
        return self.uri or None

    def connect(self, request: Request, uri: str) -> Bridge | None:
        """Send a first request on."""
        return connect(request, uri, on_end=self.call_ended)

    def call_ended(self, bridge: Bridge) -> None:
        """A call is over, or never came about."""

    def do_request(self, request: Request) -> Handled:
        """First requests go to the other leg; the later ones find their bridge themselves."""
        if not request.is_initial or request.method in ("ACK", "CANCEL"):
            return super().do_request(request)
        uri = self.route(request)
        if uri is None:
            request.create_response(404).send()
        else:
            self.connect(request, uri)
        return None


def _forwards(request: Request) -> int:
    """Max-Forwards for the next leg; below 0 if it is used up."""
    given = (request.header("Max-Forwards") or "").strip()
    if not given.isdecimal() or len(given) > _FORWARDS_DIGITS:
        return request.container.settings.max_forwards
    return int(given) - 1
