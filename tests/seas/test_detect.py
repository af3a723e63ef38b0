"""Telling a proxy's dialect from its frames."""

import base64
import gzip
import json
import random
from functools import cache
from pathlib import Path

import pytest

from seastool.errors import EncodeError
from seastool.seas.builder import build_message
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.detect import (
    MAX_MESSAGES,
    Detector,
    candidates,
)
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.dialects import lookup, names
from seastool.seas.evidence import action_layout, fits, message_facts, sentence
from seastool.seas.frames import AcCancel, Bind, JainPong, Reply, SlMsg, UacReq, Unbind
from seastool.seas.message import Message
from seastool.seas.ranges import describe
from seastool.seas.samples import encoding
from seastool.seas.types import Direction, Layout, Socket

GOLDEN = Path(__file__).parent.parent / "golden"
SERVERS = sorted({path.parent.name for path in GOLDEN.glob("*/*.jsonl.gz")})
every_server = pytest.mark.parametrize("server", SERVERS)
OK = b"SIP/2.0 200 OK\r\n\r\n"
REQUEST = b"OPTIONS sip:h SIP/2.0\r\n\r\n"


@cache
def payloads(server: str) -> tuple[bytes, ...]:
    """The encoded message of every event that the server made."""
    found = []
    for path in sorted((GOLDEN / server).glob("*.jsonl.gz")):
        with gzip.open(path, "rt") as lines:
            rows = [json.loads(line)["frame"] for line in lines]
        for frame in filter(None, rows):
            event = decode_frame(base64.b64decode(frame), Socket.EVENT, Direction.TO_AS)
            found.append(event.payload)  # type: ignore[union-attr]
    return tuple(found)


def text_of(payload: bytes) -> bytes:
    start = int.from_bytes(payload[2:4], "big")
    return payload[start : start + int.from_bytes(payload[4:6], "big")]


def detected(messages: list[bytes]) -> Detector:
    detector = Detector()
    for payload in messages:
        detector.observe_event(payload)
    return detector


@every_server
def test_no_fact_speaks_against_the_true_dialect(server: str) -> None:
    true = lookup(server)
    facts = {fact for payload in payloads(server) for fact in message_facts(payload)}
    assert [sentence(fact) for fact in facts if not fits(fact, true)] == []
    assert len(facts) > 50


@every_server
@pytest.mark.parametrize("count", [1, 5, 50])
def test_the_true_dialect_is_never_excluded(server: str, count: int) -> None:
    true = lookup(server)
    chance = random.Random(count)
    for _ in range(6 if count < 50 else 2):
        seen = chance.sample(payloads(server), count)
        detector = detected(seen)
        assert encoding(true) in {encoding(dialect) for dialect in detector.remaining}
        assert detector.dialect in detector.remaining
        for payload in seen:
            assert build_message(text_of(payload), detector.dialect) == payload


def test_what_any_dialect_would_send_is_told() -> None:
    """Every known version, by messages encoded as it would: the real one is always left."""
    texts = [text_of(payload) for payload in payloads("opensips-1.11.11")[:12]]
    for name in names():
        true = lookup(name)
        if true.has(Quirk.CONTENT_TYPE_GARBAGE):
            continue
        seen = [build_message(text, true) for text in texts if taken(text, true)]
        detector = detected(seen)
        assert encoding(true) in {encoding(dialect) for dialect in detector.remaining}, name
        assert all(build_message(text_of(p), detector.dialect) == p for p in seen), name


def taken(text: bytes, dialect: Dialect) -> bool:
    try:
        build_message(text, dialect)
    except EncodeError:
        return False
    return True


def test_half_a_pointer_for_a_mime_type_is_told() -> None:
    messages = []
    for payload in payloads("opensips-1.6.3")[:60]:
        message = Message(payload, lookup("opensips-1.6.3"))
        header = message.find("CONTENTTYPE")
        if header is not None and header.end - header.start == 9:
            at = header.body_start
            messages.append(payload[:at] + bytes.fromhex("7cbe54e8") + payload[at + 4 :])
    assert detected(messages).dialect.has(Quirk.CONTENT_TYPE_GARBAGE)


@every_server
def test_the_reasons_name_what_was_seen(server: str) -> None:
    detector = detected(list(payloads(server)[:100]))
    assert detector.reasons
    family = server.partition("-")[0]
    assert any(family in reason for reason in detector.reasons)


def test_content_length_tells_the_family() -> None:
    assert sentence(("header", "CONTENTLENGTH", 12)) == "Content-Length is header 12"
    assert {d.layout for d in candidates() if fits(("header", "CONTENTLENGTH", 12), d)} == {
        Layout.B
    }
    assert {d.layout for d in candidates() if fits(("header", "CONTENTLENGTH", 13), d)} == {
        Layout.A
    }


def test_nothing_seen_is_what_kamailio_stands_for() -> None:
    detector = Detector()
    assert detector.dialect.name == lookup("kamailio").name
    assert not detector.certain
    assert not detector.layout_known
    assert detector.reasons == ["nothing seen that tells dialects apart"]


def test_a_contradiction_is_told_and_the_majority_counts() -> None:
    seen = list(payloads("kamailio-5.6.3")[:40]) + list(payloads("openser-1.3.0")[:3])
    detector = detected(seen)
    assert detector.dialect.layout is Layout.B
    assert not detector.certain
    assert detector.reasons[-1].startswith("no known dialect fits all; most fits kamailio-")


def test_looking_is_bounded() -> None:
    detector = Detector()
    for payload in payloads("kamailio-5.6.3")[: MAX_MESSAGES + 1]:
        detector.observe_event(payload)
    assert detector.settled
    before = list(detector.reasons)
    detector.observe_event(payloads("openser-1.3.0")[0])
    assert detector.reasons == before


@pytest.mark.parametrize("damage", [0, 7, 14, 30, 80])
def test_damaged_messages_are_survived(damage: int) -> None:
    payload = payloads("kamailio-5.6.3")[0]
    detector = detected([payload[:damage], bytes(damage), b"\xff" * damage, payload])
    assert detector.dialect in candidates()


ACTIONS = [
    (Socket.EVENT, Bind(processor_id=3, address=bytes(4), protocol=1, port=5060)),
    (Socket.EVENT, Unbind(processor_id=3)),
    (Socket.ACTION, Reply(processor_id=0, hash_index=1, label=2, text=OK)),
    (Socket.ACTION, JainPong(processor_id=0, sequence=4)),
    (Socket.ACTION, SlMsg(processor_id=3, text=OK)),
]


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize(("socket", "frame"), ACTIONS, ids=lambda x: type(x).__name__)
def test_an_action_tells_its_layout(socket: Socket, frame: Bind, layout: Layout) -> None:
    assert action_layout(encode_frame(frame, layout), socket) is layout


@pytest.mark.parametrize(
    "frame",
    [
        UacReq(processor_id=3, uac_id=70, text=REQUEST),
        AcCancel(processor_id=3, uac_id=70, hash_index=1, label=1, text=REQUEST),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_an_action_that_fits_both_layouts_says_nothing(frame: UacReq) -> None:
    assert action_layout(encode_frame(frame, Layout.B), Socket.ACTION) is Layout.B
    assert action_layout(encode_frame(frame, Layout.A), Socket.ACTION) is None
    frame.flags = 1
    assert action_layout(encode_frame(frame, Layout.A), Socket.ACTION) is Layout.A


@pytest.mark.parametrize("layout", list(Layout))
def test_actions_alone_give_the_layout(layout: Layout) -> None:
    detector = Detector()
    for socket, frame in ACTIONS:
        detector.observe_action(encode_frame(frame, layout), socket)
    assert detector.layout is layout
    assert detector.layout_known
    assert detector.reasons[0].startswith(f"BIND is laid out as in layout {layout}: ")


def test_ranges_are_described_by_their_ends() -> None:
    known = {dialect.name: dialect for dialect in candidates()}
    assert describe([known["openser-1.3.0"], known["openser-1.2.0"]]) == "openser-1.2.0 to 1.3.0"
    assert describe([known["openser-1.3.0"], known["kamailio-3.1"]]) == (
        "openser-1.3.0, kamailio-3.1"
    )
    assert describe([]) == ""


def test_ranges_end_where_the_next_dialect_begins() -> None:
    known = {dialect.name: dialect for dialect in candidates()}
    since = names().index("kamailio-3.1")
    until = names().index("kamailio-5.6")
    early = [known[name] for name in names()[since : until + 1]]
    assert describe([*early, known["kamailio-5.7"]]) == "kamailio-3.1 to 5.6.4, 5.7 to 5.7.1"
    assert describe([known["kamailio-6.2"], known["kamailio-6.1"]]) == "kamailio-6.1 to 6.2"
    assert describe([known["kamailio-1.4.3"], known["kamailio-1.5.0"]]) == "kamailio-1.4.3 to 1.5"


def test_the_verdict_says_how_sure_it_is() -> None:
    detector = Detector()
    assert detector.verdict == "kamailio-6.1, as a guess"
    for socket, frame in ACTIONS:
        detector.observe_action(encode_frame(frame, Layout.B), socket)
    assert detector.verdict == (
        "kamailio-6.1, or another of kamailio-3.1 to 6.2 that encodes what was seen here alike"
    )


@pytest.mark.parametrize("layout", list(Layout))
def test_a_bind_that_both_layouts_read_tells_none(layout: Layout) -> None:
    bind = bytes.fromhex("0000001306 01 00000001 0204 7f000001 01 13c4")
    assert action_layout(bind, Socket.EVENT) is None
    frame = decode_frame(bind, Socket.EVENT, Direction.TO_OPENSER, layout)
    assert (frame.processor_id, frame.address, frame.port) == (1, b"\x7f\0\0\1", 5060)
