"""What the proxy does with responses to the application server's requests, and without them."""

from __future__ import annotations

from seastool.errors import EncodeError, SipError
from seastool.seas.builder.event import Receive, build_event
from seastool.seas.dialect import Quirk
from seastool.seas.frames import FAKED_REPLY, ResIn
from seastool.seas.openser.cancels import tm_cancel
from seastool.seas.openser.client_side import ClientTransaction
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.outcomes import (
    Absorbed,
    Acknowledged,
    Event,
    Outcome,
    Refused,
    Withheld,
)
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.uac_text import ack_text
from seastool.seas.types import EventType
from seastool.sip.incoming import Incoming

_TRYING, _FINAL, _FAILURE = 100, 200, 300
TIMED_OUT = 408


def response(proxy: Proxy, sip: bytes | Incoming, receive: Receive, now: float) -> list[Outcome]:
    """What a response does."""
    try:
        incoming = sip if isinstance(sip, Incoming) else proxy.reader.read(sip)
    except SipError as error:
        return [Refused(f"the proxy drops it: {error.reason} at byte {error.offset}")]
    if incoming.start.is_request:
        return [Refused("it is a request")]
    transaction = proxy.clients.of_response(incoming.branch(), incoming.method)
    if transaction is None:
        return [_unmatched(proxy, incoming)]
    outcomes: list[Outcome] = []
    _receive(proxy, transaction, incoming, outcomes, receive, now)
    return outcomes


def _unmatched(proxy: Proxy, incoming: Incoming) -> Absorbed:
    if incoming.method == b"CANCEL":
        invite = proxy.clients.of_response(incoming.branch(), b"INVITE")
        if invite is not None:
            why = "a response to a CANCEL of the proxy's own"
            return Absorbed(why, invite.hash_index, invite.label)
    return Absorbed("a response that matches no transaction")


def _receive(
    proxy: Proxy,
    transaction: ClientTransaction,
    incoming: Incoming,
    outcomes: list[Outcome],
    receive: Receive,
    now: float,
) -> None:
    status = incoming.start.status
    if transaction.is_cancel and proxy.behaviour.has(Fault.CANCEL_REPLIES_FAKED):
        # The real one counts it as the INVITE's, which has the same branch, and so loses it.
        why = f"{proxy.behaviour.server} fakes a 408 for every AC_CANCEL"
        outcomes.append(Withheld(status, why, transaction.uac_id))
        return
    if transaction.is_invite and status >= _FAILURE:
        outcomes.append(_acknowledged(proxy, transaction, incoming))
    is_success = transaction.is_invite and _FINAL <= status < _FAILURE
    if transaction.final and not is_success:
        why = f"the transaction ended with {transaction.final} before"
        outcomes.append(Withheld(status, why, transaction.uac_id))
        return
    transaction.last_received = status
    if status >= _FINAL:
        if not transaction.final:
            proxy.timers.set(transaction, now + proxy.settings.wait_timer)
        transaction.final = status
    else:
        _proceed(proxy, transaction, outcomes, now)
    why = _withheld(proxy, transaction, status)
    if why:
        outcomes.append(Withheld(status, why, transaction.uac_id))
    else:
        _report(proxy, transaction, incoming, outcomes, receive)


def _proceed(
    proxy: Proxy, transaction: ClientTransaction, outcomes: list[Outcome], now: float
) -> None:
    """A provisional response: an INVITE may take longer now, unless it is to be cancelled."""
    if not transaction.is_invite:
        return
    proxy.timers.set(transaction, now + proxy.settings.fr_inv_timer)
    if transaction.cancel_waits:
        transaction.cancel_waits = False
        outcomes.append(tm_cancel(transaction))


def _withheld(proxy: Proxy, transaction: ClientTransaction, status: int) -> str:
    """Why the application server is not told of it; empty if it is."""
    behaviour = proxy.behaviour
    if status == _TRYING:
        return "no proxy reports a 100"
    if transaction.is_cancel:
        return ""
    if status < _FINAL and behaviour.has(Fault.PROVISIONAL_REPLIES_LOST):
        return f"{behaviour.server} reports no provisional responses"
    if status >= _FINAL and behaviour.dialect.has(Quirk.FINAL_REPLIES_LOST):
        return f"{behaviour.server} reports no final responses"
    return ""


def _report(
    proxy: Proxy,
    transaction: ClientTransaction,
    incoming: Incoming,
    outcomes: list[Outcome],
    receive: Receive,
) -> None:
    status = incoming.start.status
    try:
        frame = build_event(
            incoming.text,
            proxy.behaviour.dialect,
            type=EventType.RES_IN,
            receive=receive,
            processor_id=transaction.processor_id,
            hash_index=transaction.hash_index,
            label=transaction.label,
            uac_id=transaction.uac_id,
            status=status,
        )
    except EncodeError as error:
        outcomes.append(Withheld(status, error.reason, transaction.uac_id))
        return
    transaction.is_reported = transaction.is_reported or status >= _FINAL
    outcomes.append(Event(frame, transaction.hash_index, transaction.label))


def _acknowledged(proxy: Proxy, transaction: ClientTransaction, incoming: Incoming) -> Acknowledged:
    _, to, source, _, _ = incoming.headers
    text, sent = incoming.text, transaction.sent
    sip = ack_text(
        sent,
        text[source.start : source.end],
        text[to.start : to.end],
        proxy.behaviour.ack_text,
        proxy.user_agent_line,
    )
    return Acknowledged(transaction.hash_index, transaction.label, sip, sent.destination)


def timed_out(proxy: Proxy, transaction: ClientTransaction, now: float) -> list[Outcome]:
    """No final response came in time: 408 in its place, where this server tells of it."""
    outcomes: list[Outcome] = []
    if transaction.is_invite and _TRYING <= transaction.last_received < _FINAL:
        outcomes.append(tm_cancel(transaction))
    transaction.final = TIMED_OUT
    proxy.timers.set(transaction, now + proxy.settings.wait_timer)
    lost = proxy.behaviour.dialect.has(Quirk.FINAL_REPLIES_LOST) and not transaction.is_cancel
    if lost:
        why = f"{proxy.behaviour.server} reports no time-outs"
        outcomes.append(Withheld(TIMED_OUT, why, transaction.uac_id))
    else:
        outcomes.append(Event(faked_reply(transaction), transaction.hash_index, transaction.label))
    return outcomes


def faked_reply(transaction: ClientTransaction) -> bytes:
    """The 33 bytes of a 408 that nobody sent."""
    return ResIn(
        flags=FAKED_REPLY,
        processor_id=transaction.processor_id,
        protocol=0,
        source_address=b"",
        destination_address=b"",
        source_port=0,
        destination_port=0,
        hash_index=transaction.hash_index,
        label=transaction.label,
        uac_id=transaction.uac_id,
        status=TIMED_OUT,
    ).encode()
