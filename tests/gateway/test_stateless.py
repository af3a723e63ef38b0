"""What goes out, and on, without a transaction: SL_MSG, and responses to no request (RFC 3261
section 16.7)."""

from __future__ import annotations

import pytest
from gateway_bench import Bench, asked
from gateway_texts import BOB, header, hop, text, uac

from seastool.sip.hop import TCP

# Without a transaction

STATELESS = text(
    "OPTIONS sip:bob@10.0.0.7 SIP/2.0",
    "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKmine",
    "From: <sip:as@example.com>;tag=a",
    "To: <sip:bob@example.com>",
    "Call-ID: sl",
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
)


def test_a_stateless_request() -> None:
    bench = Bench()
    bench.passes(STATELESS)
    assert bench.out() == ["OPTIONS sip:bob@10.0.0.7"]
    assert bench.last.data == STATELESS
    assert bench.last.hop == BOB
    bench.answers(bench.last, 200)
    assert bench.told() == []
    assert bench.noted() == ["responses to no request"]
    bench.wait(80)
    assert bench.out() == []
    assert bench.left_over() == []


def test_a_stateless_request_to_nowhere() -> None:
    bench = Bench()
    bench.passes(STATELESS.replace(b"10.0.0.7", b"example.com"))
    bench.core.lost(bench.lookups.pop(), "no such name")
    assert bench.told() == []
    assert "a stateless message to sip:bob@example.com" in bench.notes[0][1]


RESPONSE = text(
    "SIP/2.0 200 OK",
    "Via: SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKhers",
    "From: <sip:alice@example.com>;tag=a1",
    "To: <sip:bob@example.com>;tag=b1",
    "Call-ID: sl",
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
)


def test_a_stateless_response() -> None:
    bench = Bench()
    bench.passes(RESPONSE)
    assert bench.last.data == RESPONSE
    assert str(bench.last.hop) == "udp:10.0.0.9:5062"
    assert bench.rules() == ["sl-response"]


# Stray responses


def stray(*vias: str) -> bytes:
    lines = "".join(f"Via: {via}\r\n" for via in vias).encode()
    return RESPONSE.replace(b"Via: SIP/2.0/UDP 10.0.0.9:5062;branch=z9hG4bKhers\r\n", lines)


OWN = "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKold"


@pytest.mark.parametrize(
    ("vias", "goes"),
    [
        ((OWN, "SIP/2.0/UDP 10.0.0.9:5062"), "udp:10.0.0.9:5062"),
        ((OWN + " , SIP/2.0/UDP 10.0.0.9:5062",), "udp:10.0.0.9:5062"),
        (("SIP/2.0/UDP 10.0.0.1:5060", "SIP/2.0/TCP 10.0.0.9"), "tcp:10.0.0.9:5060"),
        ((OWN, "SIP/2.0/UDP a.example;received=10.0.0.8"), "udp:10.0.0.8:5060"),
        ((OWN, "SIP/2.0/UDP a.example:5070;received=10.0.0.8;rport=99"), "udp:10.0.0.8:99"),
        ((OWN, "SIP/2.0/UDP a.example:5070;maddr=10.0.0.7;received=10.0.0.8"), "udp:10.0.0.7:5070"),
        ((OWN, "SIP/2.0/UDP x;received=2001:db8::8"), "udp:[2001:db8::8]:5060"),
    ],
)
def test_a_stray_response_goes_on_by_its_second_via(vias: tuple[str, ...], goes: str) -> None:
    bench = Bench()
    bench.receive(stray(*vias), BOB)
    assert bench.out() == ["200 OPTIONS"]
    assert str(bench.last.hop) == goes
    left = ",".join(vias).split(",")[1:]
    assert header(bench.last.data, "Via") == [via.strip() for via in left]
    assert bench.last.data.replace(b"\r\n", b"").endswith(b"Content-Length: 0")
    assert bench.notes == []


@pytest.mark.parametrize(
    "vias",
    [
        (OWN,),
        ("SIP/2.0/UDP 10.0.0.2", "SIP/2.0/UDP 10.0.0.9"),
        ("SIP/2.0/UDP 10.0.0.1:5070", "SIP/2.0/UDP 10.0.0.9"),
        (OWN, "nonsense"),
        (OWN, "SIP/2.0/UDP 10.0.0.9:99999"),
        (OWN, "SIP/2.0/UDP 255.255.255.255"),
        (OWN, "SIP/2.0/UDP 10.0.0.9;received=255.255.255.255"),
        (OWN, "SIP/2.0/UDP 10.0.0.9;maddr=224.0.1.75"),
        (OWN, "SIP/2.0/UDP [ff02::1]"),
    ],
)
def test_a_stray_response_that_is_dropped(vias: tuple[str, ...]) -> None:
    bench = Bench(find=lambda uri: () if b"99999" in uri else [BOB])
    bench.receive(stray(*vias), BOB)
    assert bench.out() == []
    assert bench.noted() in (["responses to no request"], ["requests to nowhere"])
    assert bench.left_over() == []


def test_a_response_with_another_method_is_a_stray() -> None:
    bench = Bench()
    message = asked(bench, "MESSAGE")
    bench.receive(
        message.data.replace(b"MESSAGE sip:bob@10.0.0.7 SIP/2.0", b"SIP/2.0 200 OK").replace(
            b"2 MESSAGE", b"2 INFO"
        ),
        BOB,
    )
    assert bench.told() == []
    assert bench.noted() == ["responses to no request"]


def test_a_tcp_hop_is_as_good() -> None:
    bench = Bench()
    bench.asks(uac("MESSAGE", uri="sip:bob@10.0.0.7;transport=tcp"))
    bench.answers(bench.last, 200, where=hop("10.0.0.7", protocol=TCP, connection=4))
    assert bench.told() == ["as_1 RES_IN 200 uac 7"]
    bench.wait(80)
    assert bench.left_over() == []
