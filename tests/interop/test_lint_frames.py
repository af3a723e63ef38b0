"""Rules on heads, handshake and actions, each on a frame that breaks it and no other."""

import struct

import pytest
from golden_events import action, dialect_of, frames, record

from seastool.capture.decoded import Decoded
from seastool.capture.losses import Cause
from seastool.capture.records import Gap
from seastool.interop.finding import Severity
from seastool.interop.lint import Linter, lint
from seastool.interop.rules import RULES
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import (
    AcCancel,
    Bind,
    Ping,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
)
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Layout, Socket
from seastool.wire import Span

KAMAILIO = dialect_of("kamailio-5.6.3")
OK = b"SIP/2.0 200 OK\r\nCSeq: 2 INVITE\r\n\r\n"
RINGING = OK.replace(b"200 OK", b"180 Ringing")
REQUEST = (
    b"MESSAGE sip:bob@h SIP/2.0\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n"
    b"Call-ID: 1@h\r\nCSeq: 2 MESSAGE\r\n\r\n"
)
CANCEL = REQUEST.replace(b"MESSAGE", b"CANCEL")


def rules(decoded: Decoded) -> set[str]:
    return {finding.rule for finding in lint(decoded)}


def reply(text: bytes = OK, type: int = 2, flags: int = 0) -> Decoded:
    frame = Reply(type=type, processor_id=1, flags=flags, hash_index=1, label=2, text=text)
    return action(frame.encode(), KAMAILIO)


def uac(text: bytes) -> Decoded:
    return action(UacReq(processor_id=1, uac_id=9, text=text).encode(), KAMAILIO)


def payload_of(method: bytes) -> bytes:
    """A real encoded message of that method."""
    for data in frames("kamailio-5.6.3"):
        event = decode_frame(data, Socket.EVENT, Direction.TO_AS)
        if isinstance(event, SlReqIn) and method + b" sip" in event.payload:
            return event.payload
    raise AssertionError(method)


def request(method: bytes, **fields: int) -> Decoded:
    event = TReqIn(
        processor_id=fields.pop("processor_id", 1),
        protocol=fields.pop("protocol", 1),
        source_address=bytes(4),
        destination_address=bytes(4),
        source_port=5060,
        destination_port=5060,
        hash_index=fields.pop("hash_index", 1),
        label=1,
        payload=payload_of(method),
        **fields,
    )
    return record(event.encode(), KAMAILIO)


def response(**fields: object) -> Decoded:
    values: dict[str, object] = {
        "processor_id": 1,
        "flags": 2,
        "protocol": 0,
        "source_address": b"",
        "destination_address": b"",
        "source_port": 0,
        "destination_port": 0,
        "hash_index": 1,
        "label": 1,
        "uac_id": 1,
        "status": 408,
    }
    return record(ResIn(**{**values, **fields}).encode(), KAMAILIO)  # type: ignore[arg-type]


def bind(**fields: object) -> Decoded:
    values: dict[str, object] = {"processor_id": 1, "address": bytes(4), "protocol": 1, "port": 1}
    frame = Bind(**{**values, **fields}).encode()  # type: ignore[arg-type]
    return record(frame, KAMAILIO, Socket.EVENT, Direction.TO_OPENSER)


def name(text: bytes, dialect: str = "kamailio-5.6.3") -> Decoded:
    data = bytes([len(text)]) + text
    way = Direction.TO_OPENSER
    return record(data, lookup(dialect), Socket.EVENT, way, UnitKind.NAME)


def socket_info(data: bytes, dialect: str = "kamailio-5.6.3") -> Decoded:
    way = Direction.TO_AS
    return record(data, lookup(dialect), Socket.EVENT, way, UnitKind.SOCKET_INFO)


SOCKET = b"\x01\x03udp\x09127.0.0.1\x13\xc4"
BROKEN = {
    "frame-too-long": lambda: reply(OK + b"x" * 4000),
    "unknown-type": lambda: action(struct.pack(">IBBI", 10, 9, 1, 0), KAMAILIO),
    "reserved-action": lambda: action(struct.pack(">IBBI", 10, 3, 1, 0), KAMAILIO),
    "flags-unknown": lambda: reply(flags=0x10),
    "flags-for-both": lambda: bind(flags=1),
    "processor-id": lambda: bind(processor_id=0),
    "hash-index": lambda: request(b"OPTIONS", hash_index=70000),
    "transport-unknown": lambda: request(b"OPTIONS", protocol=99),
    "address-length": lambda: bind(family=10),
    "length-field": lambda: record(struct.pack(">IBBII", 99, 5, 255, 0, 1), KAMAILIO),
    "undecodable": lambda: record(struct.pack(">IBBIB", 11, 2, 1, 0, 1), KAMAILIO),
    "name-too-long": lambda: name(b"app_server_1234", "opensips-3.0"),
    "name-empty": lambda: name(b""),
    "name-characters": lambda: name(b"a\x1bb"),
    "socket-info-mark": lambda: socket_info(b"\x11\x01" + SOCKET),
    "socket-info-empty": lambda: socket_info(b"\x10\x00"),
    "socket-info-address": lambda: socket_info(b"\x10\x01" + SOCKET.replace(b"127.", b"12x.")),
    "socket-info-transport": lambda: socket_info(b"\x10\x01\x09" + SOCKET[1:]),
    "socket-info-labels": lambda: socket_info(b"\x10\x01" + SOCKET, "opensips-2.4"),
    "cancel-without-ids": lambda: request(b"CANCEL"),
    "cancel-flag": lambda: request(b"OPTIONS", flags=8, cancelled_hash_index=1, cancelled_label=1),
    "ack-flag": lambda: request(b"OPTIONS", flags=4),
    "faked-reply-fields": lambda: response(protocol=1),
    "faked-reply-unmarked": lambda: response(flags=0),
    "status-mismatch": lambda: response(status=42),
    "sip-text": lambda: reply(b"no SIP at all\r\n\r\n"),
    "reply-not-response": lambda: reply(REQUEST),
    "request-not-request": lambda: uac(OK),
    "reply-status": lambda: reply(RINGING),
    "uac-headers": lambda: uac(REQUEST.replace(b";tag=1", b"")),
    "uac-cseq-one": lambda: uac(REQUEST.replace(b"CSeq: 2", b"CSeq: 1")),
    "headers-too-long": lambda: uac(REQUEST[:-2] + b"X: " + b"y" * 1100 + b"\r\n\r\n"),
    "cancel-method": lambda: action(
        AcCancel(processor_id=1, uac_id=1, hash_index=1, label=1, text=REQUEST).encode(), KAMAILIO
    ),
    "body-length": lambda: uac(REQUEST[:-2] + b"Content-Length: 3\r\n\r\n"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_frame_is_told_by_its_rule_alone(rule: str) -> None:
    assert rules(BROKEN[rule]()) == {rule}


@pytest.mark.parametrize(
    "decoded",
    [
        reply(),
        reply(RINGING, type=1),
        uac(REQUEST),
        uac(REQUEST[:-2] + b"Content-Length: 2\r\n\r\nhi"),
        action(SlMsg(processor_id=0, text=OK).encode(), KAMAILIO),
        action(
            AcCancel(
                flags=1, processor_id=1, uac_id=1, hash_index=1, label=1, text=CANCEL
            ).encode(),
            KAMAILIO,
        ),
        bind(),
        bind(family=10, address=bytes(16)),
        response(),
        request(b"OPTIONS"),
        request(b"ACK", flags=4),
        name(b"app_server_1"),
        socket_info(b"\x10\x01" + SOCKET),
        record(Ping(sequence=1).encode(), KAMAILIO),
        record(Unbind(processor_id=1).encode(), KAMAILIO, direction=Direction.TO_OPENSER),
    ],
    ids=lambda decoded: decoded.type_name,
)
def test_a_sound_frame_says_nothing(decoded: Decoded) -> None:
    assert lint(decoded) == []


def unfinished(length: int, direction: Direction = Direction.TO_OPENSER) -> Decoded:
    """What a capture has of a frame of that length that never came to its end."""
    whole = reply().captured
    head = length.to_bytes(4, "big") + b"\x02"
    ends = whole.source, whole.destination
    cause = Cause.INCOMPLETE_AT_END
    gap = Gap(9, 10**18, 0, *ends, Socket.ACTION, direction, 0, 1487, cause, head)
    return Decoded(gap, KAMAILIO)


def test_an_action_that_is_too_long_is_told_although_it_never_completes() -> None:
    linter = Linter()
    (found,) = linter.lint(unfinished(5000))
    assert (found.rule, found.span, found.packet) == ("frame-too-long", Span(0, 4), 9)
    assert "5000 bytes is on its way, 1487 of them came" in found.message
    assert (linter.worst, linter.frames) == (found.severity, 0)


@pytest.mark.parametrize(
    "decoded", [unfinished(4000), unfinished(5000, Direction.TO_AS), unfinished(0)]
)
def test_any_other_frame_may_be_unfinished(decoded: Decoded) -> None:
    assert lint(decoded) == []


@pytest.mark.parametrize("frame", [Bind(address=bytes(4), protocol=1, port=1), Unbind()])
@pytest.mark.parametrize("server", ["kamailio-5.6.3", "openser-1.3.0"])
def test_a_bind_that_both_layouts_read_is_known(server: str, frame: Bind | Unbind) -> None:
    frame.processor_id = frame.flags = 5
    data = encode_frame(frame, Layout.B)
    (found,) = lint(record(data, lookup(server), direction=Direction.TO_OPENSER))
    assert (found.rule, found.severity) == ("flags-for-both", Severity.INFO)


def test_other_flags_of_a_bind_are_unknown() -> None:
    assert rules(bind(flags=2)) == {"flags-unknown"}


def test_layout_a_is_read_as_such() -> None:
    openser = lookup("openser-1.3.0")
    frame = Bind(processor_id=0, address=bytes(4), protocol=1, port=1)
    data = encode_frame(frame, Layout.A)
    found = lint(record(data, openser, direction=Direction.TO_OPENSER))
    assert [(f.rule, f.span) for f in found] == [("processor-id", (9, 1))]


def test_a_finding_carries_its_bytes_and_packet() -> None:
    (found,) = lint(reply(flags=0x10))
    assert found.data == bytes.fromhex("00000010")
    assert (found.span, found.path, found.packet) == ((6, 4), "flags", 7)
    assert found.severity is RULES["flags-unknown"].severity


@pytest.mark.parametrize(("layout", "at"), [(Layout.A, 9), (Layout.B, 5)])
def test_a_finding_points_at_its_field_in_either_layout(layout: Layout, at: int) -> None:
    bind = Bind(processor_id=200, family=2, address=bytes(4), protocol=1, port=5060)
    data = encode_frame(bind, layout)
    dialect = KAMAILIO if layout is Layout.B else dialect_of("openser-1.3.0")
    found = lint(record(data, dialect, Socket.EVENT, Direction.TO_OPENSER))
    finding = next(f for f in found if f.rule == "processor-id")
    assert (finding.span.start, finding.span.length, finding.data) == (at, 1, b"\xc8")
