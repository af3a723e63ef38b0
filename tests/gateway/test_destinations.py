"""Where requests of application servers go, and what happens if they cannot: RFC 3261 18.1, RFC
3263."""

from __future__ import annotations

import pytest
from gateway_bench import Bench, Sent, asked
from gateway_texts import BOB, header, hop, uac

from seastool.gateway.client_side import MOST_LOOKUPS
from seastool.seas.frames import SPIRAL, AcResFail
from seastool.seas.openser import usable
from seastool.sip.hop import TCP, Hop


def _id(sent: Sent) -> tuple[bytes, bytes]:
    branch = header(sent.data, "Via")[0].partition("branch=")[2]
    return branch.encode(), sent.data.split(b" ", 1)[0]


# Where requests go


@pytest.mark.parametrize(
    ("headers", "uri", "goes", "request_uri", "routes"),
    [
        ((), "sip:bob@10.0.0.7:5070", "udp:10.0.0.7:5070", "sip:bob@10.0.0.7:5070", []),
        (
            ("Route: <sip:10.0.0.77;lr>, <sip:10.0.0.78;lr>",),
            "sip:bob@10.0.0.7",
            "udp:10.0.0.77:5060",
            "sip:bob@10.0.0.7",
            ["<sip:10.0.0.77;lr>, <sip:10.0.0.78;lr>"],
        ),
        (
            ("Route: <sip:10.0.0.77>, <sip:10.0.0.78;lr>",),
            "sip:bob@10.0.0.7",
            "udp:10.0.0.77:5060",
            "sip:10.0.0.77",
            ["<sip:10.0.0.78;lr>, <sip:bob@10.0.0.7>"],
        ),
        ((), "sip:bob@[2001:db8::7]", "udp:[2001:db8::7]:5060", "sip:bob@[2001:db8::7]", []),
    ],
)
def test_destinations(
    headers: tuple[str, ...], uri: str, goes: str, request_uri: str, routes: list[str]
) -> None:
    """By the first Route, which a strict router gets as request URI, else by the request URI."""
    bench = Bench()
    bench.asks(uac("MESSAGE", *headers, uri=uri))
    assert str(bench.last.hop) == goes
    assert bench.out() == [f"MESSAGE {request_uri}"]
    assert header(bench.last.data, "Route") == routes


def test_the_via_is_of_the_family_that_the_request_goes_by() -> None:
    bench = Bench()
    bench.asks(uac("MESSAGE", uri="sip:bob@[2001:db8::7]"))
    assert "[2001:db8::1]" in header(bench.last.data, "Via")[0]


def test_a_spiral_goes_home() -> None:
    bench = Bench(behaviour=usable("openser-1.3.0"))
    bench.asks(uac("MESSAGE"), flags=SPIRAL)
    assert str(bench.last.hop) == "udp:10.0.0.1:5060"
    assert header(bench.last.data, "X-WeSIP-SPIRAL") == ["true"]


def test_a_spiral_of_kamailios_goes_where_it_says() -> None:
    bench = Bench()
    bench.asks(uac("MESSAGE"), flags=SPIRAL)
    assert bench.last.hop == BOB
    assert header(bench.last.data, "X-WeSIP-SPIRAL") == ["true"]


def test_a_name_is_looked_up() -> None:
    bench = Bench()
    bench.asks(uac("MESSAGE", uri="sip:bob@example.com"))
    assert bench.out() == []
    (lookup,) = bench.lookups
    assert lookup.uri == b"sip:bob@example.com"
    bench.core.located(lookup, [BOB], bench.now)
    bench._take()
    assert bench.out() == ["MESSAGE sip:bob@example.com"]
    assert bench.core._client_side._waiting == 0


@pytest.mark.parametrize(
    ("way", "via"),
    [
        (hop("10.0.0.71"), "SIP/2.0/UDP 10.0.0.1"),
        (hop("10.0.0.71", protocol=TCP), "SIP/2.0/TCP 10.0.0.1"),
        (hop("2001:db8::71"), "SIP/2.0/UDP [2001:db8::1]"),
        (Hop(TCP, bytes(4), 5060, BOB.remote_address, 5060), "SIP/2.0/UDP 10.0.0.1"),
        (Hop(TCP, BOB.local_address, 5070, BOB.remote_address, 5060), "SIP/2.0/TCP 10.0.0.1:5070"),
    ],
    ids=str,
)
def test_the_via_is_of_the_socket_that_a_name_leads_to(way: Hop, via: str) -> None:
    """Section 18.1.1; and so are those of the CANCEL and the ACK that follow."""
    bench = Bench()
    bench.asks(uac(uri="sip:bob@example.com"))
    bench.core.located(bench.lookups.pop(), [way], bench.now)
    bench._take()
    invite = bench.last
    whole = header(invite.data, "Via")[0]
    assert whole.startswith(via + ";branch=z9hG4bK")
    bench.answers(invite, 180)
    bench.cancels(bench.event)
    assert header(bench.last.data, "Via") == [whole]
    bench.answers(invite, 487)
    assert header(bench.last.data, "Via") == [whole]
    assert bench.out()[1:] == ["CANCEL sip:bob@example.com", "ACK sip:bob@example.com"]


def test_a_way_of_another_kind_after_one_that_failed() -> None:
    bench = Bench(find=lambda uri: [hop("2001:db8::71"), hop("10.0.0.71", protocol=TCP)])
    bench.asks(uac("MESSAGE"))
    fail(bench)
    assert [header(sent.data, "Via")[0].partition(";")[0] for sent in bench.sent] == [
        "SIP/2.0/UDP [2001:db8::1]",
        "SIP/2.0/TCP 10.0.0.1",
    ]


def failure(bench: Bench) -> int:
    assert isinstance(bench.event.frame, AcResFail)
    return bench.event.frame.error


@pytest.mark.parametrize(("server", "error"), [("kamailio-5.6.3", -7), ("openser-1.3.0", -476)])
def test_a_name_that_leads_nowhere(server: str, error: int) -> None:
    bench = Bench(behaviour=usable(server))
    bench.asks(uac("MESSAGE", uri="sip:bob@example.com"))
    bench.core.lost(bench.lookups.pop(), "no such name")
    assert bench.told() == ["as_1 AC_RES_FAIL uac 7"]
    assert failure(bench) == error
    assert bench.noted() == ["requests to nowhere"]
    assert "MESSAGE to sip:bob@example.com is not sent: no such name" in bench.notes[0][1]
    assert bench.left_over() == []
    bench.wait(80)
    assert bench.told() == []


@pytest.mark.parametrize("at_once", [True, False])
def test_no_socket_of_that_kind(at_once: bool) -> None:
    ways: list[Hop] = []
    bench = Bench(find=lambda uri: ways if at_once else None)
    bench.asks(uac("MESSAGE"))
    if not at_once:
        bench.core.located(bench.lookups.pop(), [], bench.now)
    assert bench.told() == ["as_1 AC_RES_FAIL uac 7"]
    assert "no SIP socket of ours" in bench.notes[0][1]
    assert bench.left_over() == []


def test_too_many_lookups() -> None:
    bench = Bench()
    bench.core._client_side._waiting = MOST_LOOKUPS
    bench.asks(uac("MESSAGE", uri="sip:bob@example.com"))
    assert bench.lookups == []
    assert bench.told() == ["as_1 AC_RES_FAIL uac 7"]


def test_too_many_requests() -> None:
    bench = Bench()
    bench.core.layer.most = 1
    bench.asks(uac("MESSAGE"), uac_id=1)
    bench.asks(uac("MESSAGE"), uac_id=2)
    assert bench.told() == ["as_1 AC_RES_FAIL uac 2"]
    bench.wait(120)
    assert bench.left_over() == []


# Transport failures


def fail(bench: Bench, reason: str = "connection refused") -> None:
    transaction = bench.core.layer.find_client(*_id(bench.last))
    assert transaction is not None
    bench.core.failed(transaction, reason, bench.now)
    bench._take()


def test_what_cannot_be_sent_goes_the_next_way() -> None:
    ways = [hop(f"10.0.0.{n}") for n in (71, 72, 73)]
    bench = Bench(find=lambda uri: ways)
    bench.asks(uac("MESSAGE"))
    fail(bench)
    fail(bench)
    assert [sent.hop for sent in bench.sent] == ways
    assert len({sent.data for sent in bench.sent}) == 1
    assert bench.told() == []
    assert "the next address is tried" in bench.notes[0][1]
    fail(bench)
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]
    assert "the application server is told 408" in bench.notes[-1][1]
    bench.wait(80)
    assert bench.left_over() == []


def test_a_failure_that_is_told_late_does_not_end_what_was_answered() -> None:
    bench = Bench()
    invite = asked(bench)
    bench.answers(invite, 180)
    bench.told()
    bench.core.failed(bench.core.layer.find_client(*_id(invite)), "refused", bench.now)
    bench._take()
    assert bench.told() == []
    bench.answers(invite, 200)
    assert bench.told() == ["as_1 RES_IN 200 uac 7"]


def test_a_long_request_by_udp_is_told() -> None:
    bench = Bench()
    asked(bench, "MESSAGE", body=b"x" * 1300)
    assert bench.noted() == ["requests too long for UDP"]
    assert "RFC 3261, 18.1.1" in bench.notes[0][1]
    bench = Bench()
    bench.asks(uac("MESSAGE", uri="sip:bob@10.0.0.7;transport=tcp", body=b"x" * 1300))
    assert bench.notes == []
