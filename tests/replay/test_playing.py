"""The client of a recorded call, against another side that the test plays; no sockets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts import BASIC, SDP, Live, branch, cseq, header, recorded, start_line, status, tag

from seastool.replay.playing import Load, Playing
from seastool.replay.rewriting import Credentials

MAX = Playing(speed=float("inf"))


def basic_call(live: Live) -> None:
    """The other side as it was recorded, at its own pace."""
    live.answer(100)
    live.answer(180)
    live.answer(200)
    live.wait(5)
    live.answer(200, to="BYE")
    live.wait(1)


def test_a_call_as_recorded() -> None:
    live = Live(recorded(*BASIC))
    basic_call(live)
    assert live.log == ["INVITE", "ACK", "BYE"]
    assert live.times == [0.0, 0.0, 5.0]
    assert not live.differences
    assert live.stage.is_over
    assert live.stage.result.is_same
    assert (live.stage.result.compared, live.stage.result.sent) == (4, 3)


@pytest.mark.parametrize(("speed", "bye"), [(1.0, 5.0), (10.0, 0.5), (0.5, 10.0), (1e300, 0.0)])
def test_recorded_delays_are_divided_by_speed(speed: float, bye: float) -> None:
    live = Live(recorded(*BASIC), playing=Playing(speed=speed))
    live.answer(180)
    live.wait(3)
    live.answer(200)
    live.wait(10)
    assert live.times == [0.0, 3.0, 3.0 + bye]


def test_nothing_is_sent_before_what_it_followed_has_come() -> None:
    live = Live(recorded(*BASIC), playing=MAX)
    live.answer(180)
    live.wait(4)
    assert live.log == ["INVITE"]
    live.answer(200)
    assert live.log == ["INVITE", "ACK", "BYE"]


def test_one_changed_response_is_that_difference() -> None:
    live = Live(recorded(*BASIC), playing=MAX)
    live.answer(183)
    live.answer(200)
    live.answer(200, to="BYE")
    live.wait(1)
    assert live.told == [("different", 3, "status: expected 180, got 183")]
    (one,) = live.differences
    assert one.number == 3
    assert one.call_id == "then@192.0.2.10"
    assert one.expected.startswith(b"SIP/2.0 180 ")
    assert one.got.startswith(b"SIP/2.0 183 ")
    assert not live.stage.result.unfinished


def test_a_missing_response_is_told_once_it_cannot_come_any_more() -> None:
    live = Live(recorded(*BASIC), playing=MAX)
    live.answer(200)
    assert live.told == [("missing", 3, "180")]
    live.answer(200, to="BYE")
    live.wait(1)
    assert live.stage.result.total == 1


def test_an_unexpected_response() -> None:
    live = Live(recorded(*BASIC), playing=MAX)
    live.answer(180)
    live.answer(181)
    live.answer(200)
    live.answer(200, to="BYE")
    live.wait(1)
    assert live.told == [("unexpected", 4, "181")]


@pytest.mark.parametrize(("level", "count"), [("status", 0), ("headers", 1), ("full", 1)])
def test_a_100_more_or_less_counts_above_status_only(level: str, count: int) -> None:
    without = [line for line in BASIC if line != "< 100"]
    for lines, is_sent in ((BASIC, False), (without, True)):
        live = Live(recorded(*lines), playing=Playing(level=level, speed=1e9))
        if is_sent:
            live.answer(100)
        live.answer(180)
        live.answer(200)
        live.wait(0.1)
        live.answer(200, to="BYE")
        live.wait(1)
        found = [one for one in live.differences if one.what != "different"]
        assert len(found) == count, live.told


def test_a_provisional_response_twice_is_one() -> None:
    live = Live(recorded(*BASIC), playing=MAX)
    text = live.answer(180)
    live.come(text)
    live.answer(200)
    live.answer(200, to="BYE")
    live.wait(1)
    assert not live.differences


def test_responses_in_another_order_than_recorded() -> None:
    lines = ("> INVITE", "< 180", "< 183", "< 200", "> ACK", "> BYE", "< 200")
    live = Live(recorded(*lines), playing=MAX)
    live.answer(183)
    live.answer(180)
    live.answer(200)
    live.answer(200, to="BYE")
    live.wait(1)
    assert not live.differences


def test_the_client_repeats_over_udp_and_not_what_was_recorded_twice() -> None:
    transcript = ("> INVITE", "< 180 +2", "< 200", "> ACK", "> BYE", "< 200")
    call = recorded(*transcript)
    call.steps.insert(1, type(call.steps[0])(call.steps[0].message, True, 500_000_000, True))
    live = Live(call)
    live.wait(1.6)
    assert live.log == ["INVITE"]
    assert len(live.repeated) == 2  # at 0.5 and 1.5 seconds, by timer A
    assert set(live.repeated) == {live.sent[0]}


def test_the_time_of_what_is_left_out_counts() -> None:
    call = recorded("> OPTIONS", "< 200", "> OPTIONS +3", "< 200")
    again = type(call.steps[0])(call.steps[1].message, False, 2_000_000_000, True)
    call.steps.insert(2, again)
    live = Live(call)
    live.answer(200)
    live.wait(10)
    assert live.times == [0.0, 5.0]


def test_an_invite_that_fails_ends_the_call() -> None:
    live = Live(recorded(*BASIC), playing=MAX)
    live.answer(180)
    live.answer(486)
    live.wait(1)
    assert live.log == ["INVITE", "ACK"]  # the ACK is the transaction's
    assert branch(live.sent[1]) == branch(live.sent[0])
    assert live.told == [("different", 4, "status: expected 200, got 486")]
    assert live.stage.result.unfinished == 1
    assert live.notes == ["a call was left before its end: the INVITE got 486, not 200"]


def test_an_invite_that_succeeds_against_the_record_is_hung_up() -> None:
    live = Live(recorded("> INVITE", "< 100", "< 486 +1", "> ACK"), playing=MAX)
    live.answer(200, "Record-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n")
    live.wait(1)
    assert live.log == ["INVITE", "ACK", "BYE"]
    ack, bye = live.sent[1:]
    assert start_line(bye) == ("BYE", "sip:bob@10.9.9.3:7000")
    assert (cseq(ack), cseq(bye)) == ((1, "ACK"), (2, "BYE"))
    assert tag(bye, "To") == "bnow"
    assert bye.index(b"Route: <sip:p1;lr>") < bye.index(b"Route: <sip:p2;lr>")
    assert len({branch(one) for one in live.sent}) == 3
    assert live.told == [("different", 3, "status: expected 486, got 200")]


def test_a_failure_as_recorded_is_acknowledged_once() -> None:
    live = Live(recorded("> INVITE", "< 100", "< 486 +1", "> ACK"), playing=MAX)
    live.answer(486)
    live.wait(1)
    assert live.log == ["INVITE", "ACK"]
    assert live.stage.result.is_same


def test_cancel_has_the_branch_of_the_live_invite() -> None:
    call = recorded("> INVITE", "< 100", "< 180", "> CANCEL +1", "< 200", "< 487 for=INVITE")
    live = Live(call, playing=MAX)
    live.answer(180)
    assert live.log == ["INVITE", "CANCEL"]
    invite, cancel = live.sent
    assert branch(cancel) == branch(invite)
    assert header(cancel, "Via") == header(invite, "Via")
    assert cseq(cancel) == (1, "CANCEL")
    live.answer(200, to="CANCEL")
    live.answer(487, to="INVITE")
    live.wait(1)
    assert live.log == ["INVITE", "CANCEL", "ACK"]
    assert live.stage.result.is_same


def test_cancel_waits_for_a_provisional_response() -> None:
    lines = ("> INVITE", "> CANCEL +1", "< 200", "< 487 for=INVITE")
    live = Live(recorded(*lines), playing=Playing(level="status"))
    live.wait(3)
    assert live.log == ["INVITE"]
    live.answer(100)
    assert live.log == ["INVITE", "CANCEL"]


def test_cancel_is_not_sent_once_the_invite_is_answered() -> None:
    call = recorded("> INVITE", "< 180", "> CANCEL +1", "< 200", "< 487 for=INVITE", "> ACK")
    live = Live(call)
    live.answer(180)
    live.answer(486)
    live.wait(10)
    assert live.log == ["INVITE", "ACK"]
    assert [one[0] for one in live.told] == ["different", "missing"]
    assert live.told[0][2] == "status: expected 487, got 486"
    assert not live.stage.result.unfinished


def test_requests_of_the_other_side_get_the_recorded_responses() -> None:
    lines = (*BASIC[:5], "< BYE +3", "> 200 +1|X-Note: recorded")
    live = Live(recorded(*lines))
    live.answer(180)
    live.answer(200)
    live.wait(2)
    bye = live.ask("BYE", 77)
    live.wait(0.9)
    assert live.log == ["INVITE", "ACK"]
    live.wait(0.2)
    assert live.log == ["INVITE", "ACK", "200 BYE"]
    answer = live.sent[-1]
    assert answer.startswith(b"SIP/2.0 200 As Recorded\r\n")
    assert header(answer, "X-Note") == "recorded"
    assert branch(answer) == branch(bye)
    assert (tag(answer, "From"), tag(answer, "To")) == ("bnow", tag(live.sent[0], "From"))
    assert header(answer, "Call-ID") == header(live.sent[0], "Call-ID")
    assert cseq(answer) == (77, "BYE")
    live.come(bye)  # its retransmission gets the same
    assert live.repeated[-1] == answer
    live.wait(1)
    assert live.stage.result.is_same


def test_a_request_that_comes_early_is_answered_at_once() -> None:
    lines = (*BASIC[:5], "> OPTIONS +30", "< 200", "< BYE", "> 200 +1")
    live = Live(recorded(*lines))
    live.answer(180)
    live.answer(200)
    live.ask("BYE")
    live.wait(2)
    assert live.log == ["INVITE", "ACK", "200 BYE"]
    live.wait(29)
    assert live.log[-1] == "OPTIONS"


def test_an_unexpected_bye_is_answered_and_ends_the_call() -> None:
    live = Live(recorded(*BASIC))
    live.answer(180)
    live.answer(200)
    live.ask("BYE")
    live.wait(10)
    assert live.log == ["INVITE", "ACK", "200 BYE"]
    assert live.told == [("unexpected", 6, "BYE")]
    assert live.stage.result.unfinished == 1


def test_an_unexpected_request_that_needs_a_dialog_is_refused() -> None:
    live = Live(recorded(*BASIC))
    live.answer(180)
    live.answer(200)
    live.ask("MESSAGE", 8)
    assert live.log[-1] == "481 MESSAGE"
    assert live.told[0][0] == "unexpected"


def test_an_invite_of_the_other_side_is_repeated_until_its_ack() -> None:
    lines = (*BASIC[:5], "< INVITE +1", "> 200", "< ACK", "< BYE", "> 200")
    live = Live(recorded(*lines), playing=MAX)
    live.answer(180)
    live.answer(200)
    live.ask("INVITE", 300)
    assert live.log == ["INVITE", "ACK", "200 INVITE"]
    live.wait(1.6)
    assert len(live.repeated) == 2
    live.ask("ACK", 300)
    live.wait(3)
    assert len(live.repeated) == 2
    live.ask("BYE", 301)
    live.wait(1)
    assert live.stage.result.is_same
    assert live.stage.result.compared == 5


def test_a_2xx_that_comes_again_gets_its_ack_again() -> None:
    live = Live(recorded(*BASIC))
    live.answer(180)
    text = live.answer(200)
    live.come(text)
    assert live.log == ["INVITE", "ACK", "ACK"]
    assert live.sent[1] == live.sent[2]
    assert not live.differences


def test_a_second_dialog_of_one_invite_is_ended() -> None:
    live = Live(recorded(*BASIC))
    live.answer(180)
    live.answer(200)
    live.answer(200, to="INVITE", to_tag="fork")
    assert live.log == ["INVITE", "ACK", "ACK", "BYE"]
    assert [tag(one, "To") for one in live.sent[2:]] == ["fork", "fork"]
    assert live.told[0][0] == "unexpected"
    live.wait(5)
    assert tag(live.sent[-1], "To") == "bnow"


def test_silence_is_missing_and_the_peer_counts_as_gone() -> None:
    live = Live(recorded(*BASIC))
    live.wait(6)
    assert [one[0] for one in live.told] == ["missing", "missing"]
    assert live.stage.is_over
    assert live.stage.unreachable == "nothing came back"


def test_patience_is_four_times_what_was_recorded() -> None:
    live = Live(recorded("> OPTIONS", "< 200 +10", "> OPTIONS", "< 200"))
    live.answer(100)
    live.wait(31)  # timer F would end it at 32
    assert not live.differences
    live.answer(200)
    assert live.log == ["OPTIONS", "OPTIONS"]


def test_waiting_for_a_response_ends_when_its_transaction_does() -> None:
    live = Live(recorded("> OPTIONS", "< 200 +100", "> OPTIONS", "< 200"))
    live.answer(100)
    live.wait(33)
    assert live.told == [("missing", 2, "200")]
    assert live.log == ["OPTIONS", "OPTIONS"]


def test_stopping_cancels_what_rings_and_hangs_up_what_talks() -> None:
    ringing, talking = Live(recorded(*BASIC)), Live(recorded(*BASIC))
    ringing.answer(180)
    talking.answer(180)
    talking.answer(200)
    for live in (ringing, talking):
        live.stage.stop(live.now, "interrupted")
        live.wait(0.2)
        assert live.stage.is_over
        assert live.stage.result.unfinished == 1
    assert ringing.log == ["INVITE", "CANCEL"]
    assert talking.log == ["INVITE", "ACK", "BYE"]


def test_a_refused_port_is_told_before_anything_came_back() -> None:
    live = Live(recorded(*BASIC))
    live.fail(live.sent[0], "connection refused")
    live.wait(1)
    assert live.stage.unreachable == "connection refused"
    assert live.stage.is_over


def test_a_failure_later_on_is_of_one_request() -> None:
    live = Live(recorded("> OPTIONS", "< 200", "> OPTIONS", "< 200", "> OPTIONS", "< 200"))
    live.answer(200)
    live.fail(live.sent[1], "connection refused")
    assert live.log == ["OPTIONS"] * 3
    assert live.told == [("missing", 4, "200")]
    assert not live.stage.unreachable


def test_the_old_digest_is_noted_and_a_new_one_made_with_credentials() -> None:
    old = 'Digest username="alice", realm="r", nonce="then", uri="sip:x", response="00"'
    lines = ("> REGISTER", "< 401", f"> REGISTER Authorization: {old}", "< 200")
    challenge = 'WWW-Authenticate: Digest realm="here", nonce="now", qop="auth"\r\n'
    without = Live(recorded(*lines), playing=MAX)
    without.answer(401, challenge)
    without.answer(401, challenge)
    without.wait(1)
    assert header(without.sent[1], "Authorization") == old
    assert sum("--user" in note for note in without.notes) == 1
    live = Live(recorded(*lines), playing=MAX, credentials=Credentials(b"alice", b"secret"))
    live.answer(401, challenge)
    new = header(live.sent[1], "Authorization")
    assert new is not None
    assert 'nonce="now"' in new
    assert 'realm="here"' in new
    live.answer(200)
    live.wait(1)
    assert live.stage.result.is_same


def test_calls_begin_as_recorded_or_by_rate() -> None:
    calls = [recorded("> OPTIONS", "< 200", call_id=name) for name in ("a@x", "b@x")]
    for step in calls[1].steps:
        step.message.time_ns += 4_000_000_000
    live = Live(*calls, load=Load(loops=2))
    live.wait(3.9)
    assert live.times == [0.0]
    live.answer(200)
    live.wait(0.2)
    assert live.times == [0.0, 4.0]
    live.answer(200)
    live.wait(1)
    assert live.log == ["OPTIONS"] * 3  # the second loop, once the first is over
    fast = Live(*calls, load=Load(calls=5, rate=2.0))
    fast.wait(10)
    assert fast.times == [0.0, 0.5, 1.0, 1.5, 2.0]


def test_no_more_calls_at_a_time_than_wanted() -> None:
    live = Live(recorded("> OPTIONS", "< 200"), load=Load(calls=3, rate=100.0, concurrency=1))
    live.wait(1)
    assert live.log == ["OPTIONS"]
    live.answer(200)
    live.wait(1)
    assert live.log == ["OPTIONS"] * 2
    assert len({header(one, "Call-ID") for one in live.sent}) == 2


def test_what_belongs_to_no_call_is_refused_and_counted() -> None:
    live = Live(recorded(*BASIC))
    text = live.sent[0]
    stray = text.replace(header(text, "Call-ID").encode(), b"other@x").replace(b"INVITE", b"BYE")
    live.come(stray)
    assert live.log == ["INVITE", "481 BYE"]
    live.come(b"SIP/2.0 200 OK\r\n\r\n")
    live.come(b"\0\xff")
    assert live.stage.strays["requests"] == 1
    assert live.stage.strays["messages that are no SIP"] == 2


def test_what_the_recording_leaves_open_is_ended() -> None:
    talking = Live(recorded(*BASIC[:5]))
    talking.answer(180)
    talking.answer(200)
    assert talking.log == ["INVITE", "ACK", "BYE"]
    talking.answer(200, to="BYE")
    ringing = Live(recorded(*BASIC[:3]))
    ringing.answer(180)
    assert ringing.log == ["INVITE", "CANCEL"]
    ringing.answer(200, to="CANCEL")
    ringing.answer(487, to="INVITE")
    assert ringing.log == ["INVITE", "CANCEL", "ACK"]
    for live in (talking, ringing):
        live.wait(1)
        assert live.stage.result.is_same, live.told


def test_of_a_recording_of_one_side_nothing_is_compared() -> None:
    call = recorded(*BASIC)
    call.steps = [step for step in call.steps if step.by_client]
    live = Live(call)
    live.wait(3)
    assert live.log == ["INVITE"]  # the ACK has nothing that it is for
    live.answer(180)
    live.answer(200, "Record-Route: <sip:p1;lr>\r\n")
    assert live.log == ["INVITE", "ACK"]
    live.wait(8)
    bye = live.last("BYE")
    assert start_line(bye) == ("BYE", "sip:bob@10.9.9.3:7000")
    assert (tag(bye, "To"), header(bye, "Route")) == ("bnow", "<sip:p1;lr>")
    live.answer(200, to="BYE")
    live.wait(1)
    assert live.stage.result.is_same


def test_an_ack_that_has_nothing_to_acknowledge_is_given_up() -> None:
    call = recorded(*BASIC)
    call.steps = [step for step in call.steps if step.by_client]
    live = Live(call)
    live.answer(180)
    live.wait(30)
    assert live.log == ["INVITE", "CANCEL"]
    assert live.stage.result.unfinished == 1
    assert live.notes == ["a call was left before its end: the INVITE was not answered in time"]


def test_an_invite_of_one_side_that_fails_ends_the_call() -> None:
    call = recorded(*BASIC)
    call.steps = [step for step in call.steps if step.by_client]
    live = Live(call)
    live.answer(404)
    live.wait(10)
    assert live.log == ["INVITE", "ACK"]
    assert branch(live.sent[1]) == branch(live.sent[0])
    assert live.notes == ["a call was left before its end: the INVITE got 404"]


def test_a_merged_request_is_a_loop() -> None:
    lines = (*BASIC[:5], "< OPTIONS", "> 200 +3", "< BYE", "> 200")
    live = Live(recorded(*lines))
    live.answer(180)
    live.answer(200)
    bye = live.ask("MESSAGE", 9).replace(f";tag={tag(live.sent[0], 'From')}".encode(), b"")
    for copy in (b"one", b"two"):
        live.come(bye.replace(b"z9hG4bKlive", b"z9hG4bK" + copy))
    assert live.log[-2:] == ["481 MESSAGE", "482 MESSAGE"]


def test_a_late_200_to_a_cancelled_invite_is_hung_up() -> None:
    live = Live(recorded(*BASIC))
    live.answer(180)
    live.stage.stop(live.now, "interrupted")
    live.wait(0)
    live.answer(200, to="INVITE")
    assert live.log == ["INVITE", "CANCEL", "ACK", "BYE"]


def test_session_descriptions_go_along() -> None:
    lines = [f"> INVITE Content-Type: application/sdp|body={SDP}", *BASIC[1:]]
    live = Live(recorded(*lines))
    assert b"c=IN IP4 10.9.9.1\r\n" in live.sent[0]
    assert b"m=audio 40000 RTP/AVP 0\r\n" in live.sent[0]


@given(
    st.lists(
        st.tuples(st.integers(0, 700), st.binary(max_size=8), st.integers(0, 8)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([180, 200, 401, 486]),
    st.booleans(),
)
def test_messages_that_are_nearly_right_do_no_harm(
    changes: list[tuple[int, bytes, int]], code: int, is_request: bool
) -> None:
    odd = "Record-Route: <sip:p1;lr>\r\nRSeq: 4\r\nWWW-Authenticate: Digest realm=r, nonce=n\r\n"
    live = Live(recorded(*BASIC), playing=Playing(level="full", speed=10.0))
    other = Live(recorded(*BASIC))
    other.answer(180)
    text = other.ask("BYE", 7) if is_request else other.answer(code, odd)
    for at, new, length in changes:
        text = text[:at] + new + text[at + length :]
    live.come(text)
    live.answer(180, odd)
    live.come(text)
    live.answer(200)
    live.wait(200)
    assert live.stage.is_over
    assert live.stage.result.calls == 1


CODES = st.sampled_from([100, 180, 183, 200, 202, 302, 401, 408, 481, 486, 487, 500, 603])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), CODES, st.sampled_from(["", "INVITE", "BYE", "CANCEL"])),
        st.tuples(st.just("ask"), st.sampled_from(["BYE", "INVITE", "OPTIONS", "ACK", "CANCEL"])),
        st.tuples(st.just("wait"), st.floats(0, 40)),
        st.tuples(st.just("garbage"), st.binary(max_size=60)),
        st.tuples(st.just("stop")),
    ),
    max_size=12,
)


@given(STEPS, st.sampled_from([1.0, float("inf")]))
def test_whatever_the_other_side_does_a_call_comes_to_an_end(steps: list, speed: float) -> None:
    lines = (*BASIC[:5], "< INVITE", "> 200", "< ACK", *BASIC[5:])
    live = Live(recorded(*lines), playing=Playing(speed=speed))
    for what, *rest in steps:
        if what == "answer":
            try:
                live.last(rest[1])
            except AssertionError:
                continue
            live.answer(rest[0], to=rest[1])
        elif what == "ask":
            live.ask(rest[0])
        elif what == "wait":
            live.wait(rest[0])
        elif what == "garbage":
            live.come(rest[0])
        else:
            live.stage.stop(live.now, "interrupted")
    live.wait(200)
    assert live.stage.is_over
    assert live.stage.result.calls == 1
    assert status(live.sent[0]) is None
    if live.stage.result.is_same:
        assert live.stage.result.compared >= 5
