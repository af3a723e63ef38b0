"""Messages become calls: whose they are, when they came, and which are only repeated."""

from pathlib import Path

import pytest
from sip_texts import request, response

from seastool.capture.records import Address
from seastool.replay.calls import calls_of
from seastool.replay.messages import Recorded
from seastool.replay.trace import read_trace

CAPTURES = Path(__file__).parents[2] / "captures"
ALICE = Address(bytes((10, 0, 0, 1)), 5060)
PROXY = Address(bytes((10, 0, 0, 9)), 5060)
BOB = Address(bytes((10, 0, 0, 2)), 5060)
LOCAL = bytes((127, 0, 0, 1))
MS = 1_000_000


def passed(*messages, transport="udp"):
    """(source, destination, data) as they came, a millisecond apart."""
    return [
        Recorded(number, number * MS, transport, source, destination, data)
        for number, (source, destination, data) in enumerate(messages, 1)
    ]


def sides(call) -> str:
    return "".join(">" if step.by_client else "<" for step in call.steps)


def test_whoever_sends_the_first_request_is_the_client() -> None:
    (call,) = calls_of(passed((ALICE, PROXY, request()), (PROXY, ALICE, response())))
    assert (call.call_id, call.client, sides(call), call.notes) == (b"call-1", ALICE, "><", [])
    assert [step.delay_ns for step in call.steps] == [0, MS]


def test_calls_come_in_the_order_of_their_beginnings_and_by_call_id() -> None:
    messages = passed(
        (ALICE, PROXY, request(call_id="one")),
        (ALICE, PROXY, request(call_id="two")),
        (PROXY, ALICE, response(call_id="one")),
    )
    assert [call.call_id for call in calls_of(messages)] == [b"one", b"two"]
    assert [call.call_id for call in calls_of(messages, "two")] == [b"two"]
    assert [call.call_id for call in calls_of(messages, b"t*")] == [b"two"]
    assert calls_of(messages, "three") == []


def test_messages_without_call_id_belong_to_no_call() -> None:
    assert calls_of(passed((ALICE, PROXY, b"OPTIONS sip:x SIP/2.0\r\n\r\n"))) == []


@pytest.mark.parametrize(
    ("again", "repeats"),
    [
        (request(), True),
        (request(more="X-Count: 2\r\n"), True),  # same branch, CSeq and method
        (request(branch="z9hG4bK2"), False),
        (request(cseq=2), False),
        (request("ACK"), False),
    ],
)
def test_requests_are_repeated_if_branch_and_cseq_are(again: bytes, repeats: bool) -> None:
    (call,) = calls_of(passed((ALICE, PROXY, request()), (ALICE, PROXY, again)))
    assert [step.is_retransmission for step in call.steps] == [False, repeats]


def test_responses_of_two_legs_and_of_another_status_are_not_repeated() -> None:
    (call,) = calls_of(
        passed(
            (ALICE, PROXY, request()),
            (PROXY, ALICE, response(180)),
            (PROXY, ALICE, response(180)),
            (PROXY, ALICE, response(180, to_tag="c")),
            (PROXY, ALICE, response(200)),
        )
    )
    assert [step.is_retransmission for step in call.steps] == [False, False, True, False, False]


def test_of_several_hops_the_first_counts_and_that_is_told() -> None:
    (call,) = calls_of(
        passed(
            (ALICE, PROXY, request()),
            (PROXY, BOB, request(branch="z9hG4bKp")),
            (BOB, PROXY, response(branch="z9hG4bKp")),
            (PROXY, ALICE, response()),
        )
    )
    assert [step.message.number for step in call.steps] == [1, 4]
    assert len(call.messages) == 4
    assert call.notes == [
        "2 of 4 messages passed on other hops and are left out: "
        "only what 10.0.0.1:5060 sent and got is kept"
    ]


def test_hops_on_one_host_are_told_by_their_ports() -> None:
    alice, proxy, bob = (Address(LOCAL, port) for port in (5990, 5060, 5991))
    (call,) = calls_of(
        passed(
            (alice, proxy, request()),
            (proxy, bob, request(branch="z9hG4bKp")),
            (bob, proxy, response(branch="z9hG4bKp")),
            (proxy, alice, response()),
        )
    )
    assert [step.message.number for step in call.steps] == [1, 4]


def test_a_client_of_another_host_may_use_several_ports() -> None:
    other = Address(ALICE.packed, 40000)
    (call,) = calls_of(passed((ALICE, PROXY, request()), (other, PROXY, request("BYE", cseq=2))))
    assert sides(call) == ">>"


def test_on_one_host_each_tcp_connection_of_the_client_is_known_by_its_tag() -> None:
    ports = (40000, 40001, 40002, 5060, 5991)
    first, second, third, proxy, bob = (Address(LOCAL, port) for port in ports)
    messages = passed(
        (first, proxy, request()),
        (proxy, first, response()),
        (second, proxy, request("BYE", cseq=2, branch="z9hG4bK2", to_tag="b")),
        (third, bob, request("BYE", cseq=2, branch="z9hG4bKp", to_tag="b")),
        transport="tcp",
    )
    (call,) = calls_of(messages)
    assert [step.message.number for step in call.steps] == [1, 2, 3]
    assert sides(call) == "><>"


def test_the_other_side_may_ask_too() -> None:
    bye = request("BYE", cseq=7, branch="z9hG4bKb", from_tag="b", to_tag="a")
    done = response(method="BYE", cseq=7, branch="z9hG4bKb", from_tag="b", to_tag="a")
    (call,) = calls_of(passed((ALICE, PROXY, request()), (PROXY, ALICE, bye), (ALICE, PROXY, done)))
    assert sides(call) == "><>"


def test_without_addresses_the_from_tag_tells() -> None:
    bye = request("BYE", cseq=7, branch="z9hG4bKb", from_tag="b", to_tag="a")
    done = response(method="BYE", cseq=7, branch="z9hG4bKb", from_tag="b", to_tag="a")
    messages = passed(*((None, None, data) for data in (request(), response(), bye, done)))
    (call,) = calls_of(messages)
    assert (sides(call), call.client) == ("><<>", None)


def test_a_log_of_one_side_says_what_it_sent() -> None:
    messages = passed(*((None, None, data) for data in (request(), response())))
    messages[0].is_sent, messages[1].is_sent = False, True
    (call,) = calls_of(messages)
    assert sides(call) == "><"


def test_one_direction_alone_is_told() -> None:
    (sent,) = calls_of(passed((ALICE, PROXY, request())))
    assert sent.notes == [
        "only what the client sent was recorded: there is nothing to compare with"
    ]
    (got,) = calls_of(passed((PROXY, ALICE, response()), (PROXY, ALICE, response(180))))
    assert (sides(got), got.client) == ("<<", ALICE)
    assert got.notes == [
        "no request was recorded: whoever gets the first response is taken for the client",
        "only what the client got was recorded: there is nothing to send",
    ]


def test_a_beginning_within_the_dialog_is_told() -> None:
    (call,) = calls_of(
        passed((ALICE, PROXY, request("BYE", to_tag="b")), (PROXY, ALICE, response(method="BYE")))
    )
    assert call.notes == ["the recording begins within the dialog: the first request has a To tag"]


def test_times_that_go_back_are_no_delays() -> None:
    messages = passed((ALICE, PROXY, request()), (PROXY, ALICE, response()))
    messages[1].time_ns = 1
    (call,) = calls_of(messages)
    assert call.steps[1].delay_ns == 0


def test_the_calls_of_real_sessions() -> None:
    calls = calls_of(read_trace(CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").messages)
    assert len(calls) == 20
    assert {sides(call) for call in calls} == {"><<<>><"}
    assert not any(step.is_retransmission for call in calls for step in call.steps)
    calls = calls_of(read_trace(CAPTURES / "openser-1.3.0-session.pcap").messages)
    cancelled = next(call for call in calls if call.call_id.startswith(b"c3-"))
    assert [step.is_retransmission for step in cancelled.steps] == [False] * 6 + [True] * 2 + [
        False
    ]
