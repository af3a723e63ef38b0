"""What SIP itself shows: messages sent again, and the ACK that never came."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.interop.doctor.case import Case, at_sip, source_of, target_of, time_of
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Place
from seastool.render.printable import printable
from seastool.seas.frames import UacReq

_OFTEN = 3
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
        for sent in groups.values():
            if len(sent) > 1:
                yield _repeated(sent, messages)


def _repeated(sent: list[SipMessage], messages: list[SipMessage]) -> Symptom:
    first, again = sent[0], sent[1]
    answered = [
        m for m in messages
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
        for sent in groups.values():
            if len(sent) >= _OFTEN:
                told = f"{printable(sent[0].start_line)}: sent {len(sent)} times, no ACK"
                yield at_sip(_whose(case, sent[0]), sent[0], told)


def _whose(case: Case, success: SipMessage) -> str:
    """Whose ACK is missing: the application server's, if the 2xx came to the proxy for it."""
    own = {
        frame.sip.call_id
        for proxy in case.trace.proxies
        if target_of(success) in proxy.sockets
        for frame in proxy.frames
        if isinstance(frame.decoded.unit, UacReq) and frame.sip is not None
    }
    return "uac-ack-missing" if success.call_id in own else "ack-missing"
