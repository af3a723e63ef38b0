"""What happens to events that reached the application server, and to its replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import SECOND, Case, at_frame, time_of
from seastool.interop.doctor.following import Told
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Frame, Proxy, place_of
from seastool.interop.sip_scan import scan
from seastool.render.printable import printable
from seastool.seas.frames import JainPong, Ping, Reply, TReqIn
from seastool.seas.openser.rules import RULES

_WAIT: Final = 5 * SECOND
_PONG: Final = 2.0
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
        if frame is None or (mistake.rule == "unanswered" and _ids(told) in late):
            continue
        if mistake.rule == "unanswered" and not case.replies.get(_ids(told)):
            continue  # the application server did nothing at all: see find_silence
        if mistake.rule in _LATE and _went_out(case, frame):
            continue  # this proxy waits longer
        if mistake.rule in _FROM_BEFORE and not case.is_whole(0, case.end_ns):
            continue  # what it follows from may be what is missing
        cure = RULES[mistake.rule].cure
        message = printable(mistake.message.removesuffix(f"; {cure}"))
        yield at_frame(mistake.rule, frame, message, *_where(frame, mistake.rule))


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
    """Whether the response of a reply left the proxy soon after, so that all was well."""
    unit = frame.decoded.unit
    event: Frame | None = frame
    if isinstance(unit, Reply):
        event = _event_of(case, (unit.hash_index, unit.label))
    if event is None or event.sip is None or frame.sip is None or not frame.sip.status:
        return False
    return any(
        message.status == frame.sip.status and 0 <= time_of(message) - frame.time_ns < SECOND
        for message in case.sip.get(event.sip.key, ())
    )


def find_silence(case: Case) -> Iterator[Symptom]:
    """Events without any reply, and final replies of which nothing leaves."""
    for proxy in case.trace.proxies:
        for ids, event in case.following[id(proxy)].events.items():
            if ids not in case.replies:
                yield from _silent(case, event)
            else:
                yield from _unsent(case, event, case.replies[ids])


def _silent(case: Case, event: Frame) -> Iterator[Symptom]:
    left = min(case.end_ns, case.left_ns(event)) - event.time_ns
    if left < _WAIT or event.sip is None:
        return
    if not case.is_whole(event.time_ns, event.time_ns + _WAIT):
        return
    told = f"{printable(event.sip.start_line)}: no reply in {left / SECOND:.1f} s"
    yield at_frame("as-silent", event, told, 5, 1)


def _unsent(case: Case, event: Frame, replies: list[Frame]) -> Iterator[Symptom]:
    final = next((f for f in replies if f.sip is not None and f.sip.status >= _FINAL), None)
    if final is None or final.sip is None or event.sip is None or id(final) in case.misread:
        return
    if id(final) in case.wrong_frames or case.end_ns - final.time_ns < SECOND:
        return
    messages = case.sip.get(event.sip.key, [])
    if not any(message.is_request and message.branch == event.sip.branch for message in messages):
        return  # its SIP is not in the capture
    answers = (m for m in messages if m.status >= _FINAL and m.branch == event.sip.branch)
    if any(time_of(message) >= final.time_ns for message in answers):
        return
    if _is_missed(case, event.sip, messages, final.time_ns):
        told = f"{final.sip.status} to {printable(event.sip.start_line)}: nothing left the proxy"
        yield at_frame("reply-not-sent", final, told, *_where(final))


def _is_missed(
    case: Case, request: SipMessage, messages: list[SipMessage], answered_ns: int
) -> bool:
    """Whether the caller shows that it has no final response: by no ACK, or by asking again."""
    if request.method == b"INVITE":
        return not case.sip.get((request.call_id, request.cseq, b"ACK"))
    return any(message.is_request and time_of(message) > answered_ns for message in messages)


def find_departures(case: Case) -> Iterator[Symptom]:
    """Connections that ended, by the application server in mid-call, or by the proxy."""
    for proxy in case.trace.proxies:
        told: set[int] = set()
        for connection in case.connections_of(proxy):
            if not connection.heard or not connection.endings:
                continue
            ending = connection.endings[0]
            kind = "event" if place_of(connection.server) == proxy.event else "action"
            how = "reset" if ending.is_reset else "closed"
            open_calls = _open_at(case, proxy, ending.time_ns)
            if ending.by_client and open_calls and 1 not in told:
                told.add(1)
                calls = f"{len(open_calls)} request{'s' * (len(open_calls) > 1)}"
                says = f"it {how} the {kind} socket with {calls} open"
                yield _ended("as-left", says, ending.packet, ending.time_ns, open_calls[0])
            elif not ending.by_client and 2 not in told:
                told.add(2)
                says = f"it {how} the {kind} socket, with {len(open_calls)} requests open"
                call = open_calls[0] if open_calls else None
                yield _ended("proxy-left", says, ending.packet, ending.time_ns, call)


def _ended(cause: str, says: str, packet: int, time_ns: int, event: Frame | None) -> Symptom:
    call_id = event.sip.call_id if event is not None and event.sip is not None else b""
    return Symptom(cause, says, packet, time_ns, "TCP", call_id=call_id)


def _open_at(case: Case, proxy: Proxy, time_ns: int) -> list[Frame]:
    """Requests that waited for a final reply then."""
    answered: set[Ids] = set()
    events: dict[Ids, Frame] = {}
    for frame in proxy.frames:
        if frame.time_ns > time_ns:
            break
        unit = frame.decoded.unit
        if isinstance(unit, TReqIn) and frame.sip is not None and frame.sip.method != b"ACK":
            events[unit.hash_index, unit.label] = frame
        elif isinstance(unit, Reply) and frame.sip is not None and frame.sip.status >= _FINAL:
            answered.add((unit.hash_index, unit.label))
    recent = time_ns - 60 * SECOND
    return [
        event
        for ids, event in events.items()
        if ids not in answered and event.time_ns >= recent and case.is_whole(event.time_ns, time_ns)
    ]


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
        for sequence, frame in waiting.items():
            left = (min(case.end_ns, case.left_ns(frame)) - frame.time_ns) / SECOND
            end_ns = frame.time_ns + round(_PONG * SECOND)
            if left >= _PONG and case.is_whole(frame.time_ns, end_ns):
                told = f"PING {sequence}: no pong in {left:.1f} s"
                yield at_frame("pings-lost", frame, told, 10, 4)
