"""Records joined into calls: who is who, what answers what, what is passed on, what is marked."""

import doctest

import pytest
from ladder_traffic import (
    CALLEE,
    CAPTURES,
    OPENSER,
    PHONE,
    PROXY,
    SESSION,
    SIPP,
    Trace,
    answered,
    marks,
    real,
    request,
    response,
)

from seastool.capture.records import Address
from seastool.ladder import Call, Limits, Mark, Role, Severity
from seastool.ladder.joining import MAX_LIFELINES

MS = 1_000_000
ROOT = CAPTURES.parent


def test_a_real_call_with_all_its_joints() -> None:
    (call,) = real(SESSION, "c2-").calls
    assert [(line.role, line.name, line.address) for line in call.lifelines] == [
        (Role.PHONE, "alice", "127.0.0.1:5999"),
        (Role.PROXY, "proxy", "127.0.0.1:5060"),
        (Role.SERVER, "app_server_1", "127.0.0.1"),
    ]
    told = [(a.packet, a.source, a.target, a.answers, a.follows) for a in call.arrows]
    assert told == [
        (23, 0, 1, None, None),
        (26, 1, 0, 0, None),
        (27, 1, 2, None, 0),
        (29, 2, 1, 2, None),
        (31, 1, 0, 0, 3),
        (32, 2, 1, 2, None),
        (34, 1, 0, 0, 5),
        (37, 0, 1, 6, None),
        (40, 1, 2, 5, 7),
        (42, 0, 1, None, None),
        (43, 1, 2, None, 9),
        (45, 2, 1, 10, None),
        (47, 1, 0, 9, 11),
    ]
    assert call.arrows[6].answer_ns == 1_094_000
    assert call.arrows[6].follow_ns == 37_000
    assert (call.result, call.final_status) == ("INVITE 200 OK fine", 200)
    assert (call.from_uri, call.to_uri) == ("sip:alice@example.com", "sip:bob@example.com")
    assert call.arrows[2].transaction == "40263:199472189"
    assert call.marks == []


def test_a_call_of_the_application_server_joined_by_uac_id() -> None:
    (call,) = real(SESSION, "u4-").calls
    told = [(a.packet, a.type_name, a.transaction, a.answers, a.repeats) for a in call.arrows]
    assert told == [
        (97, "UAC_REQ", "uac 81", None, None),
        (98, "SIP udp", "", None, None),
        (100, "SIP udp", "", None, 1),
        (105, "SIP udp", "", None, 1),
        (106, "RES_IN", "65027:1718677817 uac 81", 0, None),
    ]
    assert call.arrows[1].follows == 0  # though Kamailio made 11 of the CSeq's 1
    assert call.result == "MESSAGE 408 (faked by the proxy)"
    assert [mark[:2] for mark in marks(call)] == [
        (98, "warning"),
        (100, "warning"),
        (105, "warning"),
        (106, "warning"),
    ]


@pytest.mark.parametrize("path", [SESSION, SIPP, OPENSER], ids=lambda path: path.stem)
def test_every_frame_of_a_real_capture_finds_its_call(path) -> None:
    ladder = real(path)
    assert ladder.joinless == 0
    assert not ladder.dropped
    for call in ladder.calls:
        assert {line.role for line in call.lifelines} >= {Role.PROXY, Role.SERVER}
        for arrow in call.arrows:
            seas = {call.lifelines[i].role for i in (arrow.source, arrow.target)}
            assert seas == ({Role.PHONE, Role.PROXY} if arrow.kind == "sip" else seas)
            if arrow.kind == "seas":
                assert seas == {Role.PROXY, Role.SERVER}


def test_good_calls_have_no_marks() -> None:
    ladder = real(SIPP)
    assert [len(call.arrows) for call in ladder.calls] == [13] * 20
    assert all(call.result == "INVITE 200 OK" and not call.marks for call in ladder.calls)


def test_latency_by_hop() -> None:
    call = answered().call()
    assert [(a.answer_ns, a.follow_ns) for a in call.arrows] == [
        (None, None),
        (None, 1 * MS),
        (1 * MS, None),
        (3 * MS, 1 * MS),
        (3 * MS, None),
        (5 * MS, 1 * MS),
    ]


def test_a_reply_without_call_id_is_joined_by_hash_and_label() -> None:
    trace = Trace()
    trace.sip(request("OPTIONS"))
    trace.event(request("OPTIONS"))
    trace.reply(b"SIP/2.0 200 OK\r\n\r\n")
    trace.back(response(method="OPTIONS"))
    call = trace.call()
    assert [a.answers for a in call.arrows] == [None, None, 1, 0]
    assert call.arrows[3].follows == 2
    assert marks(call) == []


def test_a_reply_goes_to_its_transaction_whatever_call_id_it_has() -> None:
    trace = Trace()
    trace.sip(request())
    trace.event(request())
    trace.reply(response(call_id="of-another"))
    trace.back(response())
    assert len(trace.call().arrows) == 4


def test_a_failure_is_joined_by_uac_id() -> None:
    trace = Trace()
    trace.uac(request(sender="sip:as@example.com"), 12)
    trace.failure(12)
    call = trace.call()
    assert call.arrows[1].answers == 0
    assert marks(call) == [(2, "error", "the proxy could not do what was asked")]
    assert call.result == "INVITE error 2: none"


def test_retransmissions_and_what_they_do_not_do() -> None:
    trace = answered()
    trace.back(response(), 500)
    trace.sip(request("ACK"))
    call = trace.call()
    assert call.arrows[6].repeats == 5
    assert call.arrows[6].is_retransmission
    assert (call.arrows[6].answers, call.arrows[6].follows) == (None, None)
    assert marks(call) == [(7, "warning", "sent again: first in packet 6, 0.500000 s before")]


def test_a_provisional_response_that_says_something_else_is_none() -> None:
    trace = Trace()
    trace.sip(request())
    for reason in ("Ringing", "Queued, 2 before you", "Queued, 1 before you"):
        trace.back(response(182, reason))
    assert not any(arrow.is_retransmission for arrow in trace.call().arrows)


def test_a_request_without_an_answer() -> None:
    trace = Trace()
    trace.sip(request())
    trace.event(request())
    trace.back(response(100, "Trying"), 998)
    assert marks(trace.call()) == [
        (1, "warning", "no final answer in the 0.999000 s until the capture ends"),
        (2, "warning", "no answer in the 0.998000 s until the capture ends"),
    ]


def test_500_without_an_event() -> None:
    trace = answered()
    trace.sip(request("BYE", cseq=2, branch="z9hG4bK2"))
    trace.back(response(500, "Server error", method="BYE", cseq=2, branch="z9hG4bK2"))
    told = "500 without an event: the application server saw nothing of the request"
    assert marks(trace.call()) == [(8, "error", told)]


def test_500_of_the_application_server_is_no_such_thing() -> None:
    trace = Trace()
    trace.sip(request())
    trace.event(request())
    trace.reply(response(500, "No"))
    trace.back(response(500, "No"))
    call = trace.call()
    assert marks(call) == []
    assert call.result == "INVITE 500 No"


@pytest.mark.parametrize("passed", [True, False])
def test_a_reply_after_five_seconds(passed) -> None:
    trace = Trace()
    trace.sip(request())
    trace.event(request())
    trace.reply(response(), 5001)
    if passed:
        trace.back(response())
    told = "later than 5 s, when the proxy may have let go of it"
    end = "" if passed else ", and nothing of it left the proxy"
    assert (3, "warning", told + end) in marks(trace.call())


def test_a_reply_within_five_seconds_is_in_time() -> None:
    trace = Trace()
    trace.sip(request())
    trace.event(request())
    trace.reply(response(), 5000)
    trace.back(response())
    assert marks(trace.call()) == []


def test_a_second_final_reply() -> None:
    trace = answered()
    trace.reply(response(486, "Busy Here"))
    told = "dropped by the proxy: packet 5 was the final reply"
    assert marks(trace.call()) == [(7, "error", told)]


def test_a_faked_408() -> None:
    trace = Trace()
    trace.uac(request(), 5)
    trace.faked(5)
    call = trace.call()
    assert call.arrows[1].answers == 0
    assert marks(call) == [(2, "warning", "408 made by the proxy: nothing came in time")]


def test_a_challenge_is_not_the_end() -> None:
    trace = Trace()
    trace.sip(request("REGISTER"))
    trace.back(response(401, "Unauthorized", method="REGISTER"))
    trace.sip(request("REGISTER", cseq=2, branch="z9hG4bK2"))
    trace.back(response(method="REGISTER", cseq=2, branch="z9hG4bK2"))
    assert trace.call().result == "REGISTER 200 OK"


def test_the_proxy_is_known_by_what_comes_later() -> None:
    """The capture begins within a call: only the event says that the address is a proxy's."""
    call = answered().call()
    assert [line.role for line in call.lifelines] == [Role.PHONE, Role.PROXY, Role.SERVER]
    assert call.lifelines[1].endpoint.addresses == ["10.0.0.2:5060", "SEAS 10.0.0.2:5080"]


def test_a_proxied_call_reads_from_caller_to_callee() -> None:
    trace = answered()
    trace.records.insert(2, trace.records[0])
    trace.sip(request(vias=2), PROXY, CALLEE)
    call = trace.call()
    assert [line.name for line in call.lifelines] == ["alice", "proxy", "as_01", "bob"]


def test_sip_alone_has_a_proxy_if_one_adds_a_via() -> None:
    trace = Trace()
    trace.sip(request())
    trace.sip(request(vias=2, branch="z9hG4bK9"), PROXY, CALLEE)
    trace.sip(response(branch="z9hG4bK9"), CALLEE, PROXY)
    trace.back(response())
    call = trace.call()
    assert [line.role for line in call.lifelines] == [Role.PHONE, Role.PROXY, Role.PHONE]
    assert [a.follows for a in call.arrows] == [None, 0, None, 2]
    assert [a.answers for a in call.arrows] == [None, None, 1, 0]


def test_a_phone_on_tcp_is_one_with_the_port_of_its_via() -> None:
    trace = Trace()
    trace.sip(request(), Address(PHONE.packed, 50123), PROXY, transport="tcp")
    trace.sip(request("BYE", cseq=2, branch="z9hG4bK2"))
    call = trace.call()
    assert [line.address for line in call.lifelines] == ["10.0.0.1:5060", "10.0.0.2:5060"]


def test_pings_belong_to_no_call() -> None:
    trace = answered()
    trace.ping(1)
    ladder = trace.ladder()
    assert len(ladder.calls) == 1
    assert [arrow.type_name for arrow in ladder.others.arrows] == ["PING"]
    assert ladder.joinless == 0


def test_a_reply_to_an_unknown_transaction_is_told() -> None:
    trace = Trace()
    trace.reply(b"SIP/2.0 200 OK\r\n\r\n", transaction=(1, 2))
    assert trace.ladder().joinless == 1


def test_only_wanted_calls_are_kept_and_joined_all_the_same() -> None:
    trace = Trace()
    trace.sip(request(call_id="other"))
    trace.records += answered().records
    trace.reply(b"SIP/2.0 180 Ringing\r\n\r\n")
    ladder = trace.ladder(wanted=lambda name: name == "call-1")
    assert [(call.call_id, len(call.arrows)) for call in ladder.calls] == [("call-1", 7)]


def test_limits_are_kept_and_told() -> None:
    trace = Trace()
    for i in range(6):
        trace.sip(request(call_id=f"call-{i}"))
    ladder = trace.ladder(limits=Limits(calls=4, arrows=3))
    assert len(ladder.calls) == 4
    assert sum(len(call.arrows) for call in ladder.calls) == 3
    assert ladder.dropped == {"messages": 1, "messages of further calls": 2}


def test_transactions_long_ago_are_forgotten() -> None:
    trace = Trace()
    for i in range(5):
        trace.event(request(call_id=f"call-{i}"), label=i)
    for i in range(5):
        trace.reply(b"SIP/2.0 200 OK\r\n\r\n", transaction=(7, i))
    ladder = trace.ladder(limits=Limits(transactions=2))
    assert [len(call.arrows) for call in ladder.calls] == [1, 1, 1, 2, 2]
    assert ladder.joinless == 3


def test_one_call_id_from_everywhere_has_a_bounded_number_of_lifelines() -> None:
    trace = Trace()
    for i in range(300):
        trace.sip(request(branch=f"z9hG4bK{i}"), Address(b"\x0b\x00\x01\x01", 1000 + i), PROXY)
    call = trace.call()
    assert len(call.lifelines) == MAX_LIFELINES
    assert call.lifelines[-1].name == "278 others"
    assert max(arrow.source for arrow in call.arrows) == MAX_LIFELINES - 1


def test_marks_of_others_find_their_place() -> None:
    ladder = answered().ladder()
    ladder.add_marks([Mark(3, Severity.ERROR, "why"), Mark(99, Severity.INFO, "elsewhere")])
    assert [mark.text for mark in ladder.marks] == ["elsewhere"]
    assert [mark.text for mark in ladder.calls[0].placed_marks()[2]] == ["why"]


def test_a_mark_stands_at_its_own_call_where_a_packet_carries_two() -> None:
    ladder = answered().ladder()
    (first,) = ladder.calls
    ladder.calls.append(Call("another", arrows=list(first.arrows)))
    packet = first.arrows[2].packet
    for call_id in ("another", "unknown", ""):
        ladder.add_marks([Mark(packet, Severity.ERROR, call_id, call_id=call_id)])
    assert [mark.text for mark in first.marks if mark.text in ("another", "unknown", "")] == [
        "unknown",
        "",
    ]
    assert [mark.text for mark in ladder.calls[1].marks] == ["another"]


def test_the_example_of_the_page(monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(ROOT / "docs" / "ladder.md"), module_relative=False)
    assert (result.failed, result.attempted) == (0, 4)
