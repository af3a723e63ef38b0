"""Proxies that hand over what the real ones refuse: with a cure, or endpoints of seastool's own."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.capture.decoded import decode_records
from seastool.capture.detections import Detections
from seastool.capture.records import Address, CapturedFrame
from seastool.errors import EncodeError
from seastool.interop.finding import Severity
from seastool.interop.lint import Linter
from seastool.seas.builder import build_event, build_message
from seastool.seas.detect import MAX_MESSAGES, Detector
from seastool.seas.dialect import Dialect, without_refusals
from seastool.seas.dialects import lookup, names
from seastool.seas.framing import UnitKind
from seastool.seas.openser import behave_like, usable
from seastool.seas.samples import encoding
from seastool.seas.types import Direction, Socket

PROXY, AS = Address(b"\x7f\0\0\1", 5080), Address(b"\x7f\0\0\1", 40000)
VIAS = (
    "10.0.0.9:5060;branch=z9hG4bK-1;rport",
    "10.0.0.9;rport=5061;received=10.0.0.8;branch=z9hG4bK-2",
    "10.0.0.9;x=y;branch=z9hG4bK-3",
)
NO_BODY = "Content-Length: 0\r\n\r\n"
A_BODY = "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
CONTACTS = 'Contact: "A, B" <sip:a@10.0.0.9;user=phone>;q=1;x="y",<sip:b@10.0.0.9>;expires=3\r\n'
TWO_ACCEPTS = "Accept: text/plain\r\nAccept: application/sdp\r\n"
BASIC = "Authorization: Basic QWxhZGRpbjpvcGVu\r\n"
LARGE = "X-Large: " + "x" * 200 + "\r\n"


def request(method: str, via: str, rest: str) -> bytes:
    return (
        f"{method} sip:b@example.net SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\n"
        f'From: "A" <sip:a@example.net>;tag=1\r\nTo: <sip:b@example.net>\r\nCall-ID: c@h\r\n'
        f"CSeq: 2 {method}\r\nMax-Forwards: 70\r\nUser-Agent: phone\r\n{rest}"
    ).encode()


ORDINARY = [
    request("INVITE", VIAS[0], CONTACTS + A_BODY),
    request("OPTIONS", VIAS[1], "Supported: path\r\n" + A_BODY),
    request("MESSAGE", VIAS[2], "Allow: INVITE, ACK, BYE, INFO\r\n" + A_BODY),
    request("ACK", VIAS[1], CONTACTS + A_BODY).replace(b"ACK", b"SIP/2.0 180 Ringing\r\nX: ", 1),
]
REFUSED = [
    request("BYE", VIAS[0], NO_BODY),
    request("INVITE", VIAS[1], CONTACTS + NO_BODY),
    request("REGISTER", VIAS[2], "Contact: <sip:a@10.0.0.9>;q=1;expires=60\r\n" + NO_BODY),
    request("SUBSCRIBE", VIAS[0], "Event: presence\r\n\r\n"),
    request("OPTIONS", VIAS[2], TWO_ACCEPTS + NO_BODY),
    request("INFO", VIAS[1], BASIC + A_BODY),
    request("NOTIFY", VIAS[2], LARGE * 20 + A_BODY),
]
TEXTS = [text for pair in zip(REFUSED, ORDINARY * 2, strict=False) for text in pair]


def spoken(dialect: Dialect) -> Iterator[bytes]:
    """The events of the messages that a proxy of the dialect passes on."""
    for text in TEXTS:
        try:
            yield build_event(text, dialect)
        except EncodeError:
            continue


def captured(events: list[bytes]) -> Iterator[CapturedFrame]:
    socket, way, kind = Socket.EVENT, Direction.TO_AS, UnitKind.FRAME
    for i, event in enumerate(events):
        yield CapturedFrame(i + 1, i, 0, PROXY, AS, socket, way, kind, "as", event, 0)


@pytest.mark.parametrize("name", names())
def test_a_capture_of_any_proxy_or_endpoint_is_without_fault(name: str) -> None:
    """As the server is, without its faults as endpoints speak, and with a cure for every refusal.

    What overruns the buffer that such a server has is a fault all the same.
    """
    cured = without_refusals(lookup(name))
    told = {}
    for dialect in (behave_like(name).dialect, usable(name).dialect, cured):
        events = list(spoken(dialect))
        told[len(events)] = events
    for events in told.values():
        for count in {2, len(events)}:
            linter = Linter(ignore={"frame-too-long"})
            found = Detections()
            for decoded in decode_records(captured(events[:count]), detections=found):
                linter.lint(decoded)
            assert linter.frames == count
            assert (linter.worst or Severity.INFO) <= Severity.INFO, found.proxies[0].reasons
    assert len(told) > 1
    assert max(told) == len(TEXTS) or name == "openser-1.2.0-dev15"


def detected(*texts: bytes, speaks: str) -> Detector:
    detector = Detector()
    for text in texts:
        detector.observe_event(build_message(text, without_refusals(lookup(speaks))))
    return detector


def test_bytes_weigh_more_than_a_refusal() -> None:
    detector = detected(*ORDINARY, *REFUSED, speaks="kamailio")
    assert detector.dialect.name == lookup("kamailio").name
    told = [reason for reason in detector.reasons if reason.endswith(" would refuse")]
    assert [reason.partition(" was passed on, which kamailio-")[0] for reason in told] == [
        "a message with 'Content-Length: 0'",
        "a message of more than 3200 bytes",
    ]


def test_a_refusal_chooses_between_those_that_encode_alike() -> None:
    text = request("BYE", VIAS[0], NO_BODY)
    detector = detected(text, speaks="kamailio-5.5")
    refusing = lookup("kamailio-5.6")
    assert build_message(text, detector.dialect)
    assert build_message(text, without_refusals(refusing)) == build_message(text, detector.dialect)
    assert refusing.name not in {dialect.name for dialect in detector.remaining}
    assert not detector.certain
    assert detector.reasons[-1].startswith("a message with 'Content-Length: 0' was passed on: ")


def test_text_that_a_parser_refuses_chooses_too() -> None:
    """Kamailio 5.6 refuses a request without a Call-ID; until then it had the same bytes."""
    text = request("INVITE", VIAS[0], A_BODY).replace(b"Call-ID: c@h\r\n", b"")
    detector = detected(text, speaks="kamailio-5.5")
    assert build_message(text, detector.dialect)
    reason = detector.reasons[-1]
    assert reason.startswith("SIP text that some parsers refuse was passed on: ")


@pytest.mark.parametrize("name", ["kamailio", "opensips-2.4"])
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_the_order_of_messages_does_not_matter(name: str, data: st.DataObject) -> None:
    """As long as one dialect gives the bytes of all."""
    texts = data.draw(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=8))
    other = data.draw(st.permutations(texts))
    assert detected(*texts, speaks=name).dialect == detected(*other, speaks=name).dialect


def test_every_message_is_held_against_the_choice() -> None:
    """What tells two dialects apart may come late."""
    alike, telling = request("BYE", VIAS[0], A_BODY), request("BYE", VIAS[2], A_BODY)
    messages = [alike] * (MAX_MESSAGES - 2) + [telling]
    before = detected(*messages[:-1], speaks="kamailio-5.6")
    after = detected(*messages, speaks="kamailio-5.6")
    assert encoding(before.dialect) != encoding(after.dialect)
    speaks = lookup("kamailio-5.6")
    assert build_message(telling, after.dialect) == build_message(telling, speaks)
