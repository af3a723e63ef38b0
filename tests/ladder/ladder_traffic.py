"""Records as a capture gives them, made by hand: a phone, a proxy, an application server."""

import struct
from collections.abc import Iterable
from pathlib import Path

import seastool
from seastool.capture.decoded import decode_records
from seastool.capture.records import Address, CapturedFrame, CapturedSip, Record
from seastool.ladder import Call, Ladder, build_ladder
from seastool.seas.builder import Receive
from seastool.seas.dialects import lookup
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, EventType, Socket

CAPTURES = Path(__file__).parents[2] / "captures"
SESSION = CAPTURES / "kamailio-5.6.3-session.pcap"
SIPP = CAPTURES / "kamailio-5.6.3-sipp-uac.pcap"
OPENSER = CAPTURES / "openser-1.3.0-session.pcap"
DIALECT = lookup("kamailio-5.6.3")
PHONE = Address(b"\x0a\x00\x00\x01", 5060)
PROXY = Address(b"\x0a\x00\x00\x02", 5060)
CALLEE = Address(b"\x0a\x00\x00\x03", 5060)
EVENT_SIDE = Address(PROXY.packed, 5080)
ACTION_SIDE = Address(PROXY.packed, 5081)
SERVER = Address(b"\x0a\x00\x00\x09", 40000)
TRANSACTION = (7, 4711)
START = 1_700_000_000_000_000_000
MS = 1_000_000


def request(
    method: str = "INVITE",
    *,
    call_id: str = "call-1",
    uri: str = "sip:bob@example.com",
    cseq: int = 1,
    branch: str = "z9hG4bK1",
    sender: str = "sip:alice@example.com",
    vias: int = 1,
) -> bytes:
    lines = [f"{method} {uri} SIP/2.0"]
    lines += [f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch={branch}{i or ''}" for i in range(vias)]
    lines += [f"From: <{sender}>;tag=a", "To: <sip:bob@example.com>", f"Call-ID: {call_id}"]
    return "\r\n".join([*lines, f"CSeq: {cseq} {method}", "Max-Forwards: 70", "", ""]).encode()


def response(
    status: int = 200,
    reason: str = "OK",
    *,
    method: str = "INVITE",
    call_id: str = "call-1",
    cseq: int = 1,
    branch: str = "z9hG4bK1",
) -> bytes:
    lines = [
        f"SIP/2.0 {status} {reason}",
        f"Via: SIP/2.0/UDP 10.0.0.1:5060;branch={branch}",
        "From: <sip:alice@example.com>;tag=a",
        "To: <sip:bob@example.com>;tag=b",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


class Trace:
    """Records one after the other, each a millisecond after the one before unless told."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._now = START

    def _next(self, after_ms: float) -> tuple[int, int]:
        self._now += int(after_ms * MS)
        return len(self.records) + 1, self._now

    def sip(
        self,
        data: bytes,
        source: Address = PHONE,
        target: Address = PROXY,
        after_ms: float = 1,
        transport: str = "udp",
    ) -> None:
        packet, time = self._next(after_ms)
        self.records.append(CapturedSip(packet, time, -1, source, target, transport, data))

    def back(self, data: bytes, after_ms: float = 1) -> None:
        self.sip(data, PROXY, PHONE, after_ms)

    def _frame(self, data: bytes, socket: Socket, direction: Direction, after_ms: float) -> None:
        side = EVENT_SIDE if socket is Socket.EVENT else ACTION_SIDE
        ends = (side, SERVER) if direction is Direction.TO_AS else (SERVER, side)
        packet, time = self._next(after_ms)
        number = 1 if socket is Socket.EVENT else 2
        self.records.append(
            CapturedFrame(
                packet, time, number, *ends, socket, direction, UnitKind.FRAME, "as_01", data, 0
            )
        )

    def event(self, sip: bytes, after_ms: float = 1, flags: int = 0, **names: object) -> None:
        names = {"hash_index": TRANSACTION[0], "label": TRANSACTION[1], **names}
        receive = Receive(1, PHONE.packed, PROXY.packed, PHONE.port, PROXY.port)
        frame = seastool.encode(sip, dialect=DIALECT, receive=receive, flags=flags, **names)
        self._frame(frame, Socket.EVENT, Direction.TO_AS, after_ms)

    def response_event(self, sip: bytes, uac_id: int, after_ms: float = 1) -> None:
        self.event(sip, after_ms, type=EventType.RES_IN, uac_id=uac_id)

    def faked(self, uac_id: int, after_ms: float = 1) -> None:
        body = bytes(7) + struct.pack(">IIII", 9, 9, uac_id, 408)
        data = struct.pack(">IBBI", 10 + len(body), 4, 0, 2) + body
        self._frame(data, Socket.EVENT, Direction.TO_AS, after_ms)

    def failure(self, uac_id: int) -> None:
        data = struct.pack(">BIIB", 5, uac_id, 2, 4) + b"none"
        data = struct.pack(">I", 4 + len(data)) + data
        self._frame(data, Socket.ACTION, Direction.TO_AS, 1)

    def ping(self, sequence: int) -> None:
        data = struct.pack(">IBBII", 14, 5, 255, 0, sequence)
        self._frame(data, Socket.EVENT, Direction.TO_AS, 1)

    def _action(self, kind: int, body: bytes, after_ms: float) -> None:
        data = struct.pack(">IBBI", 10 + len(body), kind, 1, 0) + body
        self._frame(data, Socket.ACTION, Direction.TO_OPENSER, after_ms)

    def reply(
        self, sip: bytes, after_ms: float = 1, transaction: tuple[int, int] = TRANSACTION
    ) -> None:
        self._action(2, struct.pack(">II", *transaction) + sip, after_ms)

    def uac(self, sip: bytes, uac_id: int) -> None:
        self._action(4, struct.pack(">I", uac_id) + sip, 1)

    def ladder(self, **options: object) -> Ladder:
        return ladder_of(self.records, **options)

    def call(self) -> Call:
        """The only call."""
        ladder = self.ladder()
        assert len(ladder.calls) == 1
        return ladder.calls[0]


def ladder_of(records: Iterable[Record], **options: object) -> Ladder:
    return build_ladder(decode_records(records, DIALECT), **options)


def real(path: Path, call_id: str = "", *, contents: bool = False) -> Ladder:
    wanted = (lambda name: name.startswith(call_id)) if call_id else None
    return build_ladder(seastool.read_capture(path), wanted, contents=contents)


def answered() -> Trace:
    """A call that goes well: INVITE, 180, 200."""
    trace = Trace()
    trace.sip(request())
    trace.event(request())
    trace.reply(response(180, "Ringing"))
    trace.back(response(180, "Ringing"))
    trace.reply(response())
    trace.back(response())
    return trace


def marks(call: Call) -> list[tuple[int, str, str]]:
    return [(mark.packet, str(mark.severity), mark.text) for mark in call.marks]
