"""What became of the application server's own requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import (
    SECOND,
    Case,
    at_frame,
    at_sip,
    source_of,
    target_of,
    time_of,
)
from seastool.interop.doctor.prediction import predict
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Frame, Proxy
from seastool.render.printable import printable, shown
from seastool.seas.dialect import Quirk
from seastool.seas.frames import FAKED_REPLY, AcCancel, AcResFail, ResIn, UacReq
from seastool.seas.openser.behaviour import Behaviour, CancelText
from seastool.seas.openser.behaviours import behave_like
from seastool.seas.openser.faults import Fault

_FINAL, _PROVISIONAL = 200, 101
_TOLD: Final = SECOND  # a response is reported within that
_CANCEL_ERROR: Final = 1


def find_client(case: Case) -> Iterator[Symptom]:
    """Lost responses, time-outs and failures, by UAC_REQ."""
    for proxy in case.trace.proxies:
        behaviour = behave_like(proxy.dialect.name)
        requests = case.following[id(proxy)].requests
        reported = _reported(proxy)
        for frame in proxy.frames:
            unit = frame.decoded.unit
            if isinstance(unit, UacReq) and frame.sip is not None and frame.sip.method != b"ACK":
                yield from _unreported(case, proxy, frame, reported.get(unit.uac_id, []))
            elif isinstance(unit, ResIn) and unit.flags & FAKED_REPLY:
                asked = requests.get(unit.uac_id)
                if not _is_usual(asked, behaviour):
                    yield _timed_out(case, proxy, frame, unit, asked)
            elif isinstance(unit, AcResFail):
                yield from _failed(case, frame, unit, behaviour)


def _reported(proxy: Proxy) -> dict[int, list[Frame]]:
    """The responses that the application server was told of, by uac id."""
    found: dict[int, list[Frame]] = {}
    for frame in proxy.frames:
        unit = frame.decoded.unit
        if isinstance(unit, ResIn) and not unit.flags & FAKED_REPLY:
            found.setdefault(unit.uac_id, []).append(frame)
    return found


def _unreported(case: Case, proxy: Proxy, asked: Frame, events: list[Frame]) -> Iterator[Symptom]:
    """Responses that reached the proxy, and no RES_IN of them."""
    assert asked.sip is not None
    assert isinstance(asked.decoded.unit, UacReq)
    uac_id = asked.decoded.unit.uac_id
    reported = {
        frame.sip.status
        for frame in events
        if frame.time_ns >= asked.time_ns and frame.sip is not None
    }
    told: set[int] = set()
    for message in _responses(case, proxy, asked.sip):
        status = message.status
        if status < _PROVISIONAL or status in reported or status in told:
            continue
        at = time_of(message)
        if at < asked.time_ns or case.end_ns - at < _TOLD or not case.is_whole(at, at + _TOLD):
            continue
        told.add(status)
        yield _lost(proxy, message, uac_id)


def _responses(case: Case, proxy: Proxy, request: SipMessage) -> Iterator[SipMessage]:
    """What came to the proxy in answer; the proxy may have given the request another CSeq."""
    for message in case.by_call.get((request.call_id, request.method), ()):
        if message.status and target_of(message) in proxy.sockets:
            yield message


def _lost(proxy: Proxy, message: SipMessage, uac_id: int) -> Symptom:
    dialect = proxy.dialect
    line = f"{printable(message.start_line)} to the request of uac id {uac_id}"
    if message.status < _FINAL:
        return at_sip("uac-provisional-lost", message, f"{line}: no RES_IN")
    if not dialect.has(Quirk.FINAL_REPLIES_LOST):
        found = predict(message.text, dialect)
        if not found.is_taken and found.reasons:
            reason = found.reasons[0]
            says = f"{line}: no RES_IN: {printable(reason.says)}"
            return at_sip(reason.cause.id, message, says, reason.start, reason.length)
    return at_sip("uac-final-lost", message, f"{line}: no RES_IN ({dialect.name})")


def _is_usual(asked: Frame | None, behaviour: Behaviour) -> bool:
    """Whether this server tells of a time-out whatever happens."""
    if asked is None:
        return False
    if isinstance(asked.decoded.unit, AcCancel):
        return Fault.CANCEL_REPLIES_FAKED in behaviour.known
    is_ack = asked.sip is not None and asked.sip.method == b"ACK"
    return is_ack and behaviour.ack_times_out


def _timed_out(case: Case, proxy: Proxy, frame: Frame, unit: ResIn, asked: Frame | None) -> Symptom:
    told = f"uac id {unit.uac_id}: faked {unit.status}"
    symptom = at_frame("uac-timed-out", frame, told, 6, 4)
    if asked is None or asked.sip is None:
        return symptom
    symptom.call_id = asked.sip.call_id
    sent = [
        message
        for message in case.by_call.get((asked.sip.call_id, asked.sip.method), ())
        if message.is_request and source_of(message) in proxy.sockets
    ]
    came = list(_responses(case, proxy, asked.sip))
    waited = (frame.time_ns - asked.time_ns) / SECOND
    symptom.message = (
        f"{printable(asked.sip.start_line)} of packet {asked.packet}, {told} after {waited:.1f} s: "
        f"{_times(sent)}, {len(came)} responses"
    )
    return symptom


def _times(sent: list[SipMessage]) -> str:
    if not sent or sent[0].captured is None:
        return "not seen to leave the proxy"
    return f"sent {len(sent)} times to {sent[0].captured.destination}"


def _failed(case: Case, frame: Frame, unit: AcResFail, behaviour: Behaviour) -> Iterator[Symptom]:
    if unit.uac_id in case.failed_ids:
        return  # the model has said why
    if unit.error == _CANCEL_ERROR and behaviour.cancel_text is CancelText.TM:
        return  # it says so although the CANCEL went out
    reason = shown(unit.reason.strip(b"\0 ")) or "no reason given"
    told = f"uac id {unit.uac_id}: {reason} (error {unit.error})"
    cause = "uac-from-tag" if b"tag missing" in unit.reason else "action-failed"
    if b"Headers missing" in unit.reason:
        cause = "uac-headers-missing"
    yield at_frame(cause, frame, told, 5, 8)
