"""Templates, SIP messages made of them, and messages made of others."""

import pytest
from memory_endpoints import digits

from seastool.scenario.compiling.constants import parse_endpoint
from seastool.scenario.errors import BadText
from seastool.scenario.texts.answers import ack_of, cancel_of, response_head
from seastool.scenario.texts.call import ATTRIBUTES, Call, Exchange, Unset
from seastool.scenario.texts.message_text import compile_message
from seastool.scenario.texts.scope import Scope
from seastool.scenario.texts.template import compile_template
from seastool.scenario.units import format_duration, parse_duration, parse_rate
from seastool.seas.builder import Receive
from seastool.sip.reasons import reason_of

INVITE = (
    b"INVITE sip:bob@b SIP/2.0\r\nv: SIP/2.0/UDP h:1;branch=z9hG4bK1, SIP/2.0/UDP g;branch=2\r\n"
    b"Via: SIP/2.0/TCP i\r\nRoute: <sip:r1>\r\nRecord-Route: <sip:p1>,\r\n <sip:p2>\r\n"
    b'f: "A;tag=no" <sip:a@b;tag=neither>;x=1;tag=f1\r\nTo: <sip:bob@b>\r\ni: call-1\r\n'
    b"CSeq: 7 INVITE\r\nm: <sip:a@h:1>;q=1\r\nContent-Length: 0\r\n\r\n"
)


@pytest.fixture
def scope() -> Scope:
    scope = Scope("openser", {"host": "h.example", "code": "0", "lines": "a\nb"}, ["code", "late"])
    scope.name_exchange("invite")
    return scope


@pytest.fixture
def call() -> Call:
    call = Call(12, "999", 5.0, {"code": "0"}, digits)
    call.receive = Receive(1, bytes((10, 0, 0, 1)), bytes(15) + b"\1", 5061, 5060)
    call.message = 3
    exchange = Exchange(INVITE, 5.0, ours=False)
    exchange.hash_index, exchange.label, exchange.uac_id = 5, 6, 7
    call.exchanges["invite"] = call.last = call.uac = exchange
    return call


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{{ host }}", "h.example"),
        ("a{{host}}b{{  code  }}c", "ah.exampleb0c"),
        ("{{ host | upper }}", "H.EXAMPLE"),
        ("{{ host|upper|lower|length }}", "9"),
        ("{{ code | add(5) | add(-2) }}", "3"),
        ("{{ call_id }} {{ tag }} {{ branch }}", "12-999@seastool 999-12 z9hG4bK-999-12-3"),
        ("{{ counter }} {{ run }} {{ now }}", "12 999 5.000000"),
        ("{{ hash }}:{{ label }} {{ uac_id }}", "5:6 7"),
        ("{{ source }} {{ destination }}", "10.0.0.1:5061 [::1]:5060"),
        ("{{ digits(4) }}", "1234"),
        ("{{ invite.call_id }} {{ invite.label }}", "call-1 6"),
        ("{{ '{{' }} {{ \"}}\" }}", "{{ }}"),
        ("}} { {", "}} { {"),
        ("{{ bytes(41 42) }}", "AB"),
    ],
)
def test_templates(scope, call, text, made):
    assert compile_template(text, scope).render(call) == made


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("ab {{", 3),
        ("ab {{ }}", 3),
        ("ab {{ host", 3),
        ("ab {{ host host }}", 11),
        ("ab {{ nost }}", 6),
        ("ab {{ host | }}", 11),
        ("ab {{ host | uper }}", 13),
        ("ab {{ host | add(x) }}", 13),
        ("ab {{ host | upper(1) }}", 13),
        ("ab {{ digits(0) }}", 6),
        ("ab {{ digits(65) }}", 6),
        ("ab {{ bytes(0) }}", 6),
        ("ab {{ invite.tag }}", 6),
        ("ab {{ bye.label }}", 6),
        ("ab {{ late }}", 6),
        ("ab {{ __import__('os') }}", 6),
        ("ab {{ host.__class__ }}", 6),
    ],
)
def test_faults_of_templates(scope, text, offset):
    with pytest.raises(BadText) as caught:
        compile_template(text, scope)
    assert caught.value.offset == offset, caught.value


def test_what_never_changes_is_constant(scope):
    assert compile_template("{{ host | upper }}:{{ '5' }}", scope).constant == "H.EXAMPLE:5"
    assert compile_template("{{ code }}", scope).constant is None


def test_values_that_are_missing(scope, call):
    call.variables.clear()
    with pytest.raises(Unset, match="the variable code has no value yet"):
        compile_template("{{ code }}", scope).render(call)
    with pytest.raises(Unset, match="invite has no to_tag"):
        compile_template("{{ invite.to_tag }}", scope).render(call)
    call.receive = None
    with pytest.raises(Unset, match="no request came in yet"):
        compile_template("{{ source }}", scope).render(call)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("A\nB: c\n", b"A\r\nB: c\r\n\r\n"),
        ("A\nB: c\n\n", b"A\r\nB: c\r\n\r\n"),
        ("A\nB: c", b"A\r\nB: c\r\n\r\n"),
        ("A\r\nB: c\r\n\r\nbody\n", b"A\r\nB: c\r\n\r\nbody\r\n"),
        ("A\nContent-Length: auto\n\nx\ny", b"A\r\nContent-Length: 4\r\n\r\nx\r\ny"),
        ("A\nl :  AUTO\nB: c\n", b"A\r\nl :  0\r\nB: c\r\n\r\n"),
        ("A\nContent-Length: auto\n\n{{ code }}é", b"A\r\nContent-Length: 3\r\n\r\n0\xc3\xa9"),
        ("A\nContent-Length: auto\n\n{{ lines }}", b"A\r\nContent-Length: 4\r\n\r\na\r\nb"),
        ("A\nContent-Length: 7\n\nx", b"A\r\nContent-Length: 7\r\n\r\nx"),
        ("A{{ bytes(0a) }}B\nC{{ bytes(ff00) }}", b"A\nB\r\nC\xff\x00\r\n\r\n"),
        ("A\nB: {{ host }}", b"A\r\nB: h.example\r\n\r\n"),
        ("A\nB: {{ code }}", b"A\r\nB: 0\r\n\r\n"),
        ("{{ code }}\n\nContent-Length: auto", b"0\r\n\r\nContent-Length: auto"),
    ],
)
def test_messages(scope, call, text, made):
    assert compile_message(text, scope).render(call) == made


@pytest.mark.parametrize("body", ["", "{{ bytes() }}", "{{ late | lower }}"])
def test_an_empty_body_without_its_length(scope, call, body):
    scope.assign("late")
    call.variables["late"] = ""
    text = f"A\nContent-Length: auto\nB: c\n\n{body}"
    message = compile_message(text, scope)
    assert message.render(call) == b"A\r\nContent-Length: 0\r\nB: c\r\n\r\n"
    assert message.render(call, bare=True) == b"A\r\nB: c\r\n\r\n"


def test_a_length_that_is_written_out_stays(scope, call):
    message = compile_message("A\nContent-Length: 0\n", scope)
    assert message.render(call, bare=True) == b"A\r\nContent-Length: 0\r\n\r\n"


def test_parts_of_a_message():
    parts = {name: read(Exchange(INVITE, 0, ours=False)) for name, read in ATTRIBUTES.items()}
    assert parts == {
        "hash": "",
        "label": "",
        "uac_id": "",
        "method": "INVITE",
        "uri": "sip:bob@b",
        "call_id": "call-1",
        "cseq": "7",
        "from_tag": "f1",
        "to_tag": None,
        "branch": "z9hG4bK1",
        "contact": "sip:a@h:1",
        "status": "",
    }


def test_a_response_has_what_its_request_says():
    head = response_head(INVITE, 200, "OK", "t1").decode().split("\r\n")
    assert head == [
        "SIP/2.0 200 OK",
        "Via: SIP/2.0/UDP h:1;branch=z9hG4bK1, SIP/2.0/UDP g;branch=2",
        "Via: SIP/2.0/TCP i",
        "Record-Route: <sip:p1>,",
        " <sip:p2>",
        'From: "A;tag=no" <sip:a@b;tag=neither>;x=1;tag=f1',
        "To: <sip:bob@b>;tag=t1",
        "Call-ID: call-1",
        "CSeq: 7 INVITE",
        "",
    ]


def test_a_tag_that_is_there_stays():
    request = INVITE.replace(b"To: <sip:bob@b>", b"t: <sip:bob@b>;tag=mine")
    assert b"To: <sip:bob@b>;tag=mine\r\n" in response_head(request, 200, "OK", "t1")


def test_cancel_and_acks():
    assert cancel_of(INVITE) == [
        "CANCEL sip:bob@b SIP/2.0",
        "Via: SIP/2.0/UDP h:1;branch=z9hG4bK1",
        "Route: <sip:r1>",
        'From: "A;tag=no" <sip:a@b;tag=neither>;x=1;tag=f1',
        "To: <sip:bob@b>",
        "Call-ID: call-1",
        "CSeq: 7 CANCEL",
        "Max-Forwards: 70",
    ]
    busy = b"SIP/2.0 486 Busy\r\nTo: <sip:bob@b>;tag=t\r\nContact: <sip:x@y>\r\n\r\n"
    ack = ack_of(INVITE, busy, "new")
    assert ack[:2] == ["ACK sip:bob@b SIP/2.0", "Via: SIP/2.0/UDP h:1;branch=z9hG4bK1"]
    assert "To: <sip:bob@b>;tag=t" in ack
    ack = ack_of(INVITE, busy.replace(b"486", b"200"), "new")
    assert ack[:2] == ["ACK sip:x@y SIP/2.0", "Via: SIP/2.0/UDP h:1;branch=new"]


def test_reasons():
    assert [reason_of(s) for s in (180, 299, 486, 699)] == [
        "Ringing",
        "OK",
        "Busy Here",
        "Global Failure",
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("100ms", 0.1), ("2s", 2), ("1.5m", 90), ("1h", 3600), ("250us", 0.00025), ("0s", 0)],
)
def test_durations(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "-1s", "1 s", "1sec", "1e3s", "721h", "١s", "1s\n"])
def test_what_is_no_duration(text):
    with pytest.raises(BadText):
        parse_duration(text)


@pytest.mark.parametrize(("text", "rate"), [("100/s", 100), ("30/m", 0.5), ("9/h", 0.0025)])
def test_rates(text, rate):
    assert parse_rate(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["", "100", "0/s", "100/d", "/s", "-1/s"])
def test_what_is_no_rate(text):
    with pytest.raises(BadText):
        parse_rate(text)


def test_durations_are_written_short():
    assert [format_duration(s) for s in (0, 0.00005, 0.1, 0.0123, 2, 1.5, 90)] == [
        "0ms",
        "50us",
        "100ms",
        "12.3ms",
        "2s",
        "1.5s",
        "90s",
    ]


@pytest.mark.parametrize(
    "text", ["localhost:5060", "1.2.3.4", "::1:5060", "1.2.3.4:65536", "[x]:1"]
)
def test_what_is_no_endpoint(text):
    with pytest.raises(BadText):
        parse_endpoint(text)
