"""Requests that no application server answers, or that one answers wrongly: what callers hear."""

from __future__ import annotations

import pytest
from gateway_bench import Bench
from gateway_texts import sip, tag_of

from seastool.gateway.routing import Routing, parse_route
from seastool.gateway.settings import Settings
from seastool.seas.frames import Reply, SlReqIn
from seastool.seas.openser import Transactions, behave_like, usable
from seastool.sip.transactions import Timing

# Without an application server


def test_no_application_server() -> None:
    bench = Bench()
    bench.leave()
    bench.receive(sip())
    assert bench.out() == ["500 INVITE"]
    assert tag_of(bench.last.data)
    assert bench.noted() == ["requests without an application server"]
    bench.receive(sip("ACK", tag=tag_of(bench.last.data)))
    bench.receive(sip("OPTIONS"))
    assert bench.out() == ["500 OPTIONS"]
    bench.wait(80)
    assert bench.out() == []
    assert bench.told() == []
    assert bench.left_over() == []
    counts = bench.core.statistics
    assert counts.faked_by_cause == {(500, "no application server"): 2}
    assert counts.requests == {b"INVITE": 1, b"OPTIONS": 1}
    assert counts.responses[5] == 2


def test_a_cancel_that_comes_too_late_is_right_all_the_same() -> None:
    """Section 9.2: the INVITE has its final response, the gateway's own."""
    bench = Bench()
    bench.leave()
    bench.receive(sip())
    bench.receive(sip("CANCEL"))
    assert bench.out() == ["500 INVITE", "200 CANCEL"]
    assert bench.core.statistics.faked_by_cause == {(500, "no application server"): 1}
    bench.connect(b"as_2")  # has no part in it
    bench.receive(sip("INVITE", branch="z9hG4bKx", call="2"))
    bench.leave(b"as_2")
    bench.receive(sip("CANCEL", branch="z9hG4bKx", call="2"))
    assert bench.out() == ["100 INVITE", "500 INVITE", "200 CANCEL"]
    bench.wait(80)
    assert bench.left_over() == []


def test_who_is_not_there_is_told() -> None:
    bench = Bench(settings=Settings(Routing([parse_route("as_8,as_9 method=INVITE")])))
    bench.receive(sip())
    bench.receive(sip("OPTIONS"))
    assert bench.out() == ["500 INVITE", "500 OPTIONS"]
    (_, first), (_, second) = bench.notes
    assert "no application server is there by the name as_8, as_9, 500 is answered" in first
    assert second.endswith("no rule fits, 500 is answered")


def test_an_application_server_that_is_not_bound() -> None:
    bench = Bench()
    bench.leave()
    bench.connect(b"as_2", bound=False)
    bench.receive(sip())
    assert bench.out() == ["100 INVITE", "500 INVITE"]
    assert "no processor is bound" in bench.notes[-1][1]
    assert bench.core.statistics.refusals == {"not handed over": 1}
    bench.receive(sip("ACK", tag=tag_of(bench.last.data)))
    bench.wait(80)
    assert bench.left_over() == []


def test_a_silent_application_server() -> None:
    bench = Bench(settings=Settings(as_timeout=3))
    bench.receive(sip())
    bench.receive(sip("OPTIONS", call="2"))
    invite = bench.events[0]
    bench.wait(2.9)
    assert bench.out() == ["100 INVITE"]
    bench.wait(0.2)
    assert bench.out() == ["500 INVITE", "500 OPTIONS"]
    assert bench.noted() == ["application server silent: 500"]
    hash_index, label = invite.ids
    told = f"as_1 has not answered INVITE {hash_index}:{label} within 3 s: 500 is answered"
    assert bench.notes[0][1] == told
    counts = bench.core.statistics
    assert counts.faked_by_cause == {(500, "application server silent"): 2}
    times = counts.servers[b"as_1"]
    assert (times.first.count, times.final.count) == (0, 0)
    bench.receive(sip("OPTIONS", call="3"))
    bench.replies(bench.event, 200)
    assert (times.first.count, times.final.count) == (1, 1)
    assert bench.out() == ["200 OPTIONS"]
    bench.replies(invite, 200)
    assert bench.out() == []
    assert bench.rules() == ["reply-second-final"]
    bench.receive(sip("ACK", tag=tag_of(bench.sent[-1].data)))
    bench.wait(80)
    assert bench.left_over() == []


def test_a_100_of_the_application_servers_counts_as_an_answer() -> None:
    bench = Bench(settings=Settings(as_timeout=3))
    bench.receive(sip())
    bench.replies(bench.event, 100)
    bench.wait(20)
    assert bench.out() == ["100 INVITE", "100 INVITE"]


def test_a_500_in_place_of_the_application_server_has_the_tag_of_its_180() -> None:
    """Section 8.2.6.2: all responses to a request have the same tag."""
    bench = Bench()
    bench.receive(sip())
    bench.replies(bench.event, 180, tag=b"ringing")
    bench.leave()
    assert bench.out() == ["100 INVITE", "180 INVITE", "500 INVITE"]
    assert tag_of(bench.last.data) == "ringing"
    assert "as_1 is gone and has not finally answered INVITE" in bench.notes[-1][1]


def test_ringing_for_too_long() -> None:
    bench = Bench(settings=Settings(ring_timeout=20))
    bench.receive(sip())
    bench.replies(bench.event, 180)
    bench.wait(15)
    bench.replies(bench.event, 183)
    bench.out()
    bench.wait(19)
    assert bench.out() == []
    bench.wait(1.2)
    assert bench.out() == ["408 INVITE"]
    assert bench.noted() == ["requests that rang too long"]
    bench.receive(sip("ACK", tag="b1"))
    bench.wait(80)
    assert bench.left_over() == []


def test_each_rings_for_as_long_as_it_may() -> None:
    bench = Bench(settings=Settings(ring_timeout=20))
    bench.receive(sip("OPTIONS", call="1"))
    bench.receive(sip("INFO", call="2"))
    first, second = bench.events
    for event in (first, second):
        bench.replies(event, 180)
    bench.wait(10)
    bench.replies(first, 183)
    bench.out()
    bench.wait(10.1)
    assert bench.out() == ["408 INFO"]
    bench.wait(10)
    assert bench.out() == ["408 OPTIONS"]


def test_one_that_says_every_minute_that_it_still_rings() -> None:
    """Section 13.3.1.1: so no proxy on the way gives up."""
    bench = Bench()
    bench.receive(sip())
    for _ in range(10):
        bench.replies(bench.event, 183)
        bench.wait(60)
    bench.replies(bench.event, 200)
    assert bench.out()[-1] == "200 INVITE"
    assert bench.mistakes == []


def test_one_that_rang_for_long_and_then_too_long() -> None:
    bench = Bench()
    bench.receive(sip())
    for _ in range(3):
        bench.replies(bench.event, 183)
        bench.wait(170)
    bench.out()
    bench.wait(20)
    assert bench.out()[0] == "408 INVITE"
    bench.receive(sip("ACK", tag="b1"))
    bench.wait(80)
    assert bench.left_over() == []


@pytest.mark.parametrize("rings", [False, True])
def test_an_application_server_that_leaves(rings: bool) -> None:
    bench = Bench()
    bench.receive(sip())
    bench.receive(sip("MESSAGE", call="2"))
    bench.replies(bench.event, 200)
    if rings:
        bench.replies(bench.events[0], 180)
    bench.out()
    bench.leave()
    assert bench.out() == ["500 INVITE"]
    assert bench.noted() == ["application server left: 500"]
    bench.receive(sip("ACK", tag=tag_of(bench.last.data)))
    bench.connect()
    bench.receive(sip(call="3"))
    assert bench.event.text == sip(call="3")
    bench.replies(bench.event, 486)
    bench.receive(sip("ACK", tag="b1", call="3"))
    bench.wait(80)
    assert bench.left_over() == []


# What application servers do wrong


@pytest.mark.parametrize("status", [42, 99, 700, 999])
def test_a_status_that_sip_does_not_have(status: int) -> None:
    bench = Bench()
    bench.receive(sip("OPTIONS"))
    hash_index, label = bench.event.ids
    text = bench.event.text.replace(
        b"OPTIONS sip:bob@example.com SIP/2.0", b"SIP/2.0 %03d X" % status
    )
    bench.acts(Reply(hash_index=hash_index, label=label, text=text))
    assert bench.out() == ["500 OPTIONS"]
    bench.wait(120)
    assert bench.out() == []
    assert bench.noted() == ["replies with no SIP status"]
    assert bench.core.statistics.faked_by_cause == {(500, "no SIP status"): 1}
    assert bench.left_over() == []


def test_a_reply_to_what_was_never_asked() -> None:
    bench = Bench()
    bench.acts(Reply(hash_index=1, label=2, text=sip("OPTIONS").replace(b"OPTIONS", b"X")))
    assert bench.out() == []
    assert bench.rules() == ["reply-unknown"]


def test_a_second_final_reply_is_not_sent() -> None:
    bench = Bench()
    bench.receive(sip())
    for status in (200, 486, 180, 200):
        bench.replies(bench.event, status)
    assert bench.out() == ["100 INVITE", "200 INVITE"]
    assert bench.rules() == ["reply-second-final", "reply-after-final", "reply-second-final"]


# Odds and ends


def test_too_many_transactions() -> None:
    bench = Bench()
    bench.core.layer.most = 2
    for n in range(3):
        bench.receive(sip("OPTIONS", call=str(n)))
    assert bench.out() == ["503 OPTIONS"]
    assert tag_of(bench.last.data)
    assert bench.noted() == ["requests refused: too many transactions"]
    assert bench.core.statistics.refusals == {"too many transactions": 1}
    bench.wait(80)
    assert bench.left_over() == []


def test_an_invite_that_the_builder_refuses_gets_500() -> None:
    """What the real module cannot encode."""
    bench = Bench(behaviour=behave_like("openser-1.2.0"))
    bench.receive(sip("OPTIONS", "Accept: " + ", ".join(["application/sdp"] * 300)))
    bench.receive(sip("OPTIONS", call="2", body=b"x" * 65_000))
    bench.wait(80)
    assert bench.left_over() == []
    assert {str(sent) for sent in bench.sent} == {"500 OPTIONS"}


def test_forgotten_transactions_of_one_that_left() -> None:
    """The proxy keeps the transactions of a bounded number of those that are gone."""
    bench = Bench()
    bench.receive(sip())
    bench.servers._transactions[b"as_1"] = Transactions(bench.identifiers)
    bench.leave()
    assert bench.out() == ["100 INVITE", "500 INVITE"]


def test_time_scales_with_t1() -> None:
    bench = Bench(timing=Timing(t1=0.05, t2=0.4, t4=0.5))
    bench.receive(sip())
    bench.replies(bench.event, 200)
    bench.receive(sip("ACK", branch="z9hG4bK-ack", tag="b1"))
    bench.receive(sip("BYE", cseq=2, tag="b1"))
    bench.replies(bench.event, 200)
    bench.wait(64 * 0.05)
    assert len(bench.core.layer) == 0
    bench.wait(2)
    assert bench.left_over() == []


def test_a_stateless_event_is_no_answer_to_anything() -> None:
    bench = Bench(behaviour=usable("openser-1.3.0"))
    bench.receive(sip("ACK", tag="x"))
    assert isinstance(bench.event.frame, SlReqIn)
