"""What SIP itself shows: messages sent again, and requests that go round in circles."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.interop.doctor.case import SECOND, Case, at_sip, source_of, target_of, time_of
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Place
from seastool.render.printable import printable

_ROUNDS = 5
_APART = SECOND // 10  # closer together, it is one message that was captured twice


def find_repeats(case: Case) -> Iterator[Symptom]:
    """Requests sent again, with what had been answered by then."""
    for messages in case.sip.values():
        groups: dict[tuple[Place, Place, bytes], list[SipMessage]] = {}
        for message in messages:
            is_udp = message.captured is not None and message.captured.transport == "udp"
            if message.is_request and is_udp and message.method != b"ACK":
                ends = source_of(message), target_of(message)
                groups.setdefault((*ends, message.text), []).append(message)
        for copies in groups.values():
            if len(sent := apart(copies)) > 1:
                yield _repeated(sent, messages)


def apart(messages: list[SipMessage]) -> list[SipMessage]:
    """Those that were sent each by itself: a capture of several interfaces has one twice."""
    sent: list[SipMessage] = []
    for message in messages:
        if not sent or time_of(message) - time_of(sent[-1]) >= _APART:
            sent.append(message)
    return sent


def _repeated(sent: list[SipMessage], messages: list[SipMessage]) -> Symptom:
    first, again = sent[0], sent[1]
    answered = [
        m
        for m in messages
        if m.status and target_of(m) == source_of(first) and time_of(m) < time_of(again)
    ]
    known = (
        f"{answered[-1].status} had left in packet {packet_of(answered[-1])}"
        if answered
        else "no answer had left by then"
    )
    told = f"{printable(first.start_line)}: sent {len(sent)} times, first in packet "
    return at_sip("retransmissions", again, f"{told}{packet_of(first)}; {known}")


def packet_of(message: SipMessage) -> int:
    """The packet that a message came in; 0 for none."""
    return message.captured.packet if message.captured is not None else 0


def find_loops(case: Case) -> Iterator[Symptom]:
    """Requests that the proxy sends to itself again and again; their CSeq may grow each time."""
    for proxy in case.trace.proxies:
        for messages in case.by_call.values():
            rounds: dict[bytes, SipMessage] = {}
            for message in messages:
                is_own = message.is_request and source_of(message) in proxy.sockets
                if is_own and target_of(message) in proxy.sockets:
                    rounds.setdefault(message.branch, message)
            sent = list(rounds.values())
            pairs = zip(sent, sent[_ROUNDS - 1 :], strict=False)
            if any(time_of(last) - time_of(first) < SECOND for first, last in pairs):
                told = (
                    f"{printable(sent[0].start_line)}: from the proxy to itself {len(sent)} times"
                )
                yield at_sip("request-loops", sent[0], told)
