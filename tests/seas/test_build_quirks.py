"""Every named fault or habit of the real servers, on the smallest message that shows it."""

from dataclasses import replace
from itertools import pairwise

import pytest

from seastool.errors import EncodeError
from seastool.seas.builder import Receive, build_event, build_message
from seastool.seas.dialect import Quirk
from seastool.seas.dialects import lookup, names
from seastool.seas.message import Message
from seastool.seas.types import EventType
from seastool.seas.values import Accept

LINES = [
    b"Via: SIP/2.0/UDP h;branch=z9hG4bK1",
    b"From: <sip:a@h>;tag=1",
    b"To: <sip:b@h>",
    b"Call-ID: 1",
    b"CSeq: 1 INVITE",
    b"Content-Length: 2",
]
OPENSER, OPENSIPS = "openser-1.3.0", "opensips-1.11.11"


def request(*more: bytes, without: bytes = b"none", method: bytes = b"INVITE") -> bytes:
    lines = [line for line in LINES if not line.startswith(without)]
    return b"\r\n".join([method + b" sip:b@h SIP/2.0", *lines, *more, b"", b"hi"])


def structures(sip: bytes, server: str) -> list[tuple[int, bytes]]:
    """The type and the structure of every header, in the order of the text."""
    payload = build_message(sip, lookup(server))
    at = 14 + (1 + payload[14] if int.from_bytes(payload[:2], "big") < 100 else 0)
    count = payload[at]
    entries = [payload[at + 1 + 3 * i : at + 4 + 3 * i] for i in range(count + 1)]
    found = [(entry[0], int.from_bytes(entry[1:], "big")) for entry in entries]
    assert payload[found[-1][1] :] == sip
    return [(code, payload[start:end]) for (code, start), (_, end) in pairwise(found)]


def body(line: bytes, server: str) -> bytes:
    """The structure of a message's last header, without its prefix."""
    return structures(request(line), server)[-1][1][lookup(server).header_prefix :]


def why_refused(sip: bytes, server: str) -> str:
    with pytest.raises(EncodeError) as refusal:
        build_message(sip, lookup(server))
    assert refusal.value.path
    assert server in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize("server", names())
def test_plain_request_has_a_structure_for_every_header(server: str) -> None:
    codes = [code for code, _ in structures(request(), server)]
    assert codes[:5] == [1, 4, 3, 6, 5]
    assert len(codes) == len(LINES)


def test_content_length_zero_is_refused_behind_a_crlf_only() -> None:
    sip = request(b"Content-Length: 0", without=b"Content-Length")
    assert Quirk.CONTENT_LENGTH_ZERO_REFUSED in why_refused(sip, "kamailio-5.6.3")
    assert structures(sip.replace(b"\r\n", b"\n"), "kamailio-5.6.3")
    assert structures(sip, "kamailio-4.4.7")


def test_message_without_content_length_is_refused_by_later_opensips() -> None:
    sip = request(without=b"Content-Length")
    assert Quirk.CONTENT_LENGTH_REQUIRED in why_refused(sip, OPENSIPS)
    assert structures(sip, "opensips-1.6.3")
    assert structures(sip, "kamailio-5.6.3")


def test_message_without_via_is_refused() -> None:
    assert "Via" in why_refused(request(without=b"Via"), "kamailio-5.6.3")


def test_unique_headers_given_twice_are_refused_later() -> None:
    sip = request(b"Call-ID: 2")
    assert "CALLID" in why_refused(sip, "kamailio-5.6.3")
    assert structures(sip, "kamailio-4.4.7")


@pytest.mark.parametrize("name", [b"From", b"To", b"Call-ID", b"CSeq"])
def test_request_without_a_header_it_needs_is_refused_later(name: bytes) -> None:
    sip = request(without=name)
    assert "request without" in why_refused(sip, "kamailio-5.6.3")
    assert structures(sip, "kamailio-5.5.7")
    assert structures(sip, OPENSER)
    response = sip.replace(b"INVITE sip:b@h SIP/2.0", b"SIP/2.0 200 OK")
    assert build_message(response, lookup("kamailio-5.6.3"))


def test_bare_cr_may_end_the_last_header() -> None:
    sip = request(b"To: <sip:c@h>\r", without=b"To").removesuffix(b"\r\nhi")
    assert structures(sip, "kamailio-5.6.3")[-1][0] == 3
    why_refused(sip.removesuffix(b"\r\r\n") + b"\r\n", "kamailio-5.6.3")


def test_empty_value_at_the_end_of_the_last_header_is_behind_its_line() -> None:
    line = b"To: <sip:c@h>;x="
    last, inner = (
        structures(request(*lines, without=b"To"), "kamailio-5.6.3")
        for lines in ([line], [line, b"X: y"])
    )
    assert last[-1][1][-2:] == bytes((len(line) + 2, len(line) + 3))
    assert inner[-2][1][-2:] == bytes((len(line), len(line) + 1))


def test_two_accepts_kill_where_the_quirk_is_named() -> None:
    sip = request(b"Accept: text/plain", b"Accept: text/html")
    deadly = [name for name in names() if Quirk.TWO_ACCEPTS_KILL in lookup(name).quirks]
    assert deadly
    for name in deadly:
        assert Quirk.TWO_ACCEPTS_KILL in why_refused(sip, name)


@pytest.mark.parametrize("server", [OPENSER, OPENSIPS, "kamailio-5.6.3"])
def test_credentials_of_another_scheme_are_refused(server: str) -> None:
    refusal = why_refused(request(b"Authorization: Basic eHl6"), server)
    assert Quirk.OTHER_SCHEME_KILLS in refusal


def test_a_dialect_that_carries_all_has_structures_where_the_others_end() -> None:
    kamailio = lookup("kamailio-5.6.3")
    deadly = {Quirk.TWO_ACCEPTS_KILL, Quirk.OTHER_SCHEME_KILLS}
    carrying = replace(kamailio, quirks=kamailio.quirks - deadly, carries_all=True)
    accepts = build_message(request(b"Accept: text/plain", b"Accept: text/html"), carrying)
    first, second = (Message(accepts, carrying).headers[number] for number in (-2, -1))
    assert (first.body, second.body) == (Accept(mimes=[0x10001]), Accept(mimes=[0x100FF]))
    for name in (b"Authorization", b"Proxy-Authorization"):
        sip = request(name + b": Basic eHl6")
        header = Message(build_message(sip, carrying), carrying).headers[-1]
        assert header.body is None
        for quirks in (deadly, {Quirk.OTHER_SCHEME_KILLS}):
            with pytest.raises(EncodeError, match=Quirk.OTHER_SCHEME_KILLS):
                build_message(sip, replace(carrying, quirks=frozenset(quirks)))


def test_long_header_has_only_a_prefix_in_kamailio() -> None:
    line = b"Contact: <sip:a@h>;x=" + b"y" * 300
    assert len(structures(request(line), "kamailio-5.6.3")[-1][1]) == 4
    assert len(structures(request(line), OPENSER)[-1][1]) > 5


def test_positions_past_255_wrap_in_openser() -> None:
    line = b"Contact: <sip:" + b"a" * 243 + b"@host>, <sip:b@h>"
    assert line.index(b"sip:b@h") == 256 + 10
    flags_length_start = body(line, OPENSER)[4:7]
    assert flags_length_start == bytes((0, 7, 10))


def test_first_openser_has_a_prefix_of_four_bytes() -> None:
    short, wide = (structures(request(b"X: y"), name)[-1][1] for name in names()[:2])
    assert lookup(names()[0]).header_prefix == 4
    assert len(wide) == len(short) + 1
    assert Quirk.LONG_HEADER_REFUSED in lookup(names()[0]).quirks
    assert "header of" in why_refused(request(b"X: " + b"y" * 300), names()[0])


def test_later_content_type_is_zero_or_the_first_one_again() -> None:
    sip = request(b"Content-Type: text/plain", b"Content-Type: application/sdp")
    for server in (OPENSER, OPENSIPS, "kamailio-3.3.7", "kamailio-5.6.3"):
        dialect = lookup(server)
        first, second = (one[dialect.header_prefix :] for _, one in structures(sip, server)[-2:])
        assert any(first)
        assert second == (first if Quirk.CONTENT_TYPE_OF_FIRST in dialect.quirks else bytes(4))


def test_code_of_invite_is_zero_where_the_quirk_is_named() -> None:
    for name in names():
        code = build_message(request(), lookup(name))[:2]
        assert code == (b"\0\0" if Quirk.INVITE_CODE_ZERO in lookup(name).quirks else b"\0\1")


def test_event_that_does_not_fit_is_refused_where_it_is_checked() -> None:
    sip = request() + b"x" * 70_000
    for name in names():
        dialect = lookup(name)
        small = request() + b"x" * (dialect.max_event - 200)
        if Quirk.EVENT_SIZE_CHECKED in dialect.quirks:
            assert "fit" in why_refused(small, name)
            assert "fit" in why_refused(sip, name)


@pytest.mark.parametrize("server", [OPENSER, "kamailio-5.6.3"])
def test_contacts_travel_in_reverse_where_the_parser_builds_them_so(server: str) -> None:
    whole = body(b"Contact: <sip:a@h>, <sip:b@i>", server)
    once = body(b"Contact: <sip:a@h>", server)
    assert whole[1] == 2
    if lookup(server).grammar.contacts_last_first:
        assert whole[-len(once) + 3 :] == once[3:]


def test_quoted_value_pointers_take_their_quotes_where_named() -> None:
    lines = (b'To: <sip:b@h>;x="y"', b"To: <sip:b@h>;x=yyy")
    for server in ("kamailio-5.6.3", OPENSER):
        one, other = (
            structures(request(line, without=b"To"), server)[-1][1][-4:] for line in lines
        )
        same = Quirk.QUOTED_POINTERS_TAKE_QUOTES in lookup(server).quirks
        assert (one == other) is same


def test_display_name_keeps_its_quotes_where_named() -> None:
    sip = request(b'To: "B" <sip:b@h>', without=b"To")
    for name in names()[1:]:
        display = structures(sip, name)[-1][1][7:9]
        keeps = Quirk.DISPLAY_NAME_KEEPS_QUOTES in lookup(name).quirks
        assert display == (bytes((4, 3)) if keeps else bytes((5, 1)))


def test_cancel_carries_its_invite() -> None:
    dialect = lookup("kamailio-5.6.3")
    sip = request(method=b"CANCEL")
    plain = build_event(sip, dialect, type=EventType.T_REQ_IN, hash_index=1, label=2)
    found = build_event(
        sip, dialect, type=EventType.T_REQ_IN, hash_index=1, label=2, cancelled=(3, 4)
    )
    assert len(found) == len(plain) + 8
    assert found.endswith(build_message(sip, dialect))


def test_response_carries_its_own_status() -> None:
    dialect = lookup("kamailio-5.6.3")
    sip = request().replace(b"INVITE sip:b@h SIP/2.0", b"SIP/2.0 486 Busy Here", 1)
    event = build_event(sip, dialect, type=EventType.RES_IN, hash_index=1, label=2, uac_id=9)
    assert event.endswith((486).to_bytes(4, "big") + build_message(sip, dialect))


def test_receive_information_of_ipv6() -> None:
    dialect = lookup("kamailio-5.6.3")
    where = Receive(3, bytes(16), bytes(15) + b"\1", 5060, 5062)
    event = build_event(request(), dialect, receive=where)
    assert bytes(15) + b"\1" in event


def test_other_events_carry_no_message() -> None:
    with pytest.raises(EncodeError):
        build_event(request(), lookup("kamailio-5.6.3"), type=EventType.PING)
