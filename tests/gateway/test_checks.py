"""Requests that are not handed over: RFC 3261 sections 8.2.2, 16.3 and 18.3."""

from __future__ import annotations

import pytest
from gateway_bench import Bench
from gateway_texts import header, hop, sip, tag_of, uac

from seastool.gateway.settings import Settings
from seastool.sip.hop import TCP

NO_LENGTH = sip("OPTIONS").replace(b"Content-Length: 0\r\n", b"")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (sip("OPTIONS", "Max-Forwards: 0"), b"483 Too Many Hops"),
        (sip("OPTIONS", "Max-Forwards: 00"), b"483 Too Many Hops"),
        (sip("OPTIONS", "Max-Forwards: x"), b"400 Bad Max-Forwards"),
        (sip("OPTIONS", "Max-Forwards: -1"), b"400 Bad Max-Forwards"),
        (sip("OPTIONS", cseq="1 INFO", branch="z9hG4bK1"), b"400 CSeq Method Does Not Match"),
        (
            sip("OPTIONS").replace(b"OPTIONS sip:bob@example.com", b"OPTIONS soap.beep://x"),
            b"416 Unsupported URI Scheme",
        ),
        (sip("MESSAGE", body=b"12345", length=6), b"400 Body Shorter Than Content-Length"),
        (sip("MESSAGE", length=99999999999), b"400 Bad Content-Length"),
        (sip("MESSAGE", length="x"), b"400 Bad Content-Length"),
    ],
)
def test_refused(request_: bytes, answer: bytes) -> None:
    bench = Bench()
    bench.receive(request_)
    assert bench.told() == []
    assert bench.last.data.startswith(b"SIP/2.0 " + answer + b"\r\n")
    assert tag_of(bench.last.data)
    assert header(bench.last.data, "Call-ID") == ["call-1@example.com"]
    assert sum(bench.core.statistics.refusals.values()) == 1
    bench.receive(request_)
    assert bench.sent[-1].data == bench.sent[-2].data
    bench.wait(80)
    assert bench.left_over() == []


@pytest.mark.parametrize(
    "request_",
    [
        sip("OPTIONS", "Max-Forwards: 1"),
        sip("OPTIONS", "Max-Forwards: 255"),
        sip("MESSAGE", body=b"12345 and more", length=5),
        NO_LENGTH,
    ],
)
def test_handed_over(request_: bytes) -> None:
    bench = Bench()
    bench.receive(request_)
    assert len(bench.told()) == 1
    assert bench.out() == []


def test_an_ack_is_never_refused() -> None:
    bench = Bench()
    bench.receive(sip("ACK", "Max-Forwards: 0", tag="x"))
    assert bench.out() == []


def test_a_refused_invite_is_over_with_its_ack() -> None:
    bench = Bench()
    bench.receive(sip("INVITE", "Max-Forwards: 0"))
    assert bench.out() == ["483 INVITE"]
    bench.receive(sip("ACK", tag=tag_of(bench.last.data)))
    bench.wait(10)
    assert bench.out() == []
    assert bench.told() == []
    assert bench.left_over() == []


def test_checks_can_be_left_out() -> None:
    bench = Bench(settings=Settings(checks=False))
    bench.receive(sip("OPTIONS", "Max-Forwards: 0"))
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"]


# Merged requests, loops, spirals


def test_a_request_that_comes_by_two_ways() -> None:
    """Section 8.2.2.2."""
    bench = Bench()
    bench.receive(sip(branch="z9hG4bKone"))
    bench.receive(sip(branch="z9hG4bKother"), hop("10.0.0.8"))
    assert bench.told() == ["as_1 T_REQ_IN INVITE"]
    assert bench.out() == ["100 INVITE", "482 INVITE"]
    assert b"Request Merged" in bench.last.data


def test_a_request_in_a_dialog_is_not_merged() -> None:
    bench = Bench()
    bench.receive(sip("INFO", branch="z9hG4bKone", tag="b1"))
    bench.receive(sip("INFO", branch="z9hG4bKother", tag="b1"))
    assert len(bench.told()) == 2


def proxied(bench: Bench, request: bytes, uri: str) -> bytes:
    """What goes out when the application server proxies the request that it was told of last."""
    vias = "\r\n".join(f"Via: {via}" for via in header(request, "Via"))
    text = uac("INVITE", vias, uri=uri, call="call-1@example.com", cseq=2)
    text = text.replace(b"<sip:as@example.com>;tag=ast", b"<sip:alice@example.com>;tag=a1")
    bench.asks(text, uac_id=len(bench.sent) + 100)
    assert bench.last.data.startswith(b"INVITE")
    return bench.last.data


HOME = hop("10.0.0.1")


def test_a_spiral_passes_and_a_loop_does_not() -> None:
    """Section 16.3 item 4: the same request by the same URI for the third time."""
    bench = Bench()
    request = sip(cseq=2, uri="sip:bob@10.0.0.1")
    bench.receive(request)
    for _ in range(2):
        request = proxied(bench, request, "sip:bob@10.0.0.1")
        bench.receive(request, HOME)
    assert bench.told() == ["as_1 T_REQ_IN INVITE"] * 2
    assert b"Loop Detected" in bench.last.data
    assert bench.last.hop == HOME


def test_a_spiral_by_other_uris_passes() -> None:
    bench = Bench()
    request = sip(cseq=2, uri="sip:bob@10.0.0.1")
    bench.receive(request)
    for n in range(5):
        request = proxied(bench, request, f"sip:bob{n}@10.0.0.1")
        bench.receive(request, HOME)
    assert bench.told() == ["as_1 T_REQ_IN INVITE"] * 6


def test_a_spiral_of_which_the_application_server_keeps_no_via_passes() -> None:
    bench = Bench()
    bench.receive(sip(cseq=2))
    request = proxied(bench, b"", "sip:bob@10.0.0.1")
    assert len(header(request, "Via")) == 1
    bench.receive(request, HOME)
    assert bench.told() == ["as_1 T_REQ_IN INVITE"] * 2


# Messages that do not parse


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (sip("OPTIONS").replace(b"CSeq: 1 OPTIONS", b"CSeq: nothing"), "400"),
        (sip("OPTIONS").replace(b"<sip:bob@example.com>", b"<sip:bob"), "400"),
        (sip("OPTIONS", vias=["nonsense"]), "400"),
        (sip("OPTIONS").replace(b"From:", b"Form:"), "400"),
        (sip("OPTIONS", vias=[]), ""),
        (sip("ACK", vias=["nonsense"]), ""),
        (b"OPTIONS\r\n\r\n", ""),
        (b"\x80\xff\0garbage", ""),
        (sip("OPTIONS", "X: " + "y" * 5000, vias=["nonsense"]), ""),
        (
            sip("OPTIONS", vias=["nonsense"]).replace(
                b"OPTIONS sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK"
            ),
            "",
        ),
    ],
)
@pytest.mark.parametrize("protocol", [1, TCP])
def test_malformed(data: bytes, status: str, protocol: int) -> None:
    bench = Bench()
    where = hop(protocol=protocol, connection=protocol - 1)
    bench.receive(data, where)
    assert bench.told() == []
    assert [line.split()[0] for line in bench.out()] == ([status] if status else [])
    assert bench.noted() == ["messages that do not parse"]
    assert bench.core.statistics.refusals == {"does not parse": 1}
    assert ("is answered" if status else "it is dropped") in bench.notes[0][1]
    if status:
        assert bench.last.hop == where
        assert header(bench.last.data, "Via") == header(data, "Via")
        assert tag_of(bench.last.data)
    assert bench.core.get_timer() is None
    assert bench.left_over() == []


def test_a_malformed_request_is_answered_alike_each_time() -> None:
    """Section 8.2.7: the same tag for the same request."""
    bench = Bench()
    bad = sip("OPTIONS", vias=["nonsense"])
    bench.receive(bad)
    bench.receive(bad)
    bench.receive(bad.replace(b"call-1", b"call-2"))
    first, again, other = bench.sent
    assert first.data == again.data
    assert tag_of(first.data) != tag_of(other.data)


def test_a_tag_that_the_malformed_request_has_is_kept() -> None:
    bench = Bench()
    bench.receive(sip("OPTIONS", vias=["nonsense"], tag="mine"))
    assert header(bench.last.data, "To") == ["<sip:bob@example.com>;tag=mine"]
