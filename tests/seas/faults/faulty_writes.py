"""Real writes of both sides, and what comes of them with faults on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from random import Random

from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame, encode_frame, type_name
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.faults import FaultInjector, Step, parse_fault
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Bind,
    Frame,
    JainPong,
    Ping,
    Reply,
    ResIn,
    SlMsg,
    UacReq,
    Unbind,
)
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.types import Direction, EventType, Layout, Socket

EVENT, ACTION = Socket.EVENT, Socket.ACTION
TO_AS, TO_OPENSER = Direction.TO_AS, Direction.TO_OPENSER
NAME, INFO, FRAME = UnitKind.NAME, UnitKind.SOCKET_INFO, UnitKind.FRAME

KAMAILIO = lookup("kamailio")
OPENSER = lookup("openser-1.3.0")
DIALECTS = {Layout.A: OPENSER, Layout.B: KAMAILIO}

INVITE = (
    b"INVITE sip:bob@example.com;transport=udp;lr SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK77;rport\r\n"
    b"From: Alice <sip:alice@example.com;user=phone>;tag=a1\r\n"
    b"To: <sip:bob@example.com>\r\n"
    b"Call-ID: c1@10.0.0.1\r\n"
    b"CSeq: 2 INVITE\r\n"
    b"Contact: <sip:alice@10.0.0.1>;q=0.5\r\n"
    b"Content-Type: text/plain\r\n"
    b"Content-Length: 4\r\n"
    b"\r\n"
    b"body"
)
CANCEL = INVITE.replace(b"INVITE", b"CANCEL")
RINGING = b"SIP/2.0 180 Ringing\r\n" + INVITE.partition(b"\r\n")[2]


@dataclass(frozen=True)
class Write:
    """One write of one side."""

    socket: Socket
    kind: UnitKind
    data: bytes
    name: str

    @property
    def side(self) -> Direction:
        return TO_AS if self.name in _TO_AS else TO_OPENSER


_TO_AS = {"T_REQ_IN", "SL_REQ_IN", "RES_IN", "PING", "AC_RES_FAIL", "SOCKET_INFO"}
LOCALHOST = bytes((127, 0, 0, 1))

NAME_DATA = Name(name=b"as_1").encode()
INFO_DATA = SocketInfo(
    sockets=[
        ListeningSocket(protocol=1, name=b"127.0.0.1", address=b"127.0.0.1", port=5060),
        ListeningSocket(protocol=2, name=b"127.0.0.1", address=b"127.0.0.1", port=5060),
    ]
).encode()
HELLOS = {
    TO_OPENSER: [Write(EVENT, NAME, NAME_DATA, "NAME"), Write(ACTION, NAME, NAME_DATA, "NAME")],
    TO_AS: [Write(EVENT, INFO, INFO_DATA, "SOCKET_INFO")],
}


def write_of(frame: Frame, socket: Socket, layout: Layout = Layout.B) -> Write:
    """The write of an action, a ping or a failure."""
    data = encode_frame(frame, layout)
    side = TO_AS if isinstance(frame, Ping | AcResFail | ResIn) else TO_OPENSER
    return Write(socket, FRAME, data, type_name(frame.type, socket, side))


def event(sip: bytes, type: EventType, dialect: Dialect = KAMAILIO, **more: object) -> Write:
    """The write of an event with a message."""
    return Write(EVENT, FRAME, build_event(sip, dialect, type=type, **more), type.name)  # type: ignore[arg-type]


@cache
def frames(side: Direction, layout: Layout = Layout.B) -> list[Write]:
    """A write of every frame type that the side has."""
    if side is TO_OPENSER:
        return [
            write_of(Bind(processor_id=1, address=LOCALHOST, protocol=1, port=5060), EVENT, layout),
            write_of(Unbind(processor_id=1), EVENT, layout),
            write_of(Reply(type=1, hash_index=7, label=8, text=RINGING), ACTION, layout),
            write_of(Reply(type=2, hash_index=7, label=8, text=RINGING), ACTION, layout),
            write_of(UacReq(uac_id=3, text=INVITE), ACTION, layout),
            write_of(SlMsg(text=RINGING), ACTION, layout),
            write_of(AcCancel(uac_id=3, hash_index=7, label=8, text=CANCEL), ACTION, layout),
            write_of(JainPong(sequence=5), ACTION, layout),
        ]
    dialect = DIALECTS[layout]
    return [
        event(INVITE, EventType.T_REQ_IN, dialect, hash_index=7, label=8),
        event(INVITE, EventType.SL_REQ_IN, dialect),
        event(RINGING, EventType.RES_IN, dialect, hash_index=7, label=8, uac_id=3),
        write_of(Ping(sequence=5), EVENT, layout),
        write_of(AcResFail(uac_id=3, error=2, reason=b"From tag missing"), ACTION, layout),
    ]


def frame(name: str, layout: Layout = Layout.B) -> Write:
    """The write of that frame type."""
    both = [*frames(TO_AS, layout), *frames(TO_OPENSER, layout)]
    return next(write for write in both if write.name == name)


def decoded(write: Write, data: bytes, layout: Layout = Layout.B) -> Frame:
    """The frame that the peer reads."""
    return decode_frame(data, write.socket, write.side, layout)


def injector(
    *faults: str, side: Direction, seed: int = 1, dialect: Dialect = KAMAILIO
) -> FaultInjector:
    """An injector with these faults."""
    return FaultInjector(map(parse_fault, faults), Random(seed), side=side, dialect=dialect)


def put(made: FaultInjector, write: Write, now: float = 0.0) -> list[Step]:
    """Give a write to an injector."""
    return made.write(now, write.socket, write.kind, write.data)


def once(fault: str, write: Write, layout: Layout = Layout.B) -> list[Step]:
    """What comes of one write with one fault."""
    return put(injector(fault, side=write.side, dialect=DIALECTS[layout]), write)


def bytes_of(steps: list[Step], socket: Socket | None = None) -> bytes:
    """What goes out on a socket, or on both."""
    return b"".join(step.data for step in steps if socket in (None, step.socket))


def in_order(steps: list[Step]) -> bool:
    """Whether no step of a socket is before the one in front of it."""
    times = {socket: [s.at for s in steps if s.socket is socket] for socket in Socket}
    return all(at == sorted(at) for at in times.values())


SIDES = (TO_AS, TO_OPENSER)
ALL = [(write, layout) for layout in Layout for side in SIDES for write in frames(side, layout)]
