"""Requests that SEAS cannot carry, and those that it can though the real servers refuse them."""

from __future__ import annotations

import pytest
from gateway_bench import Bench
from gateway_texts import header, sip, tag_of

from seastool.gateway.settings import Settings
from seastool.seas.codec import decode_frame
from seastool.seas.frames import TReqIn
from seastool.seas.message import Message
from seastool.seas.openser import usable
from seastool.seas.openser.faults import Fault
from seastool.seas.types import Direction, Socket

LONG = "x" * 300
TO = b"To: <sip:bob@example.com>"


def at(uri: str) -> bytes:
    return sip("OPTIONS", uri=uri)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (at(f"sip:{LONG}@example.com"), "414 Request-URI Too Long"),
        (at("urn:service:sos"), "416 Unsupported URI Scheme"),
        (at("sip:bob@example.com:port"), "400 Bad Request URI"),
        (sip("MESSAGE", body=b"x" * 4000), "513 Message Too Large"),
        (sip("OPTIONS").replace(TO, b"To: <urn:service:sos>"), "416 Unsupported URI Scheme In To"),
        (sip("REGISTER").replace(TO, b"To: isbn:2983792873"), "400 To Is No SIP URI"),
        (sip("OPTIONS", cseq="99999999999 OPTIONS", branch="z9hG4bK1"), "400 Bad CSeq"),
        (sip("OPTIONS", "CSeq: 2 OPTIONS"), "400 More Than One CSeq"),
        (sip("OPTIONS", "l: 0"), "400 More Than One Content-Length"),
        (sip("OPTIONS", "Via: SIP/2.0/UDP h;;,"), "400 Bad Via"),
        (sip("OPTIONS", "Record-Route: <sip:h"), "400 Bad Record-Route"),
        (sip("MESSAGE", "Content-Type: /", body=b"x"), "400 Bad Content-Type"),
    ],
)
def test_what_cannot_be_encoded_is_refused_for_what_it_is(request_: bytes, answer: str) -> None:
    bench = Bench()
    bench.receive(request_)
    assert bench.told() == []
    assert bench.last.data.startswith(b"SIP/2.0 %s\r\n" % answer.encode())
    assert len(bench.out()) == 1
    assert tag_of(bench.last.data)
    assert bench.core.statistics.refusals == {answer[4:]: 1}
    assert bench.noted() in ([], ["requests that were not handed over"])
    assert all(told.endswith(f": {answer} is answered") for _, told in bench.notes)
    bench.receive(request_)
    assert bench.sent[-1].data == bench.sent[-2].data
    bench.wait(80)
    assert bench.left_over() == []


def test_an_invite_that_cannot_be_encoded_is_over_with_its_ack() -> None:
    bench = Bench()
    bench.receive(sip("INVITE", body=b"x" * 4000))
    assert bench.out() == ["100 INVITE", "513 INVITE"]
    bench.receive(sip("ACK", tag=tag_of(bench.last.data)))
    bench.wait(80)
    assert bench.out() == []
    assert bench.told() == []
    assert bench.left_over() == []


@pytest.mark.parametrize("settings", [Settings(by_rfc=False), Settings(checks=False, by_rfc=False)])
def test_like_a_real_server_it_answers_500(settings: Settings) -> None:
    bench = Bench(settings=settings)
    for number, request in enumerate(
        (
            sip("OPTIONS", "CSeq: 2 OPTIONS"),
            sip("OPTIONS", "Accept: text/plain", "Accept: text/html", call="2"),
            sip("OPTIONS", "Authorization: Basic eHl6", call="3"),
        ),
        1,
    ):
        bench.receive(request)
        assert bench.last.data.startswith(b"SIP/2.0 500 Server Internal Error!\r\n")
        assert bench.core.statistics.refusals == {"not handed over": number}
    assert bench.told() == []


def test_a_quirk_that_is_switched_on_is_on() -> None:
    behaviour = usable(on={Fault.TWO_ACCEPTS_KILL, Fault.OTHER_SCHEME_KILLS})
    bench = Bench(behaviour=behaviour)
    bench.receive(sip("OPTIONS", "Accept: text/plain", "Accept: text/html"))
    bench.receive(sip("OPTIONS", "Authorization: Basic eHl6", call="2"))
    assert bench.told() == []


@pytest.mark.parametrize(
    "headers",
    [
        ("Accept: text/plain", "Accept: application/sdp"),
        ("Authorization: Basic eHl6",),
        ("Proxy-Authorization: NoOneKnows x=y",),
        ("X-!%*'`_+~: y",),
    ],
)
def test_what_can_be_carried_is(headers: tuple[str, ...]) -> None:
    bench = Bench()
    request = sip("OPTIONS", *headers)
    bench.receive(request)
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"]
    event = bench.event.frame
    assert isinstance(event, TReqIn)
    message = Message(event.payload, bench.behaviour.dialect)
    assert bytes(message.text) == request
    again = decode_frame(event.encode(), Socket.EVENT, Direction.TO_AS)
    assert again.encode() == event.encode()
    bench.replies(bench.event)
    assert bench.out() == ["200 OPTIONS"]


def test_headers_that_are_folded_where_the_parser_does_not_look_are_unfolded() -> None:
    bench = Bench()
    bench.receive(
        sip("MESSAGE", body=b"a\r\n b").replace(b"CSeq: 1 MESSAGE", b"CSeq: 1\r\n  MESSAGE")
    )
    assert bench.told() == ["as_1 T_REQ_IN MESSAGE"]
    assert header(bench.event.text, "CSeq") == ["1 MESSAGE"]
    assert bench.event.text.endswith(b"\r\n\r\na\r\n b")
    folded = sip("MESSAGE", "Subject: a\r\n b", call="2")
    bench.receive(folded)
    assert bench.event.text == folded
    bench = Bench(settings=Settings(by_rfc=False))
    bench.receive(sip("MESSAGE").replace(b"CSeq: 1 MESSAGE", b"CSeq: 1\r\n  MESSAGE"))
    assert bench.out() == ["400 MESSAGE"]
