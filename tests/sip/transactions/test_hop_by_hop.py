"""The ACK to a failure and CANCEL, made from the request (RFC 3261 sections 9.1 and 17.1.1.3)."""

from hypothesis import given
from hypothesis import strategies as st
from sip_exchange import BRANCH, HOP, read, request, response

from seastool.sip.transactions import Send, TransactionLayer, ack_for, cancel_for

INVITE = request(
    number=7,
    vias=b"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKbelow\r\n",
    headers=b"Route: <sip:p1.example.com;lr>,\r\n <sip:p2.example.com;lr>\r\n"
    b"Require: 100rel\r\nroute: <sip:p3.example.com;lr>\r\nRoute-Me: not\r\nContact: <sip:a@b>\r\n",
    body=b"v=0\r\nVia: no header\r\nRoute: no header either\r\n",
)
ROUTES = (
    b"Route: <sip:p1.example.com;lr>,\r\n <sip:p2.example.com;lr>\r\n"
    b"route: <sip:p3.example.com;lr>\r\n"
)


def expected(method: bytes, to: bytes) -> bytes:
    return (
        method + b" sip:bob@example.com SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bK1\r\n" + ROUTES + b"Max-Forwards: 70\r\n"
        b"From: Alice <sip:alice@example.com>;tag=a\r\n"
        b"To: " + to + b"\r\n"
        b"Call-ID: call@example.com\r\n"
        b"CSeq: 7 " + method + b"\r\n"
        b"Content-Length: 0\r\n\r\n"
    )


def test_the_ack_has_the_top_via_the_routes_and_the_to_of_the_response() -> None:
    found = ack_for(INVITE, read(response(486, to_tag=b"callee")))
    assert found == expected(b"ACK", b"<sip:bob@example.com>;tag=callee")


def test_cancel_has_the_to_of_the_request() -> None:
    assert cancel_for(INVITE) == expected(b"CANCEL", b"<sip:bob@example.com>")


def test_cancel_keeps_the_to_tag_of_a_request_within_a_dialog() -> None:
    assert b"\r\nTo: <sip:bob@example.com>;tag=b\r\n" in cancel_for(request(to_tag=b"b"))


def test_of_several_vias_in_one_header_the_first_is_taken() -> None:
    text = request(sent_by=b'1.1.1.1;x="a,\\"b",SIP/2.0/UDP 2.2.2.2')
    assert b'\r\nVia: SIP/2.0/UDP 1.1.1.1;x="a,\\"b"\r\nMax-Forwards' in cancel_for(text)


def test_compact_names_and_folds_are_found() -> None:
    text = (
        b"INVITE sip:b@h SIP/2.0\r\nv: SIP/2.0/UDP h\r\n ;branch=z9hG4bK1\r\nt:<sip:b@h>\r\n"
        b"f : <sip:a@h>;tag=a\r\ni: call\r\ncseq:\r\n 5 INVITE\r\n\r\n"
    )
    assert cancel_for(text) == (
        b"CANCEL sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n ;branch=z9hG4bK1\r\n"
        b"Max-Forwards: 70\r\nf : <sip:a@h>;tag=a\r\nt:<sip:b@h>\r\ni: call\r\n"
        b"CSeq: 5 CANCEL\r\nContent-Length: 0\r\n\r\n"
    )


def test_what_is_sent_is_that_ack_the_way_of_the_request_and_again_the_same() -> None:
    layer = TransactionLayer()
    transaction = layer.send_request(INVITE, b"INVITE", BRANCH, HOP, 0.0)
    layer.take()
    ack = expected(b"ACK", b"<sip:bob@example.com>;tag=x")
    layer.receive_response(read(response(486, to_tag=b"x")), 0.0)
    layer.receive_response(read(response(486, to_tag=b"y")), 0.0)
    assert layer.take() == [Send(ack, HOP, transaction, False), Send(ack, HOP, transaction, True)]


def test_both_read_as_requests_of_the_same_transaction() -> None:
    invite = read(INVITE)
    for made in (cancel_for(INVITE), ack_for(INVITE, read(response(404)))):
        assert read(made).key == invite.key


@given(st.binary(max_size=300))
def test_whatever_the_request_something_comes_out(text: bytes) -> None:
    assert cancel_for(text).endswith(b"Content-Length: 0\r\n\r\n")
    assert ack_for(text, read(response(486))).startswith(b"ACK ")


@given(st.lists(st.sampled_from([b'"', b",", b"\\", b"a", b" ", b"\r\n "])).map(b"".join))
def test_whatever_the_via_it_is_one_header(value: bytes) -> None:
    made = cancel_for(b"INVITE sip:b@h SIP/2.0\r\nVia: x" + value + b"\r\nTo: b\r\n\r\n")
    lines = made.replace(b"\r\n ", b" ").split(b"\r\n")
    assert [line[:4] for line in lines[:3]] == [b"CANC", b"Via:", b"Max-"]
