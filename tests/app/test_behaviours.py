"""The ready-made behaviours, and the texts that name them."""

import pytest
from app_bench import Bench, Sent, Settings, sip_request

from seastool.app.b2bua import B2bua
from seastool.app.behaviours import (
    KINDS,
    Answer,
    BadBehaviour,
    Bindings,
    Dispatcher,
    Echo,
    Limits,
    Media,
    ProxyTo,
    Redirect,
    Register,
    Reject,
    Silent,
    answer_to,
    behaviour,
    own_offer,
    parse_behaviours,
)
from seastool.app.behaviours.contacts import contacts_of, same_uri, seconds_of, user_of
from seastool.errors import EncodeError

OFFER = (
    b"v=0\r\no=alice 53655765 2353687637 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\n"
    b"t=0 0\r\nm=audio 6000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n"
)
SDP = "Content-Type: application/sdp"
CAROL, DAVE = "sip:carol@192.0.2.10", "sip:dave@192.0.2.11"


def sent_for(bench: Bench, method: str, *headers: str, **arguments) -> list[Sent]:
    bench.request(sip_request(method, *headers, **arguments))
    return bench.take()


def invited(bench: Bench, *headers: str, body: bytes = OFFER, **arguments) -> list[Sent]:
    return sent_for(bench, "INVITE", SDP, *headers, body=body, **arguments)


def statuses(sent: list[Sent]) -> list[int]:
    return [one.status for one in sent]


def lines(body: bytes) -> list[str]:
    assert body.endswith(b"\r\n")
    return body.decode().split("\r\n")[:-1]


# SDP.


def test_an_answer_has_the_streams_of_the_offer() -> None:
    answer = answer_to(OFFER)
    assert answer is not None
    assert lines(answer.first) == [
        "v=0",
        "o=- 1 0 IN IP4 0.0.0.0",
        "s=-",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "m=audio 9 RTP/AVP 0 101",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=inactive",
    ]
    assert lines(answer.later(7))[1] == "o=- 1 7 IN IP4 0.0.0.0"
    assert answer.later(0) == answer.first


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        ("", "a=sendrecv"),
        ("a=sendonly", "a=recvonly"),
        ("a=recvonly", "a=sendonly"),
        ("a=inactive", "a=inactive"),
    ],
)
@pytest.mark.parametrize("in_session", [True, False])
def test_with_a_place_for_media_they_flow(offered: str, answered: str, in_session: bool) -> None:
    head, _, stream = OFFER.partition(b"m=")
    line = offered.encode() + b"\r\n" if offered else b""
    offer = head + line + b"m=" + stream if in_session else OFFER + line
    answer = answer_to(offer, Media("192.0.2.50", 4000))
    assert answer is not None
    found = lines(answer.first)
    assert "c=IN IP4 192.0.2.50" in found
    assert "m=audio 4000 RTP/AVP 0 101" in found
    assert found[-1] == answered


def test_streams_that_need_keys_are_refused() -> None:
    offer = OFFER + (
        b"m=video 6002/2 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\n"
        b"m=image 6004 udptl t38\r\na=T38FaxVersion:0\r\n"
        b"m=audio 0 RTP/AVP 0\r\nm=video 6008 RTP/AVPF 97\r\n"
    )
    answer = answer_to(offer, Media("2001:db8::1", 4000))
    assert answer is not None
    streams = [line for line in lines(answer.first) if line[:2] in ("m=", "c=") or "T38" in line]
    assert streams == [
        "c=IN IP6 2001:db8::1",
        "m=audio 4000 RTP/AVP 0 101",
        "m=video 0 RTP/SAVP 96",
        "m=image 4004 udptl t38",
        "a=T38FaxVersion:0",
        "m=audio 0 RTP/AVP 0",
        "m=video 4008 RTP/AVPF 97",
    ]


def test_an_ipv6_offer_gets_an_ipv6_answer() -> None:
    answer = answer_to(OFFER.replace(b"IP4 192.0.2.7", b"IP6 2001:db8::7"))
    assert answer is not None
    assert "c=IN IP6 ::" in lines(answer.first)


def test_the_time_of_an_answer_is_that_of_the_offer() -> None:
    answer = answer_to(OFFER.replace(b"t=0 0", b"t=1 2").replace(b"\r\n", b"\n"))
    assert answer is not None
    assert "t=1 2" in lines(answer.first)
    assert answer_to(b"v=0\r\n") == answer_to(b"v=0\r\nt=0 0\r\n")


@pytest.mark.parametrize(
    "offer",
    [
        b"",
        b"hello",
        b"v=1\r\n",
        b"v=0\r\nm=audio\r\n",
        OFFER + b"\0",
        OFFER.replace(b"RTP/AVP", b"RTP/SAVPF"),
        OFFER.replace(b"6000", b"0"),
    ],
)
def test_what_no_answer_fits(offer: bytes) -> None:
    assert answer_to(offer) is None


def test_an_offer_of_our_own() -> None:
    assert "m=audio 9 RTP/AVP 0 8 101" in lines(own_offer().first)
    assert lines(own_offer().first)[-1] == "a=inactive"
    assert lines(own_offer(Media("192.0.2.1", 6)).first)[-1] == "a=sendrecv"


@pytest.mark.parametrize("text", ["", "x", "1.2.3.4", "1.2.3.4:5", "1.2.3.4:0", "h:4000", ":2"])
def test_a_place_for_media_is_an_address_and_an_even_port(text: str) -> None:
    with pytest.raises(EncodeError, match="not an address for media"):
        Media.parse(text)
    assert Media.parse("[2001:db8::1]:4000") == Media("2001:db8::1", 4000)


# answer.


@pytest.mark.parametrize("dialect", ["kamailio-5.4.2", "openser-1.3.0"])
def test_a_call_is_answered(dialect: str) -> None:
    bench = Bench(Answer(), dialect=dialect)
    ringing, answer = invited(bench)
    assert (ringing.status, ringing.body) == (180, b"")
    assert (answer.status, answer["Content-Type"]) == (200, "application/sdp")
    assert lines(answer.body)[5] == "m=audio 9 RTP/AVP 0 101"
    assert "INVITE" in answer["Allow"]
    to = answer["To"]
    bench.request(sip_request("ACK", to=to), label=1, flags=4)
    assert statuses(sent_for(bench, "BYE", to=to, cseq=2)) == [200]
    assert bench.is_empty()


def test_the_delay_is_between_180_and_200() -> None:
    bench = Bench(Answer(delay=0.2))
    assert statuses(invited(bench)) == [180]
    bench.wait(0.19)
    assert bench.take() == []
    bench.wait(0.02)
    assert statuses(bench.take()) == [200]


def test_a_call_that_is_cancelled_in_time_is_not_answered() -> None:
    bench = Bench(Answer(delay=0.2))
    invited(bench)
    bench.request(sip_request("CANCEL"), cancelled=(7, 1))
    assert statuses(bench.take()) == [200, 487]
    bench.wait(1)
    assert bench.take() == []
    assert not bench.counted().get("handler_errors")


def test_an_invite_without_an_offer_gets_one() -> None:
    _, answer = invited(Bench(Answer()), body=b"")
    assert lines(answer.body)[-1] == "a=inactive"


def test_a_reinvite_has_a_later_version_at_once() -> None:
    bench = Bench(Answer(delay=1))
    invited(bench)
    bench.wait(1)
    (first,) = bench.take()
    (again,) = invited(bench, to=first["To"], cseq=9)
    assert again.body == first.body.replace(b"o=- 1 0 ", b"o=- 1 9 ")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (["Content-Type: text/plain"], b"hello", 415),
        (["Content-Type: application/sdp"], b"hello", 488),
        (["Content-Type: Application/SDP;a=b"], OFFER.replace(b"AVP", b"SAVP"), 488),
        (["Require: 100rel, timer"], OFFER, 420),
    ],
)
def test_calls_that_are_not_taken(headers: list[str], body: bytes, status: int) -> None:
    (answer,) = sent_for(Bench(Answer()), "INVITE", *headers, body=body)
    assert answer.status == status
    assert answer.all("Accept") == (["application/sdp"] if status == 415 else [])
    assert answer.all("Unsupported") == (["100rel, timer"] if status == 420 else [])


def test_answers_are_made_once_and_not_kept_without_end() -> None:
    bench = Bench(answer := Answer())
    for i in range(600):
        invited(bench, body=OFFER.replace(b"53655765", b"%d" % i), call_id=f"c{i}")
    assert len(answer._answers) <= 512


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("OPTIONS", 200),
        ("MESSAGE", 200),
        ("INFO", 200),
        ("NOTIFY", 200),
        ("UPDATE", 200),
        ("PRACK", 200),
        ("REFER", 202),
        ("SUBSCRIBE", 200),
        ("PUBLISH", 200),
        ("REGISTER", 200),
    ],
)
def test_other_requests_are_answered_at_once(method: str, status: int) -> None:
    (answer,) = sent_for(Bench(Answer(delay=5)), method)
    assert answer.status == status


def test_what_the_answers_say() -> None:
    bench = Bench(Answer())
    (options,) = sent_for(bench, "OPTIONS")
    assert options["Accept"] == "application/sdp"
    assert "PUBLISH" in options["Allow"]
    (subscribed,) = sent_for(bench, "SUBSCRIBE", "Expires: 60", call_id="s")
    assert subscribed["Expires"] == "60"
    assert subscribed["Contact"] == "<sip:as_1@10.0.0.1:5060>"
    first, second = (sent_for(bench, "PUBLISH", call_id=f"p{i}")[0] for i in range(2))
    assert first["Expires"] == "3600"
    assert first["SIP-ETag"] != second["SIP-ETag"]
    (updated,) = sent_for(bench, "UPDATE", SDP, body=OFFER, call_id="u", cseq=4)
    assert lines(updated.body)[1] == "o=- 1 4 IN IP4 0.0.0.0"
    (refused,) = sent_for(bench, "PRACK", SDP, body=b"x", call_id="v")
    assert refused.status == 488


def test_a_register_gets_its_contacts_back() -> None:
    (answer,) = sent_for(
        Bench(Answer()),
        "REGISTER",
        "Contact: <sip:b@c>;expires=60;q=0.5, <sip:d@e>;expires=0",
        "Expires: 300",
    )
    assert answer.all("Contact") == [
        "<sip:alice@192.0.2.7:5999>;expires=300",
        "<sip:b@c>;expires=60;q=0.5",
    ]
    (answer,) = sent_for(Bench(Answer()), "REGISTER", "Expires: 0", contact="*")
    assert (answer.all("Contact"), answer["Expires"]) == ([], "0")


# reject, redirect, silent.


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "REGISTER"])
def test_reject(method: str) -> None:
    (answer,) = sent_for(Bench(Reject(486, "Not Now")), method)
    assert answer.start == "SIP/2.0 486 Not Now"
    assert sent_for(Bench(Reject(404)), method)[0].start == "SIP/2.0 404 Not Found"


def test_reject_later() -> None:
    bench = Bench(Reject(486, delay=1))
    assert sent_for(bench, "INVITE") == []
    bench.request(sip_request("CANCEL"), cancelled=(7, 1))
    bench.take()
    assert sent_for(bench, "INVITE", call_id="c2") == []
    bench.wait(1)
    assert statuses(bench.take()) == [486]


def test_redirect() -> None:
    (answer,) = sent_for(Bench(Redirect([CAROL, DAVE])), "INVITE")
    assert answer.status == 302
    assert answer.all("Contact") == [f"<{CAROL}>", f"<{DAVE}>;q=0.9"]


def test_silent() -> None:
    bench = Bench(Silent())
    assert sent_for(bench, "INVITE") == []
    bench.wait(40)
    assert bench.counted()["unanswered"] == 1


# echo.


def test_a_message_comes_back_to_its_sender() -> None:
    bench = Bench(Echo())
    answer, echo = sent_for(bench, "MESSAGE", "Content-Type: text/x", body=b"hi")
    assert answer.status == 200
    assert echo.start == "MESSAGE sip:alice@192.0.2.7:5999 SIP/2.0"
    assert echo["From"].startswith("<sip:bob@example.com>;tag=")
    assert echo["To"] == "<sip:alice@example.com>"
    assert (echo.body, echo["Content-Type"], echo["In-Reply-To"]) == (b"hi", "text/x", "c1")
    bench.response(200, echo)
    assert bench.take() == []


def test_without_a_contact_it_goes_to_from() -> None:
    _, echo = sent_for(Bench(Echo()), "MESSAGE", contact=None)
    assert echo.start == "MESSAGE sip:alice@example.com SIP/2.0"


def test_a_sender_that_cannot_be_reached_is_told_once() -> None:
    bench = Bench(Echo())
    for i in range(2):
        assert statuses(sent_for(bench, "MESSAGE", contact="*", call_id=f"c{i}")) == [200]
    (told,) = bench.told
    assert "'*' is not a URI" in told


def test_an_echo_is_not_echoed() -> None:
    assert statuses(sent_for(Bench(Echo()), "MESSAGE", "In-Reply-To: c0")) == [200]


def test_inside_a_call_it_comes_back_inside() -> None:
    bench = Bench(Echo())
    _, answer = invited(bench)
    _, echo = sent_for(bench, "MESSAGE", to=answer["To"], cseq=2, body=b"hi")
    assert (echo["Call-ID"], echo.tag("To"), echo.body) == ("c1", "a1", b"hi")


# register.


def registered(bench: Bench, *contacts: str, **arguments) -> Sent:
    headers = [f"Contact: {contact}" for contact in contacts[1:]]
    headers += [f"{name}: {value}" for name, value in arguments.pop("headers", {}).items()]
    first = contacts[0] if contacts else None
    (answer,) = sent_for(bench, "REGISTER", *headers, contact=first, **arguments)
    return answer


def test_bindings_are_kept_told_and_forgotten() -> None:
    bench = Bench(Register())
    assert registered(bench).all("Contact") == []
    answer = registered(bench, f"Carol <{CAROL}>;q=0.5;+x=1", f"<{DAVE}>;expires=120", cseq=2)
    assert answer.all("Contact") == [
        f"<{DAVE}>;expires=120",
        f"<{CAROL}>;q=0.5;+x=1;expires=3600",
    ]
    bench.wait(100)
    assert registered(bench).all("Contact")[0] == f"<{DAVE}>;expires=20"
    bench.wait(21)
    assert registered(bench).all("Contact") == [f"<{CAROL}>;q=0.5;+x=1;expires=3479"]
    bench.wait(3600)
    assert registered(bench).all("Contact") == []
    assert len(bench.container.application.bindings) == 0


def test_expires_of_the_request_and_its_bounds() -> None:
    bench = Bench(Register(Limits(shortest=60, longest=600, usual=300)))

    def expires(contact: str, **headers: str) -> str:
        answer = registered(
            bench,
            contact,
            headers=headers,
            call_id=f"e{len(bench.told)}{len(contact)}{len(headers)}",
        )
        return answer["Contact"].rpartition("=")[2]

    assert expires(f"<{CAROL}>") == "300"
    assert expires(f"<{CAROL}>", Expires="100") == "100"
    assert expires(f"<{CAROL}>;expires=200", Expires="100") == "200"
    assert expires(f"<{CAROL}>;expires=x", Expires="100") == "100"
    assert expires(f"<{CAROL}>;expires=99999999999999999999") == "600"
    brief = registered(bench, f"<{CAROL}>;expires=59", call_id="b")
    assert (brief.status, brief["Min-Expires"]) == (423, "60")


def test_a_binding_is_renewed_and_removed_by_its_uri() -> None:
    bench = Bench(Register())
    registered(bench, "<sip:carol@h.example:5060;transport=udp>", cseq=1)
    again = "<sip:carol@H.EXAMPLE:5060;Transport=UDP;other=1>;expires=100"
    answer = registered(bench, again, cseq=2)
    assert answer.all("Contact") == [again]
    assert registered(bench, again.replace("=100", "=0"), cseq=3).all("Contact") == []


def test_a_star_removes_all() -> None:
    bench = Bench(Register())
    registered(bench, f"<{CAROL}>", f"<{DAVE}>")
    assert registered(bench, "*", cseq=2).status == 400
    assert registered(bench, "*", cseq=2, headers={"Expires": "9"}).status == 400
    assert registered(bench, "*", cseq=1, headers={"Expires": "0"}).status == 500
    answer = registered(bench, "*", cseq=2, headers={"Expires": "0"})
    assert (answer.status, answer.all("Contact")) == (200, [])


def test_what_is_out_of_order_changes_nothing() -> None:
    bench = Bench(Register())
    registered(bench, f"<{CAROL}>", cseq=5)
    answer = registered(bench, f"<{DAVE}>", f"<{CAROL}>;expires=0", cseq=5)
    assert answer.status == 500
    assert registered(bench).all("Contact") == [f"<{CAROL}>;expires=3600"]
    answer = registered(bench, f"<{CAROL}>;expires=0", cseq=1, call_id="restarted")
    assert answer.all("Contact") == []


def test_one_request_may_name_a_contact_twice() -> None:
    answer = registered(Bench(Register()), f"<{CAROL}>;expires=90", f"<{CAROL}>;expires=70")
    assert answer.all("Contact") == [f"<{CAROL}>;expires=70"]


def test_what_a_registrar_holds_is_bounded() -> None:
    bench = Bench(Register(Limits(users=2, bindings=2)))
    assert registered(bench, *(f"<sip:x{i}@h>" for i in range(3))).status == 403
    for i in range(2):
        registered(bench, f"<{CAROL}>", to=f"<sip:u{i}@example.com>", call_id=f"r{i}")
    full = registered(bench, f"<{CAROL}>", to="<sip:u3@example.com>")
    assert full.status == 503
    bench.wait(3601)
    assert registered(bench, f"<{CAROL}>", to="<sip:u3@example.com>").status == 200


def test_bindings_that_no_reply_could_name_are_refused() -> None:
    bench = Bench(Register())
    contacts = [f"<sip:{'x' * 200}@h{i}>" for i in range(6)]
    assert registered(bench, *contacts).status == 403
    assert registered(bench, *contacts[:3], cseq=2).status == 200
    answer = registered(Bench(Answer()), *contacts)
    assert (answer.status, len(answer.all("Contact"))) == (200, 3)
    answer = registered(bench, headers={"Require": "x" * 1100})
    assert (answer.status, answer["Unsupported"]) == (420, "x" * 500)


def test_an_extension_that_a_registration_requires_is_refused() -> None:
    answer = registered(Bench(Register()), f"<{CAROL}>", headers={"Require": "gruu"})
    assert (answer.status, answer["Unsupported"]) == (420, "gruu")


def test_requests_go_to_the_bindings_the_most_wanted_first() -> None:
    bench = Bench(Register())
    registered(bench, f"<{CAROL}>;q=0.5", f"<{DAVE}>", "<sip:erin@h>;q=1.0")
    dave, erin = invited(bench, call_id="i")
    assert [dave.start.split()[1], erin.start.split()[1]] == [DAVE, "sip:erin@h"]
    bench.response(486, dave)
    bench.response(408, erin, tag="e")
    carol = bench.one()
    bench.response(200, carol, f"Contact: <{CAROL}>")
    answer = bench.one()
    assert answer.status == 200
    (bye,) = sent_for(bench, "BYE", uri=CAROL, to=answer["To"], cseq=2, call_id="i")
    assert bye.start == f"BYE {CAROL} SIP/2.0"


def test_a_user_who_is_nowhere() -> None:
    bench = Bench(Register())
    assert statuses(invited(bench)) == [480]
    assert statuses(sent_for(bench, "OPTIONS", uri="sip:example.com")) == [200]


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:bob@Example.COM", "bob@example.com"),
        ("sip:bob@example.com:5070;transport=tcp?x=y", "bob@example.com"),
        ("sips:b%6Fb:secret@[2001:DB8::1]", "bob:secret@[2001:db8::1]"),
        ("sip:Bob;x=1@h", "Bob@h"),
        ("sip:example.com", "example.com"),
        ("tel:+1-555;phone-context=x", "tel:+1-555"),
    ],
)
def test_the_name_of_a_user(uri: str, user: str) -> None:
    assert user_of(uri) == user


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        # The examples of RFC 3261 section 19.1.4, in short.
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", True),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", True),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", True),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", False),
        ("sip:b@b.com;transport=tcp?s=x&t=y", "sip:b@b.com;transport=tcp?t=y&s=x", True),
        ("SIP:ALICE@AtLanTa.CoM", "sip:alice@AtLanTa.CoM", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", False),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", False),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next", False),
        ("sip:bob@h", "sips:bob@h", False),
        ("tel:1", "tel:1", True),
        ("tel:1", "tel:2", False),
    ],
)
def test_when_uris_are_the_same(one: str, other: str, same: bool) -> None:
    assert same_uri(one, other) is same
    assert same_uri(other, one) is same


def test_contact_values() -> None:
    (one, two, three) = contacts_of(
        ['"A, <x>;q=0" <sip:a@b;c=d>;q=0.3;expires="9"', "sip:e@f;q=x, *"]
    )
    assert (one.uri, one.parameters) == ("sip:a@b;c=d", {"q": "0.3", "expires": '"9"'})
    assert (one.q, one.seconds(), one.written(expires="7")) == (
        0.3,
        None,
        "<sip:a@b;c=d>;q=0.3;expires=7",
    )
    assert (two.uri, two.q, three.uri) == ("sip:e@f", 1.0, "*")
    assert [c.q for c in contacts_of(["<sip:a@b>;q=nan", "<sip:a@b>;q=7", "<sip:a@b>;q=-1"])] == [
        1,
        1,
        0,
    ]
    assert [seconds_of(text) for text in (None, "", "x", "-1", "\u0661", " 5 ")] == [None] * 5 + [5]


def test_bindings_need_no_request() -> None:
    assert Bindings().of("nobody", 0.0) == ()


# Texts.


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("answer", Answer),
        ("answer 192.0.2.1:4000", Answer),
        (" Reject 486 Busy Here ", Reject),
        ("redirect sip:a@b sips:c@d", Redirect),
        ("proxy sip:a@b;x=y", ProxyTo),
        ("b2bua sip:a@b", B2bua),
        ("register", Register),
        ("echo", Echo),
        ("silent", Silent),
    ],
)
def test_each_behaviour_has_a_text(text: str, kind: type) -> None:
    assert type(behaviour(text)) is kind
    assert type(parse_behaviours([text])) is kind


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "no behaviour is given; there are answer, reject"),
        ([""], "'': there is no ''; there are answer"),
        (["anwser"], "'anwser': there is no 'anwser'; did you mean answer?"),
        (["INVITE=rejct 486"], "'INVITE=rejct 486': there is no 'rejct'; did you mean reject?"),
        (["MESAGE=echo"], "'MESAGE=echo': there is no method 'MESAGE'; did you mean MESSAGE?"),
        (["=echo"], "there is no '=echo'"),
        (["FLY=echo"], "there is no method 'FLY'; there are INVITE, BYE,"),
        (["ACK=silent"], "ACK goes where its INVITE went: it takes no behaviour"),
        (["cancel=silent"], "CANCEL is answered by itself"),
        (["reject"], "'reject': it is written reject CODE [REASON]"),
        (["reject 200"], "'200' is not a status from 300 to 699 (reject CODE [REASON])"),
        (["reject 4860"], "'4860' is not a status"),
        (["reject \u0664\u0660\u0664"], "is not a status"),
        (["reject busy"], "'busy' is not a status"),
        (["redirect"], "it is written redirect URI..."),
        (["redirect bob"], "'bob' is not a URI such as sip:bob@example.com (redirect URI...)"),
        (["proxy <sip:a@b>"], "is not a URI"),
        (["b2bua sip:a@b sip:c@d"], "it is written b2bua URI"),
        (["register now"], "it is written register"),
        (["answer there"], "'there' is not an address for media"),
        (["answer", "echo"], "'echo': there is one for all requests already"),
        (["INVITE=answer", "MESSAGE,INVITE=echo"], "INVITE has a behaviour already"),
    ],
)
def test_what_a_text_cannot_say(texts: list[str], message: str) -> None:
    with pytest.raises(BadBehaviour) as raised:
        parse_behaviours(texts)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_kind_says_how_it_is_written() -> None:
    assert all(kind.usage.startswith(name) and kind.doc for name, kind in KINDS.items())


def test_the_delay_reaches_those_who_wait() -> None:
    for text in ("answer", "echo", "reject 486", "redirect sip:a@b"):
        assert behaviour(text, delay=0.2).delay == 0.2


# Several.


def several(*texts: str, **arguments) -> Bench:
    return Bench(parse_behaviours(texts), **arguments)


def test_each_method_has_its_own() -> None:
    bench = several("INVITE=reject 486", "MESSAGE, info=echo", "answer")
    assert isinstance(bench.container.application, Dispatcher)
    assert statuses(invited(bench)) == [486]
    assert len(sent_for(bench, "MESSAGE", call_id="m")) == 2
    assert statuses(sent_for(bench, "OPTIONS", call_id="o")) == [200]


def test_a_method_without_one_is_405() -> None:
    (answer,) = sent_for(several("INVITE=answer", "MESSAGE=echo"), "OPTIONS")
    assert (answer.status, answer["Allow"]) == (405, "ACK, BYE, CANCEL, INVITE, MESSAGE")


def test_later_requests_stay_with_what_took_the_call() -> None:
    bench = several("INVITE=answer", "MESSAGE=echo", "reject 404")
    to = invited(bench)[-1]["To"]
    bench.request(sip_request("ACK", to=to), label=1, flags=4)
    assert statuses(sent_for(bench, "INFO", to=to, cseq=2)) == [200]
    assert len(sent_for(bench, "MESSAGE", to=to, cseq=3)) == 2
    assert statuses(sent_for(bench, "BYE", to=to, cseq=4)) == [200]
    assert statuses(sent_for(bench, "INFO", call_id="c2")) == [404]


def test_a_bye_may_have_its_own() -> None:
    bench = several("answer", "BYE=reject 500")
    to = invited(bench)[-1]["To"]
    assert statuses(sent_for(bench, "BYE", to=to, cseq=2)) == [500]


@pytest.mark.parametrize("text", [f"INVITE=proxy {CAROL}", f"INVITE=b2bua {CAROL}"])
def test_a_proxied_call_stays_where_it_goes(text: str) -> None:
    bench = several(text, "MESSAGE,BYE=reject 404")
    (far,) = invited(bench)
    bench.response(180, far, f"Contact: <{CAROL}>")
    assert statuses(bench.take()) == [180]
    bench.request(sip_request("CANCEL"), cancelled=(7, 1))
    assert bench.take()[-1].start.startswith("CANCEL ")
    (far,) = invited(bench, call_id="c2")
    bench.response(200, far, f"Contact: <{CAROL}>")
    to = bench.take()[-1]["To"]
    bench.request(sip_request("ACK", to=to, uri=CAROL, call_id="c2"), label=3, flags=4)
    bench.take()
    message = sent_for(bench, "MESSAGE", to=to, cseq=3, uri=CAROL, call_id="c2")[0]
    assert message.start == f"MESSAGE {CAROL} SIP/2.0"


def test_a_dispatcher_begins_and_ends_its_behaviours() -> None:
    calls = []

    class Told(Answer):
        def init(self, context) -> None:
            calls.append("init")

        def destroy(self) -> None:
            calls.append("destroy")

    told = Told()
    bench = Bench(Dispatcher({"INVITE": told, "MESSAGE": told}, Told()))
    bench.container.start(0)
    bench.container.close(1)
    assert calls == ["init", "init", "destroy", "destroy"]


@pytest.mark.parametrize("text", ["answer", "echo", f"proxy {CAROL}", f"b2bua {CAROL}", "register"])
def test_many_calls_leave_nothing_behind(text: str) -> None:
    bench = several(text, settings=Settings(session_time=20, dialog_time=50))
    for i in range(100):
        for one in invited(bench, call_id=f"c{i}"):
            if one.kind == "UacReq":
                bench.response(486, one)
        bench.take()
    bench.wait(200)
    assert bench.is_empty()
    assert not bench.counted().get("handler_errors")
