"""What happens to events that reached the application server, and to its replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import (
    SECOND,
    Case,
    at_frame,
    source_of,
    target_of,
    time_of,
)
from seastool.interop.doctor.following import Told
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Frame, Proxy
from seastool.interop.doctor.trace_causes import TCP_CURE
from seastool.interop.sip_scan import scan
from seastool.render.printable import printable
from seastool.seas.frames import JainPong, Ping, Reply
from seastool.seas.openser.rules import RULES

_WAIT: Final = 5 * SECOND
_PONG: Final = 2.0
_PROVISIONAL: Final = 101
_FINAL: Final = 200
_LATE: Final = ("reply-late", "reply-unknown", "unanswered")
_FROM_BEFORE: Final = frozenset(
    {
        "reply-unknown",
        "cancel-unknown",
        "cancel-too-early",
        "cancel-too-late",
        "unanswered",
        "uac-ack-missing",
        "uac-id-reused",
    }
)
Ids = tuple[int, int]


def find_mistakes(case: Case) -> Iterator[Symptom]:
    """What the proxy's own model says of the actions."""
    late = {_ids(told) for told in case.told if told.mistake.rule == "reply-late"}
    for told in case.told:
        frame, mistake = told.frame, told.mistake
        if frame is None or not _is_sure(case, told, frame):
            continue
        if mistake.rule == "unanswered" and not _is_unanswered(case, told, frame, late):
            continue
        cure = RULES[mistake.rule].cure
        message = printable(mistake.message.removesuffix(f"; {cure}"))
        symptom = at_frame(mistake.rule, frame, message, *_where(frame, mistake.rule))
        symptom.due_ns = told.time_ns
        event = _event_of(case, _ids(told))
        if event is not None and event.sip is not None:
            symptom.call_id = event.sip.call_id  # whatever Call-ID a reply to it says
        yield symptom


def _is_sure(case: Case, told: Told, frame: Frame) -> bool:
    """Whether the capture has what the mistake follows from, and does not show the contrary."""
    rule = told.mistake.rule
    if rule in _FROM_BEFORE and not (
        case.coverage[id(told.proxy)].is_whole and case.is_whole(0, case.end_ns)
    ):
        return False
    return rule not in _LATE or not _went_out(case, frame)  # if so, this proxy waits longer


def _is_unanswered(case: Case, told: Told, event: Frame, late: set[Ids]) -> bool:
    """Whether nothing else says so: a reply that came late, the silence of an application server
    that did nothing at all, or its departure."""
    ids = _ids(told)
    if ids not in case.replies or ids in late or case.left_ns(event) <= told.time_ns:
        return False
    return event.sip is None or not case.is_answered(event.sip, _FINAL)


def _ids(told: Told) -> Ids:
    return told.mistake.hash_index or 0, told.mistake.label or 0


_HEADERS: Final = (
    ("from", (b"from", b"f")),
    ("cseq", (b"cseq",)),
    ("tag", (b"to", b"t")),
    ("-to", (b"to", b"t")),
    ("body-length", (b"content-length", b"l")),
    ("max-forwards", (b"max-forwards",)),
)
_NUMBERS: Final = frozenset(
    {"reply-unknown", "reply-late", "reply-second-final", "reply-after-final", "reply-to-uac"}
)


def _where(frame: Frame, rule: str = "") -> tuple[int, int]:
    """The bytes that a mistake is about: the transaction's numbers, a header, the start line."""
    data = frame.captured.data
    if frame.sip is None or rule in _NUMBERS:
        at = len(data) - len(frame.sip.text) if frame.sip is not None else 18
        return max(0, at - 8), 8
    text = frame.sip.text
    base = max(0, data.rfind(text))
    names = next((names for part, names in _HEADERS if part in rule), ())
    scanned = scan(text) if names else None
    for header in scanned.headers if scanned is not None else ():
        if header.name.lower() in names:
            return base + header.start, header.length
    return base, max(text.find(b"\n") + 1, 0)


def _event_of(case: Case, ids: Ids) -> Frame | None:
    found = (following.events.get(ids) for following in case.following.values())
    return next((frame for frame in found if frame is not None), None)


def _went_out(case: Case, frame: Frame) -> bool:
    """Whether the response of a reply left the proxy soon after, so that all was well. The event
    that it is to names the request; without it, the reply's own text does."""
    unit = frame.decoded.unit
    if not isinstance(unit, Reply) or frame.sip is None or not frame.sip.status:
        return False
    event = _event_of(case, (unit.hash_index, unit.label))
    request = event.sip if event is not None and event.sip is not None else frame.sip
    return any(
        message.status == frame.sip.status and 0 <= time_of(message) - frame.time_ns < SECOND
        for message in case.sip.get(request.key, ())
    )


def find_silence(case: Case) -> Iterator[Symptom]:
    """Events without any reply, and final replies of which nothing leaves."""
    for proxy in case.trace.proxies:
        for ids, event in case.following[id(proxy)].events.items():
            if event.sip is None:
                continue
            if ids not in case.replies:
                yield from _silent(case, proxy, event, event.sip)
            else:
                yield from _unsent(case, event.sip, case.replies[ids])


def _silent(case: Case, proxy: Proxy, event: Frame, request: SipMessage) -> Iterator[Symptom]:
    start, end = event.time_ns, event.time_ns + _WAIT
    left = min(case.end_ns, case.left_ns(event)) - start
    if left < _WAIT or not case.is_whole(start, end) or case.is_unread(proxy, start, end):
        return
    if case.is_answered(request, _PROVISIONAL):
        return
    told = f"{printable(request.start_line)}: no reply in {left / SECOND:.1f} s"
    if case.coverage[id(proxy)].actions:
        symptom = at_frame("as-silent", event, told, 5, 1)
    elif case.has_sip(request):
        why = "whether it was answered, a capture without the action socket does not show"
        symptom = at_frame("unanswered", event, f"{told}: {why}", *_where(event))
    else:
        return
    symptom.due_ns = end
    yield symptom


def _unsent(case: Case, request: SipMessage, replies: list[Frame]) -> Iterator[Symptom]:
    final = next((f for f in replies if f.sip is not None and f.sip.status >= _FINAL), None)
    if final is None or final.sip is None or id(final) in case.misread:
        return
    if id(final) in case.wrong_frames or case.end_ns - final.time_ns < SECOND:
        return
    messages = case.sip.get(request.key, [])
    asked = [m for m in messages if m.is_request and m.branch == request.branch]
    answers = (m for m in messages if m.status >= _FINAL and m.branch == request.branch)
    if not asked or any(time_of(message) >= final.time_ns for message in answers):
        return  # its SIP is not in the capture, or all was well
    by_tcp = _is_by_tcp(asked[0])
    if _is_missed(case, request, messages, final.time_ns) or (
        by_tcp and _shows_answers(case, asked[0], final.time_ns)
    ):
        told = f"{final.sip.status} to {printable(request.start_line)}: nothing left the proxy"
        symptom = at_frame("reply-not-sent", final, told, *_where(final))
        symptom.cure = TCP_CURE if by_tcp else ""
        yield symptom


def _is_missed(
    case: Case, request: SipMessage, messages: list[SipMessage], answered_ns: int
) -> bool:
    """Whether the caller shows that it has no final response: by no ACK, or by asking again."""
    if request.method == b"INVITE":
        return not case.sip.get((request.call_id, request.cseq, b"ACK"))
    return any(message.is_request and time_of(message) > answered_ns for message in messages)


def _is_by_tcp(message: SipMessage) -> bool:
    return message.captured is not None and message.captured.transport == "tcp"


def _shows_answers(case: Case, request: SipMessage, answered_ns: int) -> bool:
    """Whether what came by TCP, where nothing is repeated, shows by itself that no response left:
    the proxy's side of the connection is in the capture, and nothing is missing in it."""
    seen = (source_of(request), target_of(request)) in case.answering
    return seen and case.is_whole(time_of(request), answered_ns + SECOND)


def find_pings(case: Case) -> Iterator[Symptom]:
    """Pings without a pong, and pongs without a ping."""
    for proxy in case.trace.proxies:
        waiting: dict[int, Frame] = {}
        seen = False
        for frame in proxy.frames:
            unit = frame.decoded.unit
            if isinstance(unit, Ping):
                seen = True
                waiting[unit.sequence] = frame
            elif isinstance(unit, JainPong) and id(frame) not in case.misread:
                is_known = waiting.pop(unit.sequence, None) is not None
                if seen and not is_known and case.is_whole(0, frame.time_ns):
                    told = f"JAIN_PONG {unit.sequence}: no PING of that number waits for it"
                    yield at_frame("pong-unknown", frame, told, len(frame.captured.data) - 4, 4)
        if not case.coverage[id(proxy)].actions:
            continue
        for sequence, frame in waiting.items():
            left = (min(case.end_ns, case.left_ns(frame)) - frame.time_ns) / SECOND
            end_ns = frame.time_ns + round(_PONG * SECOND)
            if left >= _PONG and case.is_whole(frame.time_ns, end_ns):
                told = f"PING {sequence}: no pong in {left:.1f} s"
                yield at_frame("pings-lost", frame, told, 10, 4)
