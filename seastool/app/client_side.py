"""Requests of ours, sent in client transactions
(docs/protocol.md: Requests of the application server).

The two low bits of a uac id say what kind of request it was, so that what old proxies report of
an ACK, and all of a CANCEL, is told apart without keeping them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Final
from zlib import crc32

from seastool.app.headers import Headers
from seastool.app.request import OnResponse, Request
from seastool.app.request_text import counted_size, request_text
from seastool.app.response import Response
from seastool.app.response_stream import ResponseStream
from seastool.app.sessions import DIALOG_METHODS
from seastool.app.timers import Timer
from seastool.app.transaction import ClientTransaction
from seastool.errors import EncodeError, LocalProtocolError, NotConnected
from seastool.seas.dialect import Quirk
from seastool.seas.frames import SPIRAL, AcCancel, SlMsg, UacReq

if TYPE_CHECKING:
    from seastool.app.container import Container

ORDINARY, ACK, CANCEL = 0, 1, 2
UNAVAILABLE: Final = 503
_KIND: Final = 3
_MOST_IDS: Final = 1 << 29  # so that an id stays positive where a proxy takes it for signed
_ACTION_HEAD: Final = 22  # of an AC_CANCEL in layout B, the longest
_HINT_SECONDS: Final = 5.0  # without a final response, until it is told that none may ever come


def kind_of(uac_id: int) -> int:
    """What kind of request has that id: ORDINARY, ACK or CANCEL."""
    return uac_id & _KIND


class ClientSide:
    """The client transactions of a container, by uac id."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.transactions: dict[int, ClientTransaction] = {}
        self._hinted: tuple[ClientTransaction, Timer] | None = None
        # What still comes for the ids of an earlier run must not fit those of this one.
        self._count = crc32(container.new_id().encode()) % _MOST_IDS

    def _new_uac_id(self, kind: int) -> int:
        self._count = (self._count + 1) % _MOST_IDS
        return self._count << 2 | kind

    def send(self, request: Request, on_response: OnResponse | None, *, spiral: bool) -> None:
        """See `Request.send`."""
        self._check(request)
        if request.method == "CANCEL":
            self._send_cancel(request, spiral=spiral)
        elif request.method == "ACK":
            self._send_ack(request, spiral)
        else:
            self._send(request, on_response, spiral)

    def _check(self, request: Request) -> None:
        self._container.check_open()
        if request.message is not None:
            raise LocalProtocolError(
                f"{request.method} {request.uri} came in: send a copy (context.copy_request)"
            )
        if request.is_sent and request.method != "ACK":
            raise LocalProtocolError(
                f"{request.method} {request.uri} was sent already: make another request"
            )

    def _text(self, request: Request) -> bytes:
        """The SIP text. Raises: EncodeError if the proxy would not take it."""
        container = self._container
        headers = request.headers
        assert isinstance(headers, Headers)
        size = counted_size(headers)
        if size >= container.settings.max_headers:
            raise EncodeError(
                f"{size} bytes beside those that every request has; the proxy takes "
                f"{container.settings.max_headers - 1}",
                path="headers",
            )
        via = container.own_address.via(container.listening, container.new_id())
        text = request_text(request.method, request.uri, via, headers, request.body)
        container.check_size(len(text) + _ACTION_HEAD)
        return text

    def _send(self, request: Request, on_response: OnResponse | None, spiral: bool) -> None:
        container, settings = self._container, self._container.settings
        if len(self.transactions) >= settings.max_client_transactions:
            self._full(f"{settings.max_client_transactions} requests of ours wait")
        makes_dialog = request.is_initial and request.method in DIALOG_METHODS
        if makes_dialog and container.sessions.is_full:
            self._full(f"{settings.max_sessions} dialogs are alive")
        text = self._text(request)
        transaction = ClientTransaction(request, self._new_uac_id(ORDINARY), on_response)
        self.transactions[transaction.uac_id] = transaction
        request.client = transaction
        request.is_sent = True
        self.watch(transaction, settings.response_time)
        self._watch_finals(transaction)
        container.statistics.sent_requests += 1
        try:
            container.send(self._uac_req(transaction.uac_id, text, spiral))
        except NotConnected:
            self.forget(transaction)
            raise
        self._note_dialog(request)

    def _note_dialog(self, request: Request) -> None:
        """What a request that was sent does to its dialog."""
        session = request.known_session
        if session is None or request.is_copy:
            return
        session.touch()
        if request.ends_dialog:
            session.invalidate()
        elif request.is_initial and request.method in DIALOG_METHODS and not session.keys:
            self._container.sessions.add(session)

    def watch(self, transaction: ClientTransaction, seconds: float) -> None:
        """Give it that long until a local 408 ends it."""
        transaction.stop_timer()
        at = self._container.now + seconds
        transaction.timer = self._container.set_timer(
            at, self._container.client_events.time_out, transaction
        )

    def _watch_finals(self, transaction: ClientTransaction) -> None:
        """Behind a proxy that never reports final responses, tell so long before the 408."""
        container = self._container
        if self._hinted is None and container.dialect.has(Quirk.FINAL_REPLIES_LOST):
            at = container.now + _HINT_SECONDS
            self._hinted = transaction, container.set_timer(at, self._hint, transaction)

    def _hint(self, transaction: ClientTransaction) -> None:
        self._hinted = None
        if transaction.is_final:
            return
        request, name = transaction.request, self._container.dialect.name
        self._container.notes.once(
            "no final response",
            f"{request.method} {request.uri}: no final response in {_HINT_SECONDS:g} s. The "
            f"proxy is taken for {name}, and real ones never report it to an application server, "
            "whatever the callee answers",
        )

    def forget(self, transaction: ClientTransaction) -> None:
        """It is over."""
        transaction.stop_timer()
        if self._hinted is not None and self._hinted[0] is transaction:
            self._hinted[1].cancel()
            self._hinted = None
        transaction.request.client = None
        self.transactions.pop(transaction.uac_id, None)

    def send_pending_cancel(self, transaction: ClientTransaction) -> None:
        """The proxy has named the INVITE: a CANCEL that waits for that goes out."""
        cancel, transaction.cancel = transaction.cancel, None
        if cancel is not None:
            self._send_cancel(cancel, spiral=False)

    def clear(self) -> None:
        """End all; whoever waits for responses is woken."""
        for transaction in list(self.transactions.values()):
            self.forget(transaction)
            if transaction.on_end is not None:
                transaction.on_end()

    def _full(self, why: str) -> None:
        self._container.statistics.refused += 1
        raise LocalProtocolError(f"{why}: try again later, or allow more with Settings")

    def _uac_req(self, uac_id: int, text: bytes, spiral: bool) -> UacReq:
        return UacReq(
            processor_id=self._container.processor_id,
            flags=SPIRAL if spiral else 0,
            uac_id=uac_id,
            text=text,
        )

    def _send_ack(self, ack: Request, spiral: bool) -> None:
        action = self._uac_req(self._new_uac_id(ACK), self._text(ack), spiral)
        ack.is_sent = True
        self._container.statistics.sent_requests += 1
        transaction = ack.acknowledged.client if ack.acknowledged is not None else None
        if transaction is not None and ack.known_session is not None:
            transaction.acks[ack.known_session.remote_tag] = action
        self._container.send(action)

    def send_stateless(self, request: Request) -> None:
        """See `Request.send_stateless`."""
        self._check(request)
        text = self._text(request)
        request.is_sent = True
        self._container.statistics.sent_requests += 1
        self._container.send(SlMsg(processor_id=self._container.processor_id, text=text))

    def _send_cancel(self, cancel: Request, *, spiral: bool) -> None:
        """Now if the proxy has named the INVITE, else as soon as it has."""
        transaction = cancel.cancelled.client if cancel.cancelled is not None else None
        cancel.is_sent = True
        if transaction is None or transaction.is_final:
            return
        if transaction.hash_index is None or transaction.label is None:
            transaction.cancel = cancel
            return
        action = AcCancel(
            processor_id=self._container.processor_id,
            flags=SPIRAL if spiral else 0,
            uac_id=self._new_uac_id(CANCEL),
            hash_index=transaction.hash_index,
            label=transaction.label,
            text=self._text(cancel),
        )
        transaction.is_cancelled = True
        self.watch(transaction, self._container.settings.response_time)
        self._container.statistics.sent_requests += 1
        self._container.send(action)

    def responses_to(self, request: Request) -> AsyncIterator[Response]:
        """See `Request.responses`."""
        if self._container.new_future is None:
            raise LocalProtocolError("waiting for responses needs Container(new_future=...)")
        stream = ResponseStream(self._container.new_future)
        try:
            request.send(stream.put)
        except NotConnected as error:
            self._container.note_unsent(error)
            stream.put(_unavailable(request))
            return stream
        if (transaction := request.client) is None:
            stream.end()
        else:
            transaction.on_end = partial(_end, stream, transaction)
        return stream


def _end(stream: ResponseStream, transaction: ClientTransaction) -> None:
    """The container closes: whoever waits for a final response gets one."""
    if transaction.is_final:
        stream.end()
    else:
        stream.put(_unavailable(transaction.request))


def _unavailable(request: Request) -> Response:
    return Response(request, UNAVAILABLE, None, is_local=True)
