"""A stateful proxy: branches, the best response, CANCEL, dialogs that go through it."""

from collections.abc import Callable

import pytest
from app_bench import Bench, Recorder, Sent, Settings, SlMsg, UacReq, sip_request

from seastool.app import Request
from seastool.app.proxy import Proxy
from seastool.app.proxying.choice import best_of
from seastool.app.response import Response
from seastool.errors import EncodeError, LocalProtocolError

CAROL, DAVE, ERIN = "sip:carol@192.0.2.10", "sip:dave@192.0.2.11:5080", "sip:erin@192.0.2.12"
SDP = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"
OWN_ROUTE = "<sip:10.0.0.1:5070;lr>"
E2E_ACK = 4


class Proxying(Recorder):
    """Proxies every first request; keeps its proxies."""

    def __init__(self, *uris, **options) -> None:
        super().__init__()
        self.uris, self.options = uris, options
        self.proxies: list[Proxy] = []

    def do_request(self, request: Request) -> None:
        self.requests.append(request)
        self.proxies.append(request.proxy(*self.uris, **self.options))


def proxying(*uris, dialect: str = "kamailio-5.4.2", settings=None, **options) -> Bench:
    bench = Bench(Proxying(*uris, **options), dialect=dialect, settings=settings)
    bench.proxies = bench.container.application.proxies
    return bench


def invited(bench: Bench, *headers: str, **arguments) -> tuple[int, list[Sent]]:
    """An INVITE that came in: its label, and what went out for it."""
    label = bench.request(sip_request("INVITE", *headers, **arguments))
    return label, bench.take()


def cancel(bench: Bench, label: int) -> list[Sent]:
    bench.request(sip_request("CANCEL"), cancelled=(7, label))
    return bench.take()


def kinds(sent: list[Sent]) -> list[str]:
    return [one.kind for one in sent]


# What goes on.


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_a_copy_goes_out_with_what_names_the_call(dialect: str) -> None:
    bench = proxying(CAROL, dialect=dialect)
    _, (sent,) = invited(bench, "Subject: tea", "Supported: x", cseq=5, body=SDP)
    assert isinstance(sent.frame, UacReq)
    assert sent.start == f"INVITE {CAROL} SIP/2.0"
    assert sent["From"] == '"Alice" <sip:alice@example.com>;tag=a1'
    assert sent["To"] == "Bob <sip:bob@example.com>"
    assert sent["Call-ID"] == "c1"
    assert sent["CSeq"] == "5 INVITE"
    assert sent["Contact"] == "<sip:alice@192.0.2.7:5999>"
    assert sent["Max-Forwards"] == "69"
    assert sent["Subject"] == "tea"
    assert len(sent.all("Via")) == 1
    assert "192.0.2.7" not in sent["Via"]
    assert sent.all("Record-Route") == []
    assert sent.body == SDP


def test_every_branch_has_a_uac_id_of_its_own() -> None:
    bench = proxying(CAROL, DAVE, ERIN)
    _, sent = invited(bench)
    assert [one.start.split()[1] for one in sent] == [CAROL, DAVE, ERIN]
    assert len({one.frame.uac_id for one in sent}) == 3
    assert [branch.uri for branch in bench.proxies[0].branches] == [CAROL, DAVE, ERIN]
    assert not bench.proxies[0].is_over


def test_without_a_target_it_goes_to_its_own_uri() -> None:
    _, (sent,) = invited(proxying())
    assert sent.start == "INVITE sip:bob@example.com SIP/2.0"


@pytest.mark.parametrize("forwards", ["0", " 00 "])
def test_max_forwards_0_is_483(forwards: str) -> None:
    bench = proxying(CAROL)
    sip = sip_request("OPTIONS").replace(b"Max-Forwards: 70", f"Max-Forwards: {forwards}".encode())
    bench.request(sip)
    assert bench.one().status == 483


def test_an_extension_required_of_proxies_is_420() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench, "Proxy-Require: privacy, x")
    assert sent.status == 420
    assert sent["Unsupported"] == "privacy, x"


@pytest.mark.parametrize(
    ("routes", "left"),
    [
        ((OWN_ROUTE,), []),
        ((OWN_ROUTE, "<sip:p2;lr>"), ["<sip:p2;lr>"]),
        ((f"{OWN_ROUTE}, <sip:p2;lr>, <sip:p3;lr>",), ["<sip:p2;lr>, <sip:p3;lr>"]),
        (("<sip:127.0.0.1;lr;r2=on>, <sip:10.0.0.1:5070;lr;r2=on>",), []),
        (("<sip:p1;lr>", OWN_ROUTE), [f"<sip:p1;lr>, {OWN_ROUTE}"]),
        (("<sip:10.0.0.1:5071;lr>",), ["<sip:10.0.0.1:5071;lr>"]),
        (("<sip:10.0.0.1;lr>",), []),  # the port that the request came in on
        (("<sip:sip.example.net;lr>",), []),
    ],
)
def test_routes_that_name_the_proxy_are_used_up(routes: tuple[str, ...], left: list[str]) -> None:
    bench = proxying(CAROL, aliases=["SIP.example.net"])
    _, (sent,) = invited(bench, *(f"Route: {route}" for route in routes))
    assert sent.all("Route") == left
    assert sent.start.split()[1] == CAROL


def test_a_strict_router_before_us_is_undone() -> None:
    bench = proxying()
    _, (sent,) = invited(
        bench, "Route: <sip:p2;lr>, <sip:carol@192.0.2.10>", uri="sip:10.0.0.1:5070;lr"
    )
    assert sent.start.split()[1] == CAROL
    assert sent.all("Route") == ["<sip:p2;lr>"]


def test_record_route_goes_on_top_if_asked_for() -> None:
    bench = proxying(CAROL, record_route=True)
    _, (sent,) = invited(bench, "Record-Route: <sip:p0;lr>")
    assert sent.all("Record-Route") == ["<sip:10.0.0.1:5060;lr>", "<sip:p0;lr>"]


def test_what_cannot_be_proxied_is_refused() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda _: None))
    invited(bench)
    (request,) = recorder.requests
    with pytest.raises(EncodeError, match="not a URI"):
        request.proxy("carol")
    with pytest.raises(LocalProtocolError, match="32 are the most"):
        request.proxy(*[CAROL] * 33)
    with pytest.raises(LocalProtocolError, match="no place"):
        request.proxy(())
    made = bench.container.context.create_request("MESSAGE", CAROL, "sip:a@b")
    with pytest.raises(LocalProtocolError, match="made here"):
        made.proxy()
    request.create_response(486).send()
    with pytest.raises(LocalProtocolError, match="486 was sent"):
        request.proxy(CAROL)


def test_a_request_that_was_cancelled_meanwhile_goes_nowhere() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda _: None))
    label, _ = invited(bench)
    cancel(bench, label)
    recorder.requests[0].proxy(CAROL)
    assert bench.take() == []


def test_a_cancel_goes_where_its_invite_went() -> None:
    bench = Bench(Recorder(INVITE=lambda _: None, CANCEL=lambda cancel: cancel.proxy(CAROL)))
    label, _ = invited(bench)
    assert [one.status for one in cancel(bench, label)] == [200, 487]
    assert bench.told == []


# What comes back.


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_responses_are_passed_on_with_all_they_have(dialect: str) -> None:
    bench = proxying(CAROL, dialect=dialect)
    label, (sent,) = invited(bench)
    bench.response(100, sent)
    assert bench.take() == []
    bench.response(183, sent, "RSeq: 1", "Require: 100rel", f"Contact: <{CAROL}>", body=SDP)
    ringing = bench.one()
    assert (ringing.frame.hash_index, ringing.frame.label, ringing.status) == (7, label, 183)
    assert ringing.start == "SIP/2.0 183 Some Reason"
    assert (ringing["RSeq"], ringing["Require"], ringing["Contact"]) == (
        "1",
        "100rel",
        f"<{CAROL}>",
    )
    assert ringing.tag("To") == "b1"
    assert ringing["Via"].startswith("SIP/2.0/UDP 192.0.2.7:5999")
    assert ringing.body == SDP
    bench.response(
        200, sent, f"Contact: <{CAROL}>", "X-Far: 1", "Content-Type: application/sdp", body=SDP
    )
    answer = bench.one()
    assert (answer.status, answer["X-Far"], answer.tag("To")) == (200, "1", "b1")
    assert answer.all("Content-Type") == ["application/sdp"]
    assert answer.all("Content-Length") == [str(len(SDP))]
    assert bench.proxies[0].is_over


def test_a_contact_of_ours_never_gets_into_what_is_passed_on() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.response(180, sent)
    assert bench.one().all("Contact") == []


def test_record_routes_are_passed_on_as_the_callee_has_them() -> None:
    bench = proxying(CAROL, record_route=True)
    _, (sent,) = invited(bench, "Record-Route: <sip:p0;lr>")
    routes = ["<sip:p9;lr>", *sent.all("Record-Route")]
    bench.response(200, sent, *(f"Record-Route: {route}" for route in routes))
    assert bench.one().all("Record-Route") == routes


def test_a_2xx_goes_at_once_and_the_others_are_cancelled() -> None:
    bench = proxying(CAROL, DAVE, ERIN)
    _, (carol, dave, erin) = invited(bench)
    bench.response(486, carol, tag="c")
    bench.response(180, dave, tag="d", label=31)
    bench.response(180, erin, tag="e", label=32)
    assert [one.status for one in bench.take()] == [180, 180]
    bench.response(200, dave, tag="d", label=31)
    answer, cancelled = bench.take()
    assert (answer.status, answer.tag("To")) == (200, "d")
    assert (cancelled.kind, cancelled.frame.label) == ("AcCancel", 32)
    assert cancelled.start == f"CANCEL {ERIN} SIP/2.0"
    assert cancelled["CSeq"] == erin["CSeq"].replace("INVITE", "CANCEL")
    bench.response(487, erin, tag="e", label=32)
    assert bench.take() == []
    assert bench.proxies[0].is_over


def test_a_branch_that_has_said_nothing_is_cancelled_when_it_does() -> None:
    bench = proxying(CAROL, DAVE)
    _, (carol, dave) = invited(bench)
    bench.response(200, carol)
    assert kinds(bench.take()) == ["Reply"]
    bench.response(180, dave, tag="d")
    assert kinds(bench.take()) == ["AcCancel"]


def test_a_6xx_cancels_the_others_and_waits_for_them() -> None:
    bench = proxying(CAROL, DAVE)
    _, (carol, dave) = invited(bench)
    bench.response(180, dave, tag="d")
    bench.take()
    bench.response(603, carol)
    assert kinds(bench.take()) == ["AcCancel"]
    bench.response(487, dave, tag="d")
    assert bench.one().status == 603


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ((404, 486), 404),
        ((486, 404), 486),
        ((500, 486), 486),
        ((486, 302), 302),
        ((404, 407), 407),
        ((408, 486), 486),
        ((487, 408, 480), 480),
        ((302, 603), 603),
        ((503, 486), 486),
        ((503, 503), 500),
        ((503, 501), 500),
    ],
)
def test_the_best_response_is_chosen(statuses: tuple[int, ...], best: int) -> None:
    bench = proxying(*[CAROL, DAVE, ERIN][: len(statuses)])
    _, sent = invited(bench)
    for status, one in zip(statuses, sent, strict=True):
        assert bench.take() == []
        bench.response(status, one, "Retry-After: 9", tag=f"t{status}")
    answer = bench.one()
    assert answer.status == best
    assert bool(answer.all("Retry-After")) is (best != 500)


def test_challenges_of_all_branches_go_together() -> None:
    bench = proxying(CAROL, DAVE, ERIN)
    _, (carol, dave, erin) = invited(bench)
    bench.response(401, carol, 'WWW-Authenticate: Digest realm="c"', tag="c")
    bench.response(404, dave, tag="d")
    bench.response(407, erin, 'Proxy-Authenticate: Digest realm="e"', tag="e")
    answer = bench.one()
    assert answer.status == 401
    assert answer.all("WWW-Authenticate") == ['Digest realm="c"']
    assert answer.all("Proxy-Authenticate") == ['Digest realm="e"']


def test_the_first_of_equals_is_the_best() -> None:
    bench = Bench(recorder := Recorder(INVITE=lambda _: None))
    invited(bench)
    first, second = (Response(recorder.requests[0], 404, "x") for _ in range(2))
    assert best_of([first, second]) is first


def test_one_after_the_other_until_one_takes_it() -> None:
    bench = proxying(CAROL, DAVE, ERIN, parallel=False)
    _, (carol,) = invited(bench)
    bench.response(486, carol)
    dave = bench.one()
    assert dave.start.split()[1] == DAVE
    bench.response(200, dave)
    assert bench.one().status == 200
    assert len(bench.proxies[0].branches) == 2


def test_groups_of_places_are_tried_one_after_the_other() -> None:
    bench = proxying((CAROL, DAVE), ERIN, parallel=False)
    _, (carol, dave) = invited(bench)
    bench.response(486, carol)
    assert bench.take() == []
    bench.response(404, dave, tag="d")
    assert bench.one().start.split()[1] == ERIN


def test_a_place_that_takes_too_long_is_given_up() -> None:
    bench = proxying(CAROL, DAVE, parallel=False, timeout=3)
    _, (carol,) = invited(bench)
    bench.response(180, carol)
    bench.take()
    bench.wait(2.9)
    assert bench.take() == []
    bench.wait(0.1)
    cancelled, dave = bench.take()
    assert (cancelled.kind, dave.start.split()[1]) == ("AcCancel", DAVE)
    bench.response(487, carol)
    bench.response(486, dave)
    assert bench.one().status == 486


def test_a_2xx_of_a_place_that_was_given_up_still_counts() -> None:
    bench = proxying(CAROL, DAVE, parallel=False, timeout=3)
    _, (carol,) = invited(bench)
    bench.wait(3)
    (dave,) = bench.take()
    bench.response(180, dave, tag="d")
    bench.take()
    bench.response(200, carol, tag="c")
    answer, cancelled = bench.take()
    assert (answer.status, answer.tag("To"), cancelled.kind) == (200, "c", "AcCancel")


def test_no_answer_at_all_is_408() -> None:
    bench = proxying(CAROL)
    invited(bench)
    bench.wait(100)
    answer = bench.take()[-1]
    assert (answer.status, answer.start) == (408, "SIP/2.0 408 Request Timeout")
    assert bench.is_empty()


def test_a_time_out_that_the_proxy_tells_is_408() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.faked(sent.frame.uac_id)
    assert bench.one().status == 408


def test_what_the_proxy_cannot_send_is_500() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.failure(sent.frame.uac_id)
    assert bench.one().status == 500


def test_what_is_too_long_to_send_on_is_500_and_the_next_is_tried() -> None:
    bench = proxying(CAROL, DAVE, parallel=False)
    _, sent = invited(bench, f"X-Long: {'x' * 1100}")
    assert [one.status for one in sent] == [500]
    assert "could not be sent on" in bench.told[0]
    assert bench.proxies[0].is_over


def test_of_a_response_that_is_too_long_the_needed_headers_go_on() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.response(200, sent, f"Contact: <{CAROL}>", *(f"X-{i}: {'x' * 80}" for i in range(15)))
    answer = bench.one()
    assert (answer.status, answer["Contact"], answer.all("X-1")) == (200, f"<{CAROL}>", [])


def test_of_one_that_is_too_long_even_so_the_caller_gets_500() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.response(302, sent, *(f"Contact: <sip:{'x' * 200}@{i}>" for i in range(6)))
    assert bench.one().status == 500


@pytest.mark.parametrize("method", ["MESSAGE", "OPTIONS", "REGISTER", "INFO"])
def test_other_requests_go_through_too(method: str) -> None:
    bench = proxying(CAROL, DAVE)
    bench.request(sip_request(method, body=b"hi", cseq=2))
    carol, dave = bench.take()
    assert (carol["CSeq"], carol.body) == (f"2 {method}", b"hi")
    bench.response(200, dave, "X: 1")
    assert bench.one()["X"] == "1"
    bench.response(404, carol)
    assert bench.take() == []
    assert bench.is_empty()


def test_a_stateless_request_is_answered_stateless() -> None:
    bench = proxying(CAROL)
    bench.request(sip_request("MESSAGE"), stateless=True)
    bench.response(200, bench.one())
    assert isinstance((answer := bench.one()).frame, SlMsg)
    assert answer.status == 200


# Redirections.


def test_a_redirection_is_passed_on_unless_it_is_to_be_followed() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.response(302, sent, f"Contact: <{DAVE}>")
    answer = bench.one()
    assert (answer.status, answer["Contact"]) == (302, f"<{DAVE}>")


def test_a_redirection_is_followed() -> None:
    bench = proxying(CAROL, recurse=True)
    _, (sent,) = invited(bench)
    bench.response(
        302, sent, f"Contact: <{DAVE}>;q=0.5, Erin <{ERIN}>, <{CAROL}>", "Contact: <tel:1>;x"
    )
    dave, erin = bench.take()
    assert [dave.start.split()[1], erin.start.split()[1]] == [DAVE, ERIN]
    bench.response(302, dave, f"Contact: <{CAROL}>", tag="d")
    assert bench.take() == []
    bench.response(486, erin, tag="e")
    assert bench.one().status == 302


def test_redirections_end_at_so_many_places() -> None:
    bench = proxying(CAROL, recurse=True)
    _, (sent,) = invited(bench)
    for i in range(40):
        bench.response(302, sent, f"Contact: <sip:x{i}@192.0.2.1>", tag=f"t{i}")
        (sent,) = bench.take()
        if not sent.start.startswith("INVITE"):
            break
    assert sent.status == 302
    assert len(bench.proxies[0].branches) == 32


# CANCEL, and what comes too late.


def test_a_cancel_of_the_caller_cancels_the_branches() -> None:
    bench = proxying(CAROL, DAVE, (ERIN,), parallel=True)
    label, (carol, dave, erin) = invited(bench)
    bench.response(180, carol, tag="c", label=31)
    bench.response(180, dave, tag="d", label=32)
    bench.response(486, erin, tag="e")
    bench.take()
    sent = cancel(bench, label)
    assert [one.start.split()[1] for one in sent[:2]] == ["200", "487"]
    assert {one.tag("To") for one in sent[:2]} == {"d"}  # that of what went before
    assert {(one.kind, one.frame.label) for one in sent[2:]} == {("AcCancel", 31), ("AcCancel", 32)}
    bench.response(487, carol, tag="c", label=31)
    bench.response(487, dave, tag="d", label=32)
    assert bench.take() == []
    assert bench.proxies[0].is_over


def test_a_cancel_keeps_further_places_from_being_tried() -> None:
    bench = proxying(CAROL, DAVE, parallel=False)
    label, (carol,) = invited(bench)
    bench.response(180, carol)
    cancel(bench, label)
    bench.take()
    bench.response(487, carol)
    assert bench.take() == []


def test_the_application_may_cancel() -> None:
    bench = proxying(CAROL)
    _, (carol,) = invited(bench)
    bench.response(180, carol)
    bench.take()
    bench.proxies[0].cancel()
    assert kinds(bench.take()) == ["AcCancel"]
    bench.response(487, carol)
    assert bench.one().status == 487


def test_a_call_taken_after_the_cancel_is_ended() -> None:
    bench = proxying(CAROL)
    label, (carol,) = invited(bench, cseq=3)
    bench.response(180, carol)
    cancel(bench, label)
    bench.response(
        200, carol, "Contact: <sip:c@192.0.2.99>", "Record-Route: <sip:p1;lr>, <sip:p2;lr>"
    )
    ack, bye = bench.take()
    assert (ack.start, ack["CSeq"]) == ("ACK sip:c@192.0.2.99 SIP/2.0", "3 ACK")
    assert (bye.start, bye["CSeq"]) == ("BYE sip:c@192.0.2.99 SIP/2.0", "4 BYE")
    for one in (ack, bye):
        assert one["From"] == '"Alice" <sip:alice@example.com>;tag=a1'
        assert one["To"] == "Bob <sip:bob@example.com>;tag=b1"
        assert one["Call-ID"] == "c1"
        assert one.all("Route") == ["<sip:p2;lr>, <sip:p1;lr>"]
    bench.response(200, bye)
    bench.wait(400)
    assert bench.is_empty()


def test_a_further_2xx_goes_past_the_transaction() -> None:
    bench = proxying(CAROL, DAVE, record_route=True)
    _, (carol, dave) = invited(bench)
    bench.response(200, carol, tag="c")
    bench.response(200, dave, "X: 1", f"Contact: <{DAVE}>", tag="d", label=31)
    first, second = bench.take()
    assert (first.kind, first.tag("To")) == ("Reply", "c")
    assert (second.kind, second.status, second.tag("To")) == ("SlMsg", 200, "d")
    assert second["X"] == "1"
    assert second["Via"].startswith("SIP/2.0/UDP 192.0.2.7:5999")
    bench.request(
        sip_request("ACK", to="Bob <sip:bob@example.com>;tag=d", uri=DAVE, contact=None),
        label=77,
        flags=E2E_ACK,
    )
    assert bench.one().start == f"ACK {DAVE} SIP/2.0"


# Later requests of the dialog.


def talking(bench: Bench, cseq: int = 1) -> None:
    """A call that was set up through the proxy."""
    label, (sent,) = invited(bench, cseq=cseq)
    bench.response(180, sent, f"Contact: <{CAROL}>")
    bench.response(
        200,
        sent,
        f"Contact: <{CAROL}>",
        *(f"Record-Route: {route}" for route in sent.all("Record-Route")),
    )
    bench.take()
    bench.request(of_caller("ACK", cseq), label=label, flags=E2E_ACK)


def of_caller(method: str, cseq: int, *headers: str) -> bytes:
    to = "Bob <sip:bob@example.com>;tag=b1"
    return sip_request(method, f"Route: {OWN_ROUTE}", *headers, uri=CAROL, to=to, cseq=cseq)


def of_callee(method: str, cseq: int) -> bytes:
    return sip_request(
        method,
        f"Route: {OWN_ROUTE}",
        uri="sip:alice@192.0.2.7:5999",
        from_="Bob <sip:bob@example.com>;tag=b1",
        to='"Alice" <sip:alice@example.com>;tag=a1',
        cseq=cseq,
        contact=f"<{CAROL}>",
    )


def test_the_ack_goes_to_the_callee() -> None:
    bench = proxying("sip:bob@192.0.2.1", record_route=True)
    talking(bench, cseq=5)
    ack = bench.one()
    assert (ack.kind, ack.start, ack["CSeq"]) == ("UacReq", f"ACK {CAROL} SIP/2.0", "5 ACK")
    assert ack["To"] == "Bob <sip:bob@example.com>;tag=b1"
    assert ack.all("Route") == []
    assert ack["Max-Forwards"] == "69"


@pytest.mark.parametrize(
    ("sip", "uri"),
    [(of_caller, CAROL), (of_callee, "sip:alice@192.0.2.7:5999")],
)
@pytest.mark.parametrize("method", ["INFO", "INVITE", "UPDATE", "MESSAGE", "BYE"])
def test_requests_of_both_sides_go_through(
    sip: Callable[[str, int], bytes], uri: str, method: str
) -> None:
    bench = proxying("sip:bob@192.0.2.1", record_route=True)
    talking(bench, cseq=5)
    bench.take()
    bench.request(sip(method, 6))
    sent = bench.one()
    assert (sent.start, sent["CSeq"]) == (f"{method} {uri} SIP/2.0", f"6 {method}")
    assert sent.all("Record-Route") == []
    assert sent.all("Route") == []
    bench.response(200, sent, "X: 1")
    answer = bench.one()
    assert (answer.status, answer["X"]) == (200, "1")
    assert len(bench.container.sessions) == (0 if method == "BYE" else 2)
    assert len(bench.container.application.requests) == 1


def test_a_bye_ends_the_dialog_on_both_sides() -> None:
    bench = proxying("sip:bob@192.0.2.1", record_route=True)
    talking(bench)
    bench.take()
    bench.request(of_callee("BYE", 1))
    bench.response(200, bench.one())
    bench.take()
    bench.wait(40)
    assert bench.is_empty()
    bench.request(of_caller("INFO", 9))
    assert bench.one().status == 481


def test_a_side_that_counts_from_1_stays_one_ahead() -> None:
    """Real proxies cannot send a CSeq of 1."""
    bench = proxying("sip:bob@192.0.2.1", record_route=True)
    _, (sent,) = invited(bench, cseq=1)
    assert sent["CSeq"] == "2 INVITE"
    bench.response(183, sent, f"Contact: <{CAROL}>", "RSeq: 7", "Require: 100rel")
    bench.take()
    bench.request(of_caller("PRACK", 2, "RAck: 7 1 INVITE"))
    prack = bench.one()
    assert (prack["CSeq"], prack["RAck"]) == ("3 PRACK", "7 2 INVITE")
    bench.response(200, prack)
    bench.response(200, sent, f"Contact: <{CAROL}>")
    bench.take()
    bench.request(of_caller("ACK", 1), label=1, flags=E2E_ACK)
    assert bench.one()["CSeq"] == "2 ACK"
    bench.request(of_callee("INFO", 1))
    assert bench.one()["CSeq"] == "2 INFO"
    bench.request(of_callee("INFO", 2))
    assert bench.one()["CSeq"] == "3 INFO"
    bench.request(of_caller("BYE", 3))
    assert bench.one()["CSeq"] == "4 BYE"


def test_a_reinvite_that_is_cancelled_is_cancelled_there_too() -> None:
    bench = proxying("sip:bob@192.0.2.1", record_route=True)
    talking(bench, cseq=5)
    bench.take()
    label = bench.request(of_caller("INVITE", 6))
    sent = bench.one()
    bench.response(180, sent, tag="")
    bench.take()
    assert kinds(cancel(bench, label)) == ["Reply", "Reply", "AcCancel"]
    bench.response(200, sent, f"Contact: <{CAROL}>")
    ack = bench.one()
    assert (ack.start, ack["CSeq"]) == (f"ACK {CAROL} SIP/2.0", "6 ACK")
    assert len(bench.container.sessions) == 2


def test_each_fork_has_a_dialog_of_its_own() -> None:
    bench = proxying(CAROL, DAVE, record_route=True)
    _, (carol, dave) = invited(bench, cseq=5)
    bench.response(180, carol, f"Contact: <{CAROL}>", tag="b1")
    bench.response(180, dave, f"Contact: <{DAVE}>", tag="b2")
    bench.take()
    bench.request(of_caller("UPDATE", 9))
    assert bench.one().start.split()[1] == CAROL
    to = "Bob <sip:bob@example.com>;tag=b2"
    bench.request(sip_request("UPDATE", uri=DAVE, to=to, cseq=7))
    assert bench.one().start.split()[1] == DAVE
    assert len(bench.container.sessions) == 4
    bench.response(200, dave, f"Contact: <{DAVE}>", tag="b2")
    bench.wait(400)
    assert len(bench.container.sessions) == 2


def test_a_failure_leaves_no_dialog() -> None:
    bench = proxying(CAROL)
    _, (sent,) = invited(bench)
    bench.response(180, sent)
    bench.response(486, sent)
    assert bench.take()[-1].status == 486
    assert len(bench.container.sessions) == 0


def test_many_calls_leave_nothing_behind() -> None:
    bench = proxying(CAROL, DAVE, settings=Settings(session_time=20))
    for i in range(50):
        label, (carol, dave) = invited(bench, call_id=f"c{i}")
        bench.response(180, carol, tag="c")
        if i % 3 == 0:
            bench.request(sip_request("CANCEL", call_id=f"c{i}"), cancelled=(7, label))
        elif i % 3 == 1:
            bench.response(486, carol, tag="c")
            bench.response(600, dave, tag="d")
        bench.take()
    bench.wait(1000)
    assert bench.is_empty()
    assert not bench.counted().get("handler_errors")
