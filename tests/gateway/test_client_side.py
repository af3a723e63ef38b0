"""Requests of application servers, where they go, and what comes back: RFC 3261 section 17.1."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from gateway_bench import Bench, Sent, Told, asked
from gateway_texts import BOB, header, hop, sip, uac

from seastool.seas.openser import behave_like
from seastool.sip.transactions import Timing

PATIENCE = 32.0


def ringing(bench: Bench) -> tuple[Sent, Told]:
    """An INVITE that rings, and the event that says so."""
    invite = asked(bench)
    bench.answers(invite, 180)
    assert bench.told() == ["as_1 RES_IN 180 uac 7"]
    return invite, bench.event


# A call


def test_a_call() -> None:
    bench = Bench()
    invite = asked(bench)
    assert invite.hop == BOB
    assert header(invite.data, "Via")[0].startswith("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK")
    bench.answers(invite, 100)
    assert bench.told() == []
    bench.answers(invite, 180)
    bench.answers(invite, 200)
    assert bench.told() == ["as_1 RES_IN 180 uac 7", "as_1 RES_IN 200 uac 7"]
    assert bench.out() == []
    bench.asks(uac("ACK", to="<sip:bob@example.com>;tag=c1"))
    assert bench.out() == ["ACK sip:bob@10.0.0.7"]
    assert bench.last.hop == BOB
    bench.wait(40)
    bye = asked(bench, "BYE", cseq=3, to="<sip:bob@example.com>;tag=c1")
    bench.answers(bye, 200)
    assert bench.told() == ["as_1 RES_IN 200 uac 7"]
    bench.wait(80)
    assert bench.out() == []
    assert bench.notes == []
    assert bench.mistakes == []
    assert bench.left_over() == []


def test_statistics_of_a_call() -> None:
    bench = Bench()
    invite, ring = ringing(bench)
    bench.cancels(ring)
    bench.answers(bench.last, 200)
    bench.answers(invite, 487)
    counts = bench.core.statistics
    assert counts.sent_requests == {b"INVITE": 1, b"CANCEL": 1}
    assert counts.received_responses[1:5] == [1, 1, 0, 1]


def test_a_repeated_2xx_goes_up_again_and_its_ack_goes_out_again() -> None:
    bench = Bench()
    invite = asked(bench)
    for _ in range(3):
        bench.answers(invite, 200)
    assert bench.told() == ["as_1 RES_IN 200 uac 7"] * 3
    for _ in range(2):
        bench.asks(uac("ACK", to="<sip:bob@example.com>;tag=c1"))
    assert bench.out() == ["ACK sip:bob@10.0.0.7"] * 2
    bench.wait(80)
    assert bench.left_over() == []


def test_a_failure_is_acknowledged_hop_by_hop() -> None:
    bench = Bench()
    invite = asked(bench, "INVITE", "Route: <sip:10.0.0.77;lr>")
    where = invite.hop
    bench.answers(invite, 486)
    ack = bench.last
    assert bench.out() == ["ACK sip:bob@10.0.0.7"]
    assert ack.hop == where
    assert header(ack.data, "Via") == header(invite.data, "Via")
    assert header(ack.data, "Route") == ["<sip:10.0.0.77;lr>"]
    assert header(ack.data, "CSeq") == ["2 ACK"]
    assert header(ack.data, "To") == ["<sip:bob@example.com>;tag=c1"]
    bench.answers(invite, 486)
    assert bench.out() == ["ACK sip:bob@10.0.0.7"]
    assert bench.told() == ["as_1 RES_IN 486 uac 7"]
    bench.wait(80)
    assert bench.left_over() == []


def test_a_second_final_response_to_another_request_is_not_told() -> None:
    bench = Bench()
    message = asked(bench, "MESSAGE")
    bench.answers(message, 200)
    bench.answers(message, 200)
    assert bench.told() == ["as_1 RES_IN 200 uac 7"]
    bench.wait(80)
    assert bench.left_over() == []


# Nobody answers


def test_an_invite_that_nobody_answers() -> None:
    """Timers A and B."""
    bench = Bench()
    invite = asked(bench)
    bench.wait(PATIENCE - 0.1)
    times = [sent.at for sent in bench.sent]
    assert [b - a for a, b in pairwise(times)] == [0.5, 1, 2, 4, 8, 16]
    assert {sent.data for sent in bench.sent} == {invite.data}
    assert bench.told() == []
    bench.wait(0.2)
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]
    bench.out()
    bench.wait(80)
    assert bench.out() == []
    assert bench.told() == []
    assert bench.left_over() == []


def test_another_request_that_nobody_answers() -> None:
    """Timers E and F."""
    bench = Bench()
    asked(bench, "MESSAGE")
    bench.wait(PATIENCE + 0.1)
    times = [sent.at for sent in bench.sent]
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps == [0.5, 1, 2, 4, 4, 4, 4, 4, 4, 4]
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]
    bench.wait(80)
    assert bench.left_over() == []


def test_a_late_answer_is_a_stray() -> None:
    bench = Bench()
    message = asked(bench, "MESSAGE")
    bench.wait(PATIENCE + 0.1)
    bench.told()
    bench.answers(message, 200)
    assert bench.told() == []
    assert bench.noted() == ["responses to no request"]


def test_over_tcp_nothing_is_repeated() -> None:
    bench = Bench()
    invite = asked(bench, uri="sip:bob@10.0.0.7:5070;transport=tcp")
    assert str(invite.hop) == "tcp:10.0.0.7:5070"
    assert header(invite.data, "Via")[0].startswith("SIP/2.0/TCP ")
    bench.wait(PATIENCE + 0.1)
    assert bench.out() == []
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]


def test_one_that_rings_and_then_says_nothing_any_more() -> None:
    """The proxy gives up, cancels, and does not wait for ever for the 487."""
    bench = Bench()
    ringing(bench)
    bench.wait(119)
    assert bench.out() == []
    bench.wait(2)
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]
    assert bench.out()[0] == "CANCEL sip:bob@10.0.0.7"
    bench.wait(150)
    assert bench.told() == []
    assert bench.left_over() == []


def test_timer_c_of_ones_own() -> None:
    """The one that is set, if it is sooner than the proxy's."""
    bench = Bench(timing=Timing(c=60))
    invite, _ = ringing(bench)
    bench.wait(59)
    bench.answers(invite, 183)
    bench.told()
    bench.wait(59)
    assert bench.out() == []
    bench.wait(1.2)
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]
    assert bench.out() == ["CANCEL sip:bob@10.0.0.7"]
    bench.answers(bench.last, 200)
    bench.answers(invite, 487)
    bench.wait(80)
    assert bench.left_over() == []


def test_one_that_rings_for_whom_nobody_is_there_any_more() -> None:
    """Timer C: the application server that asked has left."""
    bench = Bench()
    ringing(bench)
    bench.leave()
    bench.wait(185)
    assert bench.out()[0] == "CANCEL sip:bob@10.0.0.7"
    assert bench.noted() == ["own requests that rang too long"]
    bench.wait(80)
    assert bench.left_over() == []


def test_a_late_2xx_for_whom_nobody_is_there_any_more() -> None:
    bench = Bench()
    invite, _ = ringing(bench)
    bench.leave()
    bench.answers(invite, 200)
    assert bench.out() == []
    bench.wait(80)
    assert bench.left_over() == []


# CANCEL


def test_a_cancel_goes_the_way_of_its_invite() -> None:
    bench = Bench()
    first, second = hop("10.0.0.71"), hop("10.0.0.72", 5072)
    bench.asks(uac(uri="sip:bob@example.com"))
    bench.core.located(bench.lookups.pop(), [first, second], bench.now)
    bench._take()
    bench.core.failed(bench.core.layer.find_client(*_id(bench.last)), "refused", bench.now)
    bench._take()
    assert [sent.hop for sent in bench.sent] == [first, second]
    invite = bench.last
    bench.answers(invite, 180)
    bench.told()
    bench.out()
    bench.cancels(bench.event)
    cancel = bench.last
    assert bench.out() == ["CANCEL sip:bob@example.com"]
    assert cancel.hop == second
    assert header(cancel.data, "Via") == header(invite.data, "Via")
    assert header(cancel.data, "CSeq") == ["2 CANCEL"]
    bench.answers(cancel, 200)
    bench.answers(invite, 487)
    assert bench.told() == ["as_1 RES_IN 200 uac 8", "as_1 RES_IN 487 uac 7"]
    assert bench.out() == ["ACK sip:bob@example.com"]
    bench.wait(80)
    assert bench.out() == []
    assert bench.left_over() == []


def _id(sent: Sent) -> tuple[bytes, bytes]:
    branch = header(sent.data, "Via")[0].partition("branch=")[2]
    return branch.encode(), sent.data.split(b" ", 1)[0]


def test_a_cancel_before_any_provisional_response() -> None:
    bench = Bench()
    asked(bench)
    transactions = bench.servers.of(b"as_1")
    (client,) = transactions._proxy.clients
    event = replace_ids(client.hash_index, client.label)
    bench.cancels(event)
    assert bench.out() == []
    assert bench.told() == ["as_1 AC_RES_FAIL uac 8"]
    assert bench.rules() == ["cancel-too-early"]


def replace_ids(hash_index: int, label: int) -> Told:
    """An event that never came."""
    bench = Bench()
    bench.receive(sip("OPTIONS"))
    frame = replace(bench.event.frame, hash_index=hash_index, label=label)  # type: ignore[call-arg]
    return Told(b"as_1", frame, b"")


def test_a_cancel_whose_487_never_comes() -> None:
    """Section 9.1: after 64*T1 the INVITE is over."""
    bench = Bench()
    _, ring = ringing(bench)
    bench.cancels(ring)
    bench.answers(bench.last, 200)
    assert bench.told() == ["as_1 RES_IN 200 uac 8"]
    bench.wait(PATIENCE + 0.1)
    assert bench.told() == ["as_1 RES_IN faked 408 uac 7"]
    bench.wait(80)
    assert bench.left_over() == []


def test_what_was_cancelled_is_forgotten_when_it_is_over() -> None:
    """Over TCP with the ACK to the 487."""
    bench = Bench()
    invite = asked(bench, uri="sip:bob@10.0.0.7;transport=tcp")
    bench.answers(invite, 180)
    bench.cancels(bench.event)
    assert "cancelled" in bench.left_over()
    bench.answers(bench.last, 200)
    bench.answers(invite, 487)
    assert len(bench.core.layer) == 0
    assert "cancelled" not in bench.left_over()


def test_a_cancel_twice() -> None:
    bench = Bench()
    _, ring = ringing(bench)
    bench.cancels(ring, uac_id=8)
    bench.cancels(ring, uac_id=9)
    assert bench.out() == ["CANCEL sip:bob@10.0.0.7"]


def test_a_2xx_that_crosses_the_cancel() -> None:
    bench = Bench()
    invite, ring = ringing(bench)
    bench.cancels(ring)
    cancel = bench.last
    bench.answers(invite, 200)
    bench.answers(cancel, 481)
    assert bench.told() == ["as_1 RES_IN 200 uac 7", "as_1 RES_IN 481 uac 8"]
    bench.wait(80)
    assert bench.left_over() == []


def test_a_cancel_of_the_proxys_own_is_answered_to_nobody() -> None:
    bench = Bench(behaviour=behave_like("opensips-1.8.1"))
    invite = asked(bench)
    bench.answers(invite, 180)
    bench.told()
    bench.cancels(bench.event)
    assert bench.out() == ["CANCEL sip:bob@10.0.0.7"]
    assert bench.told() == ["as_1 AC_RES_FAIL uac 8"]
    bench.answers(bench.last, 200)
    assert bench.told() == []
    bench.answers(invite, 487)
    bench.wait(120)
    assert bench.left_over() == []
