"""AC_CANCEL: whose CANCEL goes out, and what the application server hears of it."""

from __future__ import annotations

import pytest
from openser_calls import Play, answer, header, kinds, of, one, request, rules, text, uac

from seastool.seas.frames import SPIRAL, ResIn
from seastool.seas.openser import Absorbed, Cancelled, Event, Failed, Fault, Requested, usable

KAMAILIO = usable("kamailio-5.6.3")
OPENSER = usable("openser-1.3.0")
BY_TM = usable("opensips-1.11.11")


def ringing(play: Play, status: int = 180) -> Requested:
    out = one(play.sends(uac()), Requested)
    if status:
        play.hears(answer(out.sip, status, b"X"))
    return out


def test_the_cancel_has_the_branch_of_the_invite_and_the_headers_of_the_action() -> None:
    play = Play(KAMAILIO)
    out = ringing(play)
    more = ["Reason: SIP;cause=200", "Route: <sip:nowhere>", "Contact: <sip:as@10.0.0.1>"]
    outcomes = play.cancels(
        (out.hash_index, out.label), uac("CANCEL", cseq=77, call_id="x", more=more)
    )
    assert kinds(outcomes) == ["Cancelled"]
    cancel = one(outcomes, Cancelled)
    assert cancel.sip == text(
        "CANCEL sip:callee@10.0.0.7 SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.1;branch={out.branch.decode()}",
        "From: <sip:as@example.com>;tag=ast",
        "Call-ID: uac-1@as",
        "To: <sip:callee@10.0.0.7>",
        "CSeq: 2 CANCEL",
        "Content-Length: 0",
        "Reason: SIP;cause=200",
        "Contact: <sip:as@10.0.0.1>",
    )
    assert (cancel.uac_id, cancel.hash_index) == (8, out.hash_index)
    assert (cancel.cancelled_label, cancel.branch) == (out.label, out.branch)
    assert cancel.label != out.label
    assert cancel.destination == out.destination


def test_the_response_to_the_cancel_has_its_own_uac_id_and_label() -> None:
    play = Play(OPENSER)
    out = ringing(play)
    cancel = one(play.cancels((out.hash_index, out.label)), Cancelled)
    event = ResIn.decode(one(play.hears(answer(cancel.sip)), Event).frame)
    assert (event.uac_id, event.label, event.hash_index) == (8, cancel.label, out.hash_index)
    outcomes = play.hears(answer(out.sip, 487, b"Request Terminated"))
    assert ResIn.decode(one(outcomes, Event).frame).uac_id == 7
    play.at(5)
    assert play.machine.is_empty


def test_an_unanswered_cancel_times_out() -> None:
    play = Play(OPENSER)
    out = ringing(play)
    play.cancels((out.hash_index, out.label))
    event = ResIn.decode(one(play.at(30), Event).frame)
    assert (event.uac_id, event.status, len(event.payload)) == (8, 408, 0)


def test_kamailio_fakes_a_408_at_once() -> None:
    play = Play(usable("kamailio-5.6.3", on={Fault.CANCEL_REPLIES_FAKED}))
    out = ringing(play)
    cancel = one(play.cancels((out.hash_index, out.label)), Cancelled)
    assert kinds(play.hears(answer(cancel.sip))) == ["Withheld"]
    event = ResIn.decode(one(play.at(0.1), Event).frame)
    assert (event.uac_id, event.status, event.label) == (8, 408, cancel.label)


def test_spiral_adds_its_header() -> None:
    play = Play(KAMAILIO)
    out = ringing(play)
    cancel = one(play.cancels((out.hash_index, out.label), flags=SPIRAL), Cancelled)
    assert header(cancel.sip, "X-WeSIP-SPIRAL") == [b"true"]


def test_a_body_goes_with_it() -> None:
    play = Play(KAMAILIO)
    out = ringing(play)
    cancel = one(play.cancels((out.hash_index, out.label), uac("CANCEL", body=b"hi")), Cancelled)
    assert cancel.sip.endswith(b"\r\n\r\nhi")
    assert header(cancel.sip, "Content-Length") == [b"2"]


@pytest.mark.parametrize("behaviour", [KAMAILIO, OPENSER])
@pytest.mark.parametrize(
    ("status", "rule"),
    [(0, "cancel-too-early"), (404, "cancel-too-late"), (202, "cancel-too-late")],
)
def test_the_invite_has_to_be_proceeding(behaviour: object, status: int, rule: str) -> None:
    play = Play(behaviour)  # type: ignore[arg-type]
    out = ringing(play, status)
    outcomes = play.cancels((out.hash_index, out.label))
    assert rules(outcomes) == [rule]
    failed = one(outcomes, Failed).frame
    assert (failed.uac_id, failed.error, failed.reason) == (8, 1, b"500 SEAS cancel error")


def test_a_200_does_not_keep_the_cancel_back() -> None:
    play = Play(KAMAILIO)
    out = ringing(play, 200)
    outcomes = play.cancels((out.hash_index, out.label))
    assert kinds(outcomes) == ["Mistake", "Cancelled"]
    assert rules(outcomes) == ["cancel-too-late"]


def test_what_came_in_cannot_be_cancelled() -> None:
    play = Play(KAMAILIO)
    event = play.opens(request())
    outcomes = play.cancels((event.hash_index, event.label))
    assert rules(outcomes) == ["cancel-not-uac"]
    assert one(outcomes, Failed).frame.error == 1


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("openser-1.2.0", True),
        ("openser-1.3.0", True),
        ("opensips-1.4.0", True),
        ("opensips-1.4.3", False),
        ("opensips-1.11.11", False),
        ("kamailio-3.1", False),
        ("kamailio-5.6.3", False),
    ],
)
def test_cancelling_the_unknown(server: str, told: bool) -> None:
    outcomes = Play(usable(server)).cancels((1, 2))
    assert rules(outcomes) == ["cancel-unknown"]
    assert bool(of(outcomes, Failed)) is told


@pytest.mark.parametrize("sip", [b"", answer(uac()), uac("CANCEL").replace(b"CSeq: 2", b"CSeq: x")])
def test_a_text_that_is_no_request(sip: bytes) -> None:
    play = Play(KAMAILIO)
    out = ringing(play)
    outcomes = play.cancels((out.hash_index, out.label), sip)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["cancel-unparsable"]


def test_odd_texts() -> None:
    play = Play(KAMAILIO)
    out = ringing(play)
    ids = out.hash_index, out.label
    outcomes = play.cancels(ids, uac("BYE"))
    assert rules(outcomes) == ["cancel-method"]
    assert one(outcomes, Cancelled).sip.startswith(b"CANCEL ")
    assert rules(play.cancels(ids, uac("CANCEL", more=["A: " + "a" * 1024]))) == [
        "headers-too-long"
    ]
    far = uac("CANCEL").replace(b"Content-Length: 0", b"Content-Length: 99999")
    assert rules(play.cancels(ids, far)) == ["body-length"]


def test_cancelling_twice_leaves_nothing_behind() -> None:
    play = Play(KAMAILIO)
    out = ringing(play)
    for uac_id in (8, 9):
        play.cancels((out.hash_index, out.label), uac_id=uac_id)
    while (due := play.machine.get_timer()) is not None:
        play.at(due - play.now)
    assert play.machine.is_empty


# OpenSIPS 1.8.1 and later


def test_tm_cancels_in_its_own_words_and_calls_it_a_failure() -> None:
    play = Play(BY_TM)
    out = ringing(play)
    outcomes = play.cancels((out.hash_index, out.label), uac("CANCEL", more=["X: 1"]))
    assert kinds(outcomes) == ["Mistake", "Cancelled", "Failed"]
    assert rules(outcomes) == ["cancel-text-ignored"]
    cancel = one(outcomes, Cancelled)
    assert cancel.uac_id is None
    assert header(cancel.sip, "X") == []
    assert header(cancel.sip, "Max-Forwards") == [b"70"]
    assert one(outcomes, Failed).frame.reason == b"500 SEAS cancel error"
    # and its response is not reported
    assert isinstance(play.hears(answer(cancel.sip))[0], Absorbed)
    # once is enough
    outcomes = play.cancels((out.hash_index, out.label))
    assert kinds(outcomes) == ["Mistake", "Failed"]


def test_tm_cancels_later_what_does_not_ring_yet() -> None:
    play = Play(BY_TM)
    out = ringing(play, 0)
    outcomes = play.cancels((out.hash_index, out.label))
    assert kinds(outcomes) == ["Mistake", "Failed"]
    assert kinds(play.hears(answer(out.sip, 180, b"Ringing"))) == ["Cancelled", "Event"]


def test_tm_cancels_nothing_of_a_callers() -> None:
    play = Play(BY_TM)
    event = play.opens(request())
    outcomes = play.cancels((event.hash_index, event.label))
    assert kinds(outcomes) == ["Mistake", "Failed"]
    assert rules(outcomes) == ["cancel-not-uac"]
