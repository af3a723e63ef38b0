"""Requests that a rule hands over without a transaction, as a script's as_relay_sl does."""

from __future__ import annotations

import pytest
from gateway_bench import Bench
from gateway_texts import ALICE, hop, sip

from seastool.gateway.routing import Routing, parse_route
from seastool.gateway.settings import Settings
from seastool.sip.hop import TCP
from seastool.sip.reply import respond

RULES = ("as_1 uri=stateless@ stateless", "as_1")
URI = "sip:stateless@example.com"


def bench_of(*rules: str, names: tuple[bytes, ...] = (b"as_1",)) -> Bench:
    return Bench(*names, settings=Settings(Routing(map(parse_route, rules or RULES))))


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "ACK", "CANCEL", "FROBNICATE"])
def test_every_method_is_one_event_and_nothing_is_answered(method: str) -> None:
    bench = bench_of()
    request = sip(method, uri=URI)
    bench.receive(request)
    assert bench.told() == [f"as_1 SL_REQ_IN {method}"]
    assert bench.event.text == request
    assert bench.event.frame.processor_id == 1
    bench.wait(80)
    assert bench.out() == []
    assert bench.told() == []
    assert bench.left_over() == []


def test_where_it_came_from_is_told() -> None:
    bench = bench_of()
    bench.receive(sip("OPTIONS", uri=URI), hop("10.0.0.8", 5099, protocol=TCP, connection=3))
    frame = bench.event.frame
    assert (frame.protocol, frame.source_port) == (TCP, 5099)
    assert frame.source_address == bytes((10, 0, 0, 8))


def test_the_application_server_answers_by_itself() -> None:
    bench = bench_of()
    bench.receive(sip("OPTIONS", uri=URI))
    answer = respond(bench.event.text, 202, b"Accepted", tag=b"as")
    bench.passes(answer)
    assert bench.out() == ["202 OPTIONS"]
    assert bench.last.data == answer
    assert bench.last.hop == ALICE
    assert bench.left_over() == []


def test_the_answer_to_what_came_by_tcp_goes_by_tcp() -> None:
    bench = bench_of()
    where = hop(port=5990, protocol=TCP, connection=3)
    bench.receive(sip("OPTIONS", uri=URI, via="SIP/2.0/TCP 10.0.0.9:5062"), where)
    bench.passes(respond(bench.event.text, 202, b"Accepted", tag=b"as"))
    assert bench.last.hop == hop(port=5062, protocol=TCP)


def test_each_repetition_is_an_event_of_its_own() -> None:
    bench = bench_of()
    for _ in range(3):
        bench.receive(sip("INVITE", uri=URI))
    assert bench.told() == ["as_1 SL_REQ_IN INVITE"] * 3
    assert bench.core.statistics.requests == {b"INVITE": 3}
    assert bench.core.statistics.tried == 0
    bench.passes(respond(bench.event.text, 486, b"Busy Here", tag=b"as"))
    bench.receive(sip("INVITE", uri=URI))
    assert bench.told() == ["as_1 SL_REQ_IN INVITE"]
    assert bench.out() == ["486 INVITE"]


def test_the_rule_of_each_message_decides_whatever_transaction_there_is() -> None:
    bench = bench_of("as_1 method=CANCEL,ACK stateless", "as_1")
    bench.receive(sip("INVITE"))
    invite = bench.event
    bench.receive(sip("CANCEL"))
    bench.replies(invite, 487)
    bench.receive(sip("ACK"))
    kinds = ["T_REQ_IN INVITE", "SL_REQ_IN CANCEL", "SL_REQ_IN ACK"]
    assert bench.told() == [f"as_1 {kind}" for kind in kinds]
    assert bench.out() == ["100 INVITE", "487 INVITE"]


def test_what_no_such_rule_fits_has_a_transaction() -> None:
    bench = bench_of()
    bench.receive(sip("OPTIONS"))
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"]


def test_nothing_is_checked_but_what_the_parser_takes() -> None:
    bench = bench_of()
    bench.receive(sip("OPTIONS", "Max-Forwards: 0", uri=URI))
    bench.receive(sip("OPTIONS", uri=URI, length=99))
    assert bench.told() == ["as_1 SL_REQ_IN OPTIONS"] * 2
    assert bench.out() == []


def test_nobody_there() -> None:
    bench = bench_of()
    bench.leave()
    bench.receive(sip("OPTIONS", uri=URI))
    assert bench.out() == []
    assert bench.noted() == ["requests without an application server"]
    assert bench.notes[0][1].endswith("by the name as_1, nothing is answered")


def test_the_next_name_gets_it_and_one_that_is_not_bound_does_not() -> None:
    bench = bench_of("as_1,as_2 stateless", names=(b"as_2",))
    bench.connect(b"as_1", bound=False)
    bench.receive(sip("OPTIONS"))
    assert bench.told() == ["as_2 SL_REQ_IN OPTIONS"]
    bench.leave(b"as_2")
    bench.receive(sip("OPTIONS"))
    assert bench.told() == []
    assert bench.out() == []
    assert bench.noted() == ["requests that were not handed over"]


def test_what_does_not_fit_an_event_goes_nowhere() -> None:
    bench = bench_of()
    bench.receive(sip("MESSAGE", uri=URI, body=b"x" * 3300))
    assert bench.told() == []
    assert bench.out() == []
    assert bench.noted() == ["requests that were not handed over"]
