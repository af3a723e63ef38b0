"""REPLY_PROV and REPLY_FIN: what the proxy makes of them (docs/protocol.md: Replies)."""

from __future__ import annotations

import pytest
from openser_calls import Play, answer, header, kinds, one, replied, request, rules, text, uac

from seastool.seas.frames import TReqIn, UacReq
from seastool.seas.openser import (
    Behaviour,
    ConnectionClosed,
    Fault,
    Mistake,
    Replied,
    Requested,
    Settings,
    behave_like,
    usable,
)

KAMAILIO = usable("kamailio-5.6.3")
OPENSER = usable("openser-1.3.0")
BOTH = [KAMAILIO, OPENSER]


def play_one(behaviour: Behaviour = KAMAILIO, sip: bytes | None = None) -> tuple[Play, TReqIn]:
    play = Play(behaviour)
    return play, play.opens(sip if sip is not None else request("OPTIONS"))


def test_a_reply_is_built_from_the_stored_request() -> None:
    play, event = play_one()
    theirs = text(
        "SIP/2.0 200 Fine by me",
        "Via: SIP/2.0/UDP 6.6.6.6;branch=z9hG4bKwrong",
        "From: <sip:nobody@example.com>;tag=wrong",
        "To: <sip:nobody@example.com>;tag=t1",
        "Call-ID: wrong",
        "CSeq: 99 BYE",
        "Contact: <sip:as@10.0.0.1>",
        "X-Own: 1",
        "Content-Type: text/plain",
        "Content-Length: 2",
        body=b"hi",
    )
    outcomes = play.replies(event, theirs)
    assert kinds(outcomes) == ["Replied"]
    assert replied(outcomes) == text(
        "SIP/2.0 200 Fine by me",
        "Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK-1-1",
        "From: <sip:alice@example.com>;tag=f1",
        "To: <sip:bob@example.com>;tag=t1",
        "Call-ID: call-1@example.com",
        "CSeq: 1 OPTIONS",
        "Contact: <sip:as@10.0.0.1>",
        "X-Own: 1",
        "Content-Type: text/plain",
        "Server: seastool",
        "Content-Length: 2",
        body=b"hi",
    )


@pytest.mark.parametrize("behaviour", BOTH)
def test_a_reply_without_a_tag_goes_out_without_one(behaviour: Behaviour) -> None:
    play, event = play_one(behaviour)
    outcomes = play.replies(event, answer(request("OPTIONS"), tag=b""))
    assert header(replied(outcomes), "To") == [b"<sip:bob@example.com>"]
    assert rules(outcomes) == ["reply-without-tag"]


def test_a_100_needs_no_tag() -> None:
    play, event = play_one(sip=request())
    outcomes = play.replies(event, answer(request(), 100, b"Trying", tag=b""), type=1)
    assert rules(outcomes) == []


def test_the_tag_of_the_request_is_replaced() -> None:
    sip = request("BYE", tag="t1")
    play, event = play_one(sip=sip)
    outcomes = play.replies(event, answer(request("BYE"), tag=b"t2"))
    assert header(replied(outcomes), "To") == [b"<sip:bob@example.com>;tag=t2"]
    assert rules(outcomes) == ["reply-tag-changed"]
    play, event = play_one(sip=sip)
    outcomes = play.replies(event, answer(sip, tag=b""))
    assert header(replied(outcomes), "To") == [b"<sip:bob@example.com>;tag=t1"]
    assert rules(outcomes) == []


def test_a_tag_that_changes_between_replies_is_told() -> None:
    play, event = play_one(sip=request())
    assert not rules(play.replies(event, answer(request(), 180, b"Ringing", tag=b"a"), type=1))
    assert rules(play.replies(event, answer(request(), tag=b"b"))) == ["reply-tag-changed"]


# Record-Route

ROUTED = ["Record-Route: <sip:p2;lr>, <sip:p1;lr>"]


def routed(*routes: str, status: int = 200) -> bytes:
    lines = b"".join(b"Record-Route: %s\r\n" % route.encode() for route in routes)
    return answer(request("OPTIONS"), status, headers=lines)


@pytest.mark.parametrize("behaviour", BOTH)
@pytest.mark.parametrize(
    ("theirs", "out"),
    [
        ((), (ROUTED[0][14:],)),
        (("<sip:p2;lr>, <sip:p1;lr>",), (ROUTED[0][14:],)),
        (("<sip:as;lr>", "<sip:p2;lr>", "<sip:p1;lr>"), (ROUTED[0][14:], "<sip:as;lr>")),
        (("<sip:as;lr>, <sip:p2;lr>, <sip:p1;lr>",), (ROUTED[0][14:], "<sip:as;lr>")),
    ],
)
def test_only_the_routes_beyond_the_requests_are_kept(
    behaviour: Behaviour, theirs: tuple[str, ...], out: tuple[str, ...]
) -> None:
    play, event = play_one(behaviour, request("OPTIONS", more=ROUTED))
    outcomes = play.replies(event, routed(*theirs))
    if not theirs and behaviour is OPENSER:
        assert rules(outcomes) == ["reply-routes"]
        assert kinds(outcomes) == ["Mistake"]
        return
    assert header(replied(outcomes), "Record-Route") == [route.encode() for route in out]
    assert rules(outcomes) == ([] if theirs else ["reply-routes"])


def test_kamailio_sends_all_routes_again_if_some_are_missing() -> None:
    play, event = play_one(KAMAILIO, request("OPTIONS", more=ROUTED))
    outcomes = play.replies(event, routed("<sip:p2;lr>"))
    expected = [b"<sip:p2;lr>, <sip:p1;lr>", b"<sip:p2;lr>"]
    assert header(replied(outcomes), "Record-Route") == expected


def test_refusals_carry_no_routes_of_the_request() -> None:
    play, event = play_one(KAMAILIO, request("OPTIONS", more=ROUTED))
    outcomes = play.replies(event, routed("<sip:p2;lr>, <sip:p1;lr>", status=404))
    assert header(replied(outcomes), "Record-Route") == []


def test_a_route_that_does_not_parse() -> None:
    play, event = play_one(OPENSER)
    assert kinds(play.replies(event, routed("sip:p2"))) == ["Mistake"]
    play, event = play_one(KAMAILIO)
    outcomes = play.replies(event, routed("sip:p2"))
    assert header(replied(outcomes), "Record-Route") == [b"sip:p2"]


# Limits


def test_headers_beyond_the_buffer_are_left_out_but_shorter_ones_are_not() -> None:
    play, event = play_one()
    lines = b"A: " + b"a" * 900 + b"\r\nB: " + b"b" * 200 + b"\r\nC: c\r\n"
    outcomes = play.replies(event, answer(request("OPTIONS"), headers=lines))
    assert header(replied(outcomes), "A") == [b"a" * 900]
    assert header(replied(outcomes), "B") == []
    assert header(replied(outcomes), "C") == [b"c"]
    assert rules(outcomes) == ["headers-too-long"]
    assert "leaves out B" in one(outcomes, Mistake).message


@pytest.mark.parametrize(("size", "fits"), [(1023, True), (1024, False)])
def test_the_buffer_takes_1023_bytes(size: int, fits: bool) -> None:
    play, event = play_one()
    line = b"A: " + b"a" * (size - 5) + b"\r\n"
    assert len(line) == size
    outcomes = play.replies(event, answer(request("OPTIONS"), headers=line))
    assert bool(header(replied(outcomes), "A")) is fits


def test_routes_beyond_the_buffer_end_the_action() -> None:
    play, event = play_one()
    outcomes = play.replies(event, routed("<sip:" + "p" * 1100 + ";lr>"))
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["routes-too-long"]


# Bodies


@pytest.mark.parametrize(
    ("behaviour", "length", "body", "out", "told"),
    [
        (KAMAILIO, "Content-Length: 2", b"hi", b"hi", []),
        (KAMAILIO, "l: 2", b"hi", b"hi", []),
        (KAMAILIO, None, b"hi", b"", ["body-without-length"]),
        (KAMAILIO, "Content-Length: 1", b"hi", b"h", ["body-length"]),
        (KAMAILIO, "Content-Length: 4", b"hi", b"hi\0\0", ["body-length"]),
        (usable("opensips-1.8.8"), "Content-Length: 4", b"hi", b"hi", ["body-length"]),
        (KAMAILIO, None, b"", b"", []),
    ],
)
def test_bodies_are_as_long_as_content_length_says(
    behaviour: Behaviour, length: str | None, body: bytes, out: bytes, told: list[str]
) -> None:
    play, event = play_one(behaviour)
    lines = ["SIP/2.0 200 OK", "To: <sip:b@c>;tag=t1", *([length] if length else ["X: 1"])]
    outcomes = play.replies(event, text(*lines, body=body))
    sip = replied(outcomes)
    assert sip.partition(b"\r\n\r\n")[2] == out
    assert header(sip, "Content-Length") == [b"%d" % len(out)]
    assert rules(outcomes) == told


def test_a_body_far_beyond_the_text_ends_the_action() -> None:
    play, event = play_one()
    outcomes = play.replies(event, text("SIP/2.0 200 OK", "To: <sip:b@c>;tag=t", "l: 100000"))
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["body-length"]


# What is dropped, and what kills


@pytest.mark.parametrize("behaviour", [*BOTH, usable("opensips-1.11.11")])
def test_a_reply_to_an_unknown_transaction_is_dropped(behaviour: Behaviour) -> None:
    play, event = play_one(behaviour)
    event.label += 1
    outcomes = play.replies(event, answer(request("OPTIONS")))
    assert rules(outcomes) == ["reply-unknown"]
    assert kinds(outcomes) == ["Mistake"]
    crashes = "would crash here" in one(outcomes, Mistake).message
    assert crashes is ("opensips" in behaviour.server)


def test_the_crash_of_opensips_can_be_switched_on() -> None:
    crashing = behave_like("opensips-1.11.11", on={Fault.REPLY_UNKNOWN_CRASH})
    play, event = play_one(crashing)
    event.hash_index ^= 1
    outcomes = play.replies(event, answer(request("OPTIONS")))
    assert kinds(outcomes) == ["Mistake", "ConnectionClosed"]
    assert one(outcomes, ConnectionClosed).fault is Fault.REPLY_UNKNOWN_CRASH


def test_a_second_final_reply_is_dropped() -> None:
    play, event = play_one(sip=request())
    play.replies(event, answer(request()))
    outcomes = play.replies(event, answer(request(), 486, b"Busy Here"))
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["reply-second-final"]
    outcomes = play.replies(event, answer(request(), 180, b"Ringing"), type=1)
    assert rules(outcomes) == ["reply-after-final"]
    assert rules(play.replies(event, b"rubbish")) == ["reply-second-final"]


def test_a_reply_behind_the_wait_timer_is_late() -> None:
    play, event = play_one()
    play.at(6.2)
    outcomes = play.replies(event, answer(request("OPTIONS")))
    assert rules(outcomes) == ["reply-late"]
    assert "ended 1.2 s before" in one(outcomes, Mistake).message


def test_only_so_many_ended_transactions_are_remembered() -> None:
    play = Play(KAMAILIO, Settings(wait_timer=1))
    first = play.opens(request("OPTIONS"))
    for n in range(1024):
        play.opens(request("OPTIONS", n=n + 2))
    play.at(2)
    assert rules(play.replies(first, answer(request("OPTIONS")))) == ["reply-unknown"]


@pytest.mark.parametrize(
    "sip",
    [
        b"",
        b"rubbish",
        b"SIP/2.0 2OO OK\r\nTo: <sip:a@b>;tag=1\r\n\r\n",
        b"SIP/2.0 200 OK\r\nTo: <sip:a@b\r\n\r\n",
        b"SIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=t\r\nno colon here\r\n\r\n",
        b"SIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=t\r\nContent-Length: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=t\r\nCSeq: x\r\n\r\n",
    ],
)
def test_a_reply_that_does_not_parse_is_dropped(sip: bytes) -> None:
    play, event = play_one()
    outcomes = play.replies(event, sip)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["reply-unparsable"]
    assert play.machine.unanswered == 1


def test_a_reply_without_to_would_crash_the_real_one() -> None:
    sip = text("SIP/2.0 200 OK", "CSeq: 1 OPTIONS")
    play, event = play_one()
    outcomes = play.replies(event, sip)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["reply-without-to"]
    assert "kamailio-5.6.3 would crash here" in one(outcomes, Mistake).message
    play, event = play_one(usable("kamailio-5.6.3", on={Fault.REPLY_WITHOUT_TO_CRASH}))
    outcomes = play.replies(event, sip)
    assert kinds(outcomes) == ["Mistake", "ConnectionClosed"]


def test_a_request_as_reply_goes_out_with_its_method_as_status() -> None:
    play, event = play_one(sip=request())
    outcomes = play.replies(event, uac("OPTIONS", to="<sip:a@b>;tag=t1"))
    assert replied(outcomes).startswith(b"SIP/2.0 512 SIP/2.0\r\n")
    assert rules(outcomes) == ["reply-not-response"]


def test_the_type_does_not_matter() -> None:
    play, event = play_one(sip=request())
    outcomes = play.replies(event, answer(request(), 180, b"Ringing"), type=2)
    assert one(outcomes, Replied).status == 180
    assert rules(outcomes) == ["reply-type"]
    outcomes = play.replies(event, answer(request()), type=1)
    assert one(outcomes, Replied).status == 200
    assert rules(outcomes) == ["reply-type"]
    assert play.machine.unanswered == 0


def test_a_reply_to_a_request_of_its_own() -> None:
    for on in (set(), {Fault.REPLY_TO_UAC_CRASH}):
        play = Play(usable("kamailio-5.6.3", on=on))
        out = one(play.sends(uac("OPTIONS")), Requested)
        event = play.opens(request("OPTIONS"))
        event.hash_index, event.label = out.hash_index, out.label
        outcomes = play.replies(event, answer(uac("OPTIONS")))
        assert kinds(outcomes) == ["Mistake", "ConnectionClosed"][: 1 + len(on)]
        assert rules(outcomes) == ["reply-to-uac"]
        play.hears(answer(out.sip))
        outcomes = play.replies(event, answer(uac("OPTIONS")))
        assert kinds(outcomes) == ["Mistake"]
        assert "completed" in one(outcomes, Mistake).message


def test_replies_lose_the_server_header_with_the_first_uac_request() -> None:
    play, event = play_one()
    play.machine.action(UacReq(uac_id=1, processor_id=1, text=uac("OPTIONS")), play.now)
    outcomes = play.replies(event, answer(request("OPTIONS")))
    assert header(replied(outcomes), "Server") == []
    # but the proxy's own do not
    assert header(replied(play.asks(request("CANCEL", n=9))), "Server") == [b"seastool"]


def test_the_signature_can_be_set() -> None:
    play = Play(KAMAILIO, Settings(signature=b""))
    assert header(play.asks(request())[0].sip, "Server") == []  # type: ignore[union-attr]
    play = Play(behave_like("kamailio-5.6.3"))
    signed = play.asks(request())[0]
    assert isinstance(signed, Replied)
    assert header(signed.sip, "Server") == [b"kamailio (5.6.3 (x86_64/linux))"]
