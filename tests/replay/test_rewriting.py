"""Recorded requests of a client as they are sent now."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest
from transcripts import BASIC, HERE, SDP, THERE, branch, header, headers, recorded, tag, tokens

from seastool.capture.records import Address
from seastool.replay.messages import Recorded, RecordedCall, Step
from seastool.replay.rewriting import Credentials, Place, Rewriting
from seastool.replay.rewriting.credentials import Authority, challenge_of
from seastool.replay.rewriting.draft import Draft
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import MessageReader
from seastool.sip.reply import respond

READER = MessageReader(Grammar())


def new(call: RecordedCall, *, here: Place = HERE, there: Place = THERE, **more: Any) -> Rewriting:
    return Rewriting(call, here, there, tokens(), **more)  # type: ignore[arg-type]


def one(text: str) -> RecordedCall:
    """A call of a single request, of which only the text is known."""
    data = text.replace("\n", "\r\n").encode()
    message = Recorded(1, 0, "udp", None, None, data)
    return RecordedCall(b"x", [message], None, [Step(message, True, 0, False)])


def sent(call: RecordedCall, number: int = 0, **options: Any) -> bytes:
    return new(call, **options).request(call.steps[number].message.data)[0]


def live_response(request: bytes, status: int, extra: str, tag: str = "bnow") -> bytes:
    return respond(request, status, b"OK", tag=tag.encode(), headers=extra.encode())


class Played:
    """A call whose INVITE was answered now as it was then."""

    def __init__(self, then: str, now: str, *lines: str) -> None:
        call = recorded("> INVITE", f"< 200 {then}", *lines)
        self.steps = [step.message.data for step in call.steps]
        self.rewriting = new(call)
        self.invite, _ = self.rewriting.request(self.steps[0])
        self.rewriting.learn_response(self.steps[1], live_response(self.invite, 200, now))

    def request(self, change: Callable[[bytes], bytes] = lambda data: data) -> bytes:
        return self.rewriting.request(change(self.steps[-1]))[0]


NOW = "Contact: <sip:bob@10.9.9.3:7000>\r\n"


def test_identifiers_are_new_and_the_same_within_a_call() -> None:
    played = Played("", NOW, "> ACK", "> BYE")
    ack, bye = (played.rewriting.request(data)[0] for data in played.steps[2:])
    texts = (played.invite, ack, bye)
    assert len({header(text, "Call-ID") for text in texts}) == 1
    assert len({tag(text, "From") for text in texts}) == 1
    assert len({branch(text) for text in texts}) == 3
    assert all((branch(text) or "").startswith("z9hG4bKt") for text in texts)
    assert tag(played.invite, "To") is None
    assert tag(ack, "To") == tag(bye, "To") == "bnow"
    for text in texts:
        assert b"then" not in text


def test_another_loop_has_other_identifiers_and_a_seed_the_same() -> None:
    call = recorded(*BASIC)
    give = tokens()
    texts = [
        Rewriting(call, HERE, THERE, give).request(call.steps[0].message.data)[0]  # type: ignore[arg-type]
        for _ in range(2)
    ]
    for name in ("Call-ID", "From", "Via"):
        assert header(texts[0], name) != header(texts[1], name)
    assert sent(call) == sent(call) == texts[0]


def test_everything_else_stays_byte_for_byte() -> None:
    call = recorded("> INVITE X-Odd:\t two  blanks |x-LOW: b|Subject: fold\r\n  ed", "< 200")
    then, now = call.steps[0].message.data, sent(call)
    changed = {b"Via", b"From", b"Call-ID", b"Contact"}
    for line in then.split(b"\r\n")[1:]:
        if line.partition(b":")[0] not in changed:
            assert line in now.split(b"\r\n")
    assert now.count(b"\r\n") == then.count(b"\r\n")
    assert now.startswith(b"INVITE sip:bob@10.9.9.2:5070 SIP/2.0\r\n")


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sip:bob@192.0.2.20", "sip:bob@10.9.9.2:5070"),
        ("sip:bob@192.0.2.20:5060;user=phone", "sip:bob@10.9.9.2:5070;user=phone"),
        ("sip:192.0.2.20;transport=TCP", "sip:10.9.9.2:5070;transport=udp"),
        ("sip:bob@example.com", "sip:bob@example.com"),
        ("sip:bob@192.0.2.99", "sip:bob@192.0.2.99"),
        ("tel:+358501234", "tel:+358501234"),
        ("sip:alice@192.0.2.10:5062", "sip:alice@10.9.9.1:6000"),
    ],
)
def test_request_uris_that_named_the_server_name_the_live_one(uri: str, expected: str) -> None:
    call = recorded("> OPTIONS", "< 200")
    message = call.steps[0].message
    message.data = message.data.replace(b"sip:bob@192.0.2.20", uri.encode())
    assert sent(call).split(b"\r\n")[0] == f"OPTIONS {expected} SIP/2.0".encode()


def test_without_a_server_of_now_its_addresses_stay() -> None:
    call = recorded("> INVITE Route: <sip:192.0.2.20;lr>", "< 200")
    text, _ = Rewriting(call, HERE, None, tokens()).request(call.steps[0].message.data)  # type: ignore[arg-type]
    assert text.startswith(b"INVITE sip:bob@192.0.2.20 SIP/2.0\r\n")
    assert header(text, "Route") == "<sip:192.0.2.20;lr>"


def test_a_log_without_addresses_tells_the_server_by_its_first_request() -> None:
    text = ODD.replace("sip:bob@example.com SIP", "sip:bob@192.0.2.20:5080 SIP")
    assert sent(one(text)).startswith(b"OPTIONS sip:bob@10.9.9.2:5070 SIP/2.0\r\n")


def test_on_one_host_the_port_tells_client_from_server() -> None:
    call = recorded("> OPTIONS Route: <sip:192.0.2.10:5080;lr>", "< 200")
    for step in call.steps:
        data = step.message.data.replace(b"192.0.2.20", b"192.0.2.10")
        step.message.data = data
    first = call.steps[0].message
    first.destination = type(first.source)(first.source.packed, 5060)  # type: ignore
    text = sent(call)
    assert text.startswith(b"OPTIONS sip:bob@10.9.9.2:5070 ")
    assert header(text, "Contact") == "<sip:alice@10.9.9.1:6000>"
    assert header(text, "Route") == "<sip:192.0.2.10:5080;lr>"  # of neither


def test_routes_to_the_server_lead_to_the_live_one() -> None:
    call = recorded("> INVITE Route: <sip:192.0.2.20;lr>, <sip:next.example;lr>", "< 200")
    assert headers(sent(call), "Route") == ["<sip:10.9.9.2:5070;lr>", "<sip:next.example;lr>"]


def test_the_remote_target_is_the_live_contact() -> None:
    bye = Played("", NOW, "> BYE").request()
    assert bye.startswith(b"BYE sip:bob@10.9.9.3:7000 SIP/2.0\r\n")


def test_a_client_that_did_not_follow_the_contact_is_played_as_it_was() -> None:
    played = Played("", NOW, "> BYE")
    text = played.request(lambda data: data.replace(b"bob@192.0.2.30:5090", b"bob@192.0.2.20"))
    assert text.startswith(b"BYE sip:bob@10.9.9.2:5070 SIP/2.0\r\n")


def test_the_route_set_is_learned_from_live_responses() -> None:
    routes = "Record-Route: <sip:p2.now;lr>, <sip:p1.now;lr>\r\nRecord-Route: <sip:p0.now;lr>\r\n"
    bye = Played("", NOW + routes, "> BYE").request()
    assert headers(bye, "Route") == ["<sip:p0.now;lr>", "<sip:p1.now;lr>", "<sip:p2.now;lr>"]
    assert bye.startswith(b"BYE sip:bob@10.9.9.3:7000 ")
    then = "Record-Route: <sip:192.0.2.20;lr>"
    bye = Played(then, NOW, "> BYE Route: <sip:192.0.2.20;lr>").request()
    assert headers(bye, "Route") == []


def test_strict_routers_are_given_their_due() -> None:
    routes = "Record-Route: <sip:p2.now>\r\nRecord-Route: <sip:p1.now>\r\n"
    bye = Played("", NOW + routes, "> BYE").request()
    assert bye.startswith(b"BYE sip:p1.now SIP/2.0\r\n")
    assert headers(bye, "Route") == ["<sip:p2.now>", "<sip:bob@10.9.9.3:7000>"]
    then = "Record-Route: <sip:p1.then>"
    lines = "> BYE Route: <sip:bob@192.0.2.30:5090>"
    played = Played(then, NOW, lines)
    bye = played.request(
        lambda data: data.replace(b"BYE sip:bob@192.0.2.30:5090", b"BYE sip:p1.then")
    )
    assert bye.startswith(b"BYE sip:bob@10.9.9.3:7000 SIP/2.0\r\n")
    assert headers(bye, "Route") == []


def test_a_target_refresh_changes_the_target_and_not_the_routes() -> None:
    played = Played("", NOW + "Record-Route: <sip:p1.now;lr>\r\n", "> INVITE", "< 200", "> BYE")
    again, _ = played.rewriting.request(played.steps[2])
    other = "Contact: <sip:bob@10.9.9.4>\r\nRecord-Route: <sip:px.now;lr>\r\n"
    played.rewriting.learn_response(played.steps[3], live_response(again, 200, other))
    bye = played.request()
    assert bye.startswith(b"BYE sip:bob@10.9.9.4 SIP/2.0\r\n")
    assert headers(bye, "Route") == ["<sip:p1.now;lr>"]


def test_session_descriptions_have_the_local_address_and_their_ports() -> None:
    body = SDP + "c=IN IP4 192.0.2.99\r\nc=IN IP4 192.0.2.10/127\r\na=x:192.0.2.10\r\n"
    call = recorded(f"> INVITE Content-Type: application/sdp|body={body}")
    text = sent(call, here=Place(b"2001:db8::1", 6000))
    now = text.partition(b"\r\n\r\n")[2]
    assert b"o=alice 1 1 IN IP6 2001:db8::1\r\n" in now
    assert b"\r\nc=IN IP6 2001:db8::1\r\nt=0 0\r\nm=audio 40000 " in now
    assert b"c=IN IP4 192.0.2.99\r\nc=IN IP6 2001:db8::1/127\r\na=x:192.0.2.10\r\n" in now
    assert header(text, "Content-Length") == str(len(now))
    assert (header(text, "Via") or "").startswith("SIP/2.0/UDP [2001:db8::1]:6000;branch=")


def test_what_else_in_a_session_description_says_where_the_client_is() -> None:
    media = (
        "c=IN IP4 192.0.2.10\r\na=rtcp:40001 IN IP4 192.0.2.10\r\na=rtcp:40003\r\n"
        "a=candidate:1 1 UDP 2130706431 192.0.2.10 40000 typ host generation 0\r\n"
        "a=candidate:2 1 UDP 1694498815 192.0.2.99 40000 typ srflx raddr 192.0.2.10 rport 9\r\n"
    )
    call = recorded(f"> INVITE Content-Type: application/sdp|body={SDP}{media}")
    now = sent(call, here=Place(b"2001:db8::1", 6000)).partition(b"\r\n\r\n")[2]
    assert now.decode().endswith(
        "m=audio 40000 RTP/AVP 0\r\n"
        "c=IN IP6 2001:db8::1\r\na=rtcp:40001 IN IP6 2001:db8::1\r\na=rtcp:40003\r\n"
        "a=candidate:1 1 UDP 2130706431 2001:db8::1 40000 typ host generation 0\r\n"
        "a=candidate:2 1 UDP 1694498815 192.0.2.99 40000 typ srflx raddr 192.0.2.10 rport 9\r\n"
    )


def test_session_descriptions_of_a_client_by_ipv6_become_those_of_one_by_ipv4() -> None:
    body = SDP.replace("IP4 192.0.2.10", "IP6 2001:DB8::10")
    call = recorded(f"> INVITE Content-Type: application/sdp|body={body}")
    first = call.steps[0].message
    first.source = Address(ip_address("2001:db8::10").packed, 5062)
    now = sent(call).partition(b"\r\n\r\n")[2]
    assert now == SDP.replace("192.0.2.10", "10.9.9.1").encode()


def test_over_tcp_via_and_contact_say_so() -> None:
    call = recorded("> INVITE", "< 200")
    text = sent(call, here=Place(b"10.9.9.1", 6000, b"tcp"), there=Place(b"10.9.9.2", 5070, b"tcp"))
    assert (header(text, "Via") or "").startswith("SIP/2.0/TCP 10.9.9.1:6000;branch=")
    assert header(text, "Contact") == "<sip:alice@10.9.9.1:6000;transport=tcp>"


ODD = """\
OPTIONS sip:bob@example.com SIP/2.0
v: SIP / 2.0 / UDP there.example : 5062 ;ttl=1;branch=old;received=1.2.3.4;rport=99, SIP/2.0/UDP b
f: "a;tag=no" <sip:alice@example.com;tag=uri>; tag = at
t: <sip:bob@example.com>
i: odd
CSeq: 1 OPTIONS
m: sip:alice@there.example:5062
"""


def test_compact_forms_odd_blanks_and_further_vias() -> None:
    text = sent(one(ODD))
    lines = text.decode().split("\r\n")
    assert lines[1] == (
        "v: SIP / 2.0 / UDP 10.9.9.1:6000;branch=z9hG4bKt2;rport ;ttl=1, SIP/2.0/UDP b"
    )
    assert lines[2] == 'f: "a;tag=no" <sip:alice@example.com;tag=uri>; tag = t3'
    assert lines[4] == "i: t1@10.9.9.1"
    assert lines[6] == "m: sip:alice@10.9.9.1:6000"
    over_tcp = sent(one(ODD), here=Place(b"10.9.9.1", 6000, b"tcp"))
    assert b"m: <sip:alice@10.9.9.1:6000;transport=tcp>\r\n" in over_tcp
    assert b"Content-Length: 0\r\n" in over_tcp


def test_contacts_of_others_stay() -> None:
    call = one(
        ODD.replace("m: sip:alice@there.example:5062", "m: *").replace("OPTIONS", "REGISTER")
    )
    assert b"m: *\r\n" in sent(call)
    other = ODD.replace("m: sip:alice@there.example:5062", "m: <sip:carol@elsewhere.example>")
    assert b"m: <sip:carol@elsewhere.example>\r\n" in sent(
        one(other.replace("OPTIONS", "REGISTER"))
    )


def test_what_the_other_side_numbers_is_echoed_as_it_is_now() -> None:
    call = recorded("> INVITE", "< 183 RSeq: 700", "> PRACK RAck: 700 1 INVITE", "< 200", "< 200")
    rewriting = new(call)
    invite, _ = rewriting.request(call.steps[0].message.data)
    ringing = live_response(invite, 183, NOW + "RSeq: 41\r\n")
    rewriting.learn_response(call.steps[1].message.data, ringing)
    prack, _ = rewriting.request(call.steps[2].message.data)
    assert header(prack, "RAck") == "41 1 INVITE"


def test_responses_have_what_the_live_request_wants() -> None:
    call = recorded("> INVITE", "< 200", "> ACK", "< BYE", "> 200 X-Kept: yes|Via: odd")
    rewriting = new(call)
    live = (
        b"BYE sip:alice@10.9.9.1:6000 SIP/2.0\r\nVia: SIP/2.0/UDP p;branch=z9hG4bKl1\r\n"
        b"Via: SIP/2.0/UDP q;branch=z9hG4bKl2\r\nFrom: <sip:b@x>;tag=bnow\r\n"
        b"To: <sip:a@x>;tag=anow\r\nCall-ID: live\r\nCSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n"
    )
    form = READER.form(READER.read(live), b"\x0a\x09\x09\x02", 5070)
    text = rewriting.response(call.steps[4].message.data, form)
    assert text.startswith(b"SIP/2.0 200 As Recorded\r\n")
    assert headers(text, "Via") == [
        "SIP/2.0/UDP p;branch=z9hG4bKl1;received=10.9.9.2",
        "SIP/2.0/UDP q;branch=z9hG4bKl2",
    ]
    assert (header(text, "CSeq"), header(text, "Call-ID")) == ("9 BYE", "live")
    assert (tag(text, "From"), tag(text, "To")) == ("bnow", "anow")
    assert header(text, "X-Kept") == "yes"
    assert header(text, "Contact") == "<sip:alice@10.9.9.1:6000>"


def test_a_draft_without_changes_is_the_message() -> None:
    text = b"INVITE sip:b SIP/2.0\r\nA : b\r\n c\r\nno colon\r\nContent-Length: 2\r\n\r\nxy"
    assert Draft(text).render() == text
    assert Draft(b"").render() == b"\r\n\r\n"


# The examples of RFC 2617 section 3.5 and of RFC 7616 section 3.9.1.
MUFASA = 'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="{}", opaque="{}"'
OLD = ("dcd98b7102dd2f0e8b11d0f600bfb0c093", "5ccc069c403ebaf9f0171e9517f40e41")
RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("challenge", "password", "cnonce", "response"),
    [
        (MUFASA.format(*OLD), b"Circle Of Life", b"0a4f113b", "6629fae49393a05397450978507c4ef1"),
        (RFC_7616.format("MD5"), b"Circle of Life", CNONCE, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            RFC_7616.format("SHA-256"),
            b"Circle of Life",
            CNONCE,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ],
)
def test_digests_of_the_rfcs(challenge: str, password: bytes, cnonce: bytes, response: str) -> None:
    found = challenge_of([challenge.encode()])
    assert found is not None
    authority = Authority(Credentials(b"Mufasa", password), lambda: cnonce)
    answer = authority.answer(found, b"GET", b"/dir/index.html", b"")
    assert f'response="{response}"'.encode() in answer
    assert b"qop=auth, nc=00000001" in answer
    assert b"nc=00000002" in authority.answer(found, b"GET", b"/dir/index.html", b"")


def test_digests_without_qop_and_of_sessions() -> None:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    authority = Authority(Credentials(b"a", b"p"), lambda: b"c")
    plain = challenge_of([b'Digest realm="r", nonce="n"'])
    assert plain is not None
    wanted = md5(f"{md5('a:r:p')}:n:{md5('REGISTER:sip:x')}")
    answer = authority.answer(plain, b"REGISTER", b"sip:x", b"")
    assert f'response="{wanted}"'.encode() in answer
    assert b"cnonce" not in answer
    session = challenge_of([b'Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth-int"'])
    assert session is not None
    secret = md5(f"{md5('a:r:p')}:n:c")
    asked = md5(f"REGISTER:sip:x:{md5('body')}")
    wanted = md5(f"{secret}:n:00000001:c:auth-int:{asked}")
    answer = authority.answer(session, b"REGISTER", b"sip:x", b"body")
    assert f'response="{wanted}"'.encode() in answer


def test_challenges_that_cannot_be_met_are_passed_over() -> None:
    values = [
        b"Basic realm=x",
        b'Digest realm="r", nonce="n", algorithm=SHA-512-256',
        b'Digest realm="r", nonce="n", qop="odd"',
        b'Digest realm="r"',
    ]
    assert challenge_of(values) is None
    found = challenge_of([*values, b'digest REALM="last", Nonce="n"'])
    assert found is not None
    assert found.realm == b"last"
