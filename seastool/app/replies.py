"""Responses to requests that came in: made, checked and sent (docs/protocol.md: Replies, Times)."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from seastool.app.headers import HeaderInput
from seastool.app.new_headers import body_of, new_headers
from seastool.app.reply_text import copied_lines, header_lines, reply_text, status_line
from seastool.app.response import FIRST_FAILURE, FIRST_FINAL, Response
from seastool.app.session import Session, SessionState
from seastool.app.sessions import DIALOG_METHODS
from seastool.app.tokens import checked_reason, checked_status, checked_token
from seastool.errors import EncodeError, LocalProtocolError, NotConnected
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Reply, SlMsg
from seastool.seas.message import VIA
from seastool.seas.types import ActionType
from seastool.sip.reasons import reason_of

if TYPE_CHECKING:
    from seastool.app.container import Container
    from seastool.app.request import Request
    from seastool.app.transaction import ServerTransaction

_TRYING: Final = 100
_WITH_CONTACT: Final = DIALOG_METHODS | {"UPDATE"}
_PROVISIONAL, _FINAL = int(ActionType.REPLY_PROV), int(ActionType.REPLY_FIN)
_ACTION_HEAD: Final = 18  # of a REPLY in layout B, the longer one
_TAG_BYTES: Final = 8


class Replies:
    """Makes and sends the responses of a container."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.use(container.dialect)

    def use(self, dialect: Dialect) -> None:
        """Answer messages in that dialect from now on."""
        self._record_route = dialect.header_types.get("RECORDROUTE", VIA)

    def create(
        self,
        request: Request,
        status: int,
        reason: str | None = None,
        *,
        body: bytes | str | None = None,
        content_type: str | None = None,
        headers: HeaderInput = (),
        to_tag: str | None = None,
    ) -> Response:
        """See `Request.create_response`."""
        if request.server is None:
            why = "an ACK takes none" if request.method == "ACK" else "it was made here"
            raise LocalProtocolError(f"no response to {request.method} {request.uri}: {why}")
        data = body_of(body)
        made = None
        if headers or data or content_type:
            made = new_headers(headers, data, content_type)
        return Response(
            request,
            checked_status(status),
            reason_of(status) if reason is None else checked_reason(reason),
            headers=made,
            body=data,
            to_tag=None if to_tag is None else checked_token("To tag", to_tag),
        )

    def send(self, response: Response) -> None:
        """See `Response.send`."""
        request = response.request
        transaction = request.server
        if transaction is None or response.message is not None:
            raise LocalProtocolError(
                f"{response.status} came in: answer with request.create_response()"
            )
        container = self._container
        container.check_open()
        if transaction.status >= FIRST_FINAL or response.is_sent:
            self._refuse_second(response, transaction)
            return
        response.is_sent = True
        if transaction.is_stateless and response.status < FIRST_FINAL:
            container.statistics.stateless_provisional += 1
            return
        text = self._text(response, transaction)
        if not transaction.is_stateless and not self._in_time(response, transaction):
            return
        try:
            container.send(_action(response, transaction, text))
        except NotConnected:
            if response.status >= FIRST_FINAL:
                container.waiting.lose(request)
            raise
        transaction.status = response.status
        container.statistics.replies += 1
        self._note_dialog(response)
        if response.status >= FIRST_FINAL:
            container.waiting.complete(request)

    def _refuse_second(self, response: Response, transaction: ServerTransaction) -> None:
        if transaction.is_cancelled:
            self._container.statistics.after_cancel += 1
            return
        if response.is_sent:
            raise LocalProtocolError(f"{response.status} was sent already: make another response")
        raise LocalProtocolError(
            f"{response.status} to {response.method} {response.request.uri}: "
            f"{transaction.status} was sent, and a request has one final response"
        )

    def _in_time(self, response: Response, transaction: ServerTransaction) -> bool:
        """Whether to send it; a late reply is told once."""
        settings = self._container.settings
        age = self._container.now - transaction.arrived
        if age <= settings.hold_time:
            return True
        self._container.statistics.late_replies += 1
        self._container.notes.once(
            "late reply",
            f"a {response.status} to {response.method} comes {age:.1f} s after the request: the "
            f"proxy keeps a transaction about {settings.hold_time:g} s (tm's wt_timer) and drops "
            "later replies without a word; told once, counted as late_replies",
        )
        return settings.send_late

    def _text(self, response: Response, transaction: ServerTransaction) -> bytes:
        """The SIP text. Raises: EncodeError if the proxy would not take it."""
        request, status = response.request, response.status
        assert request.message is not None
        makes_dialog = _TRYING < status < FIRST_FAILURE and request.method in _WITH_CONTACT
        given = response.known_headers
        # Record-Routes given here are all that the response is to have.
        has_routes = given is not None and "Record-Route" in given
        routes = self._record_route if makes_dialog and not has_routes else VIA
        if request.copied is None or request.copied[0] != routes:
            request.copied = routes, copied_lines(request.message, routes)
        headers = b"" if given is None else header_lines(given)
        contact = b""
        is_ours = response.to_tag is None  # else passed on, and the Contact is its sender's
        if is_ours and makes_dialog and request.frame and (given is None or "Contact" not in given):
            contact = self._container.own_address.contact_line(request.frame)
        self._check_headers(len(headers) + len(contact))
        if transaction.is_stateless:
            headers = self._route_back(request) + headers
        text = reply_text(
            status_line(status, response.reason),
            request.copied[1],
            self._tag(response),
            contact,
            headers,
            response.body,
        )
        self._container.check_size(len(text) + _ACTION_HEAD)
        return text

    def _tag(self, response: Response) -> str:
        if not response.request.is_initial or response.status == _TRYING:
            return ""
        return response.to_tag or response.request.local_tag

    def _check_headers(self, size: int) -> None:
        most = self._container.settings.max_headers
        if size >= most:
            raise EncodeError(
                f"{size} bytes beside those that every response has; the proxy takes {most - 1}",
                path="headers",
            )

    def _route_back(self, request: Request) -> bytes:
        source = request.remote
        if source is None or not self._container.settings.stateless_route:
            return b""
        name = self._container.dialect.transport_name(source.protocol) or "UDP"
        transport = "" if name == "UDP" else f";transport={name.lower()}"
        return f"Route: <sip:{source}{transport};lr>\r\n".encode()

    def _note_dialog(self, response: Response) -> None:
        """What a response does to the dialog of its request."""
        request, status = response.request, response.status
        session = request.known_session
        if request.method in DIALOG_METHODS:
            if _TRYING < status < FIRST_FAILURE:
                self._establish(request.session, response)
            elif status >= FIRST_FAILURE and session is not None and request.is_initial:
                session.invalidate()
        elif session is not None and status >= FIRST_FINAL and request.ends_dialog:
            session.invalidate()

    def _establish(self, session: Session, response: Response) -> None:
        if session.state is SessionState.TERMINATED:
            return
        session.touch()
        if not response.request.is_initial:
            return
        tag = self._tag(response)
        if tag != session.local_tag:  # passed on from elsewhere
            if session.keys:
                self._container.sessions.alias(session, tag, session.remote_tag)
            else:
                session.local_tag = tag
        if not session.keys:
            self._container.sessions.add(session)
        if response.status >= FIRST_FINAL:
            session.state = SessionState.CONFIRMED
        elif session.state is SessionState.INITIAL:
            session.state = SessionState.EARLY


def _action(response: Response, transaction: ServerTransaction, text: bytes) -> Reply | SlMsg:
    if transaction.is_stateless:
        return SlMsg(processor_id=transaction.processor_id, text=text)
    return Reply(
        type=_FINAL if response.status >= FIRST_FINAL else _PROVISIONAL,
        processor_id=transaction.processor_id,
        hash_index=transaction.hash_index,
        label=transaction.label,
        text=text,
    )


def stateless_tag(request: Request) -> str:
    """The To tag of a stateless response: the same for the same request, as RFC 3261 section
    8.2.7 wants, since nothing is kept in between."""
    name = f"{request.call_id}\n{request.from_}\n{request.header('CSeq')}"
    digest = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=_TAG_BYTES)
    return digest.hexdigest()
