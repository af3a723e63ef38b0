"""How servers differ (docs/protocol.md: How servers differ), by server."""

from __future__ import annotations

import pytest
from openser_calls import Play, answer, header, kinds, of, one, request, uac

from seastool.seas.dialects import names
from seastool.seas.frames import E2E_ACK, SlReqIn, TReqIn
from seastool.seas.openser import (
    Cancelled,
    Event,
    Failed,
    Fault,
    Replied,
    Requested,
    behave_like,
    usable,
)
from seastool.seas.openser.behaviours import ranges

BODY = b"v=0"  # Content-Length: 0 does not encode with every server


def like(server: str, *on: Fault) -> Play:
    return Play(behave_like(server, on=on))


def called(play: Play, status: int) -> TReqIn:
    event = play.opens(request(body=BODY))
    play.replies(event, answer(request(), status, b"X"))
    return event


@pytest.mark.parametrize(
    ("server", "type", "flags"),
    [
        ("openser-1.2.0", 2, E2E_ACK),
        ("openser-1.3.0", 2, E2E_ACK),
        ("opensips-1.4.1", 2, E2E_ACK),
        ("opensips-1.4.5", 3, 0),
        ("kamailio-1.5.0", 3, 0),
        ("opensips-1.5.0", None, 0),
        ("opensips-1.6.3", None, 0),
        ("opensips-1.11.11", None, 0),
        ("opensips-2.1.0", None, 0),
        ("opensips-2.4.11", None, 0),
        ("opensips-3.0.3", None, 0),
        ("kamailio-3.1", 2, E2E_ACK),
        ("kamailio-4.4.7", 2, E2E_ACK),
        ("kamailio-5.6.3", 2, E2E_ACK),
    ],
)
def test_ack_to_a_200(server: str, type: int | None, flags: int) -> None:
    play = like(server)
    invite = called(play, 200)
    outcomes = play.asks(request("ACK", tag="t1", branch="z9hG4bK-2", body=BODY))
    if type is None:
        assert kinds(outcomes) == ["Absorbed"]
        return
    frame = one(outcomes, Event).frame
    assert (frame[4], int.from_bytes(frame[6:10], "big")) == (type, flags)
    if type == 2:
        event = TReqIn.decode(frame)
        assert (event.hash_index, event.label) == (invite.hash_index, invite.label)
    else:
        SlReqIn.decode(frame)


@pytest.mark.parametrize(
    "server",
    ["openser-1.2.0", "openser-1.3.0", "opensips-1.4.5", "opensips-1.11.11", "kamailio-5.6.3"],
)
def test_ack_to_a_refusal(server: str) -> None:
    play = like(server)
    invite = called(play, 404)
    event = play.opens(request("ACK", tag="t1", body=BODY))
    assert (event.flags, event.hash_index, event.label) == (0, invite.hash_index, invite.label)


@pytest.mark.parametrize("server", ["opensips-2.3", "opensips-2.4.11", "opensips-3.0.3"])
def test_ack_to_a_refusal_kills_late_opensips_if_it_is_let(server: str) -> None:
    play = like(server)
    called(play, 404)
    assert kinds(play.asks(request("ACK", tag="t1", body=BODY))) == ["Event"]
    play = like(server, Fault.ACK_CRASH)
    called(play, 404)
    assert kinds(play.asks(request("ACK", tag="t1", body=BODY))) == ["ServerDies"]


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("openser-1.2.0", True),
        ("openser-1.3.0", True),
        ("opensips-1.4.5", True),
        ("opensips-1.11.11", True),
        ("kamailio-3.1", False),
        ("kamailio-5.6.3", False),
    ],
)
def test_ack_to_nothing(server: str, told: bool) -> None:
    outcomes = like(server).asks(request("ACK", tag="t1", body=BODY))
    assert kinds(outcomes) == (["Event"] if told else ["Absorbed"])
    if told:
        SlReqIn.decode(one(outcomes, Event).frame)


@pytest.mark.parametrize("server", names())
def test_cancels_that_come_in(server: str) -> None:
    play = like(server)
    invite = play.opens(request(body=BODY))
    event = play.opens(request("CANCEL", body=BODY))
    assert event.cancelled_label == invite.label
    assert kinds(play.asks(request("CANCEL", n=2, body=BODY))) == ["Refused", "Replied"]


@pytest.mark.parametrize(
    ("server", "provisional", "final"),
    [
        ("openser-1.2.0", True, True),
        ("openser-1.3.0", True, True),
        ("opensips-1.4.5", True, True),
        ("opensips-2.1.0", True, True),
        ("kamailio-3.1", False, False),
        ("kamailio-5.6.3", False, False),
    ],
)
def test_responses(server: str, provisional: bool, final: bool) -> None:
    play = like(server)
    out = one(play.sends(uac()), Requested)
    assert kinds(play.hears(answer(out.sip, 100, b"Trying", body=BODY))) == ["Withheld"]
    ringing = play.hears(answer(out.sip, 180, b"Ringing", body=BODY))
    assert bool(of(ringing, Event)) is provisional
    assert bool(of(play.hears(answer(out.sip, body=BODY)), Event)) is final
    play.sends(uac("OPTIONS", cseq=3))
    assert bool(of(play.at(30), Event)) is final
    play.at(5)


def test_kamailio_reports_provisional_responses_if_tm_is_told_to() -> None:
    play = Play(behave_like("kamailio-5.6.3", off={Fault.PROVISIONAL_REPLIES_LOST}))
    out = one(play.sends(uac()), Requested)
    assert of(play.hears(answer(out.sip, 180, b"Ringing", body=BODY)), Event)
    assert not of(play.hears(answer(out.sip, body=BODY)), Event)


@pytest.mark.parametrize(
    ("server", "reported", "failed"),
    [
        ("openser-1.3.0", "200", False),
        ("opensips-1.4.5", "200", False),
        ("opensips-1.6.3", "200", False),
        ("opensips-1.8.0", "200", False),
        ("opensips-1.8.1", "no", True),
        ("opensips-1.9.0", "no", True),
        ("opensips-1.11.11", "no", True),
        ("kamailio-3.1", "408", False),
        ("kamailio-5.6.3", "408", False),
    ],
)
def test_cancels_of_the_application_server(server: str, reported: str, failed: bool) -> None:
    play = like(server)
    out = one(play.sends(uac()), Requested)
    play.hears(answer(out.sip, 180, b"Ringing", body=BODY))
    outcomes = play.cancels((out.hash_index, out.label))
    assert bool(of(outcomes, Failed)) is failed
    cancel = one(outcomes, Cancelled)
    heard = [*play.hears(answer(cancel.sip, body=BODY)), *play.at(1)]
    found = [event.frame[29:33] for event in of(heard, Event)]
    if reported == "200":
        assert int.from_bytes(of(heard, Event)[0].frame[37:41], "big") == 200
    elif reported == "408":
        assert len(found) == 1
        assert int.from_bytes(of(heard, Event)[0].frame[29:33], "big") == 408
    else:
        assert not found


@pytest.mark.parametrize(
    ("server", "times_out"),
    [
        ("openser-1.2.0", True),
        ("openser-1.3.0", True),
        ("opensips-1.4.5", True),
        ("opensips-1.5.3", True),
        ("opensips-1.6.0", False),
        ("opensips-3.0.3", False),
        ("kamailio-5.6.3", False),
    ],
)
def test_acks_of_the_application_server(server: str, times_out: bool) -> None:
    play = like(server)
    play.sends(uac("ACK"))
    assert bool(of(play.at(30), Event)) is times_out


@pytest.mark.parametrize(
    ("server", "lost"),
    [
        ("openser-1.2.0", True),
        ("openser-1.3.0", True),
        ("opensips-1.4.2", True),
        ("opensips-1.4.3", False),
        ("opensips-1.4.5", False),
        ("kamailio-3.1", False),
        ("kamailio-5.6.3", False),
    ],
)
def test_failures(server: str, lost: bool) -> None:
    assert one(like(server).sends(uac(to=None)), Failed).lost is lost


@pytest.mark.parametrize("server", names())
def test_without_a_processor(server: str) -> None:
    play = Play(behave_like(server), bound=False)
    found = of(play.asks(request(body=BODY)), Replied)
    assert [reply.status for reply in found] == [100, 500]
    assert found[1].sip.startswith(b"SIP/2.0 500 Server Internal Error!\r\n")


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        ("openser-1.2.0", b"Your call is important to us"),
        ("opensips-1.11.6", b"Your call is important to us"),
        ("opensips-1.11.7", b"Giving a try"),
        ("opensips-2.1.2", b"Your call is important to us"),
        ("opensips-2.1.3", b"Giving a try"),
        ("opensips-3.0.3", b"Giving a try"),
        ("kamailio-6.1", b"Your call is important to us"),
    ],
)
def test_the_100(server: str, reason: bytes) -> None:
    reply = like(server).asks(request(body=BODY))[0]
    assert isinstance(reply, Replied)
    assert reply.sip.startswith(b"SIP/2.0 100 " + reason + b"\r\n")


@pytest.mark.parametrize(
    ("server", "signature"),
    [
        ("openser-1.3.0", b"OpenSER (1.3.0-notls (x86_64/linux))"),
        ("opensips-1.11.11", b"OpenSIPS (1.11.11-notls (x86_64/linux))"),
        ("kamailio-5.6.3", b"kamailio (5.6.3 (x86_64/linux))"),
    ],
)
def test_the_signature(server: str, signature: bytes) -> None:
    reply = like(server).asks(request(body=BODY))[0]
    assert isinstance(reply, Replied)
    assert header(reply.sip, "Server") == [signature]


@pytest.mark.parametrize("server", names())
def test_every_server_plays_a_call_to_the_end(server: str) -> None:
    for behaviour in (behave_like(server), usable(server)):
        play = Play(behaviour)
        event = play.opens(request(body=BODY))
        play.replies(event, answer(request(), 180, b"Ringing"), type=1)
        play.replies(event, answer(request()))
        play.asks(request("ACK", tag="t1", body=BODY))
        bye = play.opens(request("BYE", cseq=2, tag="t1", body=BODY))
        play.replies(bye, answer(request("BYE", cseq=2, tag="t1")))
        out = one(play.sends(uac()), Requested)
        play.hears(answer(out.sip, 486, b"Busy Here", body=BODY))
        assert play.machine.unanswered == 0
        while (due := play.machine.get_timer()) is not None:
            play.at(due - play.now)
        assert play.machine.is_empty


def test_ranges_are_all_that_changes_anything() -> None:
    found = ranges()
    assert set(names()) < set(found)
    assert len(set(found)) == len(found)
    assert found.index("opensips-1.4.0") < found.index("opensips-1.4.2")
    assert found.index("opensips-1.4.2") < found.index("opensips-1.4.3")
    assert "kamailio-1.4.2" in found
    assert behave_like("kamailio-1.4.1").ack_2xx is not behave_like("kamailio-1.4.2").ack_2xx
