"""What the proxy does with REPLY_PROV and REPLY_FIN (docs/protocol.md: Replies). The status
decides, not the type."""

from __future__ import annotations

from seastool.errors import SipError
from seastool.seas.frames import Reply
from seastool.seas.openser.action_text import ActionText, BodyError
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.kept_headers import DoesNotFit, kept_in_reply, route_count
from seastool.seas.openser.notes import Notes
from seastool.seas.openser.outcomes import Outcome, Replied
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.server_side import ServerTransaction
from seastool.seas.types import ActionType
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import shown

_FINAL, _TAGGED = 200, 101
_ALL_ROUTES = -1
_REPLY_FIN = int(ActionType.REPLY_FIN)


def reply(proxy: Proxy, action: Reply, now: float) -> list[Outcome]:
    """What a reply does."""
    notes = Notes(proxy, action)
    transaction = proxy.servers.get(action.hash_index, action.label)
    if transaction is None:
        _without_transaction(notes, action, now)
        return notes.outcomes
    replied = _replied(notes, transaction, action, now)
    if replied is not None:
        notes.outcomes.append(replied)
    return notes.outcomes


def _without_transaction(notes: Notes, action: Reply, now: float) -> None:
    proxy = notes.proxy
    own = proxy.clients.get(action.hash_index, action.label)
    if own is not None:
        what = f"a request of its own (uac id {own.uac_id})"
        if own.final >= _FINAL:
            notes.note("reply-to-uac", f"{what} that is completed: the proxy ignores it")
        else:
            notes.note_deadly(Fault.REPLY_TO_UAC_CRASH, "reply-to-uac", what)
        return
    rule, what = "reply-unknown", "there is no such transaction"
    ended = proxy.servers.ended(action.hash_index, action.label)
    if ended is not None:
        rule, what = "reply-late", f"that transaction ended {now - ended:.1f} s before"
    notes.note_deadly(Fault.REPLY_UNKNOWN_CRASH, rule, what)


def _replied(
    notes: Notes, transaction: ServerTransaction, action: Reply, now: float
) -> Replied | None:
    """The response that goes out; None, with the reason as a mistake, if there is none."""
    proxy = notes.proxy
    try:
        text = ActionText(action.text, proxy.reader)
    except SipError as error:
        if transaction.is_final:
            _note_finished(notes, transaction, None)
        else:
            told = f"its text does not parse ({error.reason} at byte {error.offset})"
            notes.note("reply-unparsable", f"{told}: the proxy ignores it")
        return None
    status, reason = text.status_and_reason(proxy.behaviour.dialect)
    if transaction.is_final:
        _note_finished(notes, transaction, status)
        return None
    if text.is_request:
        told = f"its text is the request {text.shown}: the proxy sends it as status {status:03d}"
        notes.note("reply-not-response", told)
    if text.to is None:
        what = f"a {status} without a To header"
        notes.note_deadly(Fault.REPLY_WITHOUT_TO_CRASH, "reply-without-to", what)
        return None
    tag = text.to_tag
    headers = _headers(notes, transaction, text)
    if headers is None:
        return None
    try:
        body = text.body(proxy.behaviour.body_overruns, notes.note)
    except BodyError as error:
        notes.note("body-length", error.reason)
        return None
    _check_type(notes, action, status)
    _check_tag(notes, transaction, status, tag)
    return proxy.reply(
        transaction,
        status,
        reason,
        now,
        tag=tag,
        headers=headers,
        body=body,
        is_signed=proxy.is_signed,
    )


def _note_finished(notes: Notes, transaction: ServerTransaction, status: int | None) -> None:
    number = "" if status is None else f"{status} to "
    told = f"{number}the {shown(transaction.request.method)} that was answered"
    told += f" {transaction.status} already: the proxy ignores it"
    is_second = status is None or status >= _FINAL
    notes.note("reply-second-final" if is_second else "reply-after-final", told)


def _headers(notes: Notes, transaction: ServerTransaction, text: ActionText) -> bytes | None:
    """The headers that are kept; None if the action ends here."""
    grammar = notes.proxy.reader.grammar
    try:
        routes = _routes_beyond(notes, transaction, text, grammar)
        if routes is None:
            return None
        kept = kept_in_reply(
            text.text, text.outline, None if routes == _ALL_ROUTES else routes, grammar
        )
    except DoesNotFit:
        notes.note("routes-too-long", "Record-Routes beyond the buffer: the proxy ignores it")
        return None
    if kept.discarded:
        notes.note("headers-too-long", kept.complaint)
    return kept.data


def _routes_beyond(
    notes: Notes, transaction: ServerTransaction, text: ActionText, grammar: Grammar
) -> int | None:
    """How many Record-Routes are kept; None if the action ends here."""
    request = transaction.request
    try:
        more = route_count(text.text, text.outline, grammar)
        more -= route_count(request.text, request.outline, grammar)
        if more >= 0:
            return more
        what = f"{-more} Record-Routes fewer than the request has"
    except SipError as error:
        what = f"a Record-Route that does not parse ({error.reason})"
    if notes.proxy.behaviour.fewer_routes_refused:
        notes.note("reply-routes", f"{what}: the proxy ignores it")
        return None
    notes.note("reply-routes", f"{what}: the proxy adds all of them to those of the request")
    return _ALL_ROUTES


def _check_type(notes: Notes, action: Reply, status: int) -> None:
    is_final = action.type == _REPLY_FIN
    if is_final != (status >= _FINAL):
        name = "REPLY_FIN" if is_final else "REPLY_PROV"
        notes.note("reply-type", f"{name} with status {status}: the proxy looks at the status")


def _check_tag(notes: Notes, transaction: ServerTransaction, status: int, tag: bytes) -> None:
    if status < _TAGGED:
        return
    asked, before = transaction.form.tag, transaction.to_tag
    if not tag and not asked:
        told = f"{status} without a To tag: the proxy adds none, the caller gets To as it was sent"
        notes.note("reply-without-tag", told)
    elif tag and asked and tag != asked:
        told = f"{status} with another To tag than the request's: the proxy puts it in its place"
        notes.note("reply-tag-changed", told)
    elif tag and before and tag != before:
        told = f"{status} with another To tag than the reply before: the caller sees another leg"
        notes.note("reply-tag-changed", told)
