"""Frames as real servers and application servers sent them, in both layouts."""

import pytest

from seastool.errors import DecodeError, EncodeError, Truncated
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.frames import (
    FRAMES,
    AcCancel,
    AcResFail,
    Bind,
    Event,
    Frame,
    JainPong,
    Ping,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
    UnknownAction,
    UnknownEvent,
)
from seastool.seas.types import Direction, Layout, Socket

LOCALHOST = bytes([127, 0, 0, 1])
RECEIVED = {
    "protocol": 1,
    "source_address": LOCALHOST,
    "destination_address": LOCALHOST,
    "source_port": 5990,
    "destination_port": 5060,
}

EVENTS = [
    pytest.param(
        "00000021 04 01 00000002 00 00 00 0000 0000 0000a495 4c736c10 00000051 00000198",
        ResIn(
            processor_id=1,
            flags=2,
            protocol=0,
            source_address=b"",
            destination_address=b"",
            source_port=0,
            destination_port=0,
            hash_index=0xA495,
            label=0x4C736C10,
            uac_id=0x51,
            status=408,
        ),
        id="a faked reply",
    ),
    pytest.param("0000000e 05 ff 00000000 00000001", Ping(sequence=1), id="a ping"),
    pytest.param(
        "00000021 02 01 00000000 01 04 7f000001 04 7f000001 1766 13c4 0000a495 4c736c10",
        TReqIn(processor_id=1, hash_index=0xA495, label=0x4C736C10, payload=b"", **RECEIVED),
        id="a request, its message cut off",
    ),
    pytest.param(
        "0000002b 02 01 00000008 01 04 7f000001 04 7f000001 1766 13c4"
        " 00000001 00000002 00000003 00000004 beef",
        TReqIn(
            processor_id=1,
            flags=8,
            hash_index=1,
            label=2,
            cancelled_hash_index=3,
            cancelled_label=4,
            payload=b"\xbe\xef",
            **RECEIVED,
        ),
        id="a CANCEL",
    ),
    pytest.param(
        "00000032 03 00 00000000 02 10 20010db8000000000000000000000001"
        " 10 20010db8000000000000000000000002 13c4 13c5 00",
        SlReqIn(
            protocol=2,
            source_address=bytes.fromhex("20010db8000000000000000000000001"),
            destination_address=bytes.fromhex("20010db8000000000000000000000002"),
            source_port=5060,
            destination_port=5061,
            payload=b"\0",
        ),
        id="a stateless request over IPv6",
    ),
    pytest.param(
        "0000000d 09 01 00000000 616263",
        UnknownEvent(type=9, processor_id=1, payload=b"abc"),
        id="an event of an unknown type",
    ),
]


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize(("text", "frame"), EVENTS)
def test_events_are_the_same_in_both_layouts(text: str, frame: Frame, layout: Layout) -> None:
    data = bytes.fromhex(text)
    assert decode_frame(data, Socket.EVENT, Direction.TO_AS, layout) == frame
    assert encode_frame(frame, layout) == data


SIP = b"SIP/2.0 200 OK\r\n\r\n"
SIP_HEX = SIP.hex()
ACTIONS = [
    pytest.param(
        Socket.EVENT,
        "00000013 06 00000000 01 02 04 7f000001 01 17ad",
        "00000013 06 01 00000000 02 04 7f000001 01 17ad",
        Bind(processor_id=1, address=LOCALHOST, protocol=1, port=6061),
        id="BIND",
    ),
    pytest.param(
        Socket.EVENT,
        "0000001f 06 00000000 02 0a 10 20010db8000000000000000000000001 02 13c4",
        "0000001f 06 02 00000000 0a 10 20010db8000000000000000000000001 02 13c4",
        Bind(
            processor_id=2,
            family=10,
            address=bytes.fromhex("20010db8000000000000000000000001"),
            protocol=2,
            port=5060,
        ),
        id="BIND IPv6",
    ),
    pytest.param(
        Socket.EVENT,
        "0000000a 07 00000000 01",
        "0000000a 07 01 00000000",
        Unbind(processor_id=1),
        id="UNBIND",
    ),
    pytest.param(
        Socket.ACTION,
        f"00000023 01 00000000 0000a495 4c736c10 {SIP_HEX}",
        f"00000024 01 00 00000000 0000a495 4c736c10 {SIP_HEX}",
        Reply(type=1, hash_index=0xA495, label=0x4C736C10, text=SIP),
        id="REPLY_PROV",
    ),
    pytest.param(
        Socket.ACTION,
        f"00000020 04 00000001 00000051 01 {SIP_HEX}",
        f"00000020 04 01 00000001 00000051 {SIP_HEX}",
        UacReq(processor_id=1, flags=1, uac_id=0x51, text=SIP),
        id="UAC_REQ",
    ),
    pytest.param(
        Socket.ACTION,
        f"0000001c 06 00000000 01 {SIP_HEX}",
        f"0000001c 06 01 00000000 {SIP_HEX}",
        SlMsg(processor_id=1, text=SIP),
        id="SL_MSG",
    ),
    pytest.param(
        Socket.ACTION,
        f"00000028 07 00000000 00000051 01 0000a495 4c736c10 {SIP_HEX}",
        f"00000028 07 01 00000000 00000051 0000a495 4c736c10 {SIP_HEX}",
        AcCancel(processor_id=1, uac_id=0x51, hash_index=0xA495, label=0x4C736C10, text=SIP),
        id="AC_CANCEL",
    ),
    pytest.param(
        Socket.ACTION,
        "0000000d 08 00000000 00000007",
        "0000000e 08 00 00000000 00000007",
        JainPong(sequence=7),
        id="JAIN_PONG",
    ),
    pytest.param(
        Socket.ACTION,
        "0000000b 03 00000000 abcd",
        "0000000c 03 00 00000000 abcd",
        UnknownAction(type=3, payload=b"\xab\xcd"),
        id="REPLY_FIN_DLG",
    ),
]


@pytest.mark.parametrize(("socket", "layout_a", "layout_b", "frame"), ACTIONS)
def test_actions_in_both_layouts(
    socket: Socket, layout_a: str, layout_b: str, frame: Frame
) -> None:
    for layout, text in ((Layout.A, layout_a), (Layout.B, layout_b)):
        data = bytes.fromhex(text)
        assert encode_frame(frame, layout).hex() == data.hex()
        assert decode_frame(data, socket, Direction.TO_OPENSER, layout) == frame


def test_the_failure_of_an_action() -> None:
    data = bytes.fromhex("0000001e 05 00000050 00000002 10") + b"From tag missing"
    frame = decode_frame(data, Socket.ACTION, Direction.TO_AS)
    assert frame == AcResFail(uac_id=0x50, error=2, reason=b"From tag missing")
    assert encode_frame(frame) == data


def test_a_failure_below_zero() -> None:
    data = bytes.fromhex("0000000e 05 00000050 fffffff8 00")
    frame = decode_frame(data, Socket.ACTION, Direction.TO_AS)
    assert isinstance(frame, AcResFail)
    assert (frame.error, encode_frame(frame)) == (-8, data)


def test_types_mean_different_things_by_socket_and_direction() -> None:
    assert FRAMES[Socket.EVENT, Direction.TO_AS][5] is Ping
    assert FRAMES[Socket.ACTION, Direction.TO_AS][5] is AcResFail
    assert FRAMES[Socket.EVENT, Direction.TO_OPENSER][6] is Bind
    assert FRAMES[Socket.ACTION, Direction.TO_OPENSER][6] is SlMsg
    assert FRAMES[Socket.EVENT, Direction.TO_OPENSER][7] is Unbind
    assert FRAMES[Socket.ACTION, Direction.TO_OPENSER][7] is AcCancel


@pytest.mark.parametrize("size", range(5))
def test_too_short_for_a_type(size: int) -> None:
    with pytest.raises(Truncated):
        decode_frame(b"\0\0\0\x0e"[:size], Socket.EVENT, Direction.TO_AS)


@pytest.mark.parametrize(
    ("text", "path", "offset"),
    [
        ("0000000f 05 ff 00000000 00000001", "length", 0),
        ("00000000 05 ff 00000000 00000001", "length", 0),
        ("ffffffff 05 ff 00000000 00000001", "length", 0),
        ("0000000f 05 ff 00000000 00000001 00", "", 14),
        ("0000000d 05 ff 00000000 000001", "sequence", 10),
        ("0000000f 03 00 00000000 01 04 7f0000", "source_address", 12),
    ],
)
def test_a_frame_that_does_not_fit_says_where(text: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_frame(bytes.fromhex(text), Socket.EVENT, Direction.TO_AS)
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_a_flag_without_its_fields_is_refused() -> None:
    frame = TReqIn(flags=8, hash_index=1, label=2, payload=b"", **RECEIVED)
    with pytest.raises(EncodeError) as caught:
        encode_frame(frame)
    assert caught.value.path == "cancelled_hash_index"


def test_fields_without_their_flag_are_refused() -> None:
    frame = TReqIn(hash_index=1, label=2, cancelled_label=3, payload=b"", **RECEIVED)
    with pytest.raises(EncodeError) as caught:
        encode_frame(frame)
    assert caught.value.path == "cancelled_label"


def test_every_event_has_the_head_of_an_event() -> None:
    heads = {tuple(f.name for f in struct.fields[:4]) for struct in Event.__subclasses__()}
    assert ("length", "type", "processor_id", "flags") in heads
