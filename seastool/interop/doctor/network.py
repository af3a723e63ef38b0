"""What SIP itself shows: messages sent again, and the ACK that never came."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.interop.doctor.case import SECOND, Case, at_sip, source_of, target_of, time_of
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Place
from seastool.render.printable import printable
from seastool.seas.openser.behaviour import AckEvent
from seastool.seas.openser.behaviours import behave_like

_OFTEN = 3
_ROUNDS = 5
_APART = SECOND // 10  # closer together, it is one message that was captured twice
_SUCCESS, _FAILURE = 200, 300


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
            if len(sent := _apart(copies)) > 1:
                yield _repeated(sent, messages)


def _apart(messages: list[SipMessage]) -> list[SipMessage]:
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
        f"{answered[-1].status} had left in packet {_packet(answered[-1])}"
        if answered
        else "no answer had left by then"
    )
    told = f"{printable(first.start_line)}: sent {len(sent)} times, first in packet "
    return at_sip("retransmissions", again, f"{told}{_packet(first)}; {known}")


def _packet(message: SipMessage) -> int:
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


def find_kept_acks(case: Case) -> Iterator[Symptom]:
    """ACKs that the proxy does not hand over, where a call of the application server's own lacks
    its ACK."""
    if not any(told.mistake.rule == "uac-ack-missing" for told in case.told):
        return
    silent = [
        proxy
        for proxy in case.trace.proxies
        if proxy.is_known and behave_like(proxy.dialect.name).ack_2xx is AckEvent.NOTHING
    ]
    for key, messages in case.sip.items():
        if key[2] != b"ACK" or case.events.get(key):
            continue
        for message in messages:
            proxy = next((p for p in silent if target_of(message) in p.sockets), None)
            if proxy is not None and source_of(message) not in proxy.sockets:
                told = f"{printable(message.start_line)}: {proxy.dialect.name} makes no event of it"
                yield at_sip("ack-kept-back", message, told)
                break


def find_missing_ack(case: Case) -> Iterator[Symptom]:
    """2xx to INVITEs that are repeated because no ACK comes."""
    for (call_id, cseq, method), messages in case.sip.items():
        if method != b"INVITE" or case.sip.get((call_id, cseq, b"ACK")):
            continue
        groups: dict[tuple[Place, Place, bytes], list[SipMessage]] = {}
        for message in messages:
            if _SUCCESS <= message.status < _FAILURE:
                ends = source_of(message), target_of(message)
                groups.setdefault((*ends, message.to_tag), []).append(message)
        for copies in groups.values():
            if len(sent := _apart(copies)) >= _OFTEN:
                told = f"{printable(sent[0].start_line)}: sent {len(sent)} times, no ACK"
                yield at_sip(_whose(case, sent[0]), sent[0], told)


def _whose(case: Case, success: SipMessage) -> str:
    """Whose ACK is missing: the application server's, if the 2xx came to the proxy for it."""
    to_proxy = any(target_of(success) in proxy.sockets for proxy in case.trace.proxies)
    own = to_proxy and success.call_id in case.own_calls
    return "uac-ack-missing" if own else "ack-missing"
