"""Requests that come in: whom they reach, CANCEL, ACK, dialogs, bounds."""

import pytest
from app_bench import Bench, Recorder, answering, sip_request

from seastool.app import Request, SessionState, Settings
from seastool.seas.types import EventType


def call(bench: Bench, call_id: str = "c1", **arguments) -> tuple[int, str]:
    """An INVITE that is answered; its label and the To of the answer."""
    label = bench.request(sip_request("INVITE", call_id=call_id, **arguments))
    return label, bench.take()[-1]["To"]


def test_a_transaction_is_named_by_hash_index_and_label() -> None:
    bench = Bench(Recorder(OPTIONS=answering(200)))
    label = bench.request(sip_request("OPTIONS"))
    frame = bench.one().frame
    assert (frame.hash_index, frame.label, frame.processor_id) == (7, label, 3)
    assert not bench.container.transactions


@pytest.mark.parametrize(("status", "type"), [(180, 1), (200, 2), (404, 2)])
def test_replies_are_provisional_or_final(status: int, type: int) -> None:
    bench = Bench(Recorder(INVITE=answering(status)))
    bench.request(sip_request("INVITE"))
    assert bench.one().frame.type == type


def test_the_ack_of_a_2xx_reaches_the_application_with_its_session() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    label, to = call(bench)
    assert (7, label) in bench.container.transactions
    bench.request(sip_request("ACK", to=to), label=label, flags=4)
    invite, ack = recorder.requests
    assert ack.session is invite.session
    assert not bench.container.transactions
    with pytest.raises(Exception, match="an ACK takes none"):
        ack.create_response(200)


def test_the_ack_of_another_final_reply_ends_the_transaction_quietly() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(486)))
    label, to = call(bench)
    bench.request(sip_request("ACK", to=to), label=label)
    assert [r.method for r in recorder.requests] == ["INVITE"]
    assert bench.is_empty()


def test_a_repeated_ack_is_told_once() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    label, to = call(bench)
    for _ in range(3):
        bench.request(sip_request("ACK", to=to), label=label, flags=4)
    assert [r.method for r in recorder.requests] == ["INVITE", "ACK"]
    assert bench.counted()["unknown_acks"] == 2


def test_an_ack_that_old_opensips_sends_stateless_finds_its_session() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)), dialect="opensips-1.4.5")
    _, to = call(bench)
    bench.request(sip_request("ACK", to=to), stateless=True)
    assert recorder.requests[1].session is recorder.requests[0].session
    assert not bench.take()


def test_an_ack_of_nothing_is_dropped() -> None:
    bench = Bench(recorder := Recorder())
    bench.request(sip_request("ACK", to="<sip:bob@example.com>;tag=x"), flags=4)
    bench.request(sip_request("ACK"), stateless=True)
    assert not recorder.requests
    assert not bench.take()
    assert bench.counted()["unknown_acks"] == 2


def test_a_cancel_is_answered_and_ends_its_invite() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(180)))
    label, to = call(bench)
    cancel_label = bench.request(sip_request("CANCEL"), cancelled=(7, label))
    ok, terminated = bench.take()
    assert (ok.status, ok.frame.label, ok["CSeq"]) == (200, cancel_label, "1 CANCEL")
    assert (terminated.status, terminated.frame.label) == (487, label)
    assert ok["To"] == terminated["To"] == to
    invite, cancel = recorder.requests
    assert cancel.cancelled is invite
    assert cancel.session is invite.session
    assert invite.session.state is SessionState.TERMINATED
    assert invite.is_cancelled
    bench.request(sip_request("ACK", to=to), label=label)
    assert bench.is_empty()


def test_a_cancel_of_an_answered_invite_changes_nothing() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    label, _ = call(bench)
    bench.request(sip_request("CANCEL"), cancelled=(7, label))
    assert bench.one().status == 200
    assert recorder.requests[1].method == "CANCEL"
    assert not recorder.requests[0].is_cancelled
    assert recorder.requests[0].session.state is SessionState.CONFIRMED


def test_a_cancel_of_an_invite_that_is_not_known_gets_481() -> None:
    bench = Bench(recorder := Recorder())
    bench.request(sip_request("CANCEL"), cancelled=(7, 4711))
    bench.request(sip_request("CANCEL"))
    assert [sent.status for sent in bench.take()] == [481, 481]
    bench.request(sip_request("CANCEL"), stateless=True)
    assert not bench.take()
    assert not recorder.requests
    assert bench.counted()["unknown_cancels"] == 3


def test_the_cancel_of_a_reinvite_keeps_the_tag_and_the_dialog() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    label, to = call(bench)
    bench.request(sip_request("ACK", to=to), label=label, flags=4)
    recorder.on["INVITE"] = answering(180)
    label = bench.request(sip_request("INVITE", to=to, cseq=2))
    bench.take()
    bench.request(sip_request("CANCEL", to=to, cseq=2), cancelled=(7, label))
    ok, terminated = bench.take()
    assert ok["To"] == terminated["To"] == to
    assert recorder.requests[0].session.state is SessionState.CONFIRMED


def test_a_reply_after_the_cancel_is_dropped_without_a_word() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda request: None))
    label = bench.request(sip_request("INVITE"))
    bench.request(sip_request("CANCEL"), cancelled=(7, label))
    bench.take()
    recorder.requests[0].create_response(200).send()
    assert not bench.take()
    assert bench.counted()["after_cancel"] == 1


def test_hooks_of_a_transaction_get_ack_and_cancel() -> None:
    got: list[Request] = []
    bench = Bench(recorder := Recorder(INVITE=lambda request: None))
    for end in ("ACK", "CANCEL"):
        label = bench.request(sip_request("INVITE", call_id=end))
        request = bench.container.transactions[7, label]
        request.server.on_ack = request.server.on_cancel = got.append
        if end == "ACK":
            request.create_response(200).send()
            bench.request(sip_request("ACK", call_id=end), label=label, flags=4)
        else:
            bench.request(sip_request("CANCEL", call_id=end), cancelled=(7, label))
    assert [request.method for request in got] == ["ACK", "CANCEL"]
    assert [request.method for request in recorder.requests] == ["INVITE", "INVITE"]


def test_a_request_inside_a_dialog_finds_its_session() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200), INFO=answering(200)))
    _, to = call(bench)
    bench.request(sip_request("INFO", to=to, cseq=2))
    invite, info = recorder.requests
    assert (invite.is_initial, info.is_initial) == (True, False)
    assert info.session is invite.session
    assert bench.one()["To"] == to


@pytest.mark.parametrize(
    "other",
    [{"to": "<sip:bob@example.com>;tag=no"}, {"call_id": "no"}, {"from_": "<sip:a@b>;tag=no"}],
)
def test_a_request_of_an_unknown_dialog_gets_481(other: dict[str, str]) -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    _, to = call(bench)
    bench.request(sip_request("BYE", **{"to": to, "cseq": 2, **other}))
    assert bench.one().status == 481
    assert len(recorder.requests) == 1


def test_a_request_of_an_unknown_dialog_reaches_a_lenient_application() -> None:
    bench = Bench(recorder := Recorder(), settings=Settings(strict_dialogs=False))
    bench.request(sip_request("BYE", to="<sip:bob@example.com>;tag=old"))
    assert bench.one()["To"] == "<sip:bob@example.com>;tag=old"
    assert recorder.requests[0].session.local_tag == "old"
    assert bench.counted()["unknown_dialogs"] == 1


def test_a_request_out_of_order_gets_500() -> None:
    bench = Bench(Recorder(INVITE=answering(200), INFO=answering(200)))
    _, to = call(bench, cseq=10)
    for cseq, status in ((12, 200), (11, 500), (9, 500), (12, 200), (13, 200)):
        bench.request(sip_request("INFO", to=to, cseq=cseq))
        assert bench.one().status == status, cseq
    assert bench.counted()["out_of_order"] == 2


def test_a_session_may_take_its_requests_itself() -> None:
    got: list[Request] = []
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    label, to = call(bench)
    recorder.requests[0].session.on_request = got.append
    bench.request(sip_request("ACK", to=to), label=label, flags=4)
    bench.request(sip_request("INFO", to=to, cseq=2))
    assert [request.method for request in got] == ["ACK", "INFO"]
    assert len(recorder.requests) == 1


def test_a_long_to_header_is_read_by_its_text() -> None:
    for dialect in ("kamailio-5.4.2", "openser-1.3.0"):
        bench = Bench(
            recorder := Recorder(INVITE=answering(200), INFO=answering(200)), dialect=dialect
        )
        to = f"<sip:bob@example.com>;x={'y' * 300}"
        _, answered = call(bench, to=to)
        bench.request(sip_request("INFO", to=answered, cseq=2))
        assert recorder.requests[1].session is recorder.requests[0].session


def test_a_request_that_comes_twice_is_given_once() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda request: None))
    label = bench.request(sip_request("INVITE"))
    bench.request(sip_request("INVITE"), label=label)
    assert len(recorder.requests) == 1
    bench.now += 6  # the proxy restarted: its names come again
    bench.request(sip_request("INVITE", call_id="c2"), label=label)
    assert len(recorder.requests) == 2
    assert bench.counted()["repeated_requests"] == 1


def test_an_unanswered_request_is_given_up_and_told_once() -> None:
    bench = Bench(recorder := Recorder(OPTIONS=lambda request: None))
    for n in range(3):
        bench.request(sip_request("OPTIONS", call_id=f"c{n}"))
    bench.wait(31)
    assert len(bench.container.transactions) == 3
    bench.wait(2)
    assert bench.is_empty()
    assert bench.counted()["unanswered"] == 3
    assert len([line for line in bench.told if "no final response after 32 s" in line]) == 1
    assert len(recorder.requests) == 3


def test_a_call_that_rings_may_take_longer() -> None:
    bench = Bench(Recorder(INVITE=answering(180)))
    label, _ = call(bench)
    bench.wait(150)
    bench.request(sip_request("CANCEL"), cancelled=(7, label))
    assert [sent.status for sent in bench.take()] == [200, 487]
    bench.wait(300)
    assert bench.is_empty()


def test_an_invite_without_ack_is_given_up() -> None:
    bench = Bench(Recorder(INVITE=answering(200)))
    call(bench)
    bench.wait(33)
    assert not bench.container.transactions
    assert "unanswered" not in bench.counted()


def test_too_many_requests_get_503() -> None:
    bench = Bench(
        recorder := Recorder(OPTIONS=lambda request: None), settings=Settings(max_transactions=2)
    )
    for n in range(4):
        bench.request(sip_request("OPTIONS", call_id=f"c{n}"))
    assert [sent.status for sent in bench.take()] == [503, 503]
    assert len(recorder.requests) == 2
    assert len([line for line in bench.told if "2 requests wait" in line]) == 1
    bench.now += 6  # the proxy has forgotten the oldest: it makes room
    bench.request(sip_request("OPTIONS", call_id="c9"))
    assert not bench.take()
    assert bench.counted()["refused"] == 2
    assert bench.counted()["unanswered"] == 1


def test_too_many_dialogs_get_503() -> None:
    bench = Bench(Recorder(INVITE=answering(200)), settings=Settings(max_sessions=2))
    for n in range(3):
        bench.request(sip_request("INVITE", call_id=f"c{n}"))
    assert [sent.status for sent in bench.take()] == [200, 200, 503]
    bench.request(sip_request("OPTIONS"))
    assert bench.one().status == 405


def test_a_response_that_comes_as_a_request_is_told() -> None:
    bench = Bench(recorder := Recorder())
    from seastool.seas.builder.event import build_event

    sip = sip_request("OPTIONS").replace(b"OPTIONS sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK")
    event = build_event(sip, bench.dialect, type=EventType.T_REQ_IN, hash_index=7, label=1)
    bench.frame(event)
    assert not recorder.requests
    assert bench.counted()["malformed"] == 1
    assert any("a response (200) came as a request" in line for line in bench.told)
