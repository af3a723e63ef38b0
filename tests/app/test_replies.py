"""Responses that go out: their text, what is refused, what is late."""

import pytest
from app_bench import FROM_ALICE, Bench, Recorder, answering, sip_request

from seastool.app import Request, SessionState, Settings
from seastool.errors import EncodeError, LocalProtocolError
from seastool.seas.builder.event import Receive

SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"


def waiting(bench: Bench, sip: bytes, **arguments) -> Request:
    """A request that nobody has answered yet."""
    label = bench.request(sip, **arguments)
    return bench.container.transactions[7, label]


def silent(**arguments) -> Bench:
    return Bench(
        Recorder(**dict.fromkeys(["INVITE", "OPTIONS", "MESSAGE"], lambda _: None)), **arguments
    )


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_the_text_takes_over_the_lines_of_the_request(dialect: str) -> None:
    bench = silent(dialect=dialect)
    request = waiting(
        bench,
        sip_request(
            "INVITE",
            "Record-Route: <sip:r1;lr>,\r\n <sip:r2;lr>",
            "v: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK2",
            "Record-Route: <sip:r3;lr>",
        ),
    )
    request.create_response(200, "Fine", body=SDP, headers={"X-A": "1"}).send()
    assert bench.one().text == (
        b"SIP/2.0 200 Fine\r\n"
        b"Via: SIP/2.0/UDP 192.0.2.7:5999;branch=z9hG4bK-c1-1\r\n"
        b'From: "Alice" <sip:alice@example.com>;tag=a1\r\n'
        b"To: Bob <sip:bob@example.com>;tag=id000001\r\n"
        b"Call-ID: c1\r\n"
        b"CSeq: 1 INVITE\r\n"
        b"Record-Route: <sip:r1;lr>,\r\n <sip:r2;lr>\r\n"
        b"v: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK2\r\n"
        b"Record-Route: <sip:r3;lr>\r\n"
        b"Contact: <sip:as_1@10.0.0.1:5060>\r\n"
        b"X-A: 1\r\n"
        b"Content-Type: application/sdp\r\n"
        b"Content-Length: 31\r\n\r\n" + SDP
    )


def test_every_response_has_the_same_to_tag_but_100_none() -> None:
    bench = silent()
    request = waiting(bench, sip_request("INVITE"))
    for status in (100, 180, 183, 486):
        request.create_response(status).send()
    trying, *others = bench.take()
    assert trying["To"] == "Bob <sip:bob@example.com>"
    assert {sent.tag("To") for sent in others} == {"id000001"}


@pytest.mark.parametrize(
    ("method", "status", "has"),
    [
        ("INVITE", 100, False),
        ("INVITE", 180, True),
        ("INVITE", 200, True),
        ("INVITE", 302, False),
        ("SUBSCRIBE", 200, True),
        ("REGISTER", 200, False),
        ("OPTIONS", 200, False),
        ("UPDATE", 200, True),
    ],
)
def test_a_contact_where_rfc_3261_wants_one(method: str, status: int, has: bool) -> None:
    bench = Bench(Recorder(**{method: answering(status)}))
    bench.request(sip_request(method, "Record-Route: <sip:r;lr>"))
    sent = bench.one()
    assert bool(sent.all("Contact")) is has
    assert bool(sent.all("Record-Route")) is has


@pytest.mark.parametrize(
    ("receive", "contact"),
    [
        (FROM_ALICE, "<sip:as_1@10.0.0.1:5060>"),
        (FROM_ALICE._replace(protocol=2), "<sip:as_1@10.0.0.1:5060;transport=tcp>"),
        (FROM_ALICE._replace(protocol=3), "<sip:as_1@10.0.0.1:5060;transport=tls>"),
        (
            Receive(destination_address=bytes(15) + b"\1", destination_port=5062),
            "<sip:as_1@[::1]:5062>",
        ),
    ],
)
def test_the_contact_is_where_the_request_came_in(receive: Receive, contact: str) -> None:
    bench = Bench(Recorder(INVITE=answering(200)))
    bench.request(sip_request("INVITE"), receive=receive)
    assert bench.one()["Contact"] == contact


def test_a_contact_of_the_settings_and_one_of_the_application() -> None:
    bench = Bench(Recorder(INVITE=answering(200)), settings=Settings(contact="sip:me@host"))
    bench.request(sip_request("INVITE"))
    assert bench.one()["Contact"] == "<sip:me@host>"
    bench = Bench(Recorder(INVITE=answering(302, headers=[("Contact", "<sip:a>"), ("m", "b")])))
    bench.request(sip_request("INVITE"))
    sent = bench.one()
    assert (sent["Contact"], sent["m"]) == ("<sip:a>", "b")


def test_a_to_tag_and_record_routes_that_are_passed_on() -> None:
    bench = silent()
    request = waiting(bench, sip_request("INVITE", "Record-Route: <sip:r;lr>"))
    routes = [("Record-Route", "<sip:down;lr>"), ("Record-Route", "<sip:r;lr>")]
    request.create_response(180, to_tag="far", headers=routes).send()
    request.create_response(200, to_tag="other", headers=routes).send()
    ringing, answered = bench.take()
    assert ringing.tag("To") == "far"
    assert answered.all("Record-Route") == ["<sip:down;lr>", "<sip:r;lr>"]
    sessions = bench.container.sessions
    assert sessions.find("c1", "far", "a1") is sessions.find("c1", "other", "a1") is not None


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"status": 99}, "99 is not a status"),
        ({"status": 700}, "700 is not a status"),
        ({"reason": "OK\r\nX: y"}, "reason: 'OK\\\\r\\\\nX: y' holds a line end"),
        ({"headers": {"X": "a\r\nEvil: 1"}}, "header X: .* holds a line end"),
        ({"headers": {"X": "a\nb"}}, "holds a line end"),
        ({"headers": {"X": "a\0b"}}, "NUL"),
        ({"headers": {"X: y": "a"}}, "is not a header name"),
        ({"headers": {"X\r\n": "a"}}, "is not a header name"),
        ({"headers": {"": "a"}}, "is not a header name"),
        ({"headers": {"X": "\ud800"}}, "UTF-8"),
        ({"headers": {"via": "x"}}, "the container writes it itself"),
        ({"headers": {"l": "3"}}, "the container writes it itself"),
        ({"content_type": "a\rb"}, "line end"),
        ({"to_tag": "a b"}, "To tag: 'a b' is not a token"),
        ({"body": "\ud800"}, "body"),
        ({"headers": {"X": "y" * 1100}}, "1105 bytes beside .* the proxy takes 1023"),
        ({"body": "y" * 3900}, "the proxy takes 4000"),
    ],
)
def test_what_cannot_be_sent_is_refused(arguments: dict, what: str) -> None:
    bench = silent()
    request = waiting(bench, sip_request("OPTIONS"))
    with pytest.raises(EncodeError, match=what):
        request.create_response(**{"status": 200, **arguments}).send()
    assert not bench.take()
    request.create_response(200).send()
    assert bench.one().status == 200


@pytest.mark.parametrize(
    ("size", "fits"), [(1023 - len("X: \r\n"), True), (1024 - len("X: \r\n"), False)]
)
def test_headers_up_to_what_the_proxy_takes(size: int, fits: bool) -> None:
    bench = silent()
    response = waiting(bench, sip_request("OPTIONS")).create_response(
        200, headers={"X": "y" * size}
    )
    if fits:
        response.send()
        assert bench.one()["X"] == "y" * size
    else:
        with pytest.raises(EncodeError):
            response.send()


def test_an_action_up_to_what_the_proxy_takes() -> None:
    bench = silent()
    request = waiting(bench, sip_request("MESSAGE"))
    request.create_response(200, body="").send()
    room = 4000 - 18 - len(bench.one().text) - len("Content-Type: text/plain\r\n") - 3
    for size in (room, room + 1):
        request = waiting(bench, sip_request("MESSAGE"))
        response = request.create_response(200, body="y" * size)
        if size == room:
            response.send()
            assert bench.one().frame.length == 4000
        else:
            with pytest.raises(EncodeError, match="4001 bytes"):
                response.send()


def test_one_final_response_a_request() -> None:
    bench = silent()
    request = waiting(bench, sip_request("OPTIONS"))
    first = request.create_response(200)
    first.send()
    with pytest.raises(LocalProtocolError, match="sent already"):
        first.send()
    for status in (180, 200, 500):
        with pytest.raises(LocalProtocolError, match="one final response"):
            request.create_response(status).send()
    assert len(bench.take()) == 1


def test_a_late_reply_is_told_once_and_sent_unless_set_otherwise() -> None:
    bench = silent()
    for n in range(3):
        request = waiting(bench, sip_request("OPTIONS", call_id=f"c{n}"))
        bench.now += 4.9 if n == 0 else 7.5
        bench.container.handle_timer(bench.now)
        request.create_response(200).send()
    assert len(bench.take()) == 3
    (told,) = (line for line in bench.told if "drops later replies" in line)
    assert "a 200 to OPTIONS comes 7.5 s after the request" in told
    assert bench.counted()["late_replies"] == 2
    bench = silent(settings=Settings(send_late=False, hold_time=1))
    request = waiting(bench, sip_request("OPTIONS"))
    bench.wait(2)
    request.create_response(200).send()
    assert not bench.take()


def test_a_late_reply_is_found_by_the_clock() -> None:
    clock = [1000.0]
    bench = silent(clock=lambda: clock[0])
    request = waiting(bench, sip_request("OPTIONS"))
    clock[0] += 6
    request.create_response(200).send()
    assert bench.counted()["late_replies"] == 1


def test_a_stateless_request_is_answered_statelessly() -> None:
    bench = Bench(recorder := Recorder(MESSAGE=answering(200), OPTIONS=answering(180)))
    bench.request(sip_request("MESSAGE"), stateless=True)
    bench.request(sip_request("MESSAGE"), stateless=True)
    first, again = bench.take()
    assert first.kind == "SlMsg"
    assert first["Route"] == "<sip:192.0.2.7:5999;lr>"
    assert first["Via"] == "SIP/2.0/UDP 192.0.2.7:5999;branch=z9hG4bK-c1-1"
    assert first.text == again.text  # RFC 3261 section 8.2.7: the same tag
    bench.request(sip_request("MESSAGE", cseq=2), stateless=True)
    assert bench.one().tag("To") != first.tag("To")
    bench.request(sip_request("OPTIONS"), stateless=True)
    assert not bench.take()
    assert bench.counted()["stateless_provisional"] == 1
    assert not bench.container.transactions
    with pytest.raises(LocalProtocolError):
        recorder.requests[0].create_response(200).send()


def test_a_stateless_response_without_a_route() -> None:
    bench = Bench(Recorder(MESSAGE=answering(200)), settings=Settings(stateless_route=False))
    bench.request(sip_request("MESSAGE"), stateless=True)
    assert not bench.one().all("Route")


def test_a_stateless_call_is_a_dialog_too() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(200)))
    bench.request(sip_request("INVITE"), stateless=True)
    bench.request(sip_request("INVITE"), stateless=True)
    first, _ = bench.take()
    bench.request(sip_request("BYE", to=first["To"], cseq=2))
    assert bench.one().status == 200
    sessions = {request.session for request in recorder.requests}
    assert len(sessions) == 1
    assert sessions.pop().state is SessionState.TERMINATED


def test_a_response_tells_its_headers() -> None:
    bench = silent()
    response = waiting(bench, sip_request("INVITE")).create_response(200, headers={"X": "1"})
    assert response.to == "Bob <sip:bob@example.com>;tag=id000001"
    assert response.from_ == '"Alice" <sip:alice@example.com>;tag=a1'
    assert (response.call_id, response.cseq, response.header("x")) == ("c1", 1, "1")
    assert (response.reason, response.method, response.header("Y")) == ("OK", "INVITE", None)
    assert response.is_success
    assert response.is_final
    assert response.attributes == {}
    assert repr(response) == "<Response 200 'OK' to INVITE>"
