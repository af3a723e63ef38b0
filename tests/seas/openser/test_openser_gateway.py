"""What a gateway asks of the transactions beside SEAS: answer, forget, unresolved."""

from __future__ import annotations

import pytest
from openser_calls import (
    Play,
    answer,
    header,
    kinds,
    one,
    replied,
    request,
    rules,
    uac,
)

from seastool.seas.frames import ResIn
from seastool.seas.openser import (
    Behaviour,
    Cancelled,
    Event,
    Failed,
    Replied,
    Requested,
    Settings,
    usable,
)

OPENSER = usable("openser-1.3.0")
KAMAILIO = usable("kamailio-5.6.3")


def tag(sip: bytes) -> bytes:
    return header(sip, "To")[0].partition(b";tag=")[2]


# answer


def test_an_answer_in_place_of_the_application_server() -> None:
    play = Play(OPENSER)
    event = play.opens(request())
    done = play.machine.answer(event.hash_index, event.label, 500, b"Too Bad", play.now)
    reply = one(done, Replied)
    assert (reply.hash_index, reply.label, reply.status) == (event.hash_index, event.label, 500)
    assert reply.sip.startswith(b"SIP/2.0 500 Too Bad\r\n")
    assert tag(reply.sip)
    late = play.replies(event, answer(request()))
    assert kinds(late) == ["Mistake"]
    assert rules(late) == ["reply-second-final"]
    assert play.machine.answer(event.hash_index, event.label, 500, b"Too Bad", play.now) == []
    play.at(40)
    assert play.machine.is_empty


def test_an_answer_keeps_the_tag_that_is_there() -> None:
    play = Play(OPENSER)
    in_dialog = play.opens(request("INFO", tag="t0"))
    done = play.machine.answer(in_dialog.hash_index, in_dialog.label, 500, b"X", play.now)
    assert tag(replied(done)) == b"t0"
    event = play.opens(request(n=2))
    play.replies(event, answer(request(n=2), 180, b"Ringing", tag=b"t1"), type=1)
    done = play.machine.answer(event.hash_index, event.label, 408, b"X", play.now)
    assert tag(replied(done)) == b"t1"


def test_an_answer_to_nothing() -> None:
    assert Play(OPENSER).machine.answer(1, 2, 500, b"X", 100.0) == []


# forget


def test_what_is_forgotten_is_not_answered_any_more() -> None:
    play = Play(OPENSER)
    event = play.opens(request())
    play.machine.forget(event.hash_index, event.label, play.now)
    assert play.machine.is_empty
    assert play.machine.get_timer() is None
    play.at(3)
    late = play.replies(event, answer(request()))
    assert rules(late) == ["reply-late"]
    again = play.opens(request())
    assert again.label != event.label
    play.machine.forget(5, 6, play.now)
    assert len(play.machine) == 1


# unresolved


@pytest.mark.parametrize("behaviour", [OPENSER, KAMAILIO])
def test_an_address_that_cannot_be_found(behaviour: Behaviour) -> None:
    play = Play(behaviour)
    play.sends(uac(), uac_id=9)
    (failed,) = play.machine.unresolved(9)
    assert isinstance(failed, Failed)
    frame, fails = failed.frame, behaviour.unresolvable
    assert (frame.uac_id, frame.error, frame.reason) == (9, fails.error, fails.reason)
    assert play.machine.is_empty
    assert play.machine.unresolved(9) == []


def test_an_address_that_cannot_be_found_any_more() -> None:
    play = Play(OPENSER)
    sent = one(play.sends(uac(), uac_id=9), Requested)
    play.hears(answer(sent.sip, 180))
    assert play.machine.unresolved(9) == []
    assert len(play.machine) == 1
    assert play.machine.unresolved(10) == []


# time_out, by a transport that knows better than the timers here


def test_a_time_out_that_comes_early() -> None:
    play = Play(OPENSER)
    sent = one(play.sends(uac(), uac_id=9), Requested)
    play.hears(answer(sent.sip, 180))
    done = play.machine.time_out(9, play.now)
    assert kinds(done) == ["Cancelled", "Event"]
    assert one(done, Cancelled).uac_id is None
    assert ResIn.decode(one(done, Event).frame).status == 408
    assert play.machine.time_out(9, play.now) == []


# How long a request may ring


def test_a_provisional_reply_gives_more_time_where_there_is_no_end_of_its_own() -> None:
    play = Play(OPENSER, Settings(unanswered=100))
    event = play.opens(request())
    for _ in range(5):
        play.at(60)
        play.replies(event, answer(request(), 183, b"Progress"), type=1)
    assert rules(play.at(99)) == []
    assert rules(play.at(2)) == ["unanswered"]
    assert play.machine.is_empty


def test_a_kamailio_waits_no_longer_for_one_that_rings() -> None:
    play = Play(KAMAILIO, Settings(wait_timer=5))
    event = play.opens(request())
    play.at(4)
    play.replies(event, answer(request(), 183, b"Progress"), type=1)
    assert rules(play.at(2)) == ["unanswered"]
