"""Messages cut into lines, and the response that a server makes of a request."""

from __future__ import annotations

import pytest

from seastool.errors import SipError
from seastool.sip.grammar import KAMAILIO_3_1, OPENSER_1_2, Grammar
from seastool.sip.outline import Outliner
from seastool.sip.reply import ReplyForm, respond

REQUEST = (
    b"OPTIONS sip:b@c SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 1.2.3.4\r\n"
    b"Record-Route: <sip:p;lr>\r\n"
    b"f: <sip:a@b>;tag=1\r\n"
    b"t : <sip:b@c>\r\n"
    b"Subject: folded\r\n\tonce\r\n"
    b"Call-ID:x\r\n"
    b"CSeq: \r\n 1 OPTIONS\r\n"
    b"X-Own: 1\r\n"
    b"Content-Length: 2\r\n"
    b"\r\n"
    b"hi"
)


def test_lines() -> None:
    outline = Outliner(Grammar()).cut(REQUEST)
    assert REQUEST[: outline.headers] == b"OPTIONS sip:b@c SIP/2.0\r\n"
    assert REQUEST[outline.body :] == b"hi"
    assert [line.kind for line in outline.lines] == [
        "VIA",
        "RECORDROUTE",
        "FROM",
        "TO",
        "SUBJECT",
        "CALLID",
        "CSEQ",
        "OTHER",
        "CONTENTLENGTH",
    ]
    values = [REQUEST[line.value : line.end].strip() for line in outline.lines]
    assert values[3:7] == [b"<sip:b@c>", b"folded\r\n\tonce", b"x", b"1 OPTIONS"]
    assert (
        b"".join(REQUEST[line.start : line.end] for line in outline.lines)
        == (REQUEST[outline.headers : outline.body - 2])
    )
    first = outline.first("TO")
    assert first is not None
    assert REQUEST[first.start : first.end] == b"t : <sip:b@c>\r\n"
    assert outline.first("CONTACT") is None


@pytest.mark.parametrize(
    ("text", "lines", "body"),
    [
        (b"", 0, 0),
        (b"X", 0, 1),
        (b"A\r\n\r\n", 0, 5),
        (b"A\nB: c\n\nbody", 1, 8),
        (b"A\r\nB: c\r\n", 1, 9),
        (b"A\r\nB: c", 1, 7),
        (b"A\r\nB:\r\n\r\n", 1, 9),
    ],
)
def test_odd_ends(text: bytes, lines: int, body: int) -> None:
    outline = Outliner(OPENSER_1_2).cut(text)
    assert (len(outline.lines), outline.body) == (lines, body)


def test_a_line_without_a_colon() -> None:
    with pytest.raises(SipError, match="header without a colon"):
        Outliner(KAMAILIO_3_1).cut(b"A\r\nB\r\nC: d\r\n\r\n")


def test_many_names_are_not_all_kept() -> None:
    outliner = Outliner(Grammar())
    for n in range(3000):
        outliner.cut(b"A\r\nX-%d: 1\r\n\r\n" % n)
    assert len(outliner._kinds) <= 512


def test_a_response() -> None:
    sip = respond(REQUEST, 200, b"OK", tag=b"t1", headers=b"X-Mine: 2\r\n", body=b"ho")
    assert sip == (
        b"SIP/2.0 200 OK\r\n"
        b"v: SIP/2.0/UDP 1.2.3.4\r\n"
        b"Record-Route: <sip:p;lr>\r\n"
        b"f: <sip:a@b>;tag=1\r\n"
        b"t : <sip:b@c>;tag=t1\r\n"
        b"Call-ID:x\r\n"
        b"CSeq: \r\n 1 OPTIONS\r\n"
        b"X-Mine: 2\r\n"
        b"Content-Length: 2\r\n"
        b"\r\n"
        b"ho"
    )
    assert b"Record-Route" not in respond(REQUEST, 404, b"Not Found", tag=b"t1")
    assert b"Record-Route" not in respond(REQUEST, 100, b"Trying")


def test_the_tag_of_the_request_stays() -> None:
    sip = REQUEST.replace(b"<sip:b@c>\r\n", b"<sip:b@c>;tag=own;x=y\r\n")
    assert b"t : <sip:b@c>;tag=own;x=y\r\n" in respond(sip, 200, b"OK", tag=b"t1")
    outline = Outliner(Grammar()).cut(sip)
    form = ReplyForm(sip, outline, (sip.index(b"own"), 3))
    assert form.tag == b"own"
    assert b"t : <sip:b@c>;tag=new;x=y\r\n" in form.render(200, b"OK", tag=b"new")
    assert b"t : <sip:b@c>;tag=own;x=y\r\n" in form.render(200, b"OK")
