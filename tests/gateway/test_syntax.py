"""What is well-formed, and what is not though the real parsers take it."""

from __future__ import annotations

import pytest
from gateway_bench import Bench
from gateway_texts import header, sip

from seastool.gateway.settings import Settings
from seastool.gateway.syntax import is_address, scheme_of

ADDRESSES = [
    b"sip:a@h",
    b"sip:a@h;tag=1",
    b"<sip:a@h>",
    b"<sip:a@h;x=1?Subject=y,z>;tag=1",
    b"Alice <sip:a@h>",
    b"Alice B. Cooper<sip:a@h> ; tag = 1",
    b'"Cooper, Alice" <sip:a@h>;tag=1;x="a, <b>; \\"c"',
    b'"" <sip:a@h>',
    b"\xd0\x9e\xd0\xbb\xd1\x8f <sip:a@h>",
    b"Alice\r\n <sip:a@h>\r\n\t;tag=1\r\n",
    b"<sip:a@[2001:db8::1]:5060>;tag=",
    b"<tel:+1-201-555-0123;phone-context=+1>",
    b"sip:[2001:db8::1];x=y",
    b"<sip:a?b@h>",
]
LISTS = [b"<sip:a@h>, <sip:b@h>", b"sip:a@h, sip:b@h"]
NO_ADDRESSES = [
    b"",
    b"<a@h>",
    b"a@h",
    b"Cooper, Alice <sip:a@h>",
    b"Alice (home) <sip:a@h>",
    b'"Alice <sip:a@h>',
    b"< sip:a@h >",
    b"<sip:a@h",
    b"sip:a@h>",
    b"<sip:a@h> <sip:b@h>",
    b"<sip:a@h>;;;",
    b"<sip:a@h>;",
    b"sip:a@h?Subject=x",
    b"<>",
    *LISTS,
]
SEVERAL = [b"*", b"* ", b"sip:a@h,sip:b@h;q=0.5", b'"A, B" <sip:a@h,b>;q=1 , <sip:c@h>']
NOT_SEVERAL = [b"<sip:a@h>,", b",<sip:a@h>", b"*,<sip:a@h>", b"sip:a@h?x=y"]


@pytest.mark.parametrize("kind", ["TO", "FROM", "CONTACT"])
def test_addresses(kind: str) -> None:
    assert [value for value in ADDRESSES if not is_address(kind, value)] == []
    lists = LISTS if kind == "CONTACT" else []
    assert [value for value in NO_ADDRESSES if is_address(kind, value)] == lists


def test_contacts_are_several() -> None:
    assert [value for value in SEVERAL if not is_address("CONTACT", value)] == []
    assert [value for value in NOT_SEVERAL if is_address("CONTACT", value)] == []
    assert not any(is_address("TO", value) for value in SEVERAL)


def test_the_scheme_of_an_address() -> None:
    assert scheme_of("TO", b'"<urn:x>" <SIPS:a@h>') == b"sips"
    assert scheme_of("TO", b"isbn:2983792873") == b"isbn"
    assert scheme_of("CONTACT", b"tel:+1, <sip:a@h>") == b"tel"
    assert scheme_of("CONTACT", b"*") == b""
    assert scheme_of("TO", b"<sip:a@h") == b""


@pytest.mark.parametrize("value", [b"a " * 30_000, b'"' + b"\\" * 60_000, b";a=b" * 20_000 + b",,"])
def test_a_hostile_value_is_read_once(value: bytes) -> None:
    """Patterns that went back would take minutes."""
    for kind in ("TO", "CONTACT"):
        assert not is_address(kind, value)
        assert not is_address(kind, b"<sip:a@h>" + value + b"<")


def line(start: bytes) -> bytes:
    return sip("OPTIONS").replace(b"OPTIONS sip:bob@example.com SIP/2.0", start, 1)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (line(b"OPTIONS <sip:bob@example.com> SIP/2.0"), "Request URI In Brackets"),
        (line(b"OPTIONS sip:bob@example.com SIP/2.0 "), "Bad Request Line"),
        (line(b"OPTIONS sip:bob@example.com  SIP/2.0"), "Bad Request Line"),
        (line(b" OPTIONS sip:bob@example.com SIP/2.0"), "Bad Request Line"),
        (line(b"OPTIONS sip:bob@example.com?Route=x SIP/2.0"), "Headers In Request URI"),
        (line(b"OPTIONS sip:example.com?Route=x SIP/2.0"), "Headers In Request URI"),
        (sip("OPTIONS", from_="A, B <sip:a@h>;tag=1"), "Bad From"),
        (sip("OPTIONS").replace(b"To: <sip", b"To: < sip"), "Bad To"),
        (sip("OPTIONS", "Contact: sip:a@h?x=y"), "Bad Contact"),
        (sip("OPTIONS", "Contact: <sip:a@h>", "m: <sip:a@h>;;"), "Bad Contact"),
    ],
)
def test_refused_as_the_rfc_says(request_: bytes, reason: str) -> None:
    bench = Bench()
    for number in range(3):  # of the second on, others are known that are alike
        request = request_.replace(b"z9hG4bK-1", b"z9hG4bK-%d" % number)
        bench.receive(request.replace(b"call-1@", b"call-%d@" % number))
        assert bench.last.data.startswith(b"SIP/2.0 400 %s\r\n" % reason.encode())
        assert header(bench.last.data, "Call-ID") == [f"call-{number}@example.com"]
    assert bench.told() == []
    assert bench.core.statistics.refusals == {reason: 3}


@pytest.mark.parametrize(
    "request_",
    [
        line(b"OPTIONS sip:bob?x@example.com SIP/2.0"),
        line(b"OPTIONS sip:bob;x=y@example.com;z SIP/2.0"),
        line(b"OPTIONS sip:bob@example.com sip/2.0"),
        sip("OPTIONS", "Contact: *"),
        sip("OPTIONS", "Date: Fri, 01 Jan 2010 16:00:00 EST"),
    ],
)
def test_handed_over(request_: bytes) -> None:
    bench = Bench()
    bench.receive(request_)
    assert len(bench.told()) == 1
    assert bench.event.text == request_
    assert bench.out() == []


@pytest.mark.parametrize("settings", [Settings(by_rfc=False), Settings(checks=False, by_rfc=False)])
def test_where_it_is_as_the_real_server_all_is_handed_over(settings: Settings) -> None:
    bench = Bench(settings=settings)
    bench.receive(sip("OPTIONS", from_="Alice B? <sip:a@h>;tag=1"))
    bench.receive(sip("OPTIONS", "Contact: sip:a@h?x=y", call="2"))
    assert bench.told() == ["as_1 T_REQ_IN OPTIONS"] * 2


def test_an_ack_goes_on_whatever_it_is_like() -> None:
    bench = Bench()
    bench.receive(sip("ACK", from_="A? B <sip:a@h>;tag=1", tag="x"))
    assert bench.out() == []
