"""The SEAS connections of a capture as conversations: one for each application server."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.records import CapturedFrame
from seastool.replay.conversation.parts import REQUESTS, Part
from seastool.replay.fields import SipFields
from seastool.seas.dialect import Dialect
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Bind,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
)
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.types import Direction

CAUSE_NS = 1_000_000_000  # what follows an event within this time is taken for caused by it
_NANO = 1e-9
_EVENTS = (TReqIn, SlReqIn, ResIn, AcResFail)
_ACTIONS = (Reply, UacReq, AcCancel, SlMsg)


@dataclass(slots=True)
class SeasItem:
    """A frame with a SIP message, or one that stands for one. call_id: empty if nothing says."""

    packet: int
    time_ns: int
    to_as: bool
    unit: TReqIn | SlReqIn | ResIn | AcResFail | Reply | UacReq | AcCancel | SlMsg
    data: bytes
    text: bytes
    fields: SipFields
    call_id: bytes


@dataclass(slots=True)
class SeasCall:
    """The frames with one Call-ID, in order. cause: the call and the place in it of the event that
    was followed by the first one at once; None if there was none."""

    call_id: bytes
    items: list[SeasItem] = field(default_factory=list)
    cause: tuple[int, int] | None = None

    @property
    def begins_at_proxy(self) -> bool:
        """Whether its first frame is an event."""
        return self.items[0].to_as

    def parts(self, *, events_are_ours: bool) -> list[Part]:
        """The frames as parts of the proxy's side, or of the application server's."""
        parts = []
        before = self.items[0].time_ns
        for step, item in enumerate(self.items, 1):
            delay = max(0, item.time_ns - before) * _NANO
            before = item.time_ns
            ours = item.to_as == events_are_ours
            parts.append(
                Part(step, item.packet, item.text, ours, _key(item), delay, item.unit, item.data)
            )
        return parts


@dataclass(slots=True)
class SeasSession:
    """What passed between a proxy and one application server."""

    name: str
    dialect: Dialect
    sockets: list[ListeningSocket] = field(default_factory=list)
    binds: list[Bind] = field(default_factory=list)
    calls: list[SeasCall] = field(default_factory=list)
    left: int = 0

    @property
    def notes(self) -> list[str]:
        """What a person should know, a line each."""
        if not self.left:
            return []
        return [f"{self.left} frames of {self.name!r} belong to no call and are left out"]


def sessions_of(
    frames: Iterable[CapturedFrame], dialect: Dialect | None = None
) -> list[SeasSession]:
    """The sessions of a capture, the one with most calls first.

    dialect: that of the proxies; None to tell it from their frames.
    """
    found: dict[tuple[str, str], _Builder] = {}
    for decoded in decode_records(frames, dialect):
        captured = decoded.captured
        if not isinstance(captured, CapturedFrame) or captured.direction is None:
            continue
        proxy = captured.source if captured.direction is Direction.TO_AS else captured.destination
        name = captured.as_name or ""
        builder = found.setdefault((proxy.host, name), _Builder(SeasSession(name, decoded.dialect)))
        builder.add(decoded, captured)
    sessions = [builder.session for builder in found.values() if builder.session.calls]
    return sorted(sessions, key=lambda session: -len(session.calls))


class _Builder:
    """Sorts the frames of one session into calls."""

    def __init__(self, session: SeasSession) -> None:
        self.session = session
        self._by_call_id: dict[bytes, int] = {}
        self._by_uac_id: dict[int, bytes] = {}
        self._latest: tuple[int, int, int] | None = None  # time, call and place of the last event

    def add(self, decoded: Decoded, captured: CapturedFrame) -> None:
        unit, session = decoded.unit, self.session
        session.dialect = decoded.dialect
        if isinstance(unit, SocketInfo):
            session.sockets = list(unit.sockets)
        elif isinstance(unit, Bind):
            session.binds.append(unit)
        elif isinstance(unit, _EVENTS + _ACTIONS):
            self._item(decoded, captured)

    def _item(self, decoded: Decoded, captured: CapturedFrame) -> None:
        unit = decoded.unit
        assert isinstance(unit, _EVENTS + _ACTIONS)
        to_as = captured.direction is Direction.TO_AS
        text = _text(decoded)
        fields = SipFields(text)
        call_id = fields.call_id
        if isinstance(unit, UacReq | AcCancel) and call_id:
            self._by_uac_id[unit.uac_id] = call_id
        elif not call_id and isinstance(unit, ResIn | AcResFail):
            call_id = self._by_uac_id.get(unit.uac_id, b"")
        if not call_id:
            self.session.left += 1
            return
        item = SeasItem(
            captured.packet, captured.time_ns, to_as, unit, captured.data, text, fields, call_id
        )
        self._put(item)

    def _put(self, item: SeasItem) -> None:
        calls = self.session.calls
        index = self._by_call_id.get(item.call_id)
        if index is None:
            index = self._by_call_id[item.call_id] = len(calls)
            calls.append(SeasCall(item.call_id))
            if not item.to_as and self._latest is not None:
                time_ns, which, place = self._latest
                calls[index].cause = (which, place) if item.time_ns - time_ns < CAUSE_NS else None
        call = calls[index]
        call.items.append(item)
        if item.to_as:
            self._latest = item.time_ns, index, len(call.items) - 1


def _text(decoded: Decoded) -> bytes:
    """The SIP of a frame, or a line that stands for it."""
    unit = decoded.unit
    if isinstance(unit, Reply | UacReq | AcCancel | SlMsg):
        return unit.text
    if isinstance(unit, AcResFail):
        return failure_text(unit)
    if decoded.message is not None:
        return decoded.message.text
    return faked_text(unit) if isinstance(unit, ResIn) else b""


def failure_text(failure: AcResFail) -> bytes:
    """A line that stands for a failure."""
    return b"AC_RES_FAIL %d %s\r\n\r\n" % (failure.error, failure.reason)


def faked_text(response: ResIn) -> bytes:
    """A line that stands for a response that the proxy has made up."""
    return b"SIP/2.0 %03d no message\r\n\r\n" % response.status


def _key(item: SeasItem) -> Hashable:
    """What a frame is in answer to."""
    unit = item.unit
    if isinstance(unit, Reply):
        return unit.hash_index, unit.label
    if isinstance(unit, ResIn | AcResFail):
        return unit.uac_id
    return REQUESTS if item.fields.is_request else item.fields.cseq


def spans_of(calls: Iterable[SeasCall]) -> Iterator[tuple[int, int]]:
    """Beginning and end of each call, nanoseconds."""
    for call in calls:
        yield call.items[0].time_ns, call.items[-1].time_ns
