"""What ``seastool send`` takes, refuses and tells beforehand of arguments and files."""

from __future__ import annotations

import re

import pytest
from proxy_thread import REQUEST, RESPONSE, Proxy

from seastool.cli.sending.forecast import warnings
from seastool.cli.sending.whole_message import put_right
from seastool.seas.dialects import lookup
from seastool.seas.frames import Reply, SlMsg, UacReq

OPTIONS = ("OPTIONS", "sip:bob@127.0.0.1")


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "message.sip"
        path.write_bytes(text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "arguments",
    [
        ("uac",),
        ("uac", "OPTIONS"),
        ("uac", "OPTIONS", "bob"),
        ("uac", "OP TIONS", "sip:bob@h"),
        ("uac", "ACK", "sip:bob@h"),
        ("uac", "CANCEL", "sip:bob@h"),
        ("uac", *OPTIONS, "--from", ""),
        ("uac", *OPTIONS, "--from", "alice"),
        ("uac", *OPTIONS, "--to", "<bob"),
        ("uac", *OPTIONS, "--cseq", "-1"),
        ("uac", *OPTIONS, "--timeout", "0s"),
        ("uac", *OPTIONS, "--timeout", "soon"),
        ("uac", *OPTIONS, "--bye-after", "1s"),
        ("uac", *OPTIONS, "--no-ack"),
        ("uac", *OPTIONS, "--header", "Subject"),
        ("uac", *OPTIONS, "--header", "Call-ID: 1"),
        ("uac", *OPTIONS, "--header", "X: a\nY: b"),
        ("uac", *OPTIONS, "--call-id", "a\nb"),
        ("uac", *OPTIONS, "--raw"),
        ("uac", *OPTIONS, "--file", "x.sip"),
        ("uac", *OPTIONS, "--connect", "nowhere"),
        ("uac", *OPTIONS, "--connect", ":0"),
        ("uac", *OPTIONS, "--dialect", "asterisk-20"),
        ("uac", *OPTIONS, "--bind", "x:y:z"),
        ("uac", *OPTIONS, "--fault", "delai"),
        ("uac", *OPTIONS, "--json", "-v"),
        ("uac", *OPTIONS, "--name", "x" * 256),
        ("uac", *OPTIONS, "--name", "\udcff"),
        ("uac", *OPTIONS, "--connect-timeout", "0s"),
        ("reply",),
        ("reply", "12"),
        ("reply", "12:x", "200"),
        ("reply", "1:4294967296", "200"),
        ("reply", "1:2"),
        ("reply", "1:2", "99"),
        ("reply", "1:2", "700"),
        ("reply", "1:2", "200", "a\nb"),
        ("reply", "1:2", "200", "--to-tag", "a b"),
        ("reply", "1:2", "200", "--file", "x.sip"),
        ("reply", "1:2", "200", "--wait", "long"),
        ("cancel", "1"),
        ("cancel", "1:2", "--uac-id", "-1"),
        ("stateless",),
        ("stateless", "--file", ""),
        ("nothing",),
    ],
    ids=lambda arguments: ascii("_".join(arguments)[:60]).replace("/", "_"),
)
def test_usage(seastool, arguments):
    ran = seastool("send", *arguments)
    assert ran.code == 2
    assert ran.out == "" or ran.out.startswith("Usage")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("command", "content"),
    [
        (("uac",), None),
        (("uac",), ""),
        (("uac",), "\r\n\r\n"),
        (("uac",), "hello\nworld\n"),
        (("uac",), RESPONSE),
        (("reply", "1:2"), REQUEST),
        (("reply", "1:2"), None),
        (("stateless",), "GET / HTTP/1.1\r\n\r\n"),
        (("stateless",), "x" * 200_000),
    ],
)
def test_files_that_are_no_sip(seastool, file, tmp_path, command, content):
    path = tmp_path / "nowhere" if content is None else file(content)
    ran = seastool("send", *command, "--file", path)
    assert ran.code == 3
    assert ran.err.startswith(f"seastool: {path}: ")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "text", "told"),
    [
        (("reply", "1:2"), RESPONSE.replace("To: <sip:b@h>;tag=known\r\n", ""), "without To"),
        (("stateless",), re.sub("Via:.*\r\n", "", REQUEST), "without Via"),
    ],
)
def test_what_would_end_a_real_proxy_wants_raw(seastool, file, command, text, told):
    path = file(text)
    ran = seastool("send", *command, "--file", path)
    assert ran.code == 2
    assert f"a real proxy crashes on a {'reply' if 'To' in told else 'message'} {told}" in ran.err
    assert "--raw" in ran.err
    with Proxy() as proxy:
        ran = seastool(
            "send", *command, "--file", path, "--raw", "--connect", proxy.place, "--wait", "50ms"
        )
    assert ran.code == 0
    assert "warning: " in ran.err
    assert "would crash here" in ran.err


# What is told beforehand.


def warned(text, dialect="kamailio-5.6.3", *, kind=UacReq, bound=True):
    return "\n".join(warnings(kind(text=text.encode(), **IDS[kind]), lookup(dialect), bound=bound))


IDS = {UacReq: {"uac_id": 1}, SlMsg: {}, Reply: {"hash_index": 1, "label": 2}}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ""),
        (";tag=mine", "", "From has no tag"),
        ("To: <sip:bob@127.0.0.1>\r\n", "", "no To: the proxy answers AC_RES_FAIL 2"),
        ("Call-ID: the-call\r\n", "", "no Call-ID: the proxy answers AC_RES_FAIL 2"),
        ("CSeq: 7 OPTIONS\r\n", "", "no CSeq: the proxy answers AC_RES_FAIL 2"),
        ("CSeq: 7", "CSeq: 1", "CSeq 1 goes out as 11"),
        ("Content-Length", f"X: {'x' * 1100}\r\nContent-Length", "the proxy leaves out X"),
        ("Content-Length: 0\r\n\r\n", f"Content-Length: 4000\r\n\r\n{'x' * 4000}", "at most"),
        ("Content-Length: 0\r\n\r\n", "Content-Length: 3\r\n\r\nlong", "the first 3"),
        ("OPTIONS sip", "OPTIONS im", "send it to a sip URI"),
    ],
)
def test_warnings_of_a_request(old, new, told):
    text = warned(REQUEST.replace(old, new, 1))
    assert told in text
    assert bool(told) == bool(text)
    assert text.count("\n") == 0


def test_openser_keeps_a_cseq_of_one():
    assert warned(REQUEST.replace("CSeq: 7", "CSeq: 1"), "openser-1.3.0") == ""


def test_warnings_of_others():
    assert warned(RESPONSE, kind=Reply) == ""
    assert "without a To tag" in warned(RESPONSE.replace(";tag=known", ""), kind=Reply)
    assert warned(REQUEST, kind=SlMsg) == ""
    assert "status for a URI" in warned(RESPONSE, kind=SlMsg)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (b"A b SIP/2.0\nX: 1\n\n", b"A b SIP/2.0\r\nX: 1\r\nContent-Length: 0\r\n\r\n"),
        (b"A b SIP/2.0\nX: 1\n", b"A b SIP/2.0\r\nX: 1\r\nContent-Length: 0\r\n\r\n"),
        (b"A b SIP/2.0\nX: 1", b"A b SIP/2.0\r\nX: 1\r\nContent-Length: 0\r\n\r\n"),
        (b"\r\nA b SIP/2.0\r\nl : 9\r\n\r\nab", b"A b SIP/2.0\r\nl : 2\r\n\r\nab"),
        (b"A b SIP/2.0\nl: 9\n\na\nb\n", b"A b SIP/2.0\r\nl: 6\r\n\r\na\r\nb\r\n"),
        (b"A b SIP/2.0\r\nl: 9\r\n\r\na\nb\n", b"A b SIP/2.0\r\nl: 4\r\n\r\na\nb\n"),
        (b"A b SIP/2.0\nl: 9\r\n\r\na", b"A b SIP/2.0\r\nl: 1\r\n\r\na"),
        (b"A b SIP/2.0\nX: a\n b\n\n", b"A b SIP/2.0\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_what_is_put_right(given, wanted):
    assert put_right(given) == wanted
    assert put_right(wanted) == wanted
