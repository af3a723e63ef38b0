"""Who ended a conversation: the application server in mid-call, or the proxy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import SECOND, Case, target_of, time_of
from seastool.interop.doctor.pairs import Pair
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Frame, Place, Proxy, place_of
from seastool.seas.frames import TReqIn

_FINAL: Final = 200
_LONGEST: Final = 60 * SECOND  # that a request is taken for open


def find_departures(case: Case) -> Iterator[Symptom]:
    """Conversations that ended, each told of whoever left the first of its two sockets: the other
    side then closes what is left, within milliseconds."""
    for proxy in case.trace.proxies:
        departures = _Departures(case, proxy)
        for pair in case.pairs[id(proxy)]:
            if pair.is_seas:
                yield from departures.judge(pair)


class _Departures:
    """Those of one proxy, with what each application server was given."""

    def __init__(self, case: Case, proxy: Proxy) -> None:
        self._case = case
        self._proxy = proxy
        self._events: dict[Place, list[Frame]] = defaultdict(list)
        for frame in proxy.frames:
            if isinstance(frame.decoded.unit, TReqIn) and frame.sip is not None:
                self._events[place_of(frame.captured.destination)].append(frame)
        self._by_call: dict[bytes, list[SipMessage]] = defaultdict(list)
        for message in case.trace.sip:
            if message.is_request and message.method != b"ACK":
                self._by_call[message.call_id].append(message)

    def judge(self, pair: Pair) -> Iterator[Symptom]:
        """Whether somebody left, who, and what was lost by it."""
        if pair.left is None:
            return
        ending, on = pair.left
        given = [
            event
            for socket in pair.sockets
            for event in self._events.get(place_of(socket.client), ())
            if pair.began_ns <= event.time_ns <= ending.time_ns
        ]
        calls = [call for event in given if (call := self._open_call(event, ending.time_ns))]
        how = "reset" if ending.is_reset else "closed"
        kind = "event" if place_of(on.server) == self._proxy.event else "action"
        says = f"it {how} the {kind} socket with {_counted(len(calls), 'request')} open"
        if ending.by_client:
            lost = self._lost_after(given, ending.time_ns)
            if not calls and not lost:
                return
            if lost:
                says += f", and {_counted(len(lost), 'later request')} of its calls found nobody"
            calls += lost
        cause = "as-left" if ending.by_client else "proxy-left"
        call_id = calls[0] if calls else b""
        yield Symptom(cause, says, ending.packet, ending.time_ns, "TCP", call_id=call_id)

    def _open_call(self, event: Frame, time_ns: int) -> bytes:
        """Its Call-ID if the capture shows that it waited for a final reply then: it has all
        replies or the SIP of the request, and none of a final status; else nothing."""
        case, unit, request = self._case, event.decoded.unit, event.sip
        assert isinstance(unit, TReqIn)
        if request is None or request.method == b"ACK" or event.time_ns < time_ns - _LONGEST:
            return b""
        replies = case.replies.get((unit.hash_index, unit.label), ())
        if any(
            reply.sip is not None and reply.sip.status >= _FINAL and reply.time_ns <= time_ns
            for reply in replies
        ):
            return b""
        seen = case.coverage[id(self._proxy)].actions or case.has_sip(request)
        if not seen or case.is_answered(request, _FINAL, time_ns):
            return b""
        return request.call_id if case.is_whole(event.time_ns, time_ns) else b""

    def _lost_after(self, given: list[Frame], time_ns: int) -> list[bytes]:
        """The Call-IDs of requests that came then, within calls that it had been given, and found
        nobody."""
        case, proxy = self._case, self._proxy
        late: dict[tuple[bytes, bytes, bytes], bytes] = {}
        for call_id in dict.fromkeys(event.sip.call_id for event in given if event.sip is not None):
            for message in self._by_call.get(call_id, ()):
                at = time_of(message)
                if at <= time_ns or target_of(message) not in proxy.sockets:
                    continue
                if not case.events.get(message.key) and case.is_connected(proxy, at) is False:
                    late[message.key] = call_id
        return list(late.values())


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
