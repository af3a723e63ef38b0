"""Dialogs: state, names, targets, routes, requests inside them."""

import pytest
from app_bench import Bench, Recorder, Sent, answering, sip_request

from seastool.app import Session, SessionState, Settings
from seastool.errors import LocalProtocolError


def incoming(bench: Bench, recorder: Recorder, *headers: str, **arguments) -> tuple[Session, Sent]:
    """The session of an INVITE that came in, and the answer to it."""
    bench.request(sip_request("INVITE", *headers, **arguments))
    return recorder.requests[-1].session, bench.take()[-1]


def outgoing(bench: Bench, *headers: str, status: int = 200) -> tuple[Session, Sent]:
    """The session of an INVITE of ours that was answered."""
    context = bench.container.context
    request = context.create_request("INVITE", "sip:bob@198.51.100.9", "sip:as@example.com")
    request.send()
    sent = bench.one()
    bench.response(status, sent, *headers)
    return request.session, sent


def test_the_states_of_a_call_that_comes_in() -> None:
    states = []
    bench = Bench(recorder := Recorder(INVITE=lambda request: states.append(request.session.state)))
    bench.request(sip_request("INVITE"))
    request = recorder.requests[0]
    for status in (100, 180, 200):
        request.create_response(status).send()
        states.append(request.session.state)
    bench.request(sip_request("BYE", to=bench.take()[-1]["To"], cseq=2))
    states.append(request.session.state)
    assert [state.value for state in states] == [
        "initial",
        "initial",
        "early",
        "confirmed",
        "terminated",
    ]
    assert len(bench.container.sessions) == 0


def test_a_call_that_is_refused_ends_its_session() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(180)))
    session, _ = incoming(bench, recorder)
    assert session.state is SessionState.EARLY
    recorder.requests[0].create_response(486).send()
    assert session.state is SessionState.TERMINATED
    assert len(bench.container.sessions) == 0


def test_a_request_inside_a_dialog_that_came_in() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    session, answer = incoming(
        bench,
        recorder,
        "Record-Route: <sip:r1;lr>, <sip:r2>",
        'Record-Route: <sip:r3;lr;x="a,b">',
        contact='"A <x>" <sip:alice@192.0.2.7:5999;transport=tcp>;q=1',
    )
    for cseq, method in ((2, "INFO"), (3, "BYE")):
        session.create_request(method, headers={"X": "1"}).send()
        out = bench.one()
        assert out.start == f"{method} sip:alice@192.0.2.7:5999;transport=tcp SIP/2.0"
        assert out["CSeq"] == f"{cseq} {method}"
        assert (out["From"], out["To"]) == (answer["To"], answer["From"])
        assert out["Call-ID"] == "c1"
        assert out.all("Route") == ['<sip:r1;lr>, <sip:r2>, <sip:r3;lr;x="a,b">']
    assert session.state is SessionState.TERMINATED
    assert session.route_set == ("<sip:r1;lr>", "<sip:r2>", '<sip:r3;lr;x="a,b">')


def test_a_request_inside_a_dialog_of_ours() -> None:
    bench = Bench(Recorder())
    session, invite = outgoing(
        bench, "Record-Route: <sip:r1;lr>", "Record-Route: <sip:r2;lr>", "m: <sip:bob@h>"
    )
    assert session.is_uac
    assert session.state is SessionState.CONFIRMED
    session.create_request("UPDATE").send()
    out = bench.one()
    assert out.start == "UPDATE sip:bob@h SIP/2.0"
    assert out["CSeq"] == "3 UPDATE"
    assert out.all("Route") == ["<sip:r2;lr>, <sip:r1;lr>"]
    assert (out["From"], out["To"]) == (invite["From"], invite["To"] + ";tag=b1")
    assert out["Contact"] == invite["Contact"]
    assert session.local_uri == "sip:as@example.com"
    assert session.remote_uri == "sip:bob@198.51.100.9"
    assert (session.local_tag, session.remote_tag) == (out.tag("From"), "b1")


def test_the_peers_requests_find_a_dialog_of_ours() -> None:
    bench = Bench(recorder := Recorder(INFO=answering(200)))
    session, invite = outgoing(bench, status=180)
    for from_, cseq in (("<sip:b>;tag=b1", 1), ("<sip:b>;tag=other", 2)):
        sip = sip_request(
            "INFO", call_id=invite["Call-ID"], from_=from_, to=invite["From"], cseq=cseq
        )
        bench.request(sip)
    assert [sent.status for sent in bench.take()] == [200, 481]
    assert recorder.requests[0].session is session


def test_a_notify_before_the_answer_to_subscribe_finds_its_session() -> None:
    bench = Bench(recorder := Recorder(NOTIFY=answering(200)))
    context = bench.container.context
    request = context.create_request("SUBSCRIBE", "sip:bob@h", "sip:as@x", headers={"Event": "e"})
    request.send()
    sent = bench.one()
    notify = {"call_id": sent["Call-ID"], "from_": "<sip:b>;tag=b1", "to": sent["From"]}
    bench.request(sip_request("NOTIFY", "Subscription-State: active", **notify))
    assert bench.one().status == 200
    assert recorder.requests[0].session is request.session
    bench.response(200, sent)
    assert request.session.state is SessionState.CONFIRMED
    bench.request(sip_request("NOTIFY", "Subscription-State: terminated", cseq=2, **notify))
    assert request.session.state is SessionState.TERMINATED
    assert bench.is_empty()


def test_without_a_contact_the_peers_uri_is_the_target() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    session, _ = incoming(bench, recorder, contact=None)
    assert session.remote_target == "sip:alice@example.com"
    session, _ = outgoing(bench)
    assert session.remote_target == "sip:bob@198.51.100.9"


def test_later_contacts_move_the_target() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200), INFO=answering(200)))
    session, answer = incoming(bench, recorder)
    bench.request(sip_request("INFO", to=answer["To"], cseq=2, contact="<sip:no@h>"))
    assert session.remote_target == "sip:alice@192.0.2.7:5999"
    bench.request(sip_request("INVITE", to=answer["To"], cseq=3, contact="<sip:alice@new>"))
    assert session.remote_target == "sip:alice@new"
    bench.take()
    session.create_request("INVITE").send()
    bench.response(200, bench.one(), "Contact: <sip:alice@newer>")
    assert session.remote_target == "sip:alice@newer"
    assert session.state is SessionState.CONFIRMED


def test_a_dialog_that_is_gone_at_the_peer_ends() -> None:
    bench = Bench(Recorder())
    session, _ = outgoing(bench)
    session.create_request("INFO").send()
    bench.response(481, bench.one())
    assert session.state is SessionState.TERMINATED


def test_nothing_is_sent_in_a_dialog_that_has_ended() -> None:
    bench = Bench(Recorder())
    session, _ = outgoing(bench)
    for method in ("ACK", "CANCEL"):
        with pytest.raises(LocalProtocolError, match="create_"):
            session.create_request(method)
    session.invalidate()
    session.invalidate()
    with pytest.raises(LocalProtocolError, match="has ended"):
        session.create_request("BYE")


def test_a_bye_that_nobody_answers_ends_the_dialog() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200), BYE=lambda request: None))
    session, answer = incoming(bench, recorder)
    bench.request(sip_request("BYE", to=answer["To"], cseq=2))
    assert session.state is SessionState.CONFIRMED
    bench.wait(33)
    assert session.state is SessionState.TERMINATED


@pytest.mark.parametrize(
    ("method", "answers", "seconds"),
    [("INVITE", [180], 180), ("INVITE", [180, 200], 7200), ("SUBSCRIBE", [200], 3700)],
)
def test_a_silent_dialog_is_forgotten(method: str, answers: list[int], seconds: int) -> None:
    bench = Bench(recorder := Recorder(**{method: lambda request: None}))
    bench.request(sip_request(method))
    request = recorder.requests[0]
    for status in answers:
        request.create_response(status).send()
    bench.wait(seconds - 1)
    assert request.session.state is not SessionState.TERMINATED
    bench.wait(2)
    assert request.session.state is SessionState.TERMINATED
    bench.wait(60)
    assert bench.is_empty()


def test_a_dialog_that_is_used_is_kept() -> None:
    bench = Bench(
        recorder := Recorder(INVITE=answering(200), INFO=answering(200)),
        settings=Settings(dialog_time=100),
    )
    session, answer = incoming(bench, recorder)
    for cseq in range(2, 7):
        bench.wait(90)
        bench.request(sip_request("INFO", to=answer["To"], cseq=cseq))
    assert session.state is SessionState.CONFIRMED
    assert bench.container.get_timer() is not None
    bench.wait(200)
    assert session.state is SessionState.TERMINATED
    assert bench.counted()["expired_sessions"] == 1


def test_ids_and_attributes() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    first, _ = incoming(bench, recorder)
    second, _ = incoming(bench, recorder, call_id="c2")
    assert first.id == first.id != second.id
    first.attributes["x"] = 1
    assert second.attributes == {}
    assert repr(first) == "<Session 'c1' confirmed>"
