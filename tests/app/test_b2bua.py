"""A back-to-back user agent: two legs, each a dialog of its own, that are one call."""

import pytest
from app_bench import Bench, Sent, Settings, UacReq, sip_request

from seastool.app import Request, SessionState
from seastool.app.b2bua import B2bua, Bridge, connect, copied_headers, peer_of

CAROL = "sip:carol@192.0.2.10"
OFFER = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"
ANSWER = b"v=0\r\no=- 2 2 IN IP4 192.0.2.10\r\n"
E2E_ACK = 4


class Switch(B2bua):
    """Keeps its calls and those that ended."""

    def __init__(self, uri: str = CAROL) -> None:
        super().__init__(uri)
        self.calls: list[Bridge | None] = []
        self.ended: list[Bridge] = []

    def connect(self, request: Request, uri: str) -> Bridge | None:
        self.calls.append(super().connect(request, uri))
        return self.calls[-1]

    def call_ended(self, bridge: Bridge) -> None:
        self.ended.append(bridge)


class Call:
    """A bench with one call: `far` is the INVITE of the far leg, `label` that of the caller's."""

    def __init__(self, *headers: str, body: bytes = OFFER, **arguments) -> None:
        self.application = Switch()
        self.bench = Bench(self.application, **arguments)
        self.label = self.bench.request(sip_request("INVITE", *headers, body=body, cseq=5))
        (self.far,) = self.bench.take()

    @property
    def bridge(self) -> Bridge:
        (bridge,) = self.application.calls
        assert bridge is not None
        return bridge

    def respond(
        self, status: int, *headers: str, to: Sent | None = None, **arguments
    ) -> list[Sent]:
        self.bench.response(
            status, to or self.far, "Contact: <sip:carol@192.0.2.99>", *headers, **arguments
        )
        return self.bench.take()

    def of_caller(self, method: str, cseq: int, *headers: str, **arguments) -> list[Sent]:
        to = f"Bob <sip:bob@example.com>;tag={self.bridge.near.local_tag}"
        flags = E2E_ACK if method == "ACK" else 0
        label = self.label if method == "ACK" else None
        sip = sip_request(method, *headers, to=to, cseq=cseq, **arguments)
        self.bench.request(sip, flags=flags, label=label)
        return self.bench.take()

    def of_callee(self, method: str, cseq: int, *headers: str, **arguments) -> list[Sent]:
        sip = sip_request(
            method,
            *headers,
            uri="sip:as_1@10.0.0.1",
            call_id=self.far["Call-ID"],
            from_="Bob <sip:bob@example.com>;tag=b1",
            to=self.far["From"],
            cseq=cseq,
            contact="<sip:carol@192.0.2.99>",
            **arguments,
        )
        self.bench.request(sip)
        return self.bench.take()

    def cancel(self) -> list[Sent]:
        self.bench.request(sip_request("CANCEL", cseq=5), cancelled=(7, self.label))
        return self.bench.take()

    def answered(self) -> "Call":
        self.respond(200, body=ANSWER)
        self.of_caller("ACK", 5)
        self.bench.take()
        return self


def starts(sent: list[Sent]) -> list[str]:
    return [one.start.removesuffix(" SIP/2.0").removeprefix("SIP/2.0 ") for one in sent]


# The far leg.


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_the_far_leg_is_a_call_of_its_own(dialect: str) -> None:
    call = Call(
        "Subject: tea", "X-Way: 1", "User-Agent: phone", "Route: <sip:p;lr>", dialect=dialect
    )
    far = call.far
    assert isinstance(far.frame, UacReq)
    assert far.start == f"INVITE {CAROL} SIP/2.0"
    assert far["Call-ID"] != "c1"
    assert far["From"].startswith('"Alice" <sip:alice@example.com>;tag=')
    assert far.tag("From") != "a1"
    assert far["To"] == "Bob <sip:bob@example.com>"
    assert far["CSeq"] == "2 INVITE"
    assert far["Contact"] == "<sip:as_1@10.0.0.1:5070>"
    assert far["Max-Forwards"] == "69"
    assert (far["Subject"], far["X-Way"]) == ("tea", "1")
    assert far.all("User-Agent") == far.all("Route") == []
    assert far.all("Content-Type") == ["application/sdp"]
    assert far.body == OFFER


def test_responses_come_back_with_what_was_copied() -> None:
    call = Call()
    assert call.respond(100) == []
    (ringing,) = call.respond(183, "RSeq: 1", "Require: 100rel", "Server: far", body=ANSWER)
    assert (ringing.status, ringing.frame.label) == (183, call.label)
    assert (ringing["RSeq"], ringing["Require"]) == ("1", "100rel")
    assert ringing.all("Server") == []
    assert ringing["Contact"] == "<sip:as_1@10.0.0.1:5060>"
    assert ringing.tag("To") != "b1"
    assert ringing.body == ANSWER
    ack, answer = call.respond(200, "Allow: INVITE", body=ANSWER)
    assert starts([ack, answer]) == ["ACK sip:carol@192.0.2.99", "200 Some Reason"]
    assert (ack["CSeq"], ack.body) == ("2 ACK", b"")
    assert (answer["Allow"], answer.body, answer.tag("To")) == ("INVITE", ANSWER, ringing.tag("To"))
    assert call.of_caller("ACK", 5) == []
    assert call.bridge.is_answered


def test_the_two_dialogs_know_each_other() -> None:
    bridge = Call().answered().bridge
    assert peer_of(bridge.near) is bridge.far
    assert peer_of(bridge.far) is bridge.near
    assert bridge.near.application_session is bridge.far.application_session
    alone = bridge.near.container.context.create_request("INVITE", CAROL, CAROL).session
    assert peer_of(alone) is None


def test_an_offer_in_the_2xx_is_answered_by_the_ack() -> None:
    call = Call(body=b"")
    (answer,) = call.respond(200, body=OFFER)
    assert (answer.status, answer.body) == (200, OFFER)
    (ack,) = call.of_caller("ACK", 5, body=ANSWER)
    assert starts([ack]) == ["ACK sip:carol@192.0.2.99"]
    assert ack.body == ANSWER
    assert ack["Content-Type"] == "application/sdp"
    call.bench.wait(100)
    assert call.bench.take() == []


def test_a_stateless_ack_of_old_opensips_is_taken_too() -> None:
    call = Call(body=b"")
    call.respond(200, body=OFFER)
    to = f"Bob <sip:bob@example.com>;tag={call.bridge.near.local_tag}"
    call.bench.request(sip_request("ACK", to=to, cseq=5, body=ANSWER), stateless=True)
    assert call.bench.one().body == ANSWER


def test_without_that_ack_the_call_is_ended() -> None:
    call = Call(body=b"")
    call.respond(200, body=OFFER)
    call.bench.wait(32)
    assert starts(call.bench.take()) == [
        "ACK sip:carol@192.0.2.99",
        "BYE sip:alice@192.0.2.7:5999",
        "BYE sip:carol@192.0.2.99",
    ]
    assert call.application.ended == [call.bridge]


@pytest.mark.parametrize("status", [486, 302, 603, 401])
def test_a_refusal_comes_back(status: int) -> None:
    call = Call()
    call.respond(180)
    (answer,) = call.respond(status, "Retry-After: 3", 'WWW-Authenticate: Digest realm="r"')
    assert (answer.status, answer["Retry-After"]) == (status, "3")
    assert answer["WWW-Authenticate"] == 'Digest realm="r"'
    assert answer.all("Contact") == (["<sip:carol@192.0.2.99>"] if status == 302 else [])
    assert call.application.ended == [call.bridge]
    call.bench.request(sip_request("ACK", cseq=5), label=call.label)
    assert call.bench.is_empty()


def test_no_answer_and_failures_of_the_proxy_come_back() -> None:
    call = Call()
    call.bench.wait(40)
    assert starts(call.bench.take()) == ["408 Request Timeout"]
    call = Call()
    call.bench.failure(call.far.frame.uac_id)
    assert call.bench.one().status == 503


# Ends.


def test_a_bye_of_the_caller_ends_the_far_leg() -> None:
    call = Call().answered()
    sent = call.of_caller("BYE", 6, "Reason: SIP;cause=200")
    assert starts(sent) == ["200 OK", "BYE sip:carol@192.0.2.99"]
    assert sent[1]["Reason"] == "SIP;cause=200"
    assert (sent[1]["CSeq"], sent[1].tag("To")) == ("3 BYE", "b1")
    call.bench.response(200, sent[1])
    assert call.bench.take() == []
    assert call.application.ended == [call.bridge]
    call.bench.wait(40)
    assert call.bench.is_empty()


def test_a_bye_of_the_callee_ends_the_near_leg() -> None:
    call = Call().answered()
    sent = call.of_callee("BYE", 1)
    assert starts(sent) == ["200 OK", "BYE sip:alice@192.0.2.7:5999"]
    assert sent[1]["To"] == '"Alice" <sip:alice@example.com>;tag=a1'
    call.bench.response(200, sent[1])
    call.bench.wait(40)
    assert call.bench.is_empty()


def test_a_cancel_goes_to_the_far_leg() -> None:
    call = Call()
    call.respond(180)
    sent = call.cancel()
    assert starts(sent) == ["200 OK", "487 Request Terminated", f"CANCEL {CAROL}"]
    assert call.respond(487) == []
    assert call.application.ended == [call.bridge]
    call.bench.wait(40)
    assert call.bench.is_empty()


def test_a_cancel_before_the_far_leg_has_said_a_word() -> None:
    call = Call()
    assert starts(call.cancel()) == ["200 OK", "487 Request Terminated"]
    assert starts(call.respond(180)) == [f"CANCEL {CAROL}"]


def test_an_answer_that_crosses_the_cancel_is_ended() -> None:
    call = Call()
    call.respond(180)
    call.cancel()
    assert starts(call.respond(200)) == ["ACK sip:carol@192.0.2.99", "BYE sip:carol@192.0.2.99"]
    assert call.application.ended == [call.bridge]


def test_a_bye_before_the_answer() -> None:
    call = Call()
    call.respond(180)
    assert starts(call.of_caller("BYE", 6)) == [
        "200 OK",
        "487 Request Terminated",
        f"CANCEL {CAROL}",
    ]


def test_a_second_answer_of_a_fork_is_ended() -> None:
    call = Call().answered()
    sent = call.respond(200, tag="b2")
    assert starts(sent) == ["ACK sip:carol@192.0.2.99", "BYE sip:carol@192.0.2.99"]
    assert [one.tag("To") for one in sent] == ["b2", "b2"]
    assert call.bridge.is_answered


def test_the_fork_that_answers_is_the_far_side() -> None:
    call = Call()
    call.respond(180, tag="b1")
    call.respond(180, tag="b2")
    call.respond(200, tag="b1", body=ANSWER)
    call.of_caller("ACK", 5)
    (info,) = call.of_caller("INFO", 6)
    assert info.tag("To") == "b1"


def test_the_application_may_hang_up() -> None:
    call = Call().answered()
    call.bridge.hang_up()
    assert starts(call.bench.take()) == [
        "BYE sip:alice@192.0.2.7:5999",
        "BYE sip:carol@192.0.2.99",
    ]
    call = Call()
    call.respond(180)
    call.bridge.hang_up()
    assert starts(call.bench.take()) == ["487 Request Terminated", f"CANCEL {CAROL}"]
    call.respond(487)
    assert call.application.ended == [call.bridge]


def test_a_side_that_knows_nothing_of_the_call_ends_it() -> None:
    call = Call().answered()
    (info,) = call.of_caller("INFO", 6)
    call.bench.response(481, info)
    assert starts(call.bench.take()) == ["481 Some Reason", "BYE sip:alice@192.0.2.7:5999"]


# Inside.


@pytest.mark.parametrize(
    "method", ["INFO", "MESSAGE", "UPDATE", "REFER", "NOTIFY", "OPTIONS", "SUBSCRIBE", "PUBLISH"]
)
def test_requests_go_both_ways(method: str) -> None:
    call = Call().answered()
    (there,) = call.of_caller(method, 6, "Refer-To: <sip:x@y>", "Event: refer", body=b"hi")
    assert starts([there]) == [f"{method} sip:carol@192.0.2.99"]
    assert (there["Refer-To"], there["Event"], there.body) == ("<sip:x@y>", "refer", b"hi")
    assert (there["Call-ID"], there["CSeq"]) == (call.far["Call-ID"], f"3 {method}")
    call.bench.response(202, there, "Expires: 5", "Event: refer", body=b"ho")
    (back,) = call.bench.take()
    assert (back.status, back["Expires"], back.body) == (202, "5", b"ho")
    (here,) = call.of_callee(method, 1, body=b"hi")
    assert starts([here]) == [f"{method} sip:alice@192.0.2.7:5999"]
    assert (here["Call-ID"], here.tag("To")) == ("c1", "a1")
    call.bench.response(404, here)
    assert call.bench.one().status == 404
    assert call.bridge.is_answered


@pytest.mark.parametrize("side", ["of_caller", "of_callee"])
def test_a_reinvite_goes_both_ways(side: str) -> None:
    call = Call().answered()
    (there,) = getattr(call, side)("INVITE", 6, body=OFFER)
    assert there.body == OFFER
    sent = call.respond(200, to=there, body=ANSWER)
    assert [one.kind for one in sent] == ["UacReq", "Reply"]
    assert (sent[0]["CSeq"].split()[1], sent[1].body) == ("ACK", ANSWER)
    assert sent[0]["CSeq"].split()[0] == there["CSeq"].split()[0]


def test_a_reinvite_without_an_offer_waits_for_its_ack() -> None:
    call = Call().answered()
    (there,) = call.of_caller("INVITE", 6)
    (answer,) = call.respond(200, to=there, body=OFFER)
    assert answer.body == OFFER
    call.label += 1
    (ack,) = call.of_caller("ACK", 6, body=ANSWER)
    assert (ack["CSeq"], ack.body) == ("3 ACK", ANSWER)


def test_a_reinvite_may_be_cancelled_and_refused() -> None:
    call = Call().answered()
    (there,) = call.of_caller("INVITE", 6, body=OFFER)
    call.respond(180, to=there)
    call.bench.request(sip_request("CANCEL", cseq=6), cancelled=(7, call.label + 1))
    assert starts(call.bench.take())[-1] == "CANCEL sip:carol@192.0.2.99"
    call.respond(487, to=there)
    (there,) = call.of_caller("INVITE", 7, body=OFFER)
    assert starts(call.respond(488, to=there)) == ["488 Some Reason"]
    assert call.bridge.is_answered
    assert not call.application.ended


def test_a_prack_names_the_invite_of_its_own_leg() -> None:
    call = Call()
    call.respond(183, "RSeq: 7", "Require: 100rel")
    (prack,) = call.of_caller("PRACK", 6, "RAck: 7 5 INVITE")
    assert prack["RAck"] == "7 2 INVITE"
    call.bench.response(200, prack)
    assert call.bench.one().status == 200


def test_before_the_far_side_is_there_a_request_has_to_wait() -> None:
    call = Call()
    call.bridge.near.container.sessions.add(call.bridge.near)
    (answer,) = call.of_caller("INFO", 6)
    assert answer.status == 491


# First requests that are no calls.


@pytest.mark.parametrize("method", ["MESSAGE", "OPTIONS", "PUBLISH", "NOTIFY", "INFO"])
def test_other_first_requests_are_passed_on_without_a_dialog(method: str) -> None:
    bench = Bench(Switch())
    bench.request(sip_request(method, "Event: x", body=b"hi"))
    there = bench.one()
    assert (there.start, there.body) == (f"{method} {CAROL} SIP/2.0", b"hi")
    bench.response(200, there, "Expires: 3")
    assert bench.one()["Expires"] == "3"
    assert bench.is_empty()


def test_a_register_takes_its_contacts_along() -> None:
    bench = Bench(Switch())
    bench.request(sip_request("REGISTER", "Contact: <sip:a@b>;expires=5"))
    there = bench.one()
    assert there.all("Contact") == ["<sip:alice@192.0.2.7:5999>", "<sip:a@b>;expires=5"]
    bench.response(200, there, "Contact: <sip:a@b>;expires=4")
    assert bench.one().all("Contact") == ["<sip:a@b>;expires=4"]


def test_a_subscription_is_two_dialogs() -> None:
    bench = Bench(application := Switch())
    bench.request(sip_request("SUBSCRIBE", "Event: presence", "Expires: 60"))
    there = bench.one()
    assert there["Event"] == "presence"
    bench.response(200, there, "Contact: <sip:carol@192.0.2.99>", "Expires: 60")
    bench.take()
    (bridge,) = application.calls
    notify = {
        "uri": "sip:as_1@10.0.0.1",
        "call_id": there["Call-ID"],
        "from_": "<sip:bob@example.com>;tag=b1",
        "to": there["From"],
    }
    for cseq, state in enumerate(("active", "terminated"), start=1):
        bench.request(
            sip_request("NOTIFY", f"Subscription-State: {state}", cseq=cseq, body=b"x", **notify)
        )
        here = bench.one()
        assert (here["Subscription-State"], here["Call-ID"]) == (state, "c1")
        bench.response(200, here)
        assert bench.one().status == 200
    assert application.ended == [bridge]
    bench.wait(40)
    assert bench.is_empty()


# Bounds and choices.


def test_max_forwards_0_is_483() -> None:
    bench = Bench(application := Switch())
    bench.request(sip_request("INVITE").replace(b"Max-Forwards: 70", b"Max-Forwards: 0"))
    assert bench.one().status == 483
    assert application.calls == [None]


def test_no_route_is_404() -> None:
    bench = Bench(Switch(""))
    bench.request(sip_request("MESSAGE"))
    assert bench.one().status == 404


def test_headers_that_are_too_long_stay_behind() -> None:
    call = Call(f"X-Long: {'x' * 1100}", "Subject: tea")
    assert call.far.all("X-Long") == call.far.all("Subject") == []
    assert call.far["Max-Forwards"] == "69"
    assert call.bridge.near.application_session.sessions == (call.bridge.near, call.bridge.far)
    (ringing,) = call.respond(180, f"X-Long: {'x' * 1100}")
    assert ringing.all("X-Long") == []


def test_what_cannot_be_sent_on_is_500() -> None:
    bench = Bench(application := Switch("nowhere"))
    bench.request(sip_request("INVITE"))
    assert bench.one().status == 500
    assert application.calls == [None]
    assert "could not be sent to the other leg" in bench.told[0]


def test_who_calls_whom_can_be_chosen() -> None:
    class Anonymous(B2bua):
        def connect(self, request: Request, uri: str) -> Bridge | None:
            return connect(
                request,
                uri,
                from_='"A" <sip:anonymous@anonymous.invalid>',
                to="<sip:carol@example.org>",
                headers=[("X-By", "me")],
                copied=["subject"],
            )

    bench = Bench(Anonymous(CAROL))
    bench.request(sip_request("INVITE", "Subject: tea", "Priority: urgent"))
    far = bench.one()
    assert far["From"].startswith('"A" <sip:anonymous@anonymous.invalid>;tag=')
    assert far["To"] == "<sip:carol@example.org>"
    assert (far["X-By"], far["Subject"], far.all("Priority")) == ("me", "tea", [])


def test_the_legs_can_be_chosen_too() -> None:
    """Two calls of our own, joined: third-party call control."""
    bench = Bench(Switch())
    context = bench.container.context
    sessions = []
    for uri in ("sip:a@192.0.2.1", "sip:b@192.0.2.2"):
        context.create_request("INVITE", uri, "sip:me@192.0.2.3").send(
            lambda response: response.create_ack().send()
        )
        bench.response(200, bench.take()[-1], f"Contact: <{uri}>")
        sessions.append(list(bench.container.client_transactions.values())[-1].request.session)
    bench.take()
    bridge = Bridge(*sessions)
    assert bridge.is_answered
    bridge.hang_up()
    assert starts(bench.take()) == ["BYE sip:a@192.0.2.1", "BYE sip:b@192.0.2.2"]
    assert {session.state for session in sessions} == {SessionState.TERMINATED}


def test_nothing_is_copied_from_a_response_that_nobody_sent() -> None:
    call = Call()
    responses = []
    call.bench.container.context.create_request("MESSAGE", CAROL, CAROL).send(responses.append)
    call.bench.wait(50)
    assert copied_headers(responses[0]) == []


def test_many_calls_leave_nothing_behind() -> None:
    bench = Bench(Switch(), settings=Settings(session_time=20))
    for i in range(60):
        label = bench.request(sip_request("INVITE", call_id=f"c{i}", body=OFFER if i % 2 else b""))
        (far,) = bench.take()
        if i % 5 == 0:
            bench.request(sip_request("CANCEL", call_id=f"c{i}"), cancelled=(7, label))
        bench.response(180, far)
        if i % 5 == 1:
            bench.response(486, far)
        elif i % 5 == 2:
            bench.response(200, far, f"Contact: <{CAROL}>")
            bridge = bench.container.application.calls[-1]
            bridge.hang_up()
        elif i % 5 == 3:
            bench.response(200, far, f"Contact: <{CAROL}>", tag="")
        bench.take()
    bench.container.application.calls.clear()
    bench.wait(8000)
    assert bench.is_empty()
    assert not bench.counted().get("handler_errors"), bench.told
