"""Requests that come in: events, replies of the proxy's own, and how long transactions last."""

from __future__ import annotations

import pytest
from openser_calls import (
    RECEIVE,
    Play,
    answer,
    header,
    kinds,
    of,
    one,
    replied,
    request,
    rules,
)

from seastool.seas.frames import CANCEL_FOUND, E2E_ACK, SlReqIn, TReqIn
from seastool.seas.message import Message
from seastool.seas.openser import (
    Absorbed,
    Event,
    Mistake,
    Refused,
    Replied,
    Settings,
    behave_like,
    usable,
)


def test_an_invite_gets_a_100_and_an_event() -> None:
    play = Play()
    outcomes = play.asks(request())
    assert kinds(outcomes) == ["Replied", "Event"]
    trying, event = outcomes
    assert isinstance(trying, Replied)
    assert isinstance(event, Event)
    assert trying.sip.startswith(b"SIP/2.0 100 Your call is important to us\r\nVia: ")
    assert header(trying.sip, "To") == [b"<sip:bob@example.com>"]
    assert header(trying.sip, "Content-Length") == [b"0"]
    assert trying.receive == RECEIVE
    frame = TReqIn.decode(event.frame)
    assert (frame.hash_index, frame.label) == (event.hash_index, event.label)
    assert (frame.processor_id, frame.flags, frame.source_port) == (1, 0, 5060)
    message = Message(frame.payload, play.behaviour.dialect)
    assert message.text == request()
    assert 0 <= frame.hash_index <= 0xFFFF


def test_other_requests_get_no_100() -> None:
    assert kinds(Play().asks(request("OPTIONS"))) == ["Event"]


def test_requests_of_one_call_id_and_cseq_have_one_hash_index() -> None:
    play = Play()
    invite = play.opens(request())
    cancel = play.opens(request("CANCEL"))
    bye = play.opens(request("BYE", cseq=2))
    assert invite.hash_index == cancel.hash_index != bye.hash_index
    assert len({invite.label, cancel.label, bye.label}) == 3


def test_a_retransmission_repeats_the_last_reply() -> None:
    play = Play()
    event = play.opens(request())
    play.replies(event, answer(request(), 180, b"Ringing"), type=1)
    again = one(play.asks(request()), Replied)
    assert again.repeated
    assert again.status == 180
    assert again.sip.startswith(b"SIP/2.0 180 Ringing")
    assert len(play.machine) == 1


def test_a_retransmission_without_a_reply_is_absorbed() -> None:
    play = Play()
    play.opens(request("OPTIONS"))
    assert kinds(play.asks(request("OPTIONS"))) == ["Absorbed"]


def test_retransmissions_are_known_without_a_magic_cookie_too() -> None:
    play = Play()
    play.opens(request("OPTIONS", branch=""))
    assert kinds(play.asks(request("OPTIONS", branch=""))) == ["Absorbed"]
    assert kinds(play.asks(request("OPTIONS", branch="", from_tag="f2"))) == ["Event"]


def test_a_default_port_is_no_difference() -> None:
    play = Play()
    play.opens(request("OPTIONS", via="SIP/2.0/UDP 10.0.0.9"))
    assert kinds(play.asks(request("OPTIONS", via="SIP/2.0/UDP 10.0.0.9:5060"))) == ["Absorbed"]
    assert kinds(play.asks(request("OPTIONS", via="SIP/2.0/UDP 10.0.0.9:5061"))) == ["Event"]


def test_a_cancel_names_the_invite_and_is_not_answered() -> None:
    play = Play()
    invite = play.opens(request())
    outcomes = play.asks(request("CANCEL"))
    assert kinds(outcomes) == ["Event"]
    cancel = TReqIn.decode(one(outcomes, Event).frame)
    assert cancel.flags == CANCEL_FOUND
    assert (cancel.cancelled_hash_index, cancel.cancelled_label) == (
        invite.hash_index,
        invite.label,
    )
    assert (cancel.hash_index, cancel.label) != (invite.hash_index, invite.label)
    play.replies(cancel, answer(request("CANCEL")))
    play.replies(invite, answer(request(), 487, b"Request Terminated"))
    assert play.machine.unanswered == 0


def test_a_cancel_that_matches_nothing_gets_500_and_no_event() -> None:
    play = Play()
    outcomes = play.asks(request("CANCEL"))
    assert kinds(outcomes) == ["Refused", "Replied"]
    assert replied(outcomes).startswith(b"SIP/2.0 500 Server Internal Error!\r\n")
    assert b";tag=" in header(replied(outcomes), "To")[0]


def test_the_ack_of_a_2xx_has_the_ids_of_the_invite() -> None:
    play = Play()
    event = play.opens(request())
    play.replies(event, answer(request()))
    ack = play.opens(request("ACK", branch="z9hG4bK-other", tag="t1"))
    assert ack.flags == E2E_ACK
    assert (ack.hash_index, ack.label) == (event.hash_index, event.label)
    # another tag, another dialog
    assert kinds(play.asks(request("ACK", branch="z9hG4bK-other", tag="t2"))) == ["Absorbed"]


def test_the_ack_of_a_refusal_has_the_ids_and_no_flag() -> None:
    play = Play()
    event = play.opens(request())
    play.replies(event, answer(request(), 486, b"Busy Here"))
    ack = play.opens(request("ACK", tag="t1"))
    assert ack.flags == 0
    assert (ack.hash_index, ack.label) == (event.hash_index, event.label)


def test_an_ack_to_nothing_gets_no_reply() -> None:
    outcomes = Play().asks(request("ACK", tag="t1"))
    assert kinds(outcomes) == ["Absorbed"]
    assert "matches no transaction" in one(outcomes, Absorbed).reason


def test_without_a_processor_the_sender_gets_500() -> None:
    outcomes = Play(bound=False).asks(request())
    assert kinds(outcomes) == ["Replied", "Refused", "Replied"]
    assert [reply.status for reply in of(outcomes, Replied)] == [100, 500]
    assert "no processor" in one(outcomes, Refused).reason


def test_without_a_connection_the_sender_gets_500() -> None:
    outcomes = Play().asks(request("OPTIONS"), connected=False)
    assert kinds(outcomes) == ["Refused", "Replied"]
    assert "not connected" in one(outcomes, Refused).reason


def test_an_ack_gets_no_500() -> None:
    play = Play(bound=False)
    play.asks(request())
    assert kinds(play.asks(request("ACK", tag=""))) == ["Refused"]
    assert kinds(Play().asks(request("ACK", tag="t"), connected=False)) == ["Absorbed"]


def test_a_processor_id_may_be_given() -> None:
    play = Play(bound=False)
    (event,) = play.machine.request(request("OPTIONS"), RECEIVE, 0.0, processor_id=9)
    assert isinstance(event, Event)
    assert TReqIn.decode(event.frame).processor_id == 9


def test_what_the_server_refuses_to_encode_gets_500_and_no_event() -> None:
    bad = request("OPTIONS", more=["Contact: <sip:a@b"])
    outcomes = Play().asks(bad)
    assert kinds(outcomes) == ["Refused", "Replied"]
    assert one(outcomes, Replied).status == 500
    invite = Play().asks(bad.replace(b"OPTIONS", b"INVITE"))
    assert [reply.status for reply in of(invite, Replied)] == [100, 500]


@pytest.mark.parametrize("missing", ["Via", "To", "From", "CSeq", "Call-ID"])
def test_what_tm_refuses_gets_nothing(missing: str) -> None:
    lines = [line for line in request().split(b"\r\n") if not line.startswith(missing.encode())]
    outcomes = Play().asks(b"\r\n".join(lines))
    assert kinds(outcomes) == ["Refused"]
    assert "drops it" in one(outcomes, Refused).reason


def test_a_stateless_request_has_no_transaction_and_never_a_reply() -> None:
    play = Play()
    event = one(play.asks(request("MESSAGE"), stateless=True), Event)
    assert SlReqIn.decode(event.frame).processor_id == 1
    assert event.hash_index is None
    assert len(play.machine) == 0
    assert kinds(Play(bound=False).asks(request(), stateless=True)) == ["Refused"]
    assert kinds(play.asks(request(), stateless=True, connected=False)) == ["Refused"]
    assert kinds(play.asks(request(more=["Contact: <sip:"]), stateless=True)) == ["Refused"]


def test_a_response_is_no_request() -> None:
    assert kinds(Play().asks(answer(request()))) == ["Refused"]


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        ("SIP/2.0/UDP 10.0.0.9:5060", b"SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK-1-1"),
        (
            "SIP/2.0/UDP 10.0.0.9:5060;rport",
            b"SIP/2.0/UDP 10.0.0.9:5060;rport=5060;branch=z9hG4bK-1-1;received=10.0.0.9",
        ),
        (
            "SIP/2.0/UDP 192.168.1.1;rport;alias",
            b"SIP/2.0/UDP 192.168.1.1;rport=5060;alias;branch=z9hG4bK-1-1;received=10.0.0.9",
        ),
        (
            "SIP/2.0/UDP phone.example.com",
            b"SIP/2.0/UDP phone.example.com;branch=z9hG4bK-1-1;received=10.0.0.9",
        ),
    ],
)
def test_replies_say_where_the_request_came_from(via: str, expected: bytes) -> None:
    sip = of(Play().asks(request(via=via)), Replied)[0].sip
    assert header(sip, "Via") == [expected]


def test_all_vias_come_back() -> None:
    sip = of(Play().asks(request(more=["v: SIP/2.0/TCP 1.2.3.4;branch=z9hG4bKx"])), Replied)[0].sip
    assert b"\r\nv: SIP/2.0/TCP 1.2.3.4;branch=z9hG4bKx\r\n" in sip


# How long transactions last.


def test_kamailio_drops_an_unanswered_request_after_the_wait_timer() -> None:
    play = Play(usable("kamailio-5.6.3"))
    event = play.opens(request())
    play.replies(event, answer(request(), 180, b"Ringing"), type=1)
    assert play.machine.get_timer() == 105.0
    assert not play.at(4.9)
    outcomes = play.at(0.1)
    assert rules(outcomes) == ["unanswered"]
    assert "the sender hears nothing" in one(outcomes, Mistake).message
    assert play.machine.is_empty
    assert play.machine.get_timer() is None


def test_the_wait_timer_is_not_started_again_by_a_reply() -> None:
    play = Play(usable("kamailio-5.6.3"))
    event = play.opens(request())
    play.at(4.0)
    play.replies(event, answer(request()))
    assert not play.at(1.0)
    assert play.machine.is_empty
    # and so the ACK comes too late
    assert kinds(play.asks(request("ACK", tag="t1"))) == ["Absorbed"]


def test_openser_waits_for_the_application_server() -> None:
    play = Play(behave_like("openser-1.3.0"), Settings(unanswered=60))
    event = play.opens(request())
    assert not play.at(59)
    play.replies(event, answer(request()))
    assert not play.at(4.9)
    assert kinds(play.asks(request("ACK", tag="t1"))) == ["Event"]
    assert not play.at(0.1)
    assert play.machine.is_empty


def test_openser_keeps_a_refused_call_until_its_ack() -> None:
    play = Play(behave_like("openser-1.3.0"))
    event = play.opens(request())
    play.replies(event, answer(request(), 603, b"Decline"))
    play.at(20)
    assert len(play.machine) == 1
    play.opens(request("ACK", tag="t1"))
    play.at(5)
    assert play.machine.is_empty


def test_a_request_that_openser_would_keep_for_ever_is_given_up() -> None:
    play = Play(behave_like("openser-1.3.0"), Settings(unanswered=60))
    play.opens(request("OPTIONS"))
    outcomes = play.at(60)
    assert rules(outcomes) == ["unanswered"]
    assert "a real proxy waits for ever" in one(outcomes, Mistake).message
    assert play.machine.is_empty


def test_the_timers_are_settable() -> None:
    play = Play(usable(), Settings(wait_timer=0.5))
    play.opens(request())
    assert play.machine.get_timer() == 100.5


def test_closing_tells_what_was_left() -> None:
    play = Play()
    play.opens(request(n=1))
    play.replies(play.opens(request(n=2)), answer(request(n=2)))
    assert play.machine.unanswered == 1
    assert play.machine.close(play.now) == 1
    assert play.machine.is_empty


def test_a_hundred_thousand_transactions_leave_nothing() -> None:
    play = Play(usable("kamailio-5.6.3"), Settings(wait_timer=5.0))
    most = 0
    for n in range(50_000):
        invite = request(n=n)
        event = play.opens(invite)
        play.replies(event, answer(invite))
        play.opens(request("BYE", n=n, cseq=2, tag="t1"))
        play.at(0.001)
        most = max(most, len(play.machine))
    assert most <= 10_002
    play.at(5.0)
    assert play.machine.is_empty
    assert len(play.machine) == 0
    assert play.machine.get_timer() is None
