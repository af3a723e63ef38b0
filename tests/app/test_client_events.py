"""Responses to requests of ours, failures, time-outs, forks."""

import pytest
from app_bench import Bench, Recorder, Sent, sip_request

from seastool.app import Request, Response, SessionState, Settings
from seastool.seas.builder.event import build_event
from seastool.seas.frames import UacReq
from seastool.seas.types import EventType

CALLEE = "sip:callee@198.51.100.9"


def invite(bench: Bench, method: str = "INVITE") -> tuple[Request, Sent]:
    """A request of ours that was sent."""
    request = bench.container.context.create_request(method, CALLEE, "sip:as@example.com")
    request.send()
    return request, bench.one()


def test_a_response_reaches_the_application() -> None:
    bench = Bench(recorder := Recorder())
    request, sent = invite(bench, "MESSAGE")
    bench.response(200, sent, "X: 1", body=b"abc")
    (response,) = recorder.responses
    assert response.request is request
    assert (response.status, response.reason, response.method) == (200, "Some Reason", "MESSAGE")
    assert (response.header("X"), response.body, response.is_local) == ("1", b"abc", False)
    assert str(response.remote) == "192.0.2.7:5999"
    assert bench.is_empty()


def test_a_response_may_have_a_handler_of_its_own() -> None:
    bench = Bench(recorder := Recorder())
    got: list[Response] = []
    request = bench.container.context.create_request("MESSAGE", CALLEE, "sip:as@example.com")
    request.send(got.append)
    bench.response(200, bench.one())
    assert [response.status for response in got] == [200]
    assert not recorder.responses


def test_a_faked_reply_is_a_local_408() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    bench.faked(sent.frame.uac_id)
    (response,) = recorder.responses
    assert (response.status, response.reason) == (408, "Request Timeout")
    assert response.is_local
    assert (response.call_id, response.to, response.remote) == (sent["Call-ID"], sent["To"], None)
    assert bench.is_empty()


def test_a_failure_is_a_local_503_with_the_reason() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    bench.failure(sent.frame.uac_id, b"From tag \x1b[1mmissing")
    (response,) = recorder.responses
    assert (response.status, response.reason) == (503, "From tag ?[1mmissing")
    assert response.is_local
    assert response.attributes == {"error": 2}
    assert any("says it could not send INVITE sip:callee@" in line for line in bench.told)
    bench.failure(4711)
    assert bench.counted()["failures"] == 2
    assert bench.is_empty()


def test_a_response_that_nobody_waits_for_is_told_once() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench, "MESSAGE")
    for _ in range(3):
        bench.response(200, sent)
    assert len(recorder.responses) == 1
    assert bench.counted()["unknown_responses"] == 2
    assert len([line for line in bench.told if "waits for none" in line]) == 1


def test_what_old_proxies_report_of_an_ack_is_no_response() -> None:
    bench = Bench(recorder := Recorder(), dialect="openser-1.3.0")
    _, sent = invite(bench)
    bench.response(200, sent)
    recorder.responses[0].create_ack().send()
    bench.faked(bench.one().frame.uac_id)
    assert len(recorder.responses) == 1
    assert bench.counted()["faked_for_ack"] == 1
    assert not bench.told


def test_no_hint_where_final_responses_come() -> None:
    for dialect, status in (("kamailio-5.4.2", 200), ("openser-1.3.0", None)):
        bench = Bench(Recorder(), dialect=dialect)
        _, sent = invite(bench, "MESSAGE")
        if status:
            bench.response(status, sent)
        bench.wait(10)
        assert not bench.told


def test_a_response_that_never_comes() -> None:
    bench = Bench(recorder := Recorder(), dialect="kamailio-5.4.2")
    invite(bench, "MESSAGE")
    invite(bench, "MESSAGE")
    bench.wait(39)
    assert not recorder.responses
    bench.wait(2)
    assert [(r.status, r.is_local) for r in recorder.responses] == [(408, True)] * 2
    hint, told = bench.told
    assert "taken for kamailio-5.4.2, and real ones never report it" in hint
    assert "kamailio-5.4.2 is known not to report them" in told
    assert bench.counted()["time_outs"] == 2
    assert bench.is_empty()


def test_an_invite_that_rings_has_more_time_and_is_cancelled_then() -> None:
    bench = Bench(recorder := Recorder(), settings=Settings(answer_time=100))
    _, sent = invite(bench)
    bench.wait(30)
    bench.response(180, sent)
    bench.wait(99)
    assert len(recorder.responses) == 1
    bench.wait(2)
    assert recorder.responses[1].status == 408
    assert bench.one().kind == "AcCancel"
    assert bench.is_empty()


def test_a_cancelled_invite_without_an_end_gets_its_408_soon() -> None:
    bench = Bench(recorder := Recorder())
    request, sent = invite(bench)
    bench.response(180, sent)
    request.create_cancel().send()
    assert bench.one().kind == "AcCancel"
    bench.wait(41)
    assert recorder.responses[1].status == 408
    assert not bench.take()


def test_a_repeated_2xx_gets_its_ack_again() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    bench.response(200, sent)
    bench.response(200, sent)
    assert not bench.take()
    recorder.responses[0].create_ack().send()
    bench.response(200, sent)
    first, again = bench.take()
    assert first.text == again.text
    assert len(recorder.responses) == 1
    assert bench.counted()["repeated_responses"] == 2


def test_an_ack_that_nobody_sends_is_told() -> None:
    bench = Bench(Recorder())
    _, sent = invite(bench)
    bench.response(200, sent)
    bench.wait(33)
    assert any("no ACK for a 2xx" in line for line in bench.told)
    assert not bench.container.client_transactions


def test_forks_have_sessions_of_their_own() -> None:
    bench = Bench(recorder := Recorder())
    request, sent = invite(bench)
    for tag in ("x", "y", "x"):
        bench.response(180, sent, f"Contact: <sip:{tag}@h>", tag=tag)
    early_x, early_y, again = (response.session for response in recorder.responses)
    assert early_x is again is request.session
    assert early_y is not early_x
    assert {early_x.state, early_y.state} == {SessionState.EARLY}
    bench.response(200, sent, "Contact: <sip:y@h2>", tag="y")
    bench.response(200, sent, "Contact: <sip:z@h>", tag="z")
    y, z = (response.session for response in recorder.responses[3:])
    assert y is early_y
    assert y.state is z.state is SessionState.CONFIRMED
    assert (y.remote_target, z.remote_target) == ("sip:y@h2", "sip:z@h")
    assert early_x.state is SessionState.EARLY
    for response in recorder.responses[3:]:
        response.create_ack().send()
        response.session.create_request("BYE").send()
    assert [s.tag("To") for s in bench.take()] == ["y", "y", "z", "z"]
    bench.wait(1000)
    assert bench.is_empty()


def test_a_failed_call_ends_its_early_dialogs_and_may_be_tried_again() -> None:
    bench = Bench(recorder := Recorder())
    request, sent = invite(bench)
    bench.response(180, sent, tag="x")
    bench.response(183, sent, tag="y")
    bench.response(407, sent, tag="x")
    states = [response.session.state for response in recorder.responses]
    assert states == [SessionState.INITIAL, SessionState.TERMINATED, SessionState.INITIAL]
    again = request.session.create_request("INVITE", headers={"Proxy-Authorization": "Digest x"})
    again.send()
    out = bench.one()
    assert (out["CSeq"], out["Call-ID"], out["To"]) == ("3 INVITE", sent["Call-ID"], sent["To"])
    bench.response(200, out, tag="z")
    assert request.session.state is SessionState.CONFIRMED
    assert request.session.remote_tag == "z"


@pytest.mark.parametrize("status", [0, 99, 700, 70000])
def test_a_status_that_none_is_is_refused(status: int) -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    bench.faked(sent.frame.uac_id, status)
    assert not recorder.responses
    assert bench.counted()["malformed"] == 1


def test_too_many_forks_share_a_session() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    for n in range(40):
        bench.response(180, sent, tag=f"t{n}")
    assert len({id(response.session) for response in recorder.responses}) == 16
    assert isinstance(sent.frame, UacReq)


def test_a_repeated_2xx_to_a_reinvite_gets_the_ack_of_that_one() -> None:
    bench = Bench(recorder := Recorder())
    request, sent = invite(bench)
    bench.response(200, sent)
    recorder.responses[0].create_ack().send()
    request.session.create_request("INVITE").send()
    _, again = bench.take()
    bench.response(200, again)
    bench.response(200, again)
    assert not bench.take()
    recorder.responses[1].create_ack().send()
    bench.response(200, again)
    bench.response(200, sent)
    assert [ack["CSeq"] for ack in bench.take()] == ["3 ACK", "3 ACK", "2 ACK"]
    assert [response.request.cseq for response in recorder.responses] == [2, 3]


def test_a_request_that_comes_as_a_response_is_told() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    assert isinstance(sent.frame, UacReq)
    event = build_event(
        sip_request("OPTIONS"),
        bench.dialect,
        type=EventType.RES_IN,
        uac_id=sent.frame.uac_id,
        status=200,
    )
    bench.frame(event)
    assert not recorder.responses
    assert any("a request came as a response" in line for line in bench.told)


def test_a_repeated_failure_is_no_news() -> None:
    bench = Bench(recorder := Recorder())
    _, sent = invite(bench)
    bench.response(200, sent)
    bench.response(486, sent)
    assert [response.status for response in recorder.responses] == [200]
    assert bench.counted()["repeated_responses"] == 1
