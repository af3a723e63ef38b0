"""Actions in the wrong layout, BINDs that are held back, and what never was an action."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.capture.losses import Cause
from seastool.interop.doctor.case import Case, at_frame, is_misread
from seastool.interop.doctor.coverage import Coverage
from seastool.interop.doctor.length_walk import LONGEST
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Frame, Proxy, place_of
from seastool.interop.frame_check import MAX_ACTION
from seastool.seas.evidence import action_layout
from seastool.seas.frames import Bind, UnknownAction
from seastool.seas.openser.behaviours import behave_like
from seastool.seas.openser.faults import Fault
from seastool.seas.types import Direction, Layout, Socket

_FIELDS = 10


def find_layout(case: Case) -> Iterator[Symptom]:
    """Actions whose bytes show the other layout than the proxy reads."""
    for proxy in case.trace.proxies:
        for frame in proxy.frames:
            if not frame.is_action or not is_misread(frame, proxy):
                continue
            shown = action_layout(frame.captured.data, frame.captured.socket or Socket.EVENT)
            dialect = proxy.dialect
            told = f"{frame.name} in layout {shown}, {dialect.name} reads layout {dialect.layout}"
            if shown is Layout.A and dialect.layout is Layout.B:
                told += f": it takes {frame.captured.data[5]} for the processor id"
            symptom = at_frame("layout-mismatch", frame, told, 5, 5)
            symptom.cure = f"write actions in layout {dialect.layout}, that of {dialect.name}"
            yield symptom


def find_held_back(case: Case) -> Iterator[Symptom]:
    """BINDs behind another in one packet, where only one is read."""
    for proxy in case.trace.proxies:
        if not proxy.is_known:
            continue
        if Fault.ONE_ACTION_PER_READ not in behave_like(proxy.dialect.name).known:
            continue
        before: Frame | None = None
        for frame in proxy.frames:
            if not isinstance(frame.decoded.unit, Bind):
                continue
            if before is not None and before.packet == frame.packet:
                told = f"{proxy.dialect.name} takes the BIND before it and leaves this one"
                yield at_frame("bind-held-back", frame, told, 0, len(frame.captured.data))
            before = frame


def find_stream(case: Case) -> Iterator[Symptom]:
    """Frames that are too long, of a wrong length, of an unknown type, or that do not decode."""
    for proxy in case.trace.proxies:
        yield from _lengths(case, proxy)
        for frame in proxy.frames:
            if frame.is_whole_frame:
                yield from _frame(frame)


def find_missing(case: Case) -> Iterator[Symptom]:
    """What the capture has not: bytes, or a whole port or direction."""
    lost = [gap for gap in case.trace.gaps if gap.missing and gap.cause is not Cause.OUT_OF_STEP]
    for gap in lost:
        told = f"{gap.missing} bytes from {gap.source} to {gap.destination} are missing"
        yield Symptom("capture-incomplete", told, gap.packet, gap.time_ns, "TCP")

    for proxy in case.trace.proxies:
        whole = [frame for frame in proxy.frames if frame.is_whole_frame]
        if whole and (lacks := _lacks(proxy, case.coverage[id(proxy)], whole)):
            yield at_frame("capture-one-sided", whole[0], lacks)


def _lacks(proxy: Proxy, coverage: Coverage, frames: list[Frame]) -> str:
    """Which part of its conversation is missing although the other one is there."""
    port = proxy.event[1]
    if not coverage.events and any(frame.is_action for frame in frames):
        return f"no packet of the proxy's on its event socket, port {port}"
    if not coverage.actions and not all(frame.is_action for frame in frames):
        return f"no packet of the application server's on the action socket, port {port + 1}"
    return ""


def _lengths(case: Case, proxy: Proxy) -> Iterator[Symptom]:
    """Lengths that the proxy does not take, and behind which it reads nothing."""
    there = {(frame.captured.source, frame.captured.offset) for frame in proxy.frames}
    for connection in case.connections_of(proxy):
        wrong = connection.wrong
        if wrong is None or (connection.client, wrong.offset) in there:
            continue  # a frame that came as a whole is told as such
        socket = "event" if place_of(connection.server) == proxy.event else "action"
        where = f"byte {wrong.offset} of what {connection.client} wrote on the {socket} socket"
        if MAX_ACTION < wrong.length <= LONGEST:
            cause = "action-too-long"
            told = f"an action of {wrong.length:,} bytes begins, {MAX_ACTION:,} are taken: {where}"
        else:
            cause = "length-field" if wrong.length else "action-length-zero"
            told = f"{wrong.length:,} stands where an action's length must be: {where}"
        yield Symptom(cause, told, wrong.packet, wrong.time_ns, "TCP", wrong.offset, wrong.data)


def _frame(frame: Frame) -> Iterator[Symptom]:
    data = frame.captured.data
    if frame.captured.direction is Direction.TO_AS:
        if frame.decoded.error is not None:
            told = f"{frame.name}: {frame.decoded.error}"
            yield at_frame("event-undecodable", frame, told, *_offset(frame))
        return
    if len(data) > MAX_ACTION:
        told = f"{frame.name} of {len(data):,} bytes, {MAX_ACTION:,} are taken"
        yield at_frame("action-too-long", frame, told)
    if frame.decoded.error is not None:
        told = f"{frame.name}: {frame.decoded.error}"
        yield at_frame("action-undecodable", frame, told, *_offset(frame))
    elif frame.is_on_event_socket and isinstance(frame.decoded.unit, UnknownAction):
        told = f"type {data[4]} on the event socket: the proxy waits behind it for ever"
        yield at_frame("event-socket-blocked", frame, told, 4, 1)


def _offset(frame: Frame) -> tuple[int, int]:
    at = getattr(frame.decoded.error, "offset", 0)
    return min(at, max(len(frame.captured.data) - 4, 0)), 4
