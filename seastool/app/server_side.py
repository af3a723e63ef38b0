"""Requests that come in, and to whom they go (docs/protocol.md: Transactions)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from seastool.app.headers import MessageHeaders
from seastool.app.message_fields import call_id, from_tag, to_tag
from seastool.app.replies import stateless_tag
from seastool.app.request import Request
from seastool.app.response import FIRST_FAILURE
from seastool.app.session import Session
from seastool.app.transaction import ServerTransaction
from seastool.app.waiting import Key
from seastool.errors import LocalProtocolError
from seastool.seas.dialect import Dialect
from seastool.seas.frames import CANCEL_FOUND, SlReqIn, TReqIn
from seastool.seas.message import FIRST_STATUS, Message

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.container import Container

OnRequest = Callable[[Request], "Handled"]
_TARGET_METHODS: Final = frozenset({"INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"})
_NO_METHOD: Final = "OTHER"


class ServerSide:
    """Takes T_REQ_IN and SL_REQ_IN of a container."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._waiting = container.waiting
        self.use(container.dialect)

    def use(self, dialect: Dialect) -> None:
        """Read messages in that dialect from now on."""
        self._dialect = dialect
        self._methods = {code: name for name, code in dialect.methods.items() if name != _NO_METHOD}

    def receive(self, frame: TReqIn) -> None:
        """A request with a transaction. Raises: DecodeError."""
        message, method = self._opened(frame)
        key = (frame.hash_index, frame.label)
        if method == "ACK":
            self._ack(frame, message, key)
        elif method == "CANCEL":
            self._cancel(frame, message)
        elif self._waiting.is_new(key):
            self._container.statistics.requests += 1
            request = self._made(frame, message, method)
            request.server = ServerTransaction(*key, frame.processor_id, self._container.now)
            self._take(request)

    def receive_stateless(self, frame: SlReqIn) -> None:
        """A request without one. Raises: DecodeError."""
        message, method = self._opened(frame)
        if method == "ACK":
            self._ack(frame, message, None)
            return
        if method == "CANCEL":
            # RFC 3261 section 8.2.7: who keeps no state has nothing to cancel.
            self._container.statistics.unknown_cancels += 1
            return
        self._container.statistics.stateless_requests += 1
        request = self._made(frame, message, method)
        now = self._container.now
        request.server = ServerTransaction(0, 0, frame.processor_id, now, is_stateless=True)
        if handler := self._handler(request):
            self._container.call(handler, request)

    def _opened(self, frame: TReqIn | SlReqIn) -> tuple[Message, str]:
        message = Message(frame.payload, self._dialect)
        if message.code >= FIRST_STATUS:
            raise LocalProtocolError(f"a response ({message.code}) came as a request")
        return message, self._methods.get(message.code) or message.method

    def _made(self, frame: TReqIn | SlReqIn, message: Message, method: str) -> Request:
        return Request(
            self._container,
            method,
            message=message,
            frame=frame,
            is_initial=not to_tag(message),
        )

    def _take(self, request: Request) -> None:
        transaction = request.server
        assert transaction is not None
        if not self._waiting.take(request):
            return
        if handler := self._handler(request):
            self._container.call(handler, request)
        waits = self._waiting.get(transaction.key) is request
        if waits and transaction.timer is None and not transaction.is_final:
            self._waiting.watch(request, transaction)

    def _handler(self, request: Request) -> OnRequest | None:
        """Who gets the request; None if it was answered here."""
        container = self._container
        if request.is_initial:
            return container.do_request
        session = self._session_in(request)
        statistics = container.statistics
        if session is None:
            statistics.unknown_dialogs += 1
            if not container.settings.strict_dialogs:
                return container.do_request
            request.create_response(481).send()
            return None
        request.known_session = session
        number = request.cseq
        if number < session.remote_cseq and container.settings.strict_dialogs:
            statistics.out_of_order += 1
            request.create_response(500, "CSeq Out Of Order").send()
            return None
        session.remote_cseq = number
        session.touch()
        if request.method in _TARGET_METHODS and request.message is not None:
            session.refresh_target(MessageHeaders(request.message))
        return session.on_request or container.do_request

    def _session_in(self, request: Request) -> Session | None:
        message = request.message
        if message is None:
            return None
        remote = from_tag(message)
        found = self._container.sessions.find(call_id(message), to_tag(message), remote)
        if found is not None and not found.remote_tag:
            found.establish(MessageHeaders(message), remote)
        return found

    def _ack(self, frame: TReqIn | SlReqIn, message: Message, key: Key | None) -> None:
        """The ACK of a 2xx goes to the application, that of another final reply ends here."""
        container = self._container
        container.statistics.acks += 1
        ack = Request(container, "ACK", message=message, frame=frame, is_initial=False)
        invite = self._waiting.get(key)
        handler: OnRequest | None = None
        if invite is not None and invite.server is not None and invite.method == "INVITE":
            if not invite.server.is_final:
                container.statistics.unknown_acks += 1
                return
            self._waiting.forget(invite)
            if invite.server.status >= FIRST_FAILURE:
                return
            session = invite.known_session
            handler = invite.server.on_ack
        else:
            session = self._session_in(ack)
            if session is None or (key is not None and session.acked == key):
                container.statistics.unknown_acks += 1
                return
        if session is not None:
            session.acked = key
            session.touch()
            ack.known_session = session
            handler = handler or session.on_request
        container.call(handler or container.do_request, ack)

    def _cancel(self, frame: TReqIn, message: Message) -> None:
        """200 to the CANCEL, 487 to its INVITE unless that is answered; then it is told."""
        container = self._container
        container.statistics.cancels += 1
        cancel = self._made(frame, message, "CANCEL")
        key = (frame.hash_index, frame.label)
        cancel.server = ServerTransaction(*key, frame.processor_id, container.now)
        invite = None
        if frame.flags & CANCEL_FOUND:
            name = (frame.cancelled_hash_index or 0, frame.cancelled_label or 0)
            invite = self._waiting.get(name)
        if invite is None or invite.server is None:
            container.statistics.unknown_cancels += 1
            cancel.create_response(481).send()
            return
        cancel.cancelled = invite
        cancel.known_session = invite.known_session
        cancel.local_tag = invite.local_tag
        transaction = invite.server
        cancel.create_response(200).send()
        if not transaction.is_final:
            invite.create_response(487).send()
            transaction.is_cancelled = True
        container.call(transaction.on_cancel or container.do_request, cancel)

    def session_of(self, request: Request) -> Session:
        """The session that a request belongs to, or that its response may make."""
        message = request.message
        if message is None:
            raise LocalProtocolError(f"{request.method} {request.uri} has no session")
        names = call_id(message), request.local_tag, from_tag(message)
        if not request.is_initial or (request.server and request.server.is_stateless):
            found = self._container.sessions.find(*names)
            if found is not None:
                return found
        session = Session(
            self._container,
            *names,
            made_by=request.method,
            is_uac=False,
            origin=MessageHeaders(message),
            received=request.frame,
        )
        session.remote_cseq = request.cseq
        return session

    def tag_for(self, request: Request) -> str:
        """The To tag of the responses to a request."""
        if not request.is_initial and request.message is not None:
            return to_tag(request.message)
        if request.server is not None and request.server.is_stateless:
            return stateless_tag(request)
        return self._container.new_id()
