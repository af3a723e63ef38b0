"""Responses to what does not parse say what is wrong."""

from __future__ import annotations

import pytest
from gateway_texts import header, sip, tag_of

from seastool.gateway.malformed import bad_request, unfolded

START = b"OPTIONS sip:bob@example.com SIP/2.0"


def with_line(start: bytes) -> bytes:
    return sip("OPTIONS").replace(START, start, 1)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (with_line(b"OPTIONS sip:bob@example.com; lr SIP/2.0"), b"400 Bad Request Line"),
        (with_line(b"OPTIONS  sip:bob@example.com  SIP/2.0"), b"400 Bad Request Line"),
        (with_line(b"OPTIONS\tsip:bob@example.com SIP/2.0"), b"400 Bad Request Line"),
        (with_line(b"OPTIONS sip:bob@example.com SIP/7.0"), b"505 Version Not Supported"),
        (with_line(b"OPTIONS  x  y SIP/20.10 "), b"505 Version Not Supported"),
        (sip("OPTIONS").replace(b"Call-ID:", b"X:"), b"400 Missing Call-ID"),
        (sip("OPTIONS").replace(b"CSeq:", b"X:"), b"400 Missing CSeq"),
        (sip("OPTIONS", from_='"a <sip:b@h>;tag=1'), b"400 Bad From"),
        (sip("OPTIONS", tag='"'), b"400 Bad To"),
        (sip("OPTIONS"), b"400 Bad Request: no .good. '.' or so"),
    ],
)
def test_the_reason_phrase(request_: bytes, answer: bytes) -> None:
    response = bad_request(request_, "no \"good\" '\n' or so")
    assert response is not None
    assert response.startswith(b"SIP/2.0 " + answer + b"\r\nVia: ")
    assert response.endswith(b"\r\nContent-Length: 0\r\n\r\n")
    for name in ("Via", "From", "Call-ID", "CSeq"):
        assert header(response, name) == header(request_, name)
    assert tag_of(response)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"SIP/2.0 4294967301 too much\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        b"GET / HTTP/1.1\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        b"OPTIONS SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        with_line(b"ACK  sip:bob@example.com  SIP/2.0"),
        with_line(b"x" * 5000 + b" y SIP/2.0"),
        with_line(b"OPTIONS " + b" " * 60_000 + b" SIP/2.0 x"),
        sip("OPTIONS", vias=[]),
    ],
)
def test_what_is_dropped(data: bytes) -> None:
    assert bad_request(data, "whatever") is None


def test_only_headers_are_unfolded() -> None:
    folded = b"A b C\r\nX: 1 \r\n\t 2\r\n  3\r\nY:4\r\n\r\nbody\r\n  is as it was"
    assert unfolded(folded) == b"A b C\r\nX: 1 2 3\r\nY:4\r\n\r\nbody\r\n  is as it was"
    assert unfolded(b"nothing") == b"nothing"
    blank = b"A b C\r\nX:" + b" " * 200_000 + b"y\r\n\r\n"
    assert unfolded(blank) == blank  # in no time
    assert unfolded(sip()) == sip()
