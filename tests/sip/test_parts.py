"""Parts of a SIP text by search."""

import pytest

from seastool.sip import parts

INVITE = (
    b"INVITE sip:bob@b SIP/2.0\r\nv: SIP/2.0/UDP h:1;branch=z9hG4bK1, SIP/2.0/UDP g;branch=2\r\n"
    b"Via: SIP/2.0/TCP i\r\nRecord-Route: <sip:p1>,\r\n <sip:p2>\r\n\r\nVia: body\r\n"
)


def test_values_of_headers() -> None:
    assert parts.headers(INVITE, "via") == [
        "SIP/2.0/UDP h:1;branch=z9hG4bK1, SIP/2.0/UDP g;branch=2",
        "SIP/2.0/TCP i",
    ]
    assert parts.header(INVITE, "record-route") == "<sip:p1>, <sip:p2>"


@pytest.mark.parametrize(
    "text", [b"", b"\r\n\r\n", b"SIP/2.0 ", b"\xff" * 40, b"A B C\r\nTo\r\n\r\n"]
)
def test_what_is_no_message(text: bytes) -> None:
    assert parts.status(text) is None
    assert parts.call_id(text) is None
    assert parts.branch(text) is None
    assert parts.cseq(text) == (None, "")
    assert parts.tag(text, "To") is None
    assert parts.contact_uri(text) is None


def test_the_first_via_of_another_text() -> None:
    other = b"A b SIP/2.0\r\nVIA: 1,\r\n 2\r\nVia: 3\r\n\r\n"
    assert parts.headers(parts.with_first_via_of(INVITE, other), "Via") == ["1, 2", "SIP/2.0/TCP i"]
    assert parts.with_first_via_of(INVITE, b"A b SIP/2.0\r\n\r\n") == INVITE


def test_a_renewed_request() -> None:
    text = parts.renewed(INVITE.replace(b"Via: SIP", b"i: a b\r\nVia: SIP", 1), b"-1")
    assert (parts.call_id(text), parts.branch(text)) == ("a-1 b", "z9hG4bK1-1")
    assert b"branch=2\r\n" in text
