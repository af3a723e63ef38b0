"""Requests that come in, and what callers hear: RFC 3261 sections 8.2, 13.3, 17.2."""

from __future__ import annotations

from itertools import pairwise

import pytest
from gateway_bench import Bench
from gateway_texts import ALICE, header, hop, sip, tag_of

from seastool.gateway.settings import Settings
from seastool.seas.frames import E2E_ACK, TReqIn
from seastool.seas.openser import Behaviour, behave_like, usable
from seastool.sip.hop import TCP

T1, T2 = 0.5, 4.0
PATIENCE = 64 * T1


# A call


def test_a_call() -> None:
    bench = Bench()
    bench.receive(sip())
    assert bench.out() == ["100 INVITE"]
    assert bench.told() == ["as_1 T_REQ_IN INVITE"]
    invite = bench.event
    bench.replies(invite, 180)
    bench.replies(invite, 200, "Contact: <sip:bob@10.0.0.7>")
    assert bench.out() == ["180 INVITE", "200 INVITE"]
    assert tag_of(bench.last.data) == "b1"
    assert header(bench.last.data, "Contact") == ["<sip:bob@10.0.0.7>"]
    bench.receive(sip("ACK", branch="z9hG4bK-other", tag="b1"))
    assert bench.told() == ["as_1 T_REQ_IN ACK"]
    assert bench.event.ids == invite.ids
    assert isinstance(bench.event.frame, TReqIn)
    assert bench.event.frame.flags == E2E_ACK
    bench.receive(sip("BYE", cseq=2, tag="b1"))
    assert bench.told() == ["as_1 T_REQ_IN BYE"]
    assert bench.out() == []
    bench.replies(bench.event, 200)
    assert bench.out() == ["200 BYE"]
    assert all(sent.hop == ALICE for sent in bench.sent)
    bench.wait(80)
    assert bench.out() == []
    assert bench.notes == []
    assert bench.mistakes == []
    assert bench.left_over() == []


def test_statistics_of_a_call() -> None:
    bench = Bench()
    bench.receive(sip())
    bench.wait(0.25)
    bench.replies(bench.event, 180)
    bench.wait(1)
    bench.replies(bench.event, 200)
    counts = bench.core.statistics
    bench.receive(sip("ACK", branch="z9hG4bK-ack", tag="b1"))
    assert (counts.tried, counts.answered, counts.failed) == (1, 1, 0)
    assert counts.requests == {b"INVITE": 1, b"ACK": 1}
    assert counts.responses[1:3] == [2, 1]
    times = counts.servers[b"as_1"]
    assert times.events == 2
    assert (times.first.total, times.final.total) == (0.25, 1.25)
    assert (times.first.count, times.final.count) == (1, 1)


# Retransmissions


def test_a_retransmission_is_absorbed_and_the_last_response_repeated() -> None:
    bench = Bench()
    bench.receive(sip())
    bench.receive(sip())
    assert bench.out() == ["100 INVITE", "100 INVITE"]
    bench.replies(bench.event, 180)
    bench.receive(sip())
    assert bench.out() == ["180 INVITE", "180 INVITE"]
    assert bench.sent[-1].data == bench.sent[-2].data
    assert bench.told() == ["as_1 T_REQ_IN INVITE"]


def test_a_non_invite_retransmission_before_any_response_is_silent() -> None:
    bench = Bench()
    bench.receive(sip("OPTIONS"))
    bench.receive(sip("OPTIONS"))
    assert bench.out() == []
    bench.replies(bench.event, 200)
    bench.receive(sip("OPTIONS"))
    assert bench.out() == ["200 OPTIONS", "200 OPTIONS"]
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"]


def test_a_request_again_when_its_transaction_is_over_gets_the_same_response() -> None:
    """Timer J is 0 over TCP, but the application server's transaction lasts longer."""
    bench = Bench()
    alice = hop(protocol=TCP, connection=3)
    bench.receive(sip("OPTIONS"), alice)
    bench.replies(bench.event, 200)
    assert bench.out() == ["200 OPTIONS"]
    bench.receive(sip("OPTIONS"), alice)
    assert bench.out() == ["200 OPTIONS"]
    assert bench.sent[0].data == bench.sent[1].data
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"]
    bench.wait(80)
    assert bench.left_over() == []


# 2xx and its ACK


def repeats(bench: Bench, line: str) -> list[float]:
    """The seconds between what went out again."""
    times = [sent.at for sent in bench.sent if str(sent) == line]
    return [after - before for before, after in pairwise(times)]


@pytest.mark.parametrize("where", [ALICE, hop(protocol=TCP, connection=3)], ids=str)
def test_a_2xx_is_repeated_until_its_ack(where: object) -> None:
    """Section 13.3.1.4: T1, doubling to T2, over any transport."""
    bench = Bench()
    bench.receive(sip(), where)
    bench.replies(bench.event, 200)
    bench.wait(13)
    assert repeats(bench, "200 INVITE") == [0.5, 1, 2, 4, 4]
    bench.receive(sip("ACK", branch="z9hG4bK-ack", tag="b1"), where)
    bench.out()
    bench.wait(80)
    assert bench.out() == []
    assert bench.notes == []
    assert bench.left_over() == []


def test_a_2xx_without_an_ack_is_told() -> None:
    bench = Bench()
    bench.receive(sip())
    bench.replies(bench.event, 200)
    bench.wait(60)
    gaps = repeats(bench, "200 INVITE")
    assert gaps[:4] == [0.5, 1, 2, 4]
    assert set(gaps[4:]) == {T2}
    assert sum(gaps) <= PATIENCE
    assert bench.noted() == ["2xx without an ACK"]
    assert "10.0.0.9" in bench.notes[0][1]
    assert bench.left_over() == []


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (behave_like("openser-1.3.0"), ["as_1 T_REQ_IN ACK"]),
        (behave_like("opensips-1.4.5"), ["as_1 SL_REQ_IN ACK"]),
        (behave_like("opensips-1.6.3"), []),
        (usable("kamailio-5.6.3"), ["as_1 T_REQ_IN ACK"]),
    ],
    ids=lambda value: getattr(value, "server", ""),
)
def test_the_ack_counts_however_a_server_reports_it(behaviour: Behaviour, told: list[str]) -> None:
    bench = Bench(behaviour=behaviour)
    bench.receive(sip())
    bench.replies(bench.event, 200)
    bench.told()
    bench.receive(sip("ACK", branch="z9hG4bK-ack", tag="b1"))
    bench.out()
    bench.wait(60)
    assert bench.out() == []
    assert bench.told() == told
    assert bench.notes == []


def test_an_ack_of_another_dialog_does_not_stop_the_2xx() -> None:
    bench = Bench()
    bench.receive(sip())
    bench.replies(bench.event, 200)
    bench.receive(sip("ACK", branch="z9hG4bK-ack", tag="b1", call="2"))
    bench.out()
    bench.wait(1)
    assert bench.out() == ["200 INVITE"]


def test_an_ack_to_nothing_is_never_answered() -> None:
    for server in ("kamailio-5.6.3", "openser-1.3.0"):
        bench = Bench(behaviour=usable(server))
        bench.receive(sip("ACK", tag="b1"))
        bench.wait(60)
        assert bench.out() == []
        is_told = server.startswith("openser")
        assert bench.told() == (["as_1 SL_REQ_IN ACK"] if is_told else [])
        assert bench.left_over() == []


def test_the_ack_of_a_2xx_from_a_client_that_keeps_the_branch() -> None:
    bench = Bench()
    bench.receive(sip(branch="1"))
    bench.replies(bench.event, 200)
    bench.receive(sip("ACK", branch="1", tag="b1"))
    bench.out()
    bench.wait(40)
    assert bench.out() == []


# 3xx-6xx


def test_a_failure_is_repeated_until_its_ack() -> None:
    bench = Bench()
    bench.receive(sip())
    invite = bench.event
    bench.replies(invite, 486)
    bench.wait(8)
    assert repeats(bench, "486 INVITE") == [0.5, 1, 2, 4]
    bench.told()
    bench.receive(sip("ACK", tag="b1"))
    assert bench.told() == ["as_1 T_REQ_IN ACK"]
    bench.receive(sip("ACK", tag="b1"))
    assert bench.told() == []
    assert bench.event.ids == invite.ids
    assert isinstance(bench.event.frame, TReqIn)
    assert bench.event.frame.flags == 0
    bench.out()
    bench.wait(80)
    assert bench.out() == []
    assert bench.notes == []
    assert bench.left_over() == []


def test_a_failure_without_an_ack_is_told() -> None:
    bench = Bench()
    bench.receive(sip())
    bench.replies(bench.event, 600)
    bench.wait(80)
    assert bench.noted() == ["final responses without an ACK"]
    assert bench.left_over() == []


def test_a_failure_over_tcp_goes_once() -> None:
    bench = Bench()
    bench.receive(sip(), hop(protocol=TCP, connection=3))
    bench.replies(bench.event, 302)
    bench.wait(40)
    assert bench.out() == ["100 INVITE", "302 INVITE"]


# CANCEL


def test_a_cancel_that_matches() -> None:
    bench = Bench()
    bench.receive(sip())
    invite = bench.event
    bench.replies(invite, 180)
    bench.told()
    bench.receive(sip("CANCEL"))
    assert bench.told() == ["as_1 T_REQ_IN CANCEL"]
    cancel = bench.event
    assert isinstance(cancel.frame, TReqIn)
    assert cancel.frame.flags == 0x08
    assert (cancel.frame.cancelled_hash_index, cancel.frame.cancelled_label) == invite.ids
    bench.out()
    bench.replies(cancel, 200)
    bench.replies(invite, 487)
    assert bench.out() == ["200 CANCEL", "487 INVITE"]
    bench.receive(sip("ACK", tag="b1"))
    bench.wait(80)
    assert bench.out() == []
    assert bench.left_over() == []


def test_a_cancel_that_matches_nothing() -> None:
    """Section 9.2; without checks it is left to the proxy, which answers 500 as the real one."""
    bench = Bench()
    bench.receive(sip("CANCEL"))
    assert bench.told() == []
    assert bench.out() == ["481 CANCEL"]
    bench.wait(80)
    assert bench.left_over() == []
    bench = Bench(settings=Settings(checks=False))
    bench.receive(sip("CANCEL"))
    assert bench.told() == []
    assert bench.out() == ["500 CANCEL"]
    assert bench.noted() == ["requests that were not handed over"]
    bench.wait(80)
    assert bench.left_over() == []


def test_a_cancel_goes_to_whoever_has_the_invite() -> None:
    bench = Bench(b"as_1", b"as_2")
    bench.receive(sip())
    bench.wait(5)
    assert bench.told() == ["as_1 T_REQ_IN INVITE", "as_2 T_REQ_IN INVITE"]
    bench.receive(sip("CANCEL"))
    assert bench.told() == ["as_2 T_REQ_IN CANCEL"]
    assert bench.event.frame.flags == 0x08  # type: ignore[union-attr]
