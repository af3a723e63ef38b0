"""The frames of one application server in a capture, as recording wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame
from seastool.errors import SeasError
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.routing import LINK_TYPES, exchange_keys
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import Event, Frame
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.types import Direction, Socket
from seastool.sip import parts as sip_parts

NANO = 1_000_000_000


class NothingRecorded(SeasError):
    """The capture has nothing of what a scenario was asked for."""


@dataclass(slots=True)
class Recorded:
    """One frame. seconds: since the first of the session."""

    packet: int
    seconds: float
    ours: bool
    socket: Socket
    data: bytes
    incoming: Incoming

    @property
    def frame(self) -> Frame:
        return self.incoming.frame

    @property
    def type(self) -> str:
        """Such as T_REQ_IN."""
        return self.incoming.type

    @property
    def text(self) -> bytes:
        """The SIP text, empty if there is none."""
        return self.incoming.text

    @property
    def method(self) -> str:
        """Method of a request, empty for all else."""
        return "" if self.incoming.status else self.incoming.method or ""


@dataclass(slots=True)
class Session:
    """What is recorded of a capture, and what is left out."""

    dialect: Dialect
    frames: list[Recorded] = field(default_factory=list)
    as_name: str = ""
    others: set[str] = field(default_factory=set)
    link: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def read_session(
    records: Iterable[Decoded], role: str, as_name: str = "", call_ids: Iterable[str] = ()
) -> Session:
    """The session of one application server: that of a name, else the first.

    call_ids: only these calls. Raises: NothingRecorded.
    """
    session = Session(lookup("kamailio"), as_name=as_name)
    wanted = _Wanted(call_ids)
    first = -1
    seen = 0
    for decoded in records:
        captured = decoded.captured
        if not isinstance(captured, CapturedFrame) or not _is_its(session, captured):
            continue
        unit = decoded.unit
        if captured.kind is not UnitKind.FRAME or unit is None:
            if unit is None:
                session.faults.append(f"packet {captured.packet}: {decoded.error}")
            continue
        assert not isinstance(unit, Name | SocketInfo)
        session.dialect = decoded.dialect
        incoming = Incoming(unit, captured.data, 0.0, decoded.dialect)
        if incoming.type in LINK_TYPES:
            session.link[incoming.type] += 1
            continue
        seen += 1
        if not wanted.takes(incoming):
            continue
        first = captured.time_ns if first < 0 else first
        ours = (captured.direction is Direction.TO_AS) is (role == "openser")
        socket = captured.socket or (Socket.EVENT if isinstance(unit, Event) else Socket.ACTION)
        seconds = (captured.time_ns - first) / NANO
        session.frames.append(
            Recorded(captured.packet, seconds, ours, socket, captured.data, incoming)
        )
    if not session.frames:
        raise NothingRecorded(_nothing(session, seen, wanted))
    return session


def _is_its(session: Session, captured: CapturedFrame) -> bool:
    name = captured.as_name or ""
    if not session.as_name:
        session.as_name = name
    if name == session.as_name or not name:
        return True
    session.others.add(name)
    return False


def _nothing(session: Session, seen: int, wanted: _Wanted) -> str:
    if seen and wanted.calls:
        return f"none of its {seen:,} frames belongs to {' or '.join(sorted(wanted.calls))}"
    if seen or session.link:
        return "nothing but pings and binds in it"
    others = f"; there is {', '.join(sorted(session.others))}" if session.others else ""
    return f"no frames of {session.as_name or 'an application server'} in it{others}"


class _Wanted:
    """The frames of some calls: by Call-ID, and those without one by their transaction."""

    def __init__(self, call_ids: Iterable[str]) -> None:
        self.calls = frozenset(call_ids)
        self._keys: set[int] = set()

    def takes(self, incoming: Incoming) -> bool:
        """Whether a frame is wanted."""
        if not self.calls:
            return True
        keys = exchange_keys(incoming.frame)
        call_id = sip_parts.call_id(incoming.text) if incoming.text else None
        if call_id is None:
            return not self._keys.isdisjoint(keys)
        if call_id not in self.calls:
            return False
        self._keys.update(keys)
        return True
