"""The figures of traffic that is known to the message."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ladder_traffic import (
    CALLEE,
    DIALECT,
    OPENSER,
    PHONE,
    PROXY,
    SESSION,
    SIPP,
    START,
    Trace,
    answered,
    request,
    response,
)

from seastool.api import read_capture
from seastool.capture.decoded import decode_records
from seastool.capture.reader import read_capture as read_records
from seastool.interop.stats import Limits, Stats, collect
from seastool.interop.stats.pending import Pending
from seastool.interop.stats.series import MOST, Series
from seastool.interop.stats.talkers import Ranking


def stats_of(trace: Trace, **options: object) -> Stats:
    return collect(decode_records(trace.records, DIALECT), **options)


def test_a_call() -> None:
    trace = answered()  # INVITE at 1 ms, event 2, 180 at 3 and 4, 200 at 5 and 6
    trace.sip(request("BYE", cseq=2, branch="z9hG4bK2"), after_ms=94)
    trace.back(response(method="BYE", cseq=2, branch="z9hG4bK2"))
    stats = stats_of(trace)
    calls = stats.calls
    assert (calls.tried, calls.answered, calls.ended, calls.most) == (1, 1, 1, 1)
    assert (calls.refused, calls.failed, calls.open) == (0, 0, 0)
    assert calls.ringing.longest == pytest.approx(0.003)
    assert calls.answering.longest == pytest.approx(0.005)
    assert calls.talking.longest == pytest.approx(0.094)
    invite = stats.events.of("INVITE")
    assert (invite.requests, invite.answered, invite.unanswered) == (1, 1, 0)
    assert invite.first.longest == pytest.approx(0.001)
    assert invite.final.longest == pytest.approx(0.003)
    assert stats.servers["as_01"].final.longest == pytest.approx(0.003)
    assert stats.sip.of("INVITE").statuses == stats.sip.of("BYE").statuses == Counter({200: 1})
    assert not stats.troubles
    assert stats.seconds == pytest.approx(0.1)
    assert stats.talkers.callers.top(1) == [("sip:alice@example.com", 1, 0)]


@pytest.mark.parametrize(
    ("status", "field", "is_failure"),
    [(486, "refused", 0), (603, "refused", 0), (500, "failed", 1), (408, "failed", 1)],
)
def test_calls_that_are_not_answered(status: int, field: str, is_failure: int) -> None:
    trace = Trace()
    trace.sip(request())
    trace.back(response(status, "No"))
    trace.sip(request(call_id="open", branch="z9hG4bKo"))
    stats = stats_of(trace)
    assert getattr(stats.calls, field) == 1
    assert (stats.calls.tried, stats.calls.open, stats.calls.answered) == (2, 1, 0)
    assert stats.sip.of("INVITE").failed == is_failure
    assert stats.sip.of("INVITE").unanswered == 1
    assert sum(stats.series.counts("failed calls")) == is_failure


def test_a_challenge_is_part_of_the_call() -> None:
    trace = Trace()
    trace.sip(request())
    trace.back(response(407, "Credentials"))
    trace.sip(request(cseq=2, branch="z9hG4bK2"))
    trace.back(response(cseq=2, branch="z9hG4bK2"))
    trace.sip(request(call_id="other", branch="z9hG4bK3"))
    trace.back(response(401, call_id="other", branch="z9hG4bK3"))
    calls = stats_of(trace).calls
    assert (calls.tried, calls.answered, calls.refused) == (2, 1, 1)


def test_a_response_of_another_hop_decides_nothing() -> None:
    trace = Trace()
    trace.sip(request())
    trace.sip(request(branch="z9hG4bKp"), PROXY, CALLEE)
    trace.sip(response(486, "Busy", branch="z9hG4bKp"), CALLEE, PROXY)
    trace.back(response())
    stats = stats_of(trace)
    assert (stats.calls.tried, stats.calls.answered, stats.calls.refused) == (1, 1, 0)
    assert stats.sip.of("INVITE").statuses == Counter({486: 1, 200: 1})


def test_what_is_sent_again_counts_once() -> None:
    trace = Trace()
    for _ in range(3):
        trace.sip(request(), after_ms=500)
    for _ in range(2):
        trace.back(response(), after_ms=500)
    stats = stats_of(trace)
    invite = stats.sip.of("INVITE")
    assert (invite.requests, invite.repeated, invite.answered) == (1, 3, 1)
    assert invite.final.longest == pytest.approx(1.5)
    assert stats.calls.tried == stats.calls.answered == 1


def test_calls_seen_on_seas_alone() -> None:
    trace = Trace()
    for number in range(3):
        names = {"call_id": f"c{number}", "branch": f"z9hG4bK{number}"}
        trace.event(request(**names), label=number)
        trace.reply(response(200 if number else 486, "x", **names), transaction=(7, number))
    trace.event(request("BYE", call_id="c2", branch="z9hG4bKb"), label=9)
    calls = stats_of(trace).calls
    assert (calls.tried, calls.answered, calls.refused, calls.ended) == (3, 2, 1, 1)
    assert calls.most == 2


def test_requests_of_the_application_server() -> None:
    trace = Trace()
    trace.event(request())
    trace.uac(request(branch="z9hG4bKu"), 5)  # an action for the event: its Call-ID
    trace.response_event(response(180, "Ringing", branch="z9hG4bKu"), 5)
    trace.response_event(response(200, "OK", branch="z9hG4bKu"), 5, after_ms=10)
    trace.reply(response())
    trace.uac(request("MESSAGE", call_id="m", branch="z9hG4bKm"), 6)
    trace.faked(6, after_ms=1000)
    trace.uac(request("MESSAGE", call_id="n", branch="z9hG4bKn"), 7)
    trace.failure(7)
    trace.uac(request("MESSAGE", call_id="o", branch="z9hG4bKo"), 8)
    stats = stats_of(trace)
    invite = stats.clients.of("INVITE")
    assert (invite.requests, dict(invite.statuses)) == (1, {200: 1})
    assert invite.first.longest == pytest.approx(0.001)
    assert invite.final.longest == pytest.approx(0.011)
    assert stats.events.of("INVITE").first.longest == pytest.approx(0.001)
    message = stats.clients.of("MESSAGE")
    assert (message.requests, message.failed, message.unanswered) == (3, 1, 1)
    assert stats.troubles == {
        "responses made by the proxy: nothing came in time": 1,
        "requests that the proxy could not send": 1,
    }
    assert stats.servers["as_01"].final.count == 1


def test_troubles() -> None:
    trace = Trace()
    trace.reply(response())
    trace.event(request())
    trace.reply(response())
    trace.reply(response())
    trace.ping(1)
    trace.back(response(branch="z9hG4bKx"))
    trace._action(2, b"\0", 1)
    stats = stats_of(trace)
    assert stats.troubles == {
        "replies to no event in the capture": 1,
        "replies to what had its final reply": 1,
        "pings without a pong": 1,
        "SIP responses to no request in the capture": 1,
        "frames that do not decode": 1,
    }


def test_real_captures() -> None:
    stats = [collect(read_capture(path)) for path in (SIPP, SESSION, OPENSER)]
    sipp, *sessions = stats
    assert (sipp.calls.tried, sipp.calls.answered, sipp.calls.ended) == (20, 20, 20)
    assert sipp.events.total.requests == 60
    assert sipp.sip.of("INVITE").repeated == 0
    for session in sessions:
        assert (session.calls.tried, session.calls.answered, session.calls.refused) == (4, 2, 2)
        assert session.calls.abandoned == 2
        assert session.troubles["responses made by the proxy: nothing came in time"] == 2


def test_what_was_lost_is_told() -> None:
    data = SIPP.read_bytes()
    from io import BytesIO

    reader = read_records(BytesIO(data[: len(data) // 2]))
    stats = collect(decode_records(reader), reader.statistics)
    assert stats.notes
    assert stats.packets == reader.statistics.packets > 100
    assert stats.losses.keys() == reader.statistics.losses.keys()


def test_the_limits_hold_and_what_does_not_fit_is_told() -> None:
    trace = Trace()
    for number in range(50):
        names = {"call_id": f"c{number}", "branch": f"z9hG4bK{number}", "method": "INVITE"}
        trace.sip(request(**names))
        trace.event(request(**names), label=number)
    stats = stats_of(trace, limits=Limits(transactions=10, calls=20))
    assert stats.dropped == {
        "SIP requests that were not followed to their end": 40,
        "events and actions that were not followed to their end": 40,
        "calls that were not followed to their end": 30,
    }
    assert stats.calls.open == 20
    assert stats.calls.tried == 50


def test_names_are_bounded() -> None:
    trace = Trace()
    for number in range(60):
        trace.sip(request(f"M{number}", branch=f"z9hG4bK{number}", call_id=str(number)))
    stats = stats_of(trace)
    assert len(stats.sip.by_name) == 33
    assert stats.sip.by_name["other"].requests == 28
    assert stats.sip.total.requests == 60
    for number in range(200):
        stats.server(f"s{number}").events += 1
    assert len(stats.servers) == 129


@given(st.lists(st.integers(0, 10**13), max_size=300))
def test_a_series_loses_nothing_however_long_it_gets(times: list[int]) -> None:
    series = Series()
    for time in times:
        series.add("x", START + time)
    counts = series.counts("x")
    assert sum(counts) == len(times)
    assert len(counts) <= MOST
    if times:
        expected = Counter(max(0, time - times[0]) // series.width_ns for time in times)
        assert {at: count for at, count in enumerate(counts) if count} == expected
    assert series.counts("nothing") == [0] * len(counts)


@pytest.mark.parametrize("seed", range(8))
def test_a_ranking_keeps_who_has_most(seed: int) -> None:
    chance = random.Random(seed)
    ranking, exact = Ranking(32), Counter[str]()
    for _ in range(2000):
        name = str(min(int(chance.paretovariate(0.7)), 10**6))
        ranking.add(name, 10)
        exact[name] += 1
    assert len(ranking) <= 32
    found = {name: count for name, count, _ in ranking.top(1000)}
    for name, count in found.items():
        assert exact[name] <= count <= exact[name] + ranking.slack
    assert all(name in found for name, count in exact.items() if count > ranking.slack)


def test_the_oldest_goes_first() -> None:
    gone: list[int] = []
    pending: Pending[int] = Pending(2, gone.append)
    for key, value in ((1, 1), (2, 2), (1, 3), (3, 4)):
        pending.put(key, value)
    assert gone == [2]
    assert list(pending) == [3, 4]
    assert (pending.pop(1), pending.get(1), len(pending)) == (3, None, 1)


@given(st.lists(st.sampled_from(range(12)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_order_of_messages_is_counted(order: list[int]) -> None:
    trace = Trace()
    makers = [
        lambda: trace.sip(request()),
        lambda: trace.back(response(180)),
        lambda: trace.back(response()),
        lambda: trace.back(response(487)),
        lambda: trace.event(request()),
        lambda: trace.reply(response()),
        lambda: trace.reply(response(500)),
        lambda: trace.uac(request("BYE", cseq=2), 5),
        lambda: trace.faked(5),
        lambda: trace.sip(request("BYE", cseq=2), PHONE, PROXY),
        lambda: trace.ping(1),
        lambda: trace.sip(b"garbage"),
    ]
    for number in order:
        makers[number]()
    stats = stats_of(trace)
    calls = stats.calls
    assert stats.records.total() == len(order)
    ends = calls.answered + calls.refused + calls.failed + calls.open
    assert calls.tried == ends <= 1
    assert calls.ended <= calls.answered
    for methods in (stats.sip, stats.events, stats.clients):
        for one in methods.by_name.values():
            assert one.answered + one.unanswered <= one.requests
