"""Requests of ours: their text, ACK, CANCEL, what is refused."""

import pytest
from app_bench import Bench, Recorder, Sent, answering, sip_request

from seastool.app import Request, Settings
from seastool.errors import EncodeError, LocalProtocolError, SeasError
from seastool.seas.frames import AcCancel, UacReq

CALLEE = "sip:callee@198.51.100.9"


def new(bench: Bench, method: str = "INVITE", **arguments) -> Request:
    """A request of ours."""
    return bench.container.context.create_request(
        method, CALLEE, "AS <sip:as@example.com>", "sip:callee@example.com", **arguments
    )


def sent(bench: Bench, method: str = "INVITE", **arguments) -> tuple[Request, Sent]:
    """The same, sent."""
    request = new(bench, method, **arguments)
    request.send()
    return request, bench.one()


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_the_text_is_complete(dialect: str) -> None:
    bench = Bench(Recorder(), dialect=dialect)
    _, out = sent(bench, headers={"Subject": "hi"}, body="hello")
    assert out.kind == "UacReq"
    assert (out.frame.processor_id, out.frame.flags) == (9, 0)
    assert out.text == (
        b"INVITE sip:callee@198.51.100.9 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bKid000003\r\n"
        b"Max-Forwards: 70\r\n"
        b"From: AS <sip:as@example.com>;tag=id000001\r\n"
        b"To: <sip:callee@example.com>\r\n"
        b"Call-ID: id000002\r\n"
        b"CSeq: 2 INVITE\r\n"
        b"Contact: <sip:as_1@10.0.0.1:5070>\r\n"
        b"Subject: hi\r\n"
        b"Content-Type: text/plain\r\n"
        b"Content-Length: 5\r\n\r\nhello"
    )


def test_every_request_has_a_uac_id_of_its_own() -> None:
    bench = Bench(Recorder())
    ids = {sent(bench, "MESSAGE")[1].frame.uac_id for _ in range(100)}
    assert len(ids) == 100
    assert max(ids) < 1 << 31


@pytest.mark.parametrize(
    ("method", "has"), [("INVITE", True), ("MESSAGE", False), ("SUBSCRIBE", True), ("BYE", False)]
)
def test_a_contact_where_rfc_3261_wants_one(method: str, has: bool) -> None:
    assert bool(sent(Bench(Recorder()), method)[1].all("Contact")) is has


def test_what_the_application_gives_replaces_what_the_container_writes() -> None:
    bench = Bench(Recorder(), settings=Settings(user_agent="seastool"))
    given = [("Contact", "<sip:me@x>"), ("Max-Forwards", "5"), ("Route", "<sip:r;lr>")]
    _, out = sent(bench, headers=[*given, ("User-Agent", "mine")])
    assert [out[name] for name, _ in given] == [value for _, value in given]
    assert out["User-Agent"] == "mine"
    assert sent(bench)[1]["User-Agent"] == "seastool"


def test_a_from_tag_of_the_application() -> None:
    bench = Bench(Recorder())
    request = bench.container.context.create_request(
        "OPTIONS", CALLEE, "<sip:as@example.com>;tag=mine"
    )
    assert request.from_ == "<sip:as@example.com>;tag=mine"
    assert request.to == f"<{CALLEE}>"
    assert request.session.local_tag == "mine"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"method": "IN VITE"}, "is not a method"),
        ({"method": "INVITE\r\nX:"}, "is not a method"),
        ({"method": "ACK"}, "no request of its own"),
        ({"method": "CANCEL"}, "no request of its own"),
        ({"uri": "bob"}, "is not a URI"),
        ({"uri": "sip:a b"}, "is not a URI"),
        ({"uri": "sip:a\r\nX: y"}, "is not a URI"),
        ({"from_": "alice"}, "is not a URI"),
        ({"from_": "<sip:a>\r\nX: y"}, "line end"),
        ({"to": "<sip:a>;tag=x"}, "session.create_request"),
        ({"headers": {"CSeq": "1 INVITE"}}, "writes it itself"),
        ({"headers": {"X": "a\nb"}}, "line end"),
    ],
)
def test_what_cannot_be_made_is_refused(arguments: dict, what: str) -> None:
    context = Bench(Recorder()).container.context
    good = {"method": "INVITE", "uri": CALLEE, "from_": "sip:as@x"}
    with pytest.raises(SeasError, match=what):
        context.create_request(**{**good, **arguments})


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"headers": {"X": "y" * 1020}}, "the proxy takes 1023"),
        ({"body": "y" * 3900}, "the proxy takes 4000"),
    ],
)
def test_what_the_proxy_would_not_take_is_refused(arguments: dict, what: str) -> None:
    bench = Bench(Recorder())
    with pytest.raises(EncodeError, match=what):
        new(bench, **arguments).send()
    assert bench.is_empty()


def test_a_request_is_sent_once() -> None:
    bench = Bench(recorder := Recorder(OPTIONS=answering(200)))
    request, _ = sent(bench, "OPTIONS")
    with pytest.raises(LocalProtocolError, match="sent already"):
        request.send()
    bench.request(sip_request("OPTIONS"))
    with pytest.raises(LocalProtocolError, match="came in"):
        recorder.requests[0].send()
    with pytest.raises(LocalProtocolError, match="made here"):
        request.create_response(200)


def test_the_spiral_flag() -> None:
    bench = Bench(Recorder())
    new(bench).send(spiral=True)
    assert bench.one().frame.flags == 1


def test_a_stateless_request() -> None:
    bench = Bench(Recorder())
    new(bench, "MESSAGE").send_stateless()
    out = bench.one()
    assert out.kind == "SlMsg"
    assert out.start == f"MESSAGE {CALLEE} SIP/2.0"
    assert bench.is_empty()


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_the_ack_of_a_2xx(dialect: str) -> None:
    bench = Bench(recorder := Recorder(), dialect=dialect)
    _, invite = sent(bench)
    bench.response(
        200,
        invite,
        "Contact: <sip:callee@192.0.2.99;x=1>",
        "Record-Route: <sip:r1;lr>, <sip:r2;lr>",
        "Record-Route: <sip:r3;lr>",
    )
    recorder.responses[0].create_ack(body="v=0\r\n").send()
    ack = bench.one()
    assert ack.start == "ACK sip:callee@192.0.2.99;x=1 SIP/2.0"
    assert ack["CSeq"] == "2 ACK"
    assert ack.all("Route") == ["<sip:r3;lr>, <sip:r2;lr>, <sip:r1;lr>"]
    assert (ack["From"], ack["To"]) == (invite["From"], invite["To"] + ";tag=b1")
    assert ack["Content-Type"] == "application/sdp"
    assert isinstance(ack.frame, UacReq)
    assert ack.frame.uac_id != invite.frame.uac_id
    assert "Via" in ack.text.decode()


def test_no_ack_for_anything_else() -> None:
    bench = Bench(recorder := Recorder())
    _, invite = sent(bench)
    bench.response(180, invite)
    bench.response(404, invite)
    _, message = sent(bench, "MESSAGE")
    bench.response(200, message)
    for response in recorder.responses:
        with pytest.raises(LocalProtocolError, match="no ACK"):
            response.create_ack()


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_a_cancel_goes_out_when_the_proxy_has_named_the_invite(dialect: str) -> None:
    bench = Bench(recorder := Recorder(), dialect=dialect)
    request, invite = sent(bench, headers={"Route": "<sip:r;lr>"})
    request.create_cancel().send()
    assert not bench.take()
    bench.response(180, invite)
    cancel = bench.one()
    assert isinstance(cancel.frame, AcCancel)
    assert (cancel.frame.hash_index, cancel.frame.label) == (21, 22)
    assert cancel.start == f"CANCEL {CALLEE} SIP/2.0"
    assert cancel["CSeq"] == "2 CANCEL"
    assert (cancel["To"], cancel["Route"]) == (invite["To"], "<sip:r;lr>")
    bench.faked(cancel.frame.uac_id)
    bench.response(487, invite)
    assert [response.status for response in recorder.responses] == [180, 487]
    assert bench.counted()["cancel_responses"] == 1
    assert bench.is_empty()


def test_a_cancel_behind_the_final_response_goes_nowhere() -> None:
    bench = Bench(Recorder())
    request, invite = sent(bench)
    early = request.create_cancel()
    bench.response(486, invite)
    early.send()
    assert not bench.take()
    with pytest.raises(LocalProtocolError, match="sent already"):
        early.send()


def test_a_cancel_at_once_behind_a_provisional_response() -> None:
    bench = Bench(Recorder())
    request, invite = sent(bench)
    bench.response(183, invite)
    request.create_cancel().send(spiral=True)
    assert bench.one().frame.flags == 1


def test_no_cancel_for_anything_else() -> None:
    bench = Bench(recorder := Recorder(INVITE=answering(180)))
    bench.request(sip_request("INVITE"))
    for request in (new(bench), sent_message(bench), recorder.requests[0]):
        with pytest.raises(LocalProtocolError, match="no CANCEL"):
            request.create_cancel()


def sent_message(bench: Bench) -> Request:
    bench.take()
    return sent(bench, "MESSAGE")[0]


def test_a_copy_is_what_a_proxy_sends() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda request: None))
    bench.request(
        sip_request("INVITE", "Route: <sip:r;lr>", "Subject: caf\xe9", "X: 1", body=b"abc")
    )
    copy = bench.container.context.copy_request(recorder.requests[0], CALLEE)
    copy.send()
    out = bench.one()
    assert out.start == f"INVITE {CALLEE} SIP/2.0"
    assert out["CSeq"] == "2 INVITE"  # 1 would be turned into 11
    assert out["Max-Forwards"] == "69"
    assert (out["From"], out["Call-ID"]) == ('"Alice" <sip:alice@example.com>;tag=a1', "c1")
    assert out["Subject"] == "caf\xe9"
    assert out["Contact"] == "<sip:alice@192.0.2.7:5999>"
    assert out.body == b"abc"
    assert not out.all("Route")
    assert len(out.all("Via")) == 1
    bench.response(180, out, tag="callee")
    assert len(bench.container.sessions) == 0


def test_a_copy_with_other_headers() -> None:
    bench = Bench(recorder := Recorder(OPTIONS=lambda request: None))
    bench.request(sip_request("OPTIONS", "X: 1", cseq=7))
    copy = bench.container.context.copy_request(recorder.requests[0], CALLEE, headers={"Y": "2"})
    names = {name: copy.header(name) for name in ("X", "Y", "CSeq", "Contact")}
    assert names == {"X": None, "Y": "2", "CSeq": "7 OPTIONS", "Contact": None}


def test_a_copy_of_a_request_that_has_gone_far_enough() -> None:
    bench = Bench(recorder := Recorder(OPTIONS=lambda request: None))
    bench.request(sip_request("OPTIONS").replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))
    with pytest.raises(LocalProtocolError, match="483"):
        bench.container.context.copy_request(recorder.requests[0], CALLEE)


def test_bounds() -> None:
    bench = Bench(Recorder(), settings=Settings(max_client_transactions=2))
    sent(bench, "MESSAGE")
    sent(bench, "MESSAGE")
    with pytest.raises(LocalProtocolError, match="2 requests of ours wait"):
        new(bench, "MESSAGE").send()
    bench = Bench(Recorder(), settings=Settings(max_sessions=1))
    sent(bench)
    with pytest.raises(LocalProtocolError, match="1 dialogs are alive"):
        new(bench).send()
    assert bench.counted()["refused"] == 1


def test_nothing_is_sent_by_a_closed_container() -> None:
    bench = Bench(recorder := Recorder(OPTIONS=lambda request: None))
    bench.request(sip_request("OPTIONS"))
    assert bench.container.close(bench.now) == 1
    for send in (new(bench).send, recorder.requests[0].create_response(200).send):
        with pytest.raises(LocalProtocolError, match="closed"):
            send()
    assert not bench.take()
    assert bench.is_empty()
