"""UAC_REQ, responses and time-outs (docs/protocol.md: Requests of the application server)."""

from __future__ import annotations

import pytest
from openser_calls import (
    FROM_CALLEE,
    Play,
    answer,
    header,
    kinds,
    of,
    one,
    request,
    rules,
    text,
    uac,
)

from seastool.seas.frames import FAKED_REPLY, SPIRAL, ResIn
from seastool.seas.message import Message
from seastool.seas.openser import (
    Absorbed,
    Acknowledged,
    Behaviour,
    Cancelled,
    Event,
    Failed,
    Fault,
    Mistake,
    Outcome,
    Requested,
    Settings,
    Withheld,
    usable,
)

KAMAILIO = usable("kamailio-5.6.3")
OPENSER = usable("openser-1.3.0")


def sent(outcomes: list[Outcome]) -> bytes:
    return one(outcomes, Requested).sip


def reported(outcomes: list[Outcome]) -> ResIn:
    return ResIn.decode(one(outcomes, Event).frame)


# The request as it goes out


def test_what_the_proxy_sends() -> None:
    play = Play(KAMAILIO)
    more = ["Contact: <sip:as@10.0.0.1>", "Max-Forwards: 9", "Content-Type: text/plain"]
    outcomes = play.sends(uac("MESSAGE", more=more, body=b"hi"))
    assert kinds(outcomes) == ["Requested"]
    out = one(outcomes, Requested)
    assert out.sip == text(
        "MESSAGE sip:callee@10.0.0.7 SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.1;branch={out.branch.decode()}",
        "To: <sip:callee@10.0.0.7>",
        "From: <sip:as@example.com>;tag=ast",
        "CSeq: 2 MESSAGE",
        "Call-ID: uac-1@as",
        "Content-Length: 2",
        *more,
        body=b"hi",
    )
    assert (out.uac_id, out.method, out.destination) == (7, b"MESSAGE", b"sip:callee@10.0.0.7")
    assert out.branch.startswith(b"z9hG4bK")


@pytest.mark.parametrize(
    ("server", "to", "from_"),
    [
        ("openser-1.2.0", b"sip:c@h;tag=t", b"sip:as@example.com;tag=ast"),
        ("openser-1.3.0", b"sip:c@h;tag=t", b"sip:as@example.com;tag=ast"),
        ("opensips-1.4.5", b"<sip:c@h>;tag=t", b'"AS"<sip:as@example.com>;tag=ast'),
        ("opensips-1.6.3", b"<sip:c@h>;tag=t", b'"AS" <sip:as@example.com>;tag=ast'),
        ("opensips-3.0.3", b"<sip:c@h>;tag=t", b'"AS" <sip:as@example.com>;tag=ast'),
        ("kamailio-3.1", b"sip:c@h;tag=t", b"sip:as@example.com;tag=ast"),
        ("kamailio-4.4.7", b"<sip:c@h>;tag=t", b"<sip:as@example.com>;tag=ast"),
        ("kamailio-5.6.3", b"<sip:c@h>;tag=t", b"<sip:as@example.com>;tag=ast"),
        ("kamailio-6.1.2", b"<sip:c@h>;tag=t", b'"AS" <sip:as@example.com>;tag=ast'),
    ],
)
def test_from_and_to_by_server(server: str, to: bytes, from_: bytes) -> None:
    sip = sent(Play(usable(server)).sends(uac("BYE", to="<sip:c@h>;tag=t")))
    assert header(sip, "To") == [to]
    assert header(sip, "From") == [from_]


def test_opensips_writes_a_bare_to_without_a_tag() -> None:
    sip = sent(Play(usable("opensips-1.6.3")).sends(uac()))
    assert header(sip, "To") == [b"sip:callee@10.0.0.7"]


@pytest.mark.parametrize(
    ("behaviour", "method", "cseq", "out"),
    [
        (KAMAILIO, "INVITE", 1, 11),
        (KAMAILIO, "INVITE", 2, 2),
        (KAMAILIO, "ACK", 1, 1),
        (KAMAILIO, "ACK", 0, 10),
        (KAMAILIO, "INVITE", 0, 0),
        (KAMAILIO, "INVITE", 4294967295, 4294967295),
        (OPENSER, "INVITE", 1, 1),
        (OPENSER, "ACK", 0, 0),
    ],
)
def test_cseq(behaviour: Behaviour, method: str, cseq: int, out: int) -> None:
    outcomes = Play(behaviour).sends(uac(method, cseq=cseq))
    assert header(sent(outcomes), "CSeq") == [b"%d %s" % (out, method.encode())]
    assert rules(outcomes) == (["uac-cseq-one"] if cseq != out else [])


@pytest.mark.parametrize(
    ("server", "own", "out"),
    [
        ("openser-1.3.0", [], []),
        ("openser-1.3.0", [b"9"], [b"9"]),
        ("opensips-1.6.3", [], []),
        ("opensips-1.8.0", [], [b"70"]),
        ("opensips-1.8.0", [b"9"], [b"70", b"9"]),
        ("kamailio-3.3.7", [], []),
        ("kamailio-4.0.7", [], [b"70"]),
        ("kamailio-5.6.3", [b"9"], [b"9"]),
    ],
)
def test_max_forwards_by_server(server: str, own: list[bytes], out: list[bytes]) -> None:
    more = [f"Max-Forwards: {value.decode()}" for value in own]
    outcomes = Play(usable(server)).sends(uac(more=more))
    assert header(sent(outcomes), "Max-Forwards") == out
    assert rules(outcomes) == (["uac-max-forwards"] if len(out) > 1 else [])


def test_a_loose_route_is_the_next_hop() -> None:
    outcomes = Play().sends(uac(more=["Route: <sip:p1;lr>, <sip:p2;lr>"]))
    out = one(outcomes, Requested)
    assert out.destination == b"sip:p1;lr"
    assert out.sip.startswith(b"INVITE sip:callee@10.0.0.7 SIP/2.0\r\n")
    assert header(out.sip, "Route") == [b"<sip:p1;lr>, <sip:p2;lr>"]


def test_a_strict_route_takes_the_place_of_the_uri() -> None:
    out = one(Play().sends(uac(more=["Route: <sip:p1>, <sip:p2;lr>"])), Requested)
    assert out.destination == b"sip:p1"
    assert out.sip.startswith(b"INVITE sip:p1 SIP/2.0\r\n")
    assert header(out.sip, "Route") == [b"<sip:p2;lr>, <sip:callee@10.0.0.7>"]


def test_only_the_first_route_header_counts() -> None:
    outcomes = Play().sends(uac(more=["Route: <sip:p1;lr>", "Route: <sip:p2;lr>"]))
    assert header(sent(outcomes), "Route") == [b"<sip:p1;lr>"]
    assert rules(outcomes) == ["uac-routes"]


def test_a_route_that_does_not_parse() -> None:
    outcomes = Play().sends(uac(more=["Route: sip:p1"]))
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["uac-unparsable"]


def test_further_vias_are_kept() -> None:
    outcomes = Play().sends(uac(more=["Via: SIP/2.0/UDP 1.1.1.1"]))
    assert header(sent(outcomes), "Via")[1:] == [b"SIP/2.0/UDP 1.1.1.1"]
    sip = uac().replace(b"branch=z9hG4bKas", b"branch=z9hG4bKas, SIP/2.0/UDP 2.2.2.2")
    assert header(sent(Play().sends(sip)), "Via")[1:] == [b"SIP/2.0/UDP 2.2.2.2"]


@pytest.mark.parametrize(("behaviour", "home"), [(KAMAILIO, False), (OPENSER, True)])
def test_spiral(behaviour: Behaviour, home: bool) -> None:
    outcomes = Play(behaviour).sends(uac(more=["X-Last: 1"]), flags=SPIRAL)
    out = one(outcomes, Requested)
    assert header(out.sip, "X-WeSIP-SPIRAL") == [b"true"]
    assert out.sip.startswith(b"INVITE sip:callee@10.0.0.7 SIP/2.0\r\n")
    expected = b"sip:10.0.0.1:5060" if home else b"sip:callee@10.0.0.7"
    assert out.destination == expected


def test_spiral_of_nobody() -> None:
    outcomes = Play(bound=False).sends(uac(), flags=SPIRAL)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["spiral-unbound"]


def test_the_via_is_of_the_socket_for_the_transport() -> None:
    sip = sent(Play().sends(uac(uri="sip:c@10.0.0.7;transport=tcp")))
    assert header(sip, "Via")[0].startswith(b"SIP/2.0/TCP 10.0.0.1;branch=")
    sip = sent(Play().sends(uac(uri="sips:c@10.0.0.7")))
    assert header(sip, "Via")[0].startswith(b"SIP/2.0/TLS ")


def test_headers_beyond_the_buffer() -> None:
    outcomes = Play().sends(uac(more=["A: " + "a" * 2000, "B: b"]))
    assert header(sent(outcomes), "A") == []
    assert header(sent(outcomes), "B") == [b"b"]
    assert rules(outcomes) == ["headers-too-long"]


def test_a_body_without_a_length() -> None:
    outcomes = Play().sends(uac("MESSAGE").replace(b"Content-Length: 0", b"X: 1") + b"hi")
    assert header(sent(outcomes), "Content-Length") == [b"0"]
    assert rules(outcomes) == ["body-without-length"]
    far = uac("MESSAGE").replace(b"Content-Length: 0", b"Content-Length: 99999")
    assert kinds(Play().sends(far)) == ["Mistake"]


# What the proxy refuses


@pytest.mark.parametrize(
    ("sip", "rule", "failure"),
    [
        (uac(from_="<sip:as@example.com>"), "uac-from-tag", b"From tag missing"),
        (uac(from_=None), "uac-from-missing", None),
        (uac(from_="<sip:as"), "uac-unparsable", None),
        (uac(to=None), "uac-headers-missing", b"Headers missing (to,from,call-id,cseq)?"),
        (uac(call_id=None), "uac-headers-missing", b"Headers missing (to,from,call-id,cseq)?"),
        (uac(cseq=""), "uac-headers-missing", b"Headers missing (to,from,call-id,cseq)?"),
        (uac(cseq=4294967296), "uac-cseq-number", None),
        (uac(cseq="x"), "uac-unparsable", None),
        (uac(to="<sip:as"), "uac-unparsable", None),
        (b"", "uac-unparsable", None),
        (answer(uac()), "uac-not-request", None),
    ],
)
def test_what_is_refused(sip: bytes, rule: str, failure: bytes | None) -> None:
    play = Play()
    outcomes = play.sends(sip)
    assert rules(outcomes) == [rule]
    failed = of(outcomes, Failed)
    assert [one.frame.reason for one in failed] == ([failure] if failure else [])
    assert [one.frame.error for one in failed] == ([2] if failure else [])
    assert not of(outcomes, Requested)
    assert play.machine.is_empty
    if failure == b"From tag missing":
        expected = "0000001e050000000700000002" + "10" + failure.hex()
        assert failed[0].frame.encode().hex() == expected


@pytest.mark.parametrize(
    ("behaviour", "error", "reason"),
    [
        (KAMAILIO, -7, b"I'm terribly sorry, server error occurred (7/SEAS/UAC)"),
        (OPENSER, -476, b"Unresolvable destination (476/SEAS/UAC)"),
    ],
)
def test_an_address_that_cannot_be_found(behaviour: Behaviour, error: int, reason: bytes) -> None:
    outcomes = Play(behaviour).sends(uac(uri="tel:+123"))
    assert rules(outcomes) == ["uac-destination"]
    frame = one(outcomes, Failed).frame
    assert (frame.error, frame.reason) == (error, reason)
    nowhere = Settings(resolves=lambda uri: b"10.0.0.7" not in uri)
    assert kinds(Play(behaviour, nowhere).sends(uac())) == ["Mistake", "Failed"]
    assert kinds(Play(behaviour, nowhere).sends(uac(more=["Route: <sip:p1;lr>"]))) == ["Requested"]


def test_what_goes_out_but_not_as_meant() -> None:
    assert rules(Play().sends(uac("CANCEL"))) == ["uac-cancel"]
    play = Play()
    play.sends(uac("OPTIONS"))
    outcomes = play.sends(uac("OPTIONS", call_id="uac-2@as"))
    assert rules(outcomes) == ["uac-id-reused"]
    sip = uac("OPTIONS").replace(b"2 OPTIONS", b"2 BYE")
    outcomes = Play().sends(sip)
    assert rules(outcomes) == ["uac-cseq-method"]
    assert header(sent(outcomes), "CSeq") == [b"2 OPTIONS"]


# Responses


def test_responses_come_with_the_uac_id() -> None:
    play = Play()
    out = one(play.sends(uac()), Requested)
    for status, reason in ((180, b"Ringing"), (200, b"OK")):
        sip = answer(out.sip, status, reason)
        event = reported(play.hears(sip))
        assert (event.uac_id, event.status, event.processor_id) == (7, status, 1)
        assert (event.hash_index, event.label, event.flags) == (out.hash_index, out.label, 0)
        assert event.source_address == FROM_CALLEE.source_address
        assert Message(event.payload, play.behaviour.dialect).text == sip


def test_a_100_is_never_reported() -> None:
    play = Play()
    out = one(play.sends(uac()), Requested)
    withheld = one(play.hears(answer(out.sip, 100, b"Trying")), Withheld)
    assert (withheld.status, withheld.uac_id) == (100, 7)


def test_a_2xx_is_reported_each_time_other_finals_once() -> None:
    play = Play()
    out = one(play.sends(uac()), Requested)
    assert kinds(play.hears(answer(out.sip))) == ["Event"]
    assert kinds(play.hears(answer(out.sip))) == ["Event"]
    assert kinds(play.hears(answer(out.sip, 180, b"Ringing"))) == ["Withheld"]
    out = one(play.sends(uac("OPTIONS", cseq=3), uac_id=9), Requested)
    assert kinds(play.hears(answer(out.sip))) == ["Event"]
    assert kinds(play.hears(answer(out.sip))) == ["Withheld"]


def test_the_ack_to_a_refusal_is_the_proxys() -> None:
    play = Play(KAMAILIO)
    out = one(play.sends(uac(more=["Max-Forwards: 9", "Route: <sip:p1;lr>"])), Requested)
    outcomes = play.hears(answer(out.sip, 486, b"Busy Here"))
    assert kinds(outcomes) == ["Acknowledged", "Event"]
    ack = one(outcomes, Acknowledged)
    assert ack.destination == b"sip:p1;lr"
    assert ack.sip == text(
        "ACK sip:callee@10.0.0.7 SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.1;branch={out.branch.decode()}",
        "To: <sip:callee@10.0.0.7>;tag=t1",
        "From: <sip:as@example.com>;tag=ast",
        "CSeq: 2 ACK",
        "Call-ID: uac-1@as",
        "Route: <sip:p1;lr>",
        "Content-Length: 0",
        "Max-Forwards: 9",
    )
    assert kinds(play.hears(answer(out.sip, 486, b"Busy Here"))) == ["Acknowledged", "Withheld"]


def test_the_ack_to_a_refusal_of_openser() -> None:
    play = Play(OPENSER)
    out = one(play.sends(uac()), Requested)
    ack = one(play.hears(answer(out.sip, 486, b"Busy Here")), Acknowledged)
    assert ack.sip == text(
        "ACK sip:callee@10.0.0.7 SIP/2.0",
        f"Via: SIP/2.0/UDP 10.0.0.1;branch={out.branch.decode()}",
        "From: sip:as@example.com;tag=ast",
        "Call-ID: uac-1@as",
        "To: sip:callee@10.0.0.7;tag=t1",
        "CSeq: 2 ACK",
        "User-Agent: seastool",
        "Content-Length: 0",
    )


def test_responses_to_nothing() -> None:
    play = Play()
    assert kinds(play.hears(answer(request()))) == ["Absorbed"]
    assert kinds(play.hears(request())) == ["Refused"]
    assert kinds(play.hears(b"SIP/2.0 200 OK\r\n\r\n")) == ["Refused"]


def test_a_response_that_does_not_encode_is_withheld() -> None:
    play = Play()
    out = one(play.sends(uac("OPTIONS")), Requested)
    sip = answer(out.sip, headers=b"Contact: <sip:\r\n")
    outcomes = play.hears(sip)
    assert kinds(outcomes) == ["Withheld"]
    play.at(5)
    assert play.machine.is_empty


# ACK of the application server's


def test_an_ack_has_no_transaction_on_kamailio() -> None:
    play = Play(KAMAILIO)
    out = one(play.sends(uac()), Requested)
    play.hears(answer(out.sip))
    outcomes = play.sends(uac("ACK", to="<sip:callee@10.0.0.7>;tag=t1"), uac_id=8)
    assert kinds(outcomes) == ["Requested"]
    assert one(outcomes, Requested).label == 0
    assert play.at(5) == []
    assert play.machine.is_empty


def test_a_2xx_that_has_no_ack_is_told() -> None:
    play = Play(KAMAILIO)
    out = one(play.sends(uac()), Requested)
    play.hears(answer(out.sip))
    assert rules(play.at(5)) == ["uac-ack-missing"]
    assert play.machine.is_empty


def test_an_ack_to_a_refusal_is_needless() -> None:
    play = Play(KAMAILIO)
    out = one(play.sends(uac()), Requested)
    play.hears(answer(out.sip, 404, b"Not Found"))
    assert rules(play.sends(uac("ACK"), uac_id=8)) == ["uac-ack-needless"]


def test_openser_times_the_ack_out() -> None:
    play = Play(OPENSER)
    out = one(play.sends(uac()), Requested)
    play.hears(answer(out.sip))
    ack = one(play.sends(uac("ACK"), uac_id=8), Requested)
    assert ack.label
    assert play.at(29.9) == []
    event = reported(play.at(0.1))
    assert (event.flags, event.status, event.uac_id) == (FAKED_REPLY, 408, 8)
    play.at(5)
    assert play.machine.is_empty


# Time


def test_a_time_out_is_a_faked_408_of_33_bytes() -> None:
    play = Play()
    out = one(play.sends(uac("OPTIONS")), Requested)
    assert play.machine.get_timer() == 130.0
    event = one(play.at(30), Event)
    assert len(event.frame) == 33
    frame = ResIn.decode(event.frame)
    assert (frame.status, frame.uac_id, frame.processor_id) == (408, 7, 1)
    assert (frame.hash_index, frame.label) == (out.hash_index, out.label)
    assert kinds(play.hears(answer(out.sip))) == ["Withheld"]
    assert play.at(5) == []
    assert play.machine.is_empty


def test_an_invite_that_rings_has_longer_and_is_cancelled_then() -> None:
    play = Play(KAMAILIO)
    out = one(play.sends(uac()), Requested)
    play.at(29)
    play.hears(answer(out.sip, 180, b"Ringing"))
    assert play.at(119) == []
    outcomes = play.at(1)
    assert kinds(outcomes) == ["Cancelled", "Event"]
    cancel = one(outcomes, Cancelled)
    assert cancel.uac_id is None
    assert cancel.sip.startswith(b"CANCEL sip:callee@10.0.0.7 SIP/2.0\r\n")
    assert b"branch=" + out.branch in cancel.sip
    absorbed = one(play.hears(answer(cancel.sip)), Absorbed)
    assert "the proxy's own" in absorbed.reason
    assert kinds(play.hears(answer(out.sip, 487, b"Terminated"))) == ["Acknowledged", "Withheld"]
    # a 2xx gets through even now
    assert kinds(play.hears(answer(out.sip))) == ["Event"]
    play.at(5)
    assert play.machine.is_empty


def test_the_final_response_timers_are_settable() -> None:
    play = Play(KAMAILIO, Settings(fr_timer=2, fr_inv_timer=3))
    out = one(play.sends(uac()), Requested)
    assert play.machine.get_timer() == 102
    play.hears(answer(out.sip, 183, b"Progress"))
    assert play.machine.get_timer() == 103


def test_mistakes_name_the_uac_id() -> None:
    found = one(Play().sends(uac(from_=None), uac_id=99), Mistake)
    assert found.uac_id == 99
    assert "UAC_REQ 99" in found.message


def test_a_lost_failure_is_marked() -> None:
    play = Play(usable("openser-1.2.0", on={Fault.FAILURE_LENGTH_SWAPPED}))
    assert one(play.sends(uac(to=None)), Failed).lost
    assert not one(Play(OPENSER).sends(uac(to=None)), Failed).lost
