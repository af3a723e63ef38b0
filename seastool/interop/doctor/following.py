"""The proxy's own model, led through a capture: what it would say of each action.

`seas.openser.Transactions` knows what a real proxy does with every action, and what is wrong with
it. Here it is fed the captured events, so that it has the same transactions by the same numbers,
and then the actions; its mistakes are the symptoms.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from seastool.errors import SeasError
from seastool.interop.doctor.trace import Frame, Proxy
from seastool.seas.builder.event import Receive
from seastool.seas.dialects import UnknownDialect
from seastool.seas.frames import (
    FAKED_REPLY,
    AcCancel,
    Action,
    Bind,
    Reply,
    ResIn,
    SlMsg,
    TReqIn,
    UacReq,
    Unbind,
)
from seastool.seas.handshake import SocketInfo
from seastool.seas.openser import Behaviour, Mistake, Refused, Transactions, usable
from seastool.seas.openser.outcomes import Outcome

_SECOND: Final = 1_000_000_000
_OWN: Final = 1 << 20  # hash indices of what the capture does not name: no proxy has these
_ACTIONS: Final = (Reply, UacReq, AcCancel, SlMsg, Bind, Unbind)


class Told(NamedTuple):
    """A mistake, the frame that it is about (of what time brings, the event that began it), whose
    model says so, and when."""

    mistake: Mistake
    frame: Frame | None
    proxy: Proxy
    time_ns: int


class _Named:
    """The numbers that the real proxy has given, in place of invented ones."""

    def __init__(self) -> None:
        self.ids: tuple[int, int] | None = None
        self.branch_text = b""
        self._count = 0

    def hash_index(self, call_id: bytes, cseq: bytes) -> int:
        self._count += 1
        return self.ids[0] if self.ids is not None else _OWN + self._count

    def label(self, hash_index: int) -> int:
        return self.ids[1] if self.ids is not None else self._count

    def branch(self, hash_index: int, label: int) -> bytes:
        return self.branch_text or b"z9hG4bK.%d.%d" % (hash_index, label)

    def tag(self) -> bytes:
        return b"proxy"

    def draw(self, k: int) -> int:
        return 0


class Following:
    """One proxy of a capture, followed. from_start: the capture has its opening, so that what is
    in no event is no transaction."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._names = _Named()
        self._frames = proxy.frames
        self._sockets = [
            one
            for frame in proxy.frames
            if isinstance(frame.decoded.unit, SocketInfo)
            for one in frame.decoded.unit.sockets
        ]
        self._model = Transactions(self._names, behaviour=_behaviour(proxy), sockets=self._sockets)
        self.from_start = any(frame.name == "name" for frame in proxy.frames)
        self.events: dict[tuple[int, int], Frame] = {}
        """The event of each request that came in, by hash index and label."""
        self.requests: dict[int, Frame] = {}
        """The UAC_REQ or AC_CANCEL of each uac id, the last one."""
        self._unfollowed: set[tuple[int, int]] = set()
        self._responses = _responses(proxy.frames)
        self._start_ns = proxy.frames[0].time_ns if proxy.frames else 0

    def run(self, end_ns: int, skipped: frozenset[int] = frozenset()) -> Iterator[Told]:
        """All mistakes, in order. skipped: the ids of frames that the proxy has read otherwise."""
        for frame in self._frames:
            yield from self._until(frame.time_ns)
            if id(frame) not in skipped:
                yield from self._take(frame)
        yield from self._until(end_ns)

    def _now(self, time_ns: int) -> float:
        return (time_ns - self._start_ns) / _SECOND

    def _until(self, time_ns: int) -> Iterator[Told]:
        now = self._now(time_ns)
        while (due := self._model.get_timer()) is not None and due <= now:
            due_ns = self._start_ns + round(due * _SECOND)
            yield from self._mistakes(self._model.handle_timer(due), None, due_ns)

    def _take(self, frame: Frame) -> Iterator[Told]:
        unit = frame.decoded.unit
        now = self._now(frame.time_ns)
        if isinstance(unit, TReqIn):
            self._request(frame, unit, now)
        elif isinstance(unit, ResIn):
            self._response(frame, unit, now)
        elif isinstance(unit, _ACTIONS):
            yield from self._action(frame, unit, now)

    def _request(self, frame: Frame, unit: TReqIn, now: float) -> None:
        ids = unit.hash_index, unit.label
        if frame.sip is None:
            self._unfollowed.add(ids)
            return
        if frame.sip.method != b"ACK":
            self.events[ids] = frame
        self._names.ids = ids
        try:
            outcomes = self._model.request(
                frame.sip.text, _receive(unit), now, processor_id=unit.processor_id or 1
            )
        except SeasError:
            outcomes = [Refused("")]
        self._names.ids = None
        if any(isinstance(outcome, Refused) for outcome in outcomes):
            self._unfollowed.add(ids)

    def _response(self, frame: Frame, unit: ResIn, now: float) -> None:
        if unit.flags & FAKED_REPLY or frame.sip is None:
            self._model.time_out(unit.uac_id, now)
            return
        try:
            self._model.response(frame.sip.text, _receive(unit), now)
        except SeasError:
            return

    def _action(self, frame: Frame, unit: Action, now: float) -> Iterator[Told]:
        if isinstance(unit, UacReq | AcCancel):
            self.requests[unit.uac_id] = frame
            self._names.ids, self._names.branch_text = self._responses.get(id(frame), (None, b""))
        outcomes: list[Outcome] = []
        with suppress(SeasError):
            outcomes = self._model.action(unit, now)
        self._names.ids, self._names.branch_text = None, b""
        yield from self._mistakes(outcomes, frame, frame.time_ns)

    def _mistakes(
        self, outcomes: list[Outcome], frame: Frame | None, time_ns: int
    ) -> Iterator[Told]:
        for outcome in outcomes:
            if not isinstance(outcome, Mistake) or self._is_unsure(outcome):
                continue
            began = frame
            if frame is None and outcome.hash_index is not None and outcome.label is not None:
                began = self.events.get((outcome.hash_index, outcome.label))
            if began is None and outcome.uac_id is not None:
                began = self.requests.get(outcome.uac_id)
            yield Told(outcome, began, self._proxy, time_ns)

    def _is_unsure(self, mistake: Mistake) -> bool:
        """Whether it is about something of which the capture does not have all."""
        if mistake.rule == "bind-socket" and not self._sockets:
            return True
        if mistake.hash_index is None or mistake.label is None:
            return False
        ids = mistake.hash_index, mistake.label
        if ids in self._unfollowed:
            return True
        return mistake.rule in ("reply-unknown", "cancel-unknown") and not self.from_start


def _behaviour(proxy: Proxy) -> Behaviour:
    try:
        return usable(proxy.dialect.name)
    except UnknownDialect:
        return usable()


def _receive(unit: TReqIn | ResIn) -> Receive:
    return Receive(
        unit.protocol,
        unit.source_address,
        unit.destination_address,
        unit.source_port,
        unit.destination_port,
    )


def _responses(frames: list[Frame]) -> dict[int, tuple[tuple[int, int] | None, bytes]]:
    """What the proxy has called each request of the application server: its numbers and branch,
    by the id of the frame, told from the first RES_IN."""
    found: dict[int, tuple[tuple[int, int] | None, bytes]] = {}
    waiting: dict[int, Frame] = {}
    for frame in frames:
        unit = frame.decoded.unit
        if isinstance(unit, UacReq | AcCancel):
            waiting[unit.uac_id] = frame
        elif isinstance(unit, ResIn) and (asked := waiting.pop(unit.uac_id, None)) is not None:
            branch = frame.sip.branch if frame.sip is not None else b""
            found[id(asked)] = (unit.hash_index, unit.label), branch
    return found
