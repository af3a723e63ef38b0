"""What the proxy does with a SIP request that its script relays to the application server."""

from __future__ import annotations

from typing import NamedTuple

from seastool.errors import EncodeError, SipError
from seastool.seas.builder.event import Receive, build_event
from seastool.seas.frames import E2E_ACK
from seastool.seas.openser.behaviour import AckEvent
from seastool.seas.openser.faults import FAULTS, Fault
from seastool.seas.openser.outcomes import Absorbed, Event, Outcome, Refused, Replied
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.server_side import ServerTransaction
from seastool.seas.types import EventType
from seastool.sip.incoming import Incoming
from seastool.sip.outline import Outline

_FAILURE = 300


class Target(NamedTuple):
    """Whom a request is for. processor: None if none is bound to the address it came in on.
    connected: whether the application server is there."""

    processor: int | None
    connected: bool = True

    @property
    def refusal(self) -> str:
        """Why nobody can be told; empty if somebody can."""
        if not self.connected:
            return "the application server is not connected"
        if self.processor is None:
            return "no processor is bound to the address it came in on"
        return ""


def stateless_request(proxy: Proxy, sip: bytes, receive: Receive, target: Target) -> list[Outcome]:
    """As as_relay_sl does: one event, or nothing, and never a reply."""
    if target.refusal:
        return [Refused(target.refusal)]
    outcomes: list[Outcome] = []
    frame = _frame(proxy, sip, None, outcomes, EventType.SL_REQ_IN, receive, target)
    if frame is not None:
        outcomes.append(Event(frame))
    return outcomes


def request(
    proxy: Proxy, sip: bytes | Incoming, receive: Receive, now: float, target: Target
) -> list[Outcome]:
    """As as_relay_t does."""
    try:
        incoming = sip if isinstance(sip, Incoming) else proxy.reader.read(sip)
    except SipError as error:
        why = f"{error.reason} at byte {error.offset}"
        return [Refused(f"{proxy.behaviour.server} drops it before its script sees it: {why}")]
    if not incoming.start.is_request:
        return [Refused("it is a response")]
    if incoming.method == b"ACK":
        return _ack(proxy, incoming, receive, now, target)
    known = proxy.servers.same(incoming)
    if known is not None:
        return [_repeated(known)]
    transaction = _open(proxy, incoming, receive, now)
    outcomes: list[Outcome] = []
    if transaction.is_invite:
        outcomes.append(proxy.reply(transaction, 100, proxy.behaviour.trying, now))
    if target.refusal:
        outcomes.append(Refused(target.refusal))
        outcomes.append(_internal_error(proxy, transaction, now))
        return outcomes
    _relay(proxy, transaction, outcomes, target, now)
    return outcomes


def _open(proxy: Proxy, incoming: Incoming, receive: Receive, now: float) -> ServerTransaction:
    ids = proxy.identifiers
    hash_index = ids.hash_index(incoming.call_id, incoming.cseq)
    form = proxy.reader.form(incoming, receive.source_address, receive.source_port)
    transaction = ServerTransaction(incoming, form, receive, hash_index, ids.label(hash_index))
    proxy.servers.add(transaction)
    settings = proxy.settings
    from_relay = proxy.behaviour.waits_from_relay
    lasts = settings.wait_timer if from_relay else settings.unanswered
    proxy.timers.set(transaction, now + lasts)
    return transaction


def _repeated(transaction: ServerTransaction) -> Outcome:
    if not transaction.status:
        return Absorbed(
            "a retransmission; there is no reply yet to repeat",
            transaction.hash_index,
            transaction.label,
        )
    return Replied(
        transaction.hash_index,
        transaction.label,
        transaction.status,
        transaction.reply,
        transaction.receive,
        repeated=True,
    )


def _relay(
    proxy: Proxy,
    transaction: ServerTransaction,
    outcomes: list[Outcome],
    target: Target,
    now: float,
) -> None:
    """Send the event of a new transaction, or the 500."""
    incoming = transaction.request
    cancelled: tuple[int, int] | None = None
    if incoming.method == b"CANCEL":
        original = proxy.servers.cancelled(incoming)
        if original is None:
            outcomes.append(Refused("a CANCEL that matches no transaction"))
            outcomes.append(_internal_error(proxy, transaction, now))
            return
        cancelled = original.hash_index, original.label
    frame = _frame(
        proxy,
        incoming.text,
        incoming.outline,
        outcomes,
        EventType.T_REQ_IN,
        transaction.receive,
        target,
        ids=(transaction.hash_index, transaction.label),
        cancelled=cancelled,
    )
    if frame is not None:
        outcomes.append(Event(frame, transaction.hash_index, transaction.label))
    elif isinstance(outcomes[-1], Refused):
        outcomes.append(_internal_error(proxy, transaction, now))


def _internal_error(proxy: Proxy, transaction: ServerTransaction, now: float) -> Replied:
    tag = b"" if transaction.form.tag else proxy.identifiers.tag()
    return proxy.reply(transaction, 500, proxy.behaviour.failure, now, tag=tag)


def _frame(
    proxy: Proxy,
    sip: bytes,
    outline: Outline | None,
    outcomes: list[Outcome],
    type: EventType,
    receive: Receive,
    target: Target,
    *,
    flags: int = 0,
    ids: tuple[int, int] = (0, 0),
    cancelled: tuple[int, int] | None = None,
) -> bytes | None:
    """The event; None, with what happens instead, if this server does not encode the message."""
    try:
        return build_event(
            sip,
            proxy.behaviour.dialect,
            type=type,
            receive=receive,
            processor_id=target.processor or 0,
            flags=flags,
            hash_index=ids[0],
            label=ids[1],
            cancelled=cancelled,
            outline=outline,
        )
    except EncodeError as error:
        outcomes.append(Refused(error.reason, error.path))
        for fault in (Fault.TWO_ACCEPTS_KILL, Fault.OTHER_SCHEME_KILLS):
            if str(FAULTS[fault].quirk) in error.reason:
                proxy.lives(fault, outcomes)
        return None


def _ack(
    proxy: Proxy, ack: Incoming, receive: Receive, now: float, target: Target
) -> list[Outcome]:
    """An ACK never gets a reply; whether it is told depends on what it is for."""
    behaviour = proxy.behaviour
    invite = proxy.servers.acknowledged(ack)
    if invite is None:
        return _told_as(behaviour.ack_unmatched, proxy, ack, receive, target, None)
    if invite.status < _FAILURE:
        return _told_as(behaviour.ack_2xx, proxy, ack, receive, target, invite, E2E_ACK)
    outcomes: list[Outcome] = []
    if not proxy.lives(Fault.ACK_CRASH, outcomes):
        return outcomes
    rest = now + proxy.settings.wait_timer
    if not behaviour.waits_from_relay and rest < invite.due:
        proxy.timers.set(invite, rest)
    return _told_as(AckEvent.TRANSACTION, proxy, ack, receive, target, invite)


def _told_as(
    event: AckEvent,
    proxy: Proxy,
    ack: Incoming,
    receive: Receive,
    target: Target,
    invite: ServerTransaction | None,
    flags: int = 0,
) -> list[Outcome]:
    hash_index, label = (invite.hash_index, invite.label) if invite else (None, None)
    if event is AckEvent.NOTHING:
        what = "an ACK to a 2xx" if invite else "an ACK that matches no transaction"
        return [Absorbed(f"{what}: {proxy.behaviour.server} does not report it", hash_index, label)]
    if target.refusal:
        return [Refused(target.refusal)]
    outcomes: list[Outcome] = []
    if event is AckEvent.STATELESS or hash_index is None or label is None:
        frame = _frame(proxy, ack.text, ack.outline, outcomes, EventType.SL_REQ_IN, receive, target)
        hash_index = label = None
    else:
        ids = hash_index, label
        frame = _frame(
            proxy,
            ack.text,
            ack.outline,
            outcomes,
            EventType.T_REQ_IN,
            receive,
            target,
            flags=flags,
            ids=ids,
        )
    if frame is not None:
        outcomes.append(Event(frame, hash_index, label))
    return outcomes
