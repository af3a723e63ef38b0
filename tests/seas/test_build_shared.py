"""What is built once for messages that are alike, or packed at once, is what is built otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alike_messages import alike_messages
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.errors import EncodeError, SipError
from seastool.seas.builder import MessageBuilder, Receive, build_event, build_message
from seastool.seas.dialects import lookup, names
from seastool.seas.frames import TReqIn
from seastool.seas.openser import usable
from seastool.seas.types import EventType
from seastool.sip.outline import Outline, Outliner

DIALECTS = st.sampled_from([lookup(name) for name in names()])
KAMAILIO = usable().dialect
SIP = (
    b"OPTIONS sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%d\r\nTo: <sip:b@h>\r\n"
    b"From: <sip:a@h>;tag=%d\r\nCall-ID: %d@h\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
ADDRESSES = st.sampled_from([b"", b"\x7f\0\0\1", bytes(range(16)), b"xyz"])
U8, U16, U32 = (st.sampled_from([0, 1, top, top + 1, -1]) for top in (0xFF, 0xFFFF, 0xFFFFFFFF))


def outcome(builder: MessageBuilder, sip: bytes, outline: Outline | None = None) -> bytes | str:
    try:
        return builder.build(sip, None, outline)
    except EncodeError as refusal:
        return str(refusal)


def made(make: Callable[[], bytes]) -> bytes | str:
    try:
        return make()
    except EncodeError as error:
        return str(error)


@settings(max_examples=800, deadline=None)
@given(alike_messages(), DIALECTS)
def test_messages_that_are_alike(family: list[bytes], dialect: Any) -> None:
    outliner, builder = Outliner(dialect.grammar), MessageBuilder(dialect)
    for text in family:
        try:
            outline = outliner.cut(text)
        except SipError:
            continue
        assert outcome(builder, text, outline) == outcome(MessageBuilder(dialect), text)


def test_one_front_serves_many() -> None:
    outliner, builder = Outliner(KAMAILIO.grammar), MessageBuilder(KAMAILIO)
    for n in range(10, 20):
        sip = SIP % (n, n, n)
        assert builder.build(sip, None, outliner.cut(sip)) == build_message(sip, KAMAILIO)
    assert len(builder._fronts) == 1
    for n in range(3000):
        sip = SIP.replace(b"sip:b@h S", b"sip:%d S" % n) % (n, n, n)
        builder.build(sip, None, outliner.cut(sip))
    assert len(builder._fronts) <= 1024
    assert len(builder._starts) <= 1024


@settings(max_examples=500, deadline=None)
@given(U8, U8, ADDRESSES, ADDRESSES, U16, U16, U32, U32, st.sampled_from([0, 4, 8, 1 << 32]))
def test_the_usual_event_is_the_declared_one(
    processor: int,
    protocol: int,
    source: bytes,
    destination: bytes,
    source_port: int,
    destination_port: int,
    hash_index: int,
    label: int,
    flags: int,
) -> None:
    sip = SIP % (1, 1, 1)
    declared = TReqIn(
        processor_id=processor,
        flags=flags,
        protocol=protocol,
        source_address=source,
        destination_address=destination,
        source_port=source_port,
        destination_port=destination_port,
        hash_index=hash_index,
        label=label,
        payload=build_message(sip, KAMAILIO),
    )
    how: dict[str, Any] = {"processor_id": processor, "hash_index": hash_index, "label": label}
    how["receive"] = Receive(protocol, source, destination, source_port, destination_port)
    how |= {"type": EventType.T_REQ_IN, "flags": flags}
    usual = made(lambda: build_event(sip, KAMAILIO, **how))
    assert usual == made(declared.encode)
