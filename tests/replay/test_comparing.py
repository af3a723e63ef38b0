"""What counts as a difference, at each level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_texts import request, response

from seastool.replay.comparing import LEVELS, Difference, Level, compare

SDP = (
    "v=0\r\no=bob 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\n"
)
DESCRIBED = "Content-Type: application/sdp\r\n"


def told(expected: bytes, got: bytes, level: Level) -> list[str]:
    return [str(difference) for difference in compare(expected, got, level)]


def test_status_looks_at_the_status_of_responses_and_the_method_of_requests() -> None:
    assert told(response(200), response(200, reason="Fine", body="x"), "status") == []
    assert told(response(200), response(486), "status") == ["status: expected 200, got 486"]
    assert told(request("BYE"), request("BYE", cseq=9), "status") == []
    assert told(request("BYE"), request("INFO"), "status") == ["method: expected BYE, got INFO"]
    assert told(request("BYE"), response(200), "status") == ["method: expected BYE, got 200"]


@pytest.mark.parametrize("level", ["headers", "full"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Via: SIP/2.0/UDP a;branch=z9hG4bK1", "Via: SIP/2.0/TCP b:7;branch=z9hG4bKx;rport=5"),
        ("Call-ID: a@b", "Call-ID: c"),
        ("To: <sip:x@y>;tag=1", "To: <sip:x@y>;tag=2-2"),
        ("From: X <sip:x@y>;tag=1;foo=2", "From: X <sip:x@y>;tag=zz;foo=2"),
        ("To: <sip:x@10.0.0.1:5060>;tag=1", "To: <sip:x@[2001:db8::1]>;tag=1"),
        ("Contact: <sip:x@10.0.0.1:5>;q=1", "Contact: <sip:x@[2001:db8::1]>;q=1"),
        ("Contact: sip:10.0.0.1;expires=60", "Contact: sip:10.0.0.2:99;expires=58"),
        ("Record-Route: <sip:a;lr;ftag=1>", "Record-Route: <sip:b:5;lr;ftag=2>"),
        ("Date: Mon, 23 Nov 2026 10:00:00 GMT", "Date: Tue, 24 Nov 2026 10:00:00 GMT"),
        (
            'WWW-Authenticate: Digest realm="r", nonce="1", algorithm=MD5',
            'WWW-Authenticate: Digest realm="r", nonce="2", algorithm=MD5',
        ),
        ("RSeq: 1", "RSeq: 7654"),
        ("RAck: 1 2 INVITE", "RAck: 99 2 INVITE"),
        ('Warning: 392 a:1 "pid=1"', 'Warning: 392 b:2 "pid=2"'),
        ("SIP-ETag: x", "SIP-ETag: y"),
        ("Subscription-State: active;expires=9", "Subscription-State: active;expires=8"),
    ],
)
def test_what_is_other_each_time_is_compared_by_shape(level: Level, one: str, other: str) -> None:
    assert told(response(more=one + "\r\n"), response(more=other + "\r\n"), level) == []


@pytest.mark.parametrize("level", ["headers", "full"])
@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ("To: <sip:x@y>;tag=1", "To: <sip:x@y>", "To"),
        ("To: <sip:x@y>", "To: <sip:z@y>", "To"),
        ("To: <sip:x@y.example>", "To: <sip:x@z.example>", "To"),
        ("To: <sip:x@10.0.0.1>", "To: <sip:x@10.0.0.1.example>", "To"),
        ("Contact: <sip:x@a>", "Contact: <sip:y@a>", "Contact"),
        ("Contact: <sip:x@a>", "Contact: <sip:x@a;transport=tcp>", "Contact"),
        ("Contact: <sip:x@a>", "Contact: *", "Contact"),
        ("Record-Route: <sip:a;lr>", "Record-Route: <sip:a;lr>\r\nRecord-Route: <sip:b;lr>", ""),
        ("Record-Route: <sip:a;lr>", "Record-Route: <sip:a>", "Record-Route"),
        ('WWW-Authenticate: Digest realm="r"', 'WWW-Authenticate: Digest realm="s"', ""),
        ("RAck: 1 2 INVITE", "RAck: 1 3 INVITE", "RAck"),
        ('Warning: 392 a "x"', 'Warning: 399 a "x"', "Warning"),
        ("Subject: a", "Subject: b", "Subject"),
        ("Server: x", "Server: y", "Server"),
        ("Expires: 60", "Expires: 61", "Expires"),
        ("Via: SIP/2.0/UDP a", "Via: SIP/2.0/UDP a\r\nVia: SIP/2.0/UDP b", "Via"),
        ("Allow: INVITE, ACK", "Allow: INVITE", "Allow"),
    ],
)
def test_all_else_in_a_header_counts(level: Level, one: str, other: str, where: str) -> None:
    found = compare(response(more=one + "\r\n"), response(more=other + "\r\n"), level)
    assert [difference.where for difference in found] == [where or one.partition(":")[0]]


def test_headers_that_only_one_has_are_told_in_order_of_their_appearance() -> None:
    one = response(more="Subject: s\r\nX-One: 1\r\nAllow: ACK\r\n")
    other = response(more="Allow: ACK\r\nX-Two: 2\r\n")
    assert told(one, other, "headers") == [
        "Subject: expected s, got nothing",
        "X-One: expected 1, got nothing",
        "X-Two: expected nothing, got 2",
    ]


def test_compact_names_and_letter_case_are_the_same_header() -> None:
    assert told(response(more="s: x\r\n"), response(more="SUBJECT:  x\r\n"), "headers") == []


def test_how_values_are_spread_over_lines_counts_in_full_only() -> None:
    one = response(more="Contact: <sip:a@h>, <sip:b@h>\r\nAllow: INVITE,ACK\r\n")
    other = response(more="Contact: <sip:a@h>\r\nContact: <sip:b@h>\r\nAllow: ack,\r\n invite\r\n")
    assert told(one, other, "headers") == []
    assert [difference.where for difference in compare(one, other, "full")] == ["Contact", "Allow"]


def test_the_order_of_headers_counts_in_full_only() -> None:
    one, other = response(more="A: 1\r\nB: 2\r\n"), response(more="B: 2\r\nA: 1\r\n")
    assert told(one, other, "headers") == []
    assert [difference.where for difference in compare(one, other, "full")] == ["header order"]


def test_the_reason_phrase_counts_in_full_only() -> None:
    assert told(response(reason="OK"), response(reason="Fine"), "headers") == []
    assert told(response(reason="OK"), response(reason="Fine"), "full") == [
        "reason: expected OK, got Fine"
    ]


def test_the_request_uri_counts_but_for_its_host() -> None:
    moved = request().replace(b"sip:bob@10.0.0.2 ", b"sip:bob@10.7.7.7:7777 ")
    other = request().replace(b"sip:bob@10.0.0.2 ", b"sip:eve@10.0.0.2 ")
    assert told(request(), moved, "headers") == []
    assert told(request(), other, "headers") == [
        "Request-URI: expected sip:bob@10.0.0.2, got sip:eve@10.0.0.2"
    ]
    assert told(request(), other, "status") == []


def test_bodies_count_in_full_only_and_addresses_of_sdp_never() -> None:
    moved = SDP.replace("10.0.0.2", "192.168.1.77").replace("bob 1 1", "bob 4711 2")
    moved = moved.replace("6000", "30000")
    one = response(body=SDP, more=DESCRIBED)
    assert told(one, response(body=moved, more=DESCRIBED), "full") == []
    other = response(body=SDP.replace("RTP/AVP 0", "RTP/AVP 8"), more=DESCRIBED)
    assert told(one, other, "headers") == []
    assert told(one, other, "full") == [
        "body line 6: expected m=audio 6000 RTP/AVP 0, got m=audio 6000 RTP/AVP 8"
    ]
    held = response(body=SDP.replace("6000", "0"), more=DESCRIBED)
    assert told(one, held, "full") == [
        "body line 6: expected m=audio 6000 RTP/AVP 0, got m=audio 0 RTP/AVP 0"
    ]
    assert told(one, response(more=DESCRIBED), "full")[0].endswith("got nothing")


def test_other_bodies_are_compared_as_they_are() -> None:
    one = response(body="o=x 1 1 IN IP4 a\r\n", more="Content-Type: text/plain\r\n")
    other = response(body="o=x 2 2 IN IP4 b\r\n", more="Content-Type: text/plain\r\n")
    assert len(told(one, other, "full")) == 1


def test_content_length_follows_from_the_body_and_does_not_count() -> None:
    without = response().replace(b"Content-Length: 0\r\n", b"")
    assert b"Content-Length" not in without
    assert told(response(), without, "full") == told(without, response(), "full") == []


def test_boundaries_of_multipart_bodies_are_other_each_time() -> None:
    def mixed(boundary: str) -> bytes:
        body = f"--{boundary}\r\nContent-Type: application/sdp\r\n\r\n{SDP}--{boundary}--\r\n"
        return response(body=body, more=f'Content-Type: multipart/mixed;boundary="{boundary}"\r\n')

    assert told(mixed("one"), mixed("two-two"), "full") == []


def test_what_is_shown_is_printable_and_short() -> None:
    (found,) = compare(
        response(more="Subject: x\r\n"),
        response(more="Subject: \x1b[2J" + "y" * 999 + "\r\n"),
        "full",
    )
    assert "\x1b" not in str(found)
    assert len(found.got) < 200


def test_the_differences_of_one_message_are_bounded() -> None:
    many = "".join(f"X-{number}: 1\r\n" for number in range(500))
    assert len(compare(response(), response(more=many), "full")) == 100


@given(st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(LEVELS))
def test_any_bytes_compare(one: bytes, other: bytes, level: Level) -> None:
    assert compare(one, one, level) == []
    for difference in compare(one, other, level):
        assert str(difference).isprintable()


@given(
    st.lists(
        st.sampled_from(
            [
                "Via: a;b=c, d",
                "To: <a>;tag=1",
                "Contact: *",
                "v: x",
                ":",
                "\t",
                "x",
                "Allow: ,,",
                '"',
            ]
        )
    )
)
def test_a_message_is_as_itself(lines: list[str]) -> None:
    text = response(more="".join(f"{line}\r\n" for line in lines))
    assert all(compare(text, text, level) == [] for level in LEVELS)


def test_a_difference_prints_as_a_pair() -> None:
    assert str(Difference("status", "200", "486")) == "status: expected 200, got 486"


def test_messages_of_many_lines_are_compared_in_bounded_time() -> None:
    one = response(body="a\n" * 60_000, more="Content-Type: text/plain\r\n")
    other = response(body="b\n" * 60_000, more="Content-Type: text/plain\r\n")
    assert [difference.where for difference in compare(one, other, "full")] == ["body line 1"]
