"""Which transaction a message belongs to (RFC 3261 sections 8.2.2.2, 9.2, 17.1.3 and 17.2.3)."""

import pytest
from sip_exchange import BRANCH, HOP, STREAM, call, read, request, response, serve, words

from seastool.errors import LocalProtocolError
from seastool.sip.transactions import (
    ArrivalKind,
    Send,
    ServerTransaction,
    State,
    Stray,
    TransactionLayer,
)

OTHER = b"z9hG4bK2"


def arrive(
    layer: TransactionLayer, text: bytes, now: float = 0.0
) -> tuple[ArrivalKind, ServerTransaction | None, ServerTransaction | None]:
    arrival = layer.receive_request(read(text), HOP, now)
    return arrival.kind, arrival.transaction, arrival.invite


@pytest.mark.parametrize(
    "other",
    [
        {"branch": OTHER, "call": b"another"},
        {"sent_by": b"127.0.0.2:5071", "call": b"another"},
        {"sent_by": b"127.0.0.3:5070", "call": b"another"},
        {"call": b"another"},
        {"number": 2},
        {"method": b"OPTIONS"},
    ],
)
def test_another_branch_sent_by_call_or_method_is_another_transaction(
    other: dict[str, bytes],
) -> None:
    layer = TransactionLayer()
    first = serve(layer, request())
    kind, second, invite = arrive(layer, request(**other))  # type: ignore[arg-type]
    assert (kind, invite) == (ArrivalKind.NEW, None)
    assert second is not first
    assert len(layer) == 2


@pytest.mark.parametrize("branch", [BRANCH, b"", b"old"])
def test_a_retransmission_is_absorbed(branch: bytes) -> None:
    layer = TransactionLayer()
    first = serve(layer, request(branch=branch))
    layer.respond(first, 100, response(100), 0.0)
    layer.take()
    again = request(branch=branch, headers=b"X-Another: header\r\n")
    assert arrive(layer, again) == (ArrivalKind.REPEATED, first, None)
    assert words(layer) == ["again 100"]
    assert layer.counts["retransmissions_absorbed"] == layer.counts["retransmissions_sent"] == 1


def test_a_retransmission_by_another_way_is_answered_where_the_first_came_from() -> None:
    layer = TransactionLayer()
    layer.respond(serve(layer, request()), 100, response(100), 0.0)
    layer.receive_request(read(request()), STREAM, 0.0)
    assert [output.hop for output in layer.take() if isinstance(output, Send)] == [HOP, HOP]


@pytest.mark.parametrize("branch", [BRANCH, b"", b"old"])
def test_the_ack_to_a_failure_is_found_by_the_branch(branch: bytes) -> None:
    layer = TransactionLayer()
    invite = serve(layer, request(branch=branch))
    layer.respond(invite, 486, response(486), 0.0)
    ack = read(request(b"ACK", branch=branch, to_tag=b"b"))
    firsts = []
    for _ in range(3):
        arrival = layer.receive_request(ack, HOP, 0.1)
        assert arrival[:3] == (ArrivalKind.ACK_OF_FAILURE, None, invite)
        firsts.append(arrival.is_first)
    assert firsts == [True, False, False]
    assert invite.state is State.CONFIRMED


@pytest.mark.parametrize("branch", [BRANCH, OTHER, b""])
def test_the_ack_to_a_2xx_goes_up_with_its_invite_whatever_its_branch(branch: bytes) -> None:
    layer = TransactionLayer()
    invite = serve(layer, request())
    layer.respond(invite, 200, response(200), 0.0)
    ack = request(b"ACK", branch=branch, to_tag=b"b", uri=b"sip:bob@127.0.0.1")
    for _ in range(2):
        assert arrive(layer, ack) == (ArrivalKind.ACK, None, invite)
    assert invite.state is State.ACCEPTED
    assert len(layer) == 1


@pytest.mark.parametrize("answered", [[], [180], [486]])
def test_an_ack_to_no_2xx_goes_up_alone(answered: list[int]) -> None:
    layer = TransactionLayer()
    invite = serve(layer, request())
    for status in answered:
        layer.respond(invite, status, response(status), 0.0)
    state = invite.state
    assert arrive(layer, request(b"ACK", branch=OTHER)) == (ArrivalKind.ACK, None, None)
    assert invite.state is state


@pytest.mark.parametrize("other", [{"from_tag": b"x"}, {"call": b"x"}, {"number": 2}])
def test_the_ack_to_a_2xx_is_of_the_same_dialog(other: dict[str, bytes]) -> None:
    layer = TransactionLayer()
    layer.respond(serve(layer, request()), 200, response(200), 0.0)
    ack = request(b"ACK", branch=OTHER, to_tag=b"b", **other)  # type: ignore[arg-type]
    assert arrive(layer, ack) == (ArrivalKind.ACK, None, None)


def test_of_two_accepted_legs_of_one_call_the_tag_says_which_is_acknowledged() -> None:
    layer = TransactionLayer()
    legs = {}
    for branch, tag in ((BRANCH, b"b1"), (OTHER, b"b2")):
        legs[tag] = serve(layer, request(branch=branch))
        layer.respond(legs[tag], 200, response(200, to_tag=tag), 0.0)
    for tag, leg in legs.items():
        ack = request(b"ACK", branch=b"z9hG4bK3", to_tag=tag)
        assert arrive(layer, ack) == (ArrivalKind.ACK, None, leg)
    ack = request(b"ACK", branch=b"z9hG4bK3", to_tag=b"b3")
    assert arrive(layer, ack) == (ArrivalKind.ACK, None, None)


@pytest.mark.parametrize("branch", [BRANCH, b"", b"old"])
def test_a_cancel_finds_its_invite_and_is_a_transaction_of_its_own(branch: bytes) -> None:
    layer = TransactionLayer()
    invite = serve(layer, request(branch=branch))
    kind, cancel, found = arrive(layer, request(b"CANCEL", branch=branch))
    assert (kind, found) == (ArrivalKind.NEW, invite)
    assert cancel is not None
    assert cancel.state is State.TRYING
    layer.respond(cancel, 200, response(200, b"CANCEL"), 0.0)
    layer.take()
    assert arrive(layer, request(b"CANCEL", branch=branch))[:2] == (ArrivalKind.REPEATED, cancel)
    assert words(layer) == ["again 200"]
    assert invite.state is State.PROCEEDING


def test_a_cancel_of_nothing_or_of_no_invite_finds_none() -> None:
    layer = TransactionLayer()
    assert arrive(layer, request(b"CANCEL", branch=OTHER))[2] is None
    serve(layer, request(b"OPTIONS"))
    assert arrive(layer, request(b"CANCEL"))[2] is None


@pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
def test_the_same_request_by_another_way_is_merged(method: bytes) -> None:
    layer = TransactionLayer()
    first = serve(layer, request(method))
    kind, second, _ = arrive(layer, request(method, branch=OTHER))
    assert kind is ArrivalKind.MERGED
    assert second is not None
    assert second is not first
    layer.respond(second, 482, response(482, method, branch=OTHER), 0.0)
    assert words(layer) == ["send 482"]
    assert layer.counts["merged"] == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"to_tag": b"b"}),
        ({"to_tag": b"b"}, {}),
        ({}, {"from_tag": b"x"}),
        ({}, {"call": b"x"}),
        ({}, {"number": 2}),
        ({}, {"method": b"OPTIONS"}),
        ({"method": b"CANCEL"}, {"method": b"CANCEL"}),
        ({"method": b"BYE", "to_tag": b"b"}, {"method": b"BYE", "to_tag": b"b"}),
    ],
)
def test_what_is_not_merged(first: dict[str, bytes], second: dict[str, bytes]) -> None:
    layer = TransactionLayer()
    serve(layer, request(**first))  # type: ignore[arg-type]
    kind, _, _ = arrive(layer, request(branch=OTHER, **second))  # type: ignore[arg-type]
    assert kind is ArrivalKind.NEW


def test_nothing_is_merged_with_what_is_over() -> None:
    layer = TransactionLayer()
    layer.abandon(serve(layer, request()), 0.0)
    assert arrive(layer, request(branch=OTHER))[0] is ArrivalKind.NEW


def test_a_flood_of_merged_requests_costs_the_same_each() -> None:
    layer = TransactionLayer()
    for number in range(2000):
        transaction = serve(layer, request(branch=b"z9hG4bK%d" % number))
        layer.respond(transaction, 482, response(482), 0.0)
    assert layer.counts["merged"] == 1999
    alike = layer._servers._by_dialog
    assert [len(found) for found in alike.values()] == [16]
    layer.handle_timer(32.0)
    assert (len(layer), len(alike)) == (0, 0)


def test_one_too_many_is_refused_and_those_that_are_there_go_on() -> None:
    layer = TransactionLayer(most=2)
    first = serve(layer, request())
    serve(layer, request(call=b"x"))
    assert arrive(layer, request(call=b"y")) == (ArrivalKind.REFUSED, None, None)
    assert arrive(layer, request()) == (ArrivalKind.REPEATED, first, None)
    assert (layer.counts["refused"], len(layer)) == (1, 2)
    layer.abandon(first, 0.0)
    assert arrive(layer, request(call=b"y"))[0] is ArrivalKind.NEW


def test_a_client_says_so_if_it_has_one_too_many() -> None:
    layer = TransactionLayer(most=1)
    call(layer)
    with pytest.raises(LocalProtocolError, match=r"^1 requests are on their way"):
        layer.send_request(request(branch=OTHER), b"INVITE", OTHER, HOP, 0.0)
    assert (layer.counts["refused"], len(layer)) == (1, 1)


def test_a_branch_is_used_once_for_a_method() -> None:
    layer = TransactionLayer()
    first = call(layer)
    with pytest.raises(LocalProtocolError, match="branch z9hG4bK1 is on its way already"):
        call(layer)
    cancel = call(layer, b"CANCEL")
    assert layer.find_client(BRANCH, b"INVITE") is first
    assert layer.find_client(BRANCH, b"CANCEL") is cancel
    assert layer.find_client(BRANCH, b"BYE") is None


def test_an_ack_is_no_transaction() -> None:
    with pytest.raises(LocalProtocolError, match=r"^an ACK is no transaction"):
        call(TransactionLayer(), b"ACK")


def test_what_the_tu_put_to_a_transaction_stays_there() -> None:
    layer = TransactionLayer()
    user = object()
    assert layer.send_request(b"x", b"X", b"b", HOP, 0.0, user=user).user is user


def test_a_response_is_found_by_branch_and_the_method_of_cseq() -> None:
    layer = TransactionLayer()
    invite, cancel = call(layer), call(layer, b"CANCEL")
    layer.take()
    assert layer.receive_response(read(response(200, b"CANCEL")), 0.0) is cancel
    assert layer.receive_response(read(response(487)), 0.0) is invite
    assert (cancel.status, invite.status) == (200, 487)


@pytest.mark.parametrize("other", [{"branch": OTHER}, {"method": b"BYE"}, {"branch": b"old"}])
def test_a_response_to_nothing_is_a_stray(other: dict[str, bytes]) -> None:
    layer = TransactionLayer()
    call(layer)
    layer.take()
    stray = read(response(200, **other))  # type: ignore[arg-type]
    assert layer.receive_response(stray, 0.0) is None
    assert layer.take() == [Stray(stray)]
    assert layer.counts["strays"] == 1


def test_the_states_are_counted() -> None:
    layer = TransactionLayer()
    for number in range(3):
        serve(layer, request(call=b"%d" % number))
    layer.respond(serve(layer, request(b"BYE", to_tag=b"b")), 200, response(200, b"BYE"), 0.0)
    call(layer)
    assert layer.by_state() == {
        "INVITE server Proceeding": 3,
        "non-INVITE server Completed": 1,
        "INVITE client Calling": 1,
    }
    assert len(layer) == 5


def test_a_refusal_is_one_line_that_says_why() -> None:
    layer = TransactionLayer()
    transaction = serve(layer, request(b"BAD\x1b[1m", to_tag=b"b"))
    layer.respond(transaction, 404, b"SIP/2.0 404 No\r\n\r\n", 0.0)
    with pytest.raises(LocalProtocolError) as caught:
        layer.respond(transaction, 200, b"", 0.0)
    assert str(caught.value) == "200 to BAD\\x1b[1m: it has had its final response, 404"
    layer.abandon(transaction, 0.0)
    with pytest.raises(LocalProtocolError, match=r"its transaction is over$"):
        layer.respond(transaction, 200, b"", 0.0)
