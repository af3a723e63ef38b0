"""Makes the requests that an application sends: new ones, those inside a dialog, ACK, CANCEL,
and copies for a proxy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from seastool.app.address_text import from_value, to_value
from seastool.app.headers import HeaderInput, Headers, canonical
from seastool.app.new_headers import body_of, new_headers
from seastool.app.request import Request
from seastool.app.session import Session
from seastool.app.tokens import checked_method, checked_uri
from seastool.errors import LocalProtocolError

if TYPE_CHECKING:
    from seastool.app.application_session import ApplicationSession
    from seastool.app.container import Container
    from seastool.app.response import Response

_WITH_CONTACT: Final = frozenset({"INVITE", "SUBSCRIBE", "REFER", "NOTIFY", "UPDATE"})
_FIRST_CSEQ: Final = 2  # the proxy turns 1 into 11
_HIGHEST_CSEQ: Final = 0x7FFFFFFF
_NOT_COPIED: Final = frozenset({"via", "route", "content-length", "max-forwards", "cseq"})


class RequestMaker:
    """Makes requests of a container; they are sent with `Request.send`."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def new(
        self,
        method: str,
        uri: str,
        from_: str,
        to: str | None,
        *,
        headers: HeaderInput,
        body: bytes | str | None,
        content_type: str | None,
        application_session: ApplicationSession | None,
    ) -> Request:
        """See `Context.create_request`."""
        if method in ("ACK", "CANCEL"):
            raise LocalProtocolError(f"{method} is no request of its own")
        target = checked_uri(uri)
        new_id = self._container.new_id
        local, tag = from_value(from_, new_id())
        session = Session(
            self._container,
            new_id(),
            tag,
            made_by=checked_method(method),
            is_uac=True,
            local=local,
            remote=to_value(uri if to is None else to),
            target=target,
        )
        if application_session is not None:
            session.join(application_session)
        return self.request_in(
            session, method, body=body, content_type=content_type, headers=headers
        )

    def request_in(
        self,
        session: Session,
        method: str,
        *,
        body: bytes | str | None,
        content_type: str | None,
        headers: HeaderInput,
    ) -> Request:
        """See `Session.create_request`."""
        session.local_cseq = max(_FIRST_CSEQ, session.local_cseq + 1)
        return self._made(
            session,
            checked_method(method),
            checked_uri(session.remote_target),
            session.local_cseq,
            body=body,
            content_type=content_type,
            headers=headers,
        )

    def _made(
        self,
        session: Session,
        method: str,
        uri: str,
        cseq: int,
        *,
        body: bytes | str | None,
        content_type: str | None,
        headers: HeaderInput,
    ) -> Request:
        data = body_of(body)
        given = new_headers(headers, data, content_type)
        made = Headers()
        settings = self._container.settings
        if "Max-Forwards" not in given:
            made.add("Max-Forwards", str(settings.max_forwards))
        made.add("From", session.local_address)
        made.add("To", session.remote_address)
        made.add("Call-ID", session.call_id)
        made.add("CSeq", f"{cseq} {method}")
        if method in _WITH_CONTACT and "Contact" not in given:
            own = self._container.own_address
            made.add("Contact", own.contact(self._container.listening, session.received))
        if "Route" not in given and session.route_set:
            # Loose routes, whatever they say of themselves: the proxy turns a strict one round.
            # In one header, because it drops a second one.
            made.add("Route", ", ".join(session.route_set))
        if settings.user_agent and "User-Agent" not in given:
            made.add("User-Agent", settings.user_agent)
        made.extend(given)
        return Request(
            self._container,
            method,
            uri=uri,
            headers=made,
            body=data,
            is_initial=not session.remote_tag,
            session=session,
        )

    def ack(
        self, response: Response, *, body: bytes | str | None, content_type: str | None
    ) -> Request:
        """See `Response.create_ack`."""
        invite = response.request
        if response.message is None or not response.is_success or invite.method != "INVITE":
            raise LocalProtocolError(
                f"no ACK for {response.status} to {response.method}: it is for a 2xx to an "
                "INVITE of ours; the proxy sends that of other finals itself"
            )
        if invite.is_copy:
            raise LocalProtocolError("the ACK of a copied INVITE is a copy of the caller's ACK")
        made = self._made(
            response.session,
            "ACK",
            checked_uri(response.session.remote_target),
            invite.cseq,
            body=body,
            content_type=content_type,
            headers=(),
        )
        made.acknowledged = invite
        return made

    def cancel(self, invite: Request) -> Request:
        """See `Request.create_cancel`."""
        if invite.message is not None or invite.method != "INVITE" or not invite.is_sent:
            raise LocalProtocolError(
                f"no CANCEL for {invite.method} {invite.uri}: it is for an INVITE that was sent"
            )
        made = Headers()
        for name in ("Max-Forwards", "From", "To", "Call-ID"):
            _add_all(made, name, invite.headers.get_all(name))
        made.add("CSeq", f"{invite.cseq} CANCEL")
        _add_all(made, "Route", invite.headers.get_all("Route"))
        cancel = Request(
            self._container,
            "CANCEL",
            uri=invite.uri,
            headers=made,
            body=b"",
            is_initial=invite.is_initial,
            session=invite.known_session,
        )
        cancel.cancelled = invite
        cancel.is_copy = invite.is_copy
        return cancel

    def copy(
        self,
        request: Request,
        uri: str,
        headers: HeaderInput | None,
    ) -> Request:
        """See `Context.copy_request`."""
        if request.message is None:
            raise LocalProtocolError("only a request that came in is copied")
        forwards = _forwards(request, self._container.settings.max_forwards)
        made = Headers()
        made.add("Max-Forwards", str(forwards))
        cseq = min(max(_FIRST_CSEQ, request.cseq), _HIGHEST_CSEQ)
        for name, value in request.headers.fields():
            wanted = canonical(name)
            if wanted not in _NOT_COPIED and (headers is None or wanted in _NAMING):
                made.add(name, value)
        made.add("CSeq", f"{cseq} {request.method}")
        if headers is not None:
            made.extend(new_headers(headers, b"", None))
        copy = Request(
            self._container,
            request.method,
            uri=checked_uri(uri),
            headers=made,
            body=request.body,
            is_initial=request.is_initial,
            session=request.session,
        )
        copy.is_copy = True
        return copy


_NAMING: Final = frozenset({"from", "to", "call-id", "content-type"})


def _add_all(made: Headers, name: str, values: Iterable[str]) -> None:
    for value in values:
        made.add(name, value)


def _forwards(request: Request, most: int) -> int:
    """Max-Forwards of a copy. Raises: LocalProtocolError if it is used up."""
    given = request.header("Max-Forwards")
    if given is None or not given.isdecimal() or len(given) > 3:
        return most
    if int(given) == 0:
        raise LocalProtocolError("Max-Forwards is used up: answer 483 (Too Many Hops)")
    return int(given) - 1
