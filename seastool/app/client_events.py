"""What becomes of requests of ours: responses, failures, time-outs
(docs/protocol.md: Responses, Failures)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seastool.app.client_side import ACK, CANCEL, UNAVAILABLE, kind_of
from seastool.app.headers import MessageHeaders
from seastool.app.message_fields import to_tag
from seastool.app.response import FIRST_FAILURE, FIRST_FINAL, Response
from seastool.app.session import SessionState
from seastool.app.sessions import DIALOG_METHODS
from seastool.app.tokens import HIGHEST_STATUS, LOWEST_STATUS
from seastool.errors import RemoteProtocolError, SeasError
from seastool.seas.dialect import Quirk
from seastool.seas.frames import AcResFail, ResIn
from seastool.seas.message import FIRST_STATUS, Message

if TYPE_CHECKING:
    from seastool.app.container import Container
    from seastool.app.session import Session
    from seastool.app.transaction import ClientTransaction

_TRYING: Final = 100
_NO_SUCH_DIALOG: Final = 481
_REQUEST_TIMEOUT: Final = 408
_MOST_FORKS: Final = 16


class ClientEvents:
    """Takes RES_IN and AC_RES_FAIL of a container."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def receive(self, frame: ResIn) -> None:
        """A response, or the proxy's word that none came. Raises: DecodeError."""
        container = self._container
        container.statistics.responses += 1
        transaction = container.client.transactions.get(frame.uac_id)
        if transaction is None:
            self._unknown(frame)
            return
        if not LOWEST_STATUS <= frame.status <= HIGHEST_STATUS:
            raise RemoteProtocolError(f"RES_IN with status {frame.status}")
        transaction.hash_index, transaction.label = frame.hash_index, frame.label
        message = None
        if frame.payload:
            message = Message(frame.payload, container.dialect)
            if message.code < FIRST_STATUS:
                raise RemoteProtocolError("a request came as a response")
        response = Response(
            transaction.request,
            frame.status,
            None,
            message=message,
            frame=frame,
            is_local=message is None,
        )
        self._take(transaction, response)

    def _unknown(self, frame: ResIn) -> None:
        statistics = self._container.statistics
        kind = kind_of(frame.uac_id)
        if kind == CANCEL:
            statistics.cancel_responses += 1
        elif kind == ACK:
            statistics.faked_for_ack += 1
        else:
            statistics.unknown_responses += 1
            self._container.notes.once(
                "unknown response",
                f"a {frame.status} came for uac id {frame.uac_id}, which waits for none (any "
                "more); told once, counted as unknown_responses",
            )

    def _take(self, transaction: ClientTransaction, response: Response) -> None:
        status, request = response.status, transaction.request
        if not self._is_news(transaction, response):
            self._container.statistics.repeated_responses += 1
            return
        transaction.status = status
        if request.known_session is not None and not request.is_copy:
            response.known_session = self._note_dialog(transaction, request.known_session, response)
        if status < FIRST_FINAL:
            self._still_coming(transaction)
        elif request.method == "INVITE" and status < FIRST_FAILURE:
            # Another 2xx may come, of a fork or again (RFC 3261 section 13.2.2.4).
            transaction.cancel = None
            self._container.client.watch(transaction, self._container.settings.transaction_time)
        else:
            self._container.client.forget(transaction)
        self._container.call(transaction.on_response or self._container.do_response, response)

    def _still_coming(self, transaction: ClientTransaction) -> None:
        settings = self._container.settings
        rings = transaction.request.method == "INVITE" and not transaction.is_cancelled
        seconds = settings.answer_time if rings else settings.response_time
        self._container.client.watch(transaction, seconds)
        self._container.client.send_pending_cancel(transaction)

    def _is_news(self, transaction: ClientTransaction, response: Response) -> bool:
        """Behind a 2xx only that of another fork is; a repeated one gets its ACK again."""
        if not transaction.is_final:
            return True
        if not response.is_success:
            return False
        tag = _tag(response)
        if tag in transaction.acks:
            self._container.send(transaction.acks[tag])
            return False
        known, dialogs = transaction.dialogs.get(tag), transaction.dialogs
        return bool(dialogs) and (known is None or known.state is SessionState.EARLY)

    def _note_dialog(
        self, transaction: ClientTransaction, session: Session, response: Response
    ) -> Session:
        """What a response does to the dialog of its request; the dialog that it belongs to."""
        session.touch()
        request, status = transaction.request, response.status
        if request.method not in DIALOG_METHODS or not request.is_initial:
            if status == _NO_SUCH_DIALOG:
                session.invalidate()
            elif response.message is not None and _TRYING < status < FIRST_FAILURE:
                session.refresh_target(MessageHeaders(response.message))
            return session
        if status >= FIRST_FAILURE:
            self._failed(transaction, session)
        elif status > _TRYING and (tag := _tag(response)):
            session = self._dialog(transaction, session, tag, response)
            if session.state is SessionState.TERMINATED:
                return session
            self._container.sessions.add(session)
            is_final = status >= FIRST_FINAL
            session.state = SessionState.CONFIRMED if is_final else SessionState.EARLY
        return session

    def _dialog(
        self, transaction: ClientTransaction, session: Session, tag: str, response: Response
    ) -> Session:
        """The dialog with the peer of that tag; the first peer has the session of the request,
        a further one (the request forked) a session of its own."""
        assert response.message is not None
        headers = MessageHeaders(response.message)
        dialogs = transaction.dialogs
        if tag in dialogs:
            if dialogs[tag].state is not SessionState.CONFIRMED:
                dialogs[tag].establish(headers, tag)
            return dialogs[tag]
        if len(dialogs) >= _MOST_FORKS:
            return session
        if dialogs:
            session = session.fork(headers, tag)
        else:
            session.establish(headers, tag)
        dialogs[tag] = session
        return session

    def _failed(self, transaction: ClientTransaction, session: Session) -> None:
        """No dialog came of it. The session may be used again, for a request with credentials."""
        for dialog in transaction.dialogs.values():
            if dialog is not session and dialog.state is SessionState.EARLY:
                dialog.invalidate()
        if session.state is not SessionState.TERMINATED:
            self._container.sessions.remove(session)
            session.start_over()

    def receive_failure(self, frame: AcResFail) -> None:
        """The proxy could not do what an action asked for."""
        container = self._container
        container.statistics.failures += 1
        reason = frame.reason.decode("ascii", "replace").strip()
        reason = "".join(letter if letter.isprintable() else "?" for letter in reason)
        transaction = container.client.transactions.get(frame.uac_id)
        kind = kind_of(frame.uac_id)
        what = "an ACK" if kind == ACK else "a CANCEL" if kind == CANCEL else "a request"
        if transaction is not None:
            what = f"{transaction.request.method} {transaction.request.uri}"
        container.notes.once(
            f"failure {reason}",
            f"the proxy says it could not send {what}: {reason or 'no reason given'} (error "
            f"{frame.error}); told once, counted as failures",
        )
        if transaction is None:
            return
        request = transaction.request
        response = Response(request, UNAVAILABLE, reason or None, is_local=True)
        response.attributes["error"] = frame.error
        self._take(transaction, response)

    def time_out(self, transaction: ClientTransaction) -> None:
        """Nothing came for too long: a local 408, unless it only waited for 2xx of forks."""
        transaction.timer = None
        if transaction.is_final:
            self._container.client.forget(transaction)
            self._check_acks(transaction)
            return
        container, request = self._container, transaction.request
        container.statistics.time_outs += 1
        why = ""
        if container.dialect.has(Quirk.FINAL_REPLIES_LOST):
            why = f"; {container.dialect.name} is known not to report them"
        container.notes.once(
            "time-out",
            f"{request.method} {request.uri}: no final response came{why}. It ends with a local "
            "408; told once, counted as time_outs",
        )
        if request.method == "INVITE" and transaction.status and not transaction.is_cancelled:
            self._stop_ringing(transaction)
        self._take(
            transaction,
            Response(request, _REQUEST_TIMEOUT, None, is_local=True),
        )

    def _check_acks(self, transaction: ClientTransaction) -> None:
        for tag, dialog in transaction.dialogs.items():
            if dialog.state is SessionState.CONFIRMED and tag not in transaction.acks:
                self._container.notes.once(
                    "no ACK",
                    f"the application sent no ACK for a 2xx to INVITE {transaction.request.uri}: "
                    "response.create_ack().send() does; told once",
                )

    def _stop_ringing(self, transaction: ClientTransaction) -> None:
        try:
            self._container.maker.cancel(transaction.request).send()
        except SeasError as error:
            self._container.notes.once("no CANCEL", f"no CANCEL for a request given up: {error}")


def _tag(response: Response) -> str:
    return to_tag(response.message) if response.message is not None else ""
