"""Faults by name: which server has which, which are on, and what they do."""

from __future__ import annotations

import pytest
from openser_calls import Play, answer, kinds, of, one, request, rules, text, uac

from seastool.seas.connection.action_reader import ReadFault
from seastool.seas.dialect import Quirk
from seastool.seas.dialects import UnknownDialect, lookup, names
from seastool.seas.openser import (
    FAULTS,
    ConnectionClosed,
    Fault,
    Refused,
    Replied,
    Requested,
    ServerDies,
    Stateless,
    behave_like,
    parse_faults,
    usable,
)
from seastool.seas.openser.faults import UnknownFault

ENDING = {fault for fault, info in FAULTS.items() if info.ends}


def test_every_fault_is_documented_on_one_line() -> None:
    assert set(FAULTS) == set(Fault)
    for fault, info in FAULTS.items():
        assert info.doc, fault
        assert "\n" not in info.doc
        assert fault == fault.lower()
        assert " " not in fault


def test_every_fault_of_reading_is_there() -> None:
    assert {info.read for info in FAULTS.values()} - {None} == set(ReadFault)


def test_faults_are_found_by_name() -> None:
    assert parse_faults(["ack-crash", " Final-Replies-Lost"]) == {
        Fault.ACK_CRASH,
        Fault.FINAL_REPLIES_LOST,
    }
    with pytest.raises(UnknownFault, match="no fault of a proxy 'nonsense'; there are: content-"):
        parse_faults(["nonsense"])


@pytest.mark.parametrize("server", names())
def test_a_server_has_its_faults_but_those_that_end_it(server: str) -> None:
    behaviour = behave_like(server)
    assert behaviour.faults == behaviour.known - ENDING
    assert behaviour.known
    assert behaviour.server == server
    assert behaviour.dialect.quirks == lookup(server).quirks - {
        Quirk.TWO_ACCEPTS_KILL,
        Quirk.OTHER_SCHEME_KILLS,
    }


def test_without_a_name_there_are_no_faults() -> None:
    behaviour = usable()
    assert behaviour.faults == frozenset()
    assert behaviour.read_faults == frozenset()
    assert behaviour.dialect.layout == "B"
    assert behaviour.dialect.id == "D9"
    assert not behaviour.dialect.has(Quirk.FINAL_REPLIES_LOST)
    assert not behaviour.dialect.has(Quirk.CONTENT_LENGTH_ZERO_REFUSED)
    assert behaviour.signature == b"seastool"
    assert usable() is behaviour  # so that what is cached by its dialect is shared


def test_faults_can_be_switched() -> None:
    behaviour = behave_like("kamailio-5.6.3", on={Fault.ACK_CRASH}, off={Fault.FINAL_REPLIES_LOST})
    assert behaviour.has(Fault.ACK_CRASH)
    assert not behaviour.dialect.has(Quirk.FINAL_REPLIES_LOST)
    assert behaviour.dialect.has(Quirk.CONTENT_LENGTH_ZERO_REFUSED)
    behaviour = usable("openser-1.3.0", on={Fault.CONTENT_LENGTH_ZERO, Fault.LONE_UNBIND_WAITS})
    assert behaviour.dialect.has(Quirk.CONTENT_LENGTH_ZERO_REFUSED)
    assert behaviour.read_faults == {ReadFault.LONE_UNBIND_WAITS}
    with pytest.raises(UnknownDialect):
        behave_like("nonsense-1.0")


@pytest.mark.parametrize(
    ("fault", "has", "has_not"),
    [
        (Fault.ONE_ACTION_PER_READ, "openser-1.2.0 opensips-3.0", "kamailio-3.1 kamailio-6.1"),
        (Fault.LENGTH_SIGN_EXTENDED, "openser-1.2.0 opensips-3.0", "kamailio-3.1 kamailio-6.1"),
        (Fault.LONE_UNBIND_WAITS, "kamailio-3.1 kamailio-6.1", "openser-1.2.0 opensips-3.0"),
        (Fault.CONTENT_LENGTH_ZERO, "kamailio-5.6.3 kamailio-5.3.9", "kamailio-5.2.0 openser"),
        (Fault.CONTENT_LENGTH_REQUIRED, "opensips-1.8.8", "opensips-1.7.0 kamailio-5.6.3"),
        (Fault.FINAL_REPLIES_LOST, "kamailio-3.1 kamailio-6.1", "openser-1.3.0 kamailio-1.5.0"),
        (
            Fault.REPLY_UNKNOWN_CRASH,
            "opensips-1.5.3 opensips-1.11.11",
            "openser-1.3.0 kamailio-3.1",
        ),
        (Fault.ACK_CRASH, "opensips-2.4.11 opensips-3.0.3", "opensips-2.1.0 kamailio-5.6.3"),
        (Fault.FAILURE_LENGTH_SWAPPED, "openser-1.3.0 opensips-1.4.2", "opensips-1.4.3 kamailio"),
        (Fault.SOCKETS_LABELLED_UDP, "opensips-2.1 opensips-3.0", "opensips-1.11.11 kamailio"),
        (Fault.MEMORY_CORRUPTION, "kamailio-5.6.3", "openser-1.3.0"),
        (Fault.HALF_OPEN_SLOTS, "openser-1.2.0 opensips-3.0 kamailio-6.1", ""),
        (Fault.SPINNING_RACE, "openser-1.2.0 opensips-3.0 kamailio-6.1", ""),
        (Fault.ACTION_LENGTH_ZERO_LOOPS, "openser-1.2.0 opensips-3.0 kamailio-6.1", ""),
        (Fault.UNKNOWN_EVENT_ACTION_BLOCKS, "openser-1.2.0 opensips-3.0 kamailio-6.1", ""),
        (Fault.LONG_ACTION_CLOSES, "openser-1.2.0 opensips-3.0 kamailio-6.1", ""),
    ],
)
def test_who_has_which(fault: Fault, has: str, has_not: str) -> None:
    for server in has.split():
        assert fault in behave_like(server).known, server
    for server in has_not.split():
        assert fault not in behave_like(server).known, server


# What they do


def test_content_length_zero() -> None:
    play = Play(behave_like("kamailio-5.6.3"))
    outcomes = play.asks(request("OPTIONS"))
    assert kinds(outcomes) == ["Refused", "Replied"]
    assert "remove_hf" in one(outcomes, Refused).reason
    assert kinds(Play(usable("kamailio-5.6.3")).asks(request("OPTIONS"))) == ["Event"]
    lost = Play(behave_like("kamailio-5.6.3", off={Fault.FINAL_REPLIES_LOST}))
    out = one(lost.sends(uac("OPTIONS")), Requested)
    assert kinds(lost.hears(answer(out.sip))) == ["Withheld"]


def test_content_length_required() -> None:
    sip = request("OPTIONS").replace(b"Content-Length: 0\r\n", b"")
    assert kinds(Play(behave_like("opensips-1.8.8")).asks(sip)) == ["Refused", "Replied"]
    assert kinds(Play(usable("opensips-1.8.8")).asks(sip)) == ["Event"]


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        (Fault.TWO_ACCEPTS_KILL, ["Accept: application/sdp", "Accept: text/plain"]),
        (Fault.OTHER_SCHEME_KILLS, ['Authorization: Basic realm="x"']),
    ],
)
def test_messages_that_kill(fault: Fault, more: list[str]) -> None:
    sip = request("OPTIONS", more=more)
    outcomes = Play(usable()).asks(sip)
    assert kinds(outcomes) == ["Refused", "Replied"]
    assert one(outcomes, Replied).status == 500
    outcomes = Play(usable(on={fault})).asks(sip)
    assert kinds(outcomes) == ["Refused", "ServerDies"]
    assert one(outcomes, ServerDies).fault is fault
    outcomes = Play(usable(on={fault})).asks(sip, stateless=True)
    assert kinds(outcomes) == ["Refused", "ServerDies"]


def test_a_response_in_sl_msg() -> None:
    sip = answer(request("MESSAGE", via="SIP/2.0/UDP 10.0.0.9:5070"))
    outcomes = Play(usable()).passes(sip)
    assert kinds(outcomes) == ["Mistake", "Stateless"]
    assert rules(outcomes) == ["sl-response"]
    assert one(outcomes, Stateless).destination == b"sip:10.0.0.9:5070"
    outcomes = Play(behave_like("kamailio-5.6.3")).passes(sip)
    assert kinds(outcomes) == ["Mistake"]
    routed = sip.replace(b"Via: ", b"Route: <sip:p1;lr>\r\nVia: ", 1)
    outcomes = Play(behave_like("kamailio-5.6.3")).passes(routed)
    assert one(outcomes, Stateless).destination == b"sip:p1;lr"


def test_sl_msg_without_via() -> None:
    sip = text("OPTIONS sip:a@10.0.0.7 SIP/2.0", "To: <sip:a@b>", "CSeq: 1 OPTIONS")
    outcomes = Play(usable("kamailio-5.6.3")).passes(sip)
    assert kinds(outcomes) == ["Mistake"]
    assert rules(outcomes) == ["sl-without-via"]
    crashing = usable("kamailio-5.6.3", on={Fault.STATELESS_WITHOUT_VIA_CRASH})
    outcomes = Play(crashing).passes(sip)
    assert kinds(outcomes) == ["Mistake", "ConnectionClosed"]
    assert one(outcomes, ConnectionClosed).fault is Fault.STATELESS_WITHOUT_VIA_CRASH


def test_memory_corruption_ends_it_some_time() -> None:
    play = Play(usable("kamailio-5.6.3", on={Fault.MEMORY_CORRUPTION}))
    for n in range(100):
        outcomes = play.sends(uac("OPTIONS", call_id=f"{n}@as"), uac_id=n)
        if of(outcomes, ServerDies):
            break
    assert 0 < n < 64
    assert kinds(outcomes) == ["ServerDies"]


def test_a_fault_of_others_is_told_as_that() -> None:
    without = usable("openser-1.3.0", on={Fault.ACK_CRASH})
    play = Play(without)
    event = play.opens(request())
    play.replies(event, answer(request(), 404, b"Not Found"))
    outcomes = play.asks(request("ACK", tag="t1"))
    assert kinds(outcomes) == ["ServerDies"]
    assert "openser-1.3.0" in one(outcomes, ServerDies).message
