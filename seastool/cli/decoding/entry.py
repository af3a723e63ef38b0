"""What is asked of a record whatever it is: its facts, its type, its size."""

from __future__ import annotations

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.render.facts import Facts, facts_of, sip_facts
from seastool.render.quick import Quick, quick_action, quick_event
from seastool.seas.frames import UnknownAction, UnknownEvent
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name
from seastool.seas.types import Direction, Layout, Socket

_ON_EITHER_SOCKET = (Name, UnknownEvent, UnknownAction)  # of all others the type tells which


def facts_for(decoded: Decoded) -> Facts:
    """The facts of a record; what went wrong stands in place of the SIP."""
    captured = decoded.captured
    if isinstance(captured, CapturedFrame):
        facts = facts_of(decoded.unit, decoded.message, decoded.dialect)
        if decoded.error is not None:
            facts.subject = f"does not decode: {decoded.error}"
            facts.method, facts.status = "", 0
        if captured.socket and isinstance(decoded.unit, _ON_EITHER_SOCKET):
            facts.note = f"{captured.socket} socket"
        return facts
    return _gap_facts(captured) if isinstance(captured, Gap) else sip_facts(captured.data)


def _gap_facts(gap: Gap) -> Facts:
    if gap.missing:
        return Facts(subject=f"{gap.missing:,} bytes missing: {gap.cause.value}")
    return Facts(subject=f"{gap.skipped:,} bytes skipped: {gap.cause.value}")


def quick_facts(captured: CapturedFrame, decoded: Decoded) -> Quick | None:
    """The facts of a usual frame with SIP in it, without decoding it; None of others."""
    if captured.kind is not UnitKind.FRAME:
        return None
    if captured.direction is Direction.TO_AS:
        return (
            quick_event(captured.data, decoded.dialect)
            if (captured.socket is Socket.EVENT)
            else None
        )
    if captured.socket is not Socket.ACTION:
        return None
    return quick_action(captured.data, "A" if decoded.dialect.layout is Layout.A else "")


def type_of(decoded: Decoded) -> str:
    """The type as the list names it: T_REQ_IN, socket info, SIP udp, gap."""
    captured = decoded.captured
    if isinstance(captured, CapturedSip):
        return f"SIP {captured.transport}"
    return decoded.type_name


def size_of(decoded: Decoded) -> int:
    """Bytes of a unit or SIP message; those missing or skipped of a gap."""
    captured = decoded.captured
    if isinstance(captured, Gap):
        return captured.missing or captured.skipped
    return len(captured.data)
