"""Why a request that came in on SIP never became an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import (
    SECOND,
    Case,
    at_sip,
    finals,
    source_of,
    target_of,
    time_of,
)
from seastool.interop.doctor.prediction import CAUSES, predict
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Proxy, Trace
from seastool.render.printable import printable, text_of
from seastool.seas.openser.behaviours import behave_like
from seastool.seas.server_header import server_of

_INTERNAL_ERROR: Final = 500
_PATIENCE: Final = SECOND
_WAIT: Final = 5 * SECOND  # tm's wt_timer
_MOST_LOOKED_AT: Final = 500
_WORTH: Final = frozenset(id for id, cause in CAUSES.items() if cause.severity >= 3)


def find_unseen(case: Case) -> Iterator[Symptom]:
    """A cause for each request to a proxy of which no event follows."""
    for key, messages in case.sip.items():
        first: dict[tuple[bytes, bytes], SipMessage] = {}
        for message in messages:
            if message.is_request and message.method != b"ACK":
                first.setdefault((message.branch, target_of(message)[0]), message)
        for request in first.values():
            proxy = case.trace.proxy_at(target_of(request))
            if proxy is None or not _is_served(proxy, request) or case.events.get(key):
                continue  # without SEAS in the capture, a 500 says nothing about it
            at = time_of(request)
            if _seen_at(case, request) or not case.is_whole(at - _PATIENCE, at + _PATIENCE):
                continue
            yield from _explain(case, proxy, request, messages)


def _is_served(proxy: Proxy, request: SipMessage) -> bool:
    """Whether the request came to the proxy from outside."""
    return source_of(request) not in proxy.sockets


def _seen_at(case: Case, request: SipMessage) -> bool:
    """Whether the proxy sent it on: then the script did not hand it over at all."""
    target = target_of(request)
    return any(
        message.is_request and source_of(message) == target and message.branch != request.branch
        for message in case.sip.get(request.key, ())
    )


def _explain(
    case: Case, proxy: Proxy, request: SipMessage, messages: list[SipMessage]
) -> Iterator[Symptom]:
    answers = [m for m in finals(messages) if source_of(m) == target_of(request)]
    answers = [m for m in answers if m.branch == request.branch and time_of(m) >= time_of(request)]
    if not answers:
        is_known = target_of(request) in proxy.sockets
        if is_known and case.end_ns - time_of(request) >= _PATIENCE:
            yield from _ignored(case, proxy, request)
        return
    answer = answers[0]
    if is_failure(answer, behave_like(proxy.dialect.name).failure):
        yield from _refused(case, proxy, request, answer)


def count_refused(trace: Trace) -> int:
    """How many requests got the 500 of a proxy that names itself one with a seas module."""
    asked = {message.branch for message in trace.sip if message.is_request}
    return len(
        {
            message.branch
            for message in trace.sip
            if message.branch in asked and (known := server_of(message.server)) is not None
            if is_failure(message, behave_like(known.name).failure)
        }
    )


def is_failure(answer: SipMessage, reason: bytes) -> bool:
    """Whether it is the 500 that the module itself gives, by its reason phrase, not one of the
    script's or of another server's."""
    line = answer.text.partition(b"\n")[0].rstrip()
    return answer.status == _INTERNAL_ERROR and line.partition(b" 500 ")[2] == reason


def _refused(
    case: Case, proxy: Proxy, request: SipMessage, answer: SipMessage
) -> Iterator[Symptom]:
    """Why it got 500. What is told from the absence of an event or a BIND is told only if the
    capture has where these would be."""
    line = printable(request.start_line)
    packet = answer.captured.packet if answer.captured else 0
    tail = f"500 in packet {packet}, no event"
    at = time_of(request)
    seen = case.coverage[id(proxy)].events
    cancels = request.method == b"CANCEL"
    if case.is_connected(proxy, at) is False:
        yield at_sip("as-not-connected", request, f"{line}: {tail}: nobody was connected")
    elif case.bound(proxy, target_of(request)[0], at) is False:
        yield at_sip("bind-missing", request, f"{line}: {tail}: {_binds(case, proxy, at)}")
    elif cancels and (unmatched := _unmatched(case, proxy, request)):
        yield at_sip("cancel-unmatched", request, f"{line}: {tail}: {unmatched}")
    elif (predicted := why_refused(case, proxy, request)) is not None:
        predicted.message = f"{line}: {tail}: {predicted.message}"
        yield predicted
    elif cancels and seen:
        yield at_sip("cancel-unmatched", request, f"{line}: {tail}: its INVITE was over")
    elif seen:
        yield at_sip("event-missing", request, f"{line}: {tail}")


def _ignored(case: Case, proxy: Proxy, request: SipMessage) -> Iterator[Symptom]:
    """Why nothing at all came of it."""
    predicted = why_refused(case, proxy, request)
    line = printable(request.start_line)
    if predicted is not None:
        predicted.message = f"{line}: no event and no answer: {predicted.message}"
        yield predicted
    elif case.coverage[id(proxy)].events:
        yield at_sip("request-ignored", request, f"{line}: no event and no answer")


def why_refused(case: Case, proxy: Proxy, request: SipMessage) -> Symptom | None:
    """Why the proxy's encoder refuses it, if it does."""
    if (found := predict(request.text, proxy.dialect)).is_taken or not found.reasons:
        return None
    reason = found.reasons[0]
    if reason.cause.id not in _WORTH or reason.cause.id in _mended(case, proxy):
        return None
    says = f"{proxy.dialect.name}: {printable(reason.says)}"
    return at_sip(reason.cause.id, request, says, reason.start, reason.length)


def _mended(case: Case, proxy: Proxy) -> set[str]:
    """Causes that the script sees to: the first requests that have an event although the encoder
    refuses them as they came."""
    if id(proxy) not in case.mended:
        seen = [
            message
            for key, messages in case.sip.items()
            if case.events.get(key)
            for message in messages
            if message.is_request and target_of(message) in proxy.sockets
        ]
        refused = (predict(message.text, proxy.dialect) for message in seen[:_MOST_LOOKED_AT])
        case.mended[id(proxy)] = {
            found.reasons[0].cause.id for found in refused if not found.is_taken and found.reasons
        }
    return case.mended[id(proxy)]


def _binds(case: Case, proxy: Proxy, at: int) -> str:
    from ipaddress import ip_address

    places = [
        f"{ip_address(bind.address)} for processor {bind.processor_id} in packet {frame.packet}"
        for frame, bind in case.binds(proxy, at)
        if len(bind.address) in (4, 16)
    ]
    return f"bound then: {', '.join(places[:4])}" if places else "nothing was bound then"


def _unmatched(case: Case, proxy: Proxy, cancel: SipMessage) -> str:
    """Why a CANCEL cannot match its INVITE; empty if it may."""
    calls = case.by_call.get((cancel.call_id, b"INVITE"), [])
    invite = next((message for message in calls if message.is_request), None)
    if invite is None:
        return "the capture has no INVITE of its Call-ID"
    for name, one, other in (
        ("branch", cancel.branch, invite.branch),
        ("CSeq", cancel.cseq, invite.cseq),
    ):
        if one != other:
            return f"its {name} is {text_of(one)[:60]!r}, the INVITE's {text_of(other)[:60]!r}"
    since = time_of(cancel) - time_of(invite)
    if behave_like(proxy.dialect.name).waits_from_relay and since >= _WAIT:
        return f"its INVITE came {since / SECOND:.1f} s before, and is held for 5 s"
    over = [m for m in finals(calls) if m.cseq == cancel.cseq and time_of(m) < time_of(cancel)]
    return f"its INVITE had {over[0].status} already" if over else ""
