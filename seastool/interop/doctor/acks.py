"""The ACK to a 2xx: who kept it back, where it got lost, and whether it came at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import SECOND, Case, at_sip, source_of, target_of, time_of
from seastool.interop.doctor.network import apart, packet_of
from seastool.interop.doctor.prediction import CAUSES
from seastool.interop.doctor.requests import why_refused
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Place, Proxy
from seastool.render.printable import printable
from seastool.seas.openser.behaviour import AckEvent
from seastool.seas.openser.behaviours import behave_like

_OFTEN: Final = 3
_SUCCESS, _FAILURE = 200, 300


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


def find_unseen_acks(case: Case) -> Iterator[Symptom]:
    """ACKs to a 2xx of the application server's that reached the proxy and made no event."""
    for proxy in case.trace.proxies:
        if not case.coverage[id(proxy)].is_whole or not proxy.is_known:
            continue
        if behave_like(proxy.dialect.name).ack_2xx is AckEvent.NOTHING:
            continue
        events = case.following[id(proxy)].events.values()
        last: dict[bytes, int] = {}
        for event in events:
            if event.sip is not None:
                last[event.sip.call_id] = max(event.time_ns, last.get(event.sip.call_id, 0))
        for event in events:
            if event.sip is not None and event.sip.method == b"INVITE":
                yield from _unseen_ack(case, proxy, event.sip, last[event.sip.call_id])


def _unseen_ack(case: Case, proxy: Proxy, invite: SipMessage, last_ns: int) -> Iterator[Symptom]:
    """last_ns: of the call's last event, behind which nothing earlier is still to come."""
    key = invite.call_id, invite.cseq, b"ACK"
    answers = [
        message
        for message in case.sip.get(invite.key, ())
        if _SUCCESS <= message.status < _FAILURE and source_of(message) in proxy.sockets
    ]
    acks = case.sip.get(key, [])
    if not answers or case.events.get(key) or any(source_of(a) in proxy.sockets for a in acks):
        return  # an event came, or the script sends ACKs on by itself
    answered = time_of(answers[0])
    for ack in acks:
        at = time_of(ack)
        is_over = case.end_ns - at >= SECOND or last_ns > at
        if target_of(ack) not in proxy.sockets or at < answered or not is_over:
            continue
        if case.is_connected(proxy, at) and case.is_whole(answered, at + SECOND):
            yield _unseen(case, proxy, ack, answers[0])
            return


def _unseen(case: Case, proxy: Proxy, ack: SipMessage, answer: SipMessage) -> Symptom:
    since = (time_of(ack) - time_of(answer)) / SECOND
    told = (
        f"{printable(ack.start_line)}: no event, {since:.1f} s after the {answer.status} of "
        f"packet {packet_of(answer)}"
    )
    refused = why_refused(case, proxy, ack)
    if refused is None:
        return at_sip("ack-unseen", ack, told)
    symptom = at_sip(
        "ack-unseen", ack, f"{told}: {refused.message}", refused.start, len(refused.data)
    )
    symptom.cure = CAUSES[refused.cause].cure
    return symptom


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
            if len(sent := apart(copies)) >= _OFTEN:
                told = f"{printable(sent[0].start_line)}: sent {len(sent)} times, no ACK"
                yield at_sip(_whose(case, sent[0]), sent[0], told)


def _whose(case: Case, success: SipMessage) -> str:
    """Whose ACK is missing: the application server's, if the 2xx came to the proxy for it."""
    to_proxy = any(target_of(success) in proxy.sockets for proxy in case.trace.proxies)
    own = to_proxy and success.call_id in case.own_calls
    return "uac-ack-missing" if own else "ack-missing"
