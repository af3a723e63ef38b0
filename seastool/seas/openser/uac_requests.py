"""What the proxy does with UAC_REQ (docs/protocol.md: Requests of the application server)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seastool.errors import SipError
from seastool.seas.frames import SPIRAL, UacReq
from seastool.seas.openser.action_text import ActionText, BodyError
from seastool.seas.openser.behaviour import MaxForwards
from seastool.seas.openser.client_side import ClientTransaction, SentRequest
from seastool.seas.openser.identifiers import BITS_32
from seastool.seas.openser.kept_headers import kept_in_request
from seastool.seas.openser.next_hop import NextHop, home_uri, is_reachable, next_hop, via_line
from seastool.seas.openser.notes import Notes
from seastool.seas.openser.outcomes import Outcome, Requested
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.uac_text import added_by_tm, address_line, request_text
from seastool.sip.header_reader import AddressParts
from seastool.sip.incoming import shown
from seastool.sip.outline import Line

UAC_ERROR: Final = 2
SPIRAL_LINE: Final = b"X-WeSIP-SPIRAL: true\r\n"
_MISSING: Final = b"Headers missing (to,from,call-id,cseq)?"
_NO_TAG: Final = b"From tag missing"
_UNCOUNTED: Final = (b"ACK", b"CANCEL")
_LONGEST_CSEQ: Final = 10
_FAILURE: Final = 300
_SILENTLY: Final = "the proxy ignores it, without AC_RES_FAIL"


@dataclass(slots=True)
class _Needed:
    """The headers that a request must have."""

    from_: tuple[Line, AddressParts]
    to: tuple[Line, AddressParts]
    call_id: bytes
    cseq: int
    cseq_method: bytes


@dataclass(slots=True)
class _Content:
    """Where a request goes, and what the proxy keeps of it."""

    hop: NextHop
    headers: bytes
    body: bytes


def uac_request(proxy: Proxy, frame: UacReq, now: float) -> list[Outcome]:
    """What a request of the application server's does."""
    notes = Notes(proxy, frame)
    text = _parsed(notes, frame)
    needed = _needed(notes, text) if text is not None else None
    if text is None or needed is None:
        return notes.outcomes
    proxy.is_signed = False
    content = _content(notes, frame, text)
    if content is None:
        return notes.outcomes
    destination = content.hop.destination
    if not is_reachable(destination, proxy):
        fails = proxy.behaviour.unresolvable
        told = f"to {shown(destination)}: the proxy answers AC_RES_FAIL {fails.error}"
        notes.note("uac-destination", told)
        notes.fail(fails.error, fails.reason)
        return notes.outcomes
    _check(notes, frame, text, needed)
    _send(notes, frame, text, needed, content, now)
    return notes.outcomes


def _parsed(notes: Notes, frame: UacReq) -> ActionText | None:
    try:
        text = ActionText(frame.text, notes.proxy.reader)
    except SipError as error:
        why = f"{error.reason} at byte {error.offset}"
        notes.note("uac-unparsable", f"its text does not parse ({why}): {_SILENTLY}")
        return None
    if not text.is_request:
        notes.note("uac-not-request", f"its text is {text.shown}: {_SILENTLY}")
        return None
    return text


def _needed(notes: Notes, text: ActionText) -> _Needed | None:
    """In the order in which the real one looks."""
    headers = notes.proxy.reader.headers
    if text.from_ is None:
        notes.note("uac-from-missing", f"no From: {_SILENTLY}")
        return None
    try:
        from_parts = headers.address(text.text, text.from_)
    except SipError as error:
        notes.note("uac-unparsable", f"From does not parse ({error.reason}): {_SILENTLY}")
        return None
    if text.to is None or text.call_id is None or text.cseq is None:
        named = (("To", text.to), ("Call-ID", text.call_id), ("CSeq", text.cseq))
        names = ", ".join(name for name, header in named if header is None)
        notes.note("uac-headers-missing", f"no {names}: the proxy answers AC_RES_FAIL {UAC_ERROR}")
        notes.fail(UAC_ERROR, _MISSING)
        return None
    if from_parts.tag is None or not from_parts.tag[1]:
        notes.note("uac-from-tag", f"From has no tag: the proxy answers AC_RES_FAIL {UAC_ERROR}")
        notes.fail(UAC_ERROR, _NO_TAG)
        return None
    number, method = headers.cseq(text.text, text.cseq)
    if len(number) > _LONGEST_CSEQ or int(number) > BITS_32:
        notes.note("uac-cseq-number", f"CSeq {shown(number)} is over 32 bits: {_SILENTLY}")
        return None
    call_id = text.value(text.call_id)
    return _Needed((text.from_, from_parts), text.to, call_id, int(number), method)


def _content(notes: Notes, frame: UacReq, text: ActionText) -> _Content | None:
    """None if the action ends here."""
    proxy = notes.proxy
    grammar = proxy.reader.grammar
    try:
        kept = kept_in_request(text.text, text.lines, grammar)
        body = text.body(proxy.behaviour.body_overruns, notes.note)
        hop = next_hop(text, grammar)
    except BodyError as error:
        notes.note("body-length", error.reason)
        return None
    except SipError as error:
        notes.note("uac-unparsable", f"{error.reason}: {_SILENTLY}")
        return None
    if kept.discarded:
        notes.note("headers-too-long", kept.complaint)
    if not frame.flags & SPIRAL:
        return _Content(hop, kept.data, body)
    home = home_uri(proxy, frame.processor_id)
    if home is None:
        told = f"spiral, but processor {frame.processor_id} is not bound: {_SILENTLY}"
        notes.note("spiral-unbound", told)
        return None
    if proxy.behaviour.spiral_sent_home:
        hop = hop._replace(destination=home)
    return _Content(hop, kept.data + SPIRAL_LINE, body)


def _check(notes: Notes, frame: UacReq, text: ActionText, needed: _Needed) -> None:
    """Tell what goes out otherwise than it was meant."""
    behaviour, method = notes.proxy.behaviour, text.method
    sent = counted(needed.cseq, method, behaviour.first_cseq)
    if sent != needed.cseq:
        notes.note("uac-cseq-one", f"CSeq {needed.cseq} goes out as {sent}")
    if needed.cseq_method != method:
        told = f"CSeq says {shown(needed.cseq_method)}: the proxy writes the request's method"
        notes.note("uac-cseq-method", told)
    if method == b"CANCEL":
        notes.note("uac-cancel", "a CANCEL: the proxy sends it as a request of its own")
    if sum(line[0] == "ROUTE" for line in text.lines) > 1:
        notes.note("uac-routes", "several Route headers: the proxy sends only the first")
    has_own = any(line[0] == "MAXFORWARDS" for line in text.lines)
    if has_own and behaviour.max_forwards is MaxForwards.ALWAYS:
        notes.note("uac-max-forwards", "the request goes out with two Max-Forwards")
    known = notes.proxy.clients.of_uac_id(frame.uac_id)
    if known is not None and not known.final:
        notes.note("uac-id-reused", "an open transaction has that uac id: the proxy does not care")


def counted(cseq: int, method: bytes, first: int) -> int:
    """The CSeq number that goes out: one is taken off and, if 0 is left, that proxy's first
    number is put in its place; then one is added. ACK and CANCEL are not counted."""
    if method in _UNCOUNTED:
        return cseq or first
    before = (cseq - 1) & BITS_32
    return ((before or first) + 1) & BITS_32


def _send(
    notes: Notes,
    frame: UacReq,
    text: ActionText,
    needed: _Needed,
    content: _Content,
    now: float,
) -> None:
    proxy, method = notes.proxy, text.method
    cseq = counted(needed.cseq, method, proxy.behaviour.first_cseq)
    is_kept = method != b"ACK" or proxy.behaviour.ack_times_out
    hash_index = label = 0
    if is_kept:
        hash_index = proxy.identifiers.hash_index(needed.call_id, b"%d" % cseq)
        label = proxy.identifiers.label(hash_index)
    branch = proxy.identifiers.branch(hash_index, label)
    sent = _sent(proxy, text, needed, content, cseq, branch)
    if method == b"ACK":
        _note_ack(notes, sent)
    if is_kept:
        transaction = ClientTransaction(sent, frame.uac_id, frame.processor_id, hash_index, label)
        proxy.clients.add(transaction)
        proxy.timers.set(transaction, now + proxy.settings.fr_timer)
    sip = request_text(sent, content.headers, content.body)
    notes.outcomes.append(
        Requested(frame.uac_id, hash_index, label, method, sip, sent.destination, branch)
    )


def _sent(
    proxy: Proxy,
    text: ActionText,
    needed: _Needed,
    content: _Content,
    cseq: int,
    branch: bytes,
) -> SentRequest:
    behaviour, hop = proxy.behaviour, content.hop
    forwards = next((line for line in text.lines if line[0] == "MAXFORWARDS"), None)
    return SentRequest(
        method=text.method,
        uri=hop.request_uri,
        via=via_line(proxy, hop.destination, branch),
        to=address_line(b"To: ", text.text, *needed.to, behaviour),
        from_=address_line(b"From: ", text.text, *needed.from_, behaviour),
        cseq=cseq,
        call_id=needed.call_id,
        route=hop.route,
        added=added_by_tm(behaviour, content.headers),
        max_forwards=text.text[forwards.start : forwards.end] if forwards else b"",
        destination=hop.destination,
        branch=branch,
    )


def _note_ack(notes: Notes, ack: SentRequest) -> None:
    invite = notes.proxy.clients.acknowledged(ack.call_id, ack.cseq)
    if invite is None:
        return
    invite.has_ack = True
    if invite.final >= _FAILURE:
        told = f"an ACK to the {invite.final} of uac id {invite.uac_id}, which the proxy has sent"
        notes.note("uac-ack-needless", f"{told}: it sends this one too")
