"""Headers as a mapping: of messages that came in, and of those in the making."""

import pytest
from app_bench import Bench, Recorder, sip_request

from seastool.app import Headers, Request
from seastool.app.headers import COMPACT, canonical
from seastool.errors import EncodeError

LINES = (
    "Record-Route: <sip:r1;lr>",
    "s: compact",
    "X-Odd: caf\xe9",
    "x-odd:  two \t",
    "Record-Route: <sip:r2;lr>",
    "Call-Info: <sip:x>",
    "Accept: a/b,\r\n\t c/d",
    "Event: e",
)


def received(dialect: str) -> Request:
    bench = Bench(recorder := Recorder(INVITE=lambda request: None), dialect=dialect)
    bench.request(sip_request("INVITE", *LINES))
    return recorder.requests[0]


@pytest.mark.parametrize(
    "dialect", ["openser-1.2.0-dev15", "openser-1.3.0", "kamailio-3.3", "kamailio-5.4.2"]
)
def test_headers_of_a_message_that_came_in(dialect: str) -> None:
    request = received(dialect)
    headers = request.headers
    assert headers["subject"] == headers["S"] == "compact"
    assert headers.get_all("RECORD-ROUTE") == ["<sip:r1;lr>", "<sip:r2;lr>"]
    assert headers.get_all("X-Odd") == ["caf\xe9", "two"]
    assert headers["Accept"] == "a/b, c/d"
    assert headers["call-info"] == "<sip:x>"
    assert headers["o"] == "e"
    assert "m" in headers
    assert "Nothing" not in headers
    assert 7 not in headers
    assert headers.get("Nothing", "none") == "none"
    assert request.header("Nothing") is None
    with pytest.raises(KeyError):
        headers["Nothing"]
    assert [name for name, _ in headers.fields()][:3] == ["Via", "From", "To"]
    assert list(headers).count("Record-Route") == 1
    assert len(headers) == 14
    assert "compact" in repr(headers)


def test_the_usual_ones_of_a_request() -> None:
    request = received("kamailio-5.4.2")
    assert (request.method, request.uri) == ("INVITE", "sip:bob@example.com")
    assert request.from_ == '"Alice" <sip:alice@example.com>;tag=a1'
    assert request.to == "Bob <sip:bob@example.com>"
    assert request.contact == "<sip:alice@192.0.2.7:5999>"
    assert (request.call_id, request.cseq) == ("c1", 1)
    assert (request.body, request.content_type) == (b"", None)
    assert (str(request.remote), str(request.local)) == ("192.0.2.7:5999", "10.0.0.1:5060")
    assert request.transaction is request.server
    request.attributes["x"] = 1
    assert request.attributes == {"x": 1}


def test_bytes_that_are_not_utf_8_come_out_as_they_went_in() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda request: None))
    sip = sip_request("INVITE", "X: @@", call_id="@@").replace(b"@@", b"\xff\xfe")
    bench.request(sip)
    recorder.requests[0].create_response(200).send()
    assert bench.container.sessions.find("\udcff\udcfe", "id000001", "a1") is not None
    recorder.requests[0].session.create_request("INFO").send()
    bench.container.context.copy_request(recorder.requests[0], "sip:x@y").send()
    answer, info, copy = (sent.text for sent in bench.take())
    assert b"\r\nCall-ID: \xff\xfe\r\n" in answer
    assert b"\r\nCall-ID: \xff\xfe\r\n" in info
    assert b"\r\nX: \xff\xfe\r\n" in copy


def test_headers_in_the_making() -> None:
    headers = Headers([("X", "1"), ("m", "<sip:a>"), ("x", "2")])
    assert headers.get_all("X") == ["1", "2"]
    headers["x"] = "3"
    headers["Y"] = "4"
    headers.add("y", "5")
    assert list(headers.fields()) == [("x", "3"), ("m", "<sip:a>"), ("Y", "4"), ("y", "5")]
    del headers["Y"]
    del headers["Z"]
    assert dict(headers) == {"x": "3", "m": "<sip:a>"}
    assert dict(Headers({"A": "1"})) == {"A": "1"}
    with pytest.raises(EncodeError):
        headers["X"] = "a\r\nb"
    with pytest.raises(EncodeError):
        headers["X y"] = "a"
    with pytest.raises(EncodeError):
        headers.add("X", "a\nb")


def test_compact_names() -> None:
    assert canonical("V") == canonical(" via ") == "via"
    assert all(len(letter) == 1 for letter in COMPACT)
    assert canonical("X-Mine") == "x-mine"
