"""What the proxy does with AC_CANCEL."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from seastool.errors import SipError
from seastool.seas.frames import SPIRAL, AcCancel
from seastool.seas.openser.action_text import ActionText, BodyError
from seastool.seas.openser.behaviour import CancelText
from seastool.seas.openser.client_side import ClientTransaction
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.kept_headers import kept_in_request
from seastool.seas.openser.notes import Notes
from seastool.seas.openser.outcomes import Cancelled, Outcome
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.uac_requests import SPIRAL_LINE
from seastool.seas.openser.uac_text import cancel_text, tm_cancel_text

CANCEL_ERROR: Final = 1
AT_ONCE: Final = 0.05
"""Seconds to the next tick of Kamailio's timer: its CANCEL has a time-out of 0."""

_FAILED: Final = b"500 SEAS cancel error"
_PROCEEDING, _ANSWERED = 100, 200


def cancel(proxy: Proxy, frame: AcCancel, now: float) -> list[Outcome]:
    """What an AC_CANCEL does."""
    notes = Notes(proxy, frame)
    invite = proxy.clients.get(frame.hash_index, frame.label)
    if proxy.behaviour.cancel_text is CancelText.TM:
        _cancel_by_tm(notes, frame, invite)
        return notes.outcomes
    made = _made(notes, frame)
    if made is None:
        return notes.outcomes
    if invite is None:
        _without_invite(notes, frame)
    elif invite.last_received < _PROCEEDING:
        _refuse(notes, "cancel-too-early", "no provisional response has come yet")
    elif invite.last_received > _ANSWERED:
        _refuse(notes, "cancel-too-late", f"it was answered {invite.last_received}")
    else:
        if invite.last_received == _ANSWERED:
            notes.note("cancel-too-late", "it was answered 200: the proxy sends the CANCEL")
        _send(notes, frame, invite, *made, now)
    return notes.outcomes


def _refuse(notes: Notes, rule: str, why: str) -> None:
    """Note a mistake that the proxy answers with AC_RES_FAIL."""
    notes.note(rule, f"{why}: the proxy answers AC_RES_FAIL {CANCEL_ERROR}")
    notes.fail(CANCEL_ERROR, _FAILED)


def _made(notes: Notes, frame: AcCancel) -> tuple[bytes, bytes] | None:
    """Headers and body of the text; None if the action ends here."""
    proxy = notes.proxy
    try:
        text = ActionText(frame.text, proxy.reader)
        if not text.is_request:
            notes.note("cancel-unparsable", f"its text is {text.shown}: the proxy ignores it")
            return None
        kept = kept_in_request(text.text, text.lines, proxy.reader.grammar)
        body = text.body(proxy.behaviour.body_overruns, notes.note)
    except BodyError as error:
        notes.note("body-length", error.reason)
        return None
    except SipError as error:
        notes.note("cancel-unparsable", f"its text: {error.reason}: the proxy ignores it")
        return None
    if kept.discarded:
        notes.note("headers-too-long", kept.complaint)
    if text.method != b"CANCEL":
        notes.note("cancel-method", f"its text is {text.shown}: the proxy sends a CANCEL")
    spiral = SPIRAL_LINE if frame.flags & SPIRAL else b""
    return kept.data + spiral, body


def _without_invite(notes: Notes, frame: AcCancel) -> None:
    proxy = notes.proxy
    if proxy.servers.get(frame.hash_index, frame.label) is not None:
        _refuse(notes, "cancel-not-uac", "that is a request that came in")
    elif proxy.behaviour.cancel_unknown_told:
        _refuse(notes, "cancel-unknown", "the proxy does not know it")
    else:
        told = "the proxy does not know it and ignores the action, without AC_RES_FAIL"
        notes.note("cancel-unknown", told)


def _send(
    notes: Notes,
    frame: AcCancel,
    invite: ClientTransaction,
    headers: bytes,
    body: bytes,
    now: float,
) -> None:
    proxy = notes.proxy
    label = proxy.identifiers.label(invite.hash_index)
    transaction = ClientTransaction(
        replace(invite.sent, method=b"CANCEL"),
        frame.uac_id,
        frame.processor_id,
        invite.hash_index,
        label,
        is_cancel=True,
    )
    invite.is_cancelled = True
    proxy.clients.add(transaction)
    faked = proxy.behaviour.has(Fault.CANCEL_REPLIES_FAKED)
    proxy.timers.set(transaction, now + (AT_ONCE if faked else proxy.settings.fr_timer))
    sip = cancel_text(invite.sent, headers, body)
    notes.outcomes.append(_cancelled(invite, frame.uac_id, label, sip))


def _cancelled(invite: ClientTransaction, uac_id: int | None, label: int, sip: bytes) -> Cancelled:
    sent = invite.sent
    return Cancelled(
        uac_id, invite.hash_index, label, invite.label, sip, sent.destination, sent.branch
    )


def tm_cancel(invite: ClientTransaction) -> Cancelled:
    """A CANCEL of the proxy's own."""
    invite.is_cancelled = True
    return _cancelled(invite, None, invite.label, tm_cancel_text(invite.sent))


def _cancel_by_tm(notes: Notes, frame: AcCancel, invite: ClientTransaction | None) -> None:
    """The text is not looked at, and success counts as failure."""
    if invite is None:
        if notes.proxy.servers.get(frame.hash_index, frame.label) is None:
            _without_invite(notes, frame)
            return
        notes.note("cancel-not-uac", "that is a request that came in: nothing is cancelled")
    elif _PROCEEDING <= invite.last_received < _ANSWERED and not invite.is_cancelled:
        told = "this proxy sends a CANCEL of its own, without the headers of the action"
        notes.note("cancel-text-ignored", told)
        notes.outcomes.append(tm_cancel(invite))
    elif not invite.last_received:
        invite.cancel_waits = True
        told = "no provisional response has come yet: this proxy cancels when one does"
        notes.note("cancel-too-early", told)
    else:
        notes.note("cancel-too-late", "it is answered or cancelled: nothing is cancelled")
    notes.fail(CANCEL_ERROR, _FAILED)
