"""Start lines, header names and methods, as each generation of the real parsers reads them."""

from dataclasses import replace

import pytest

from seastool.errors import SipError
from seastool.seas.dialects import lookup
from seastool.sip.grammar import Grammar, HeaderNames
from seastool.sip.header_name import read_header_name
from seastool.sip.method import parse_methods
from seastool.sip.start_line import StartLine, parse_start_line
from seastool.sip.values import parse_cseq

OPENSER_1_2 = lookup("openser-1.2.0").grammar
OPENSER_1_3 = lookup("openser-1.3.0").grammar
OPENSIPS_1_11 = lookup("opensips-1.11.11").grammar
KAMAILIO_4 = lookup("kamailio-4.4.7").grammar
KAMAILIO_5 = lookup("kamailio-5.6.3").grammar
ALL = [OPENSER_1_2, OPENSER_1_3, OPENSIPS_1_11, KAMAILIO_4, KAMAILIO_5]


@pytest.mark.parametrize("grammar", ALL)
def test_request_line_has_method_uri_and_version(grammar: Grammar) -> None:
    line = parse_start_line(b"INVITE sip:a SIP/2.0\r\nX: y\r\n\r\n", grammar)
    assert line == StartLine("INVITE", 0, (0, 6), (7, 5), (13, 7), 22)


@pytest.mark.parametrize("grammar", ALL)
def test_status_line_has_version_status_and_reason(grammar: Grammar) -> None:
    line = parse_start_line(b"SIP/2.0 200 OK\r\nX: y\r\n\r\n", grammar)
    assert line == StartLine("", 200, (0, 7), (8, 3), (12, 2), 16)


@pytest.mark.parametrize(
    "text", [b"SIP/2.0 20 OK", b"INVITE  sip:a SIP/2.0", b"INVITE a b SIP/2.0", b"INVITE", b""]
)
@pytest.mark.parametrize("grammar", ALL)
def test_start_line_of_other_shapes_is_refused(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        parse_start_line(text + b"\r\n\r\n", grammar)


@pytest.mark.parametrize("version", [b"HTTP/1.1", b"SIP/3.0", b"SIP/.0"])
def test_request_of_another_protocol_is_dropped_by_kamailio(version: bytes) -> None:
    text = b"INVITE sip:a " + version + b"\r\n\r\n"
    assert parse_start_line(text, OPENSIPS_1_11).third == (13, len(version))
    with pytest.raises(SipError):
        parse_start_line(text, KAMAILIO_5)


@pytest.mark.parametrize(
    ("text", "grammar", "kind", "length"),
    [
        (b"Call-ID : 1", OPENSER_1_2, "CALLID", 8),
        (b"Call-ID : 1", KAMAILIO_4, "CALLID", 8),
        (b"Call-ID : 1", KAMAILIO_5, "CALLID", 7),
        (b"Call-ID\t: 1", KAMAILIO_4, "OTHER", 8),
        (b"Call-ID\t: 1", OPENSIPS_1_11, "OTHER", 7),
        (b"Call-ID\t: 1", KAMAILIO_5, "CALLID", 7),
        (b"Path: 1", OPENSER_1_3, "PATH", 4),
        (b"Path : 1", OPENSER_1_3, "OTHER", 5),
        (b"Path : 1", KAMAILIO_4, "PATH", 5),
        (b"n: 1", KAMAILIO_4, "IDENTITY_INFO", 1),
        (b"n: 1", KAMAILIO_5, "OTHER", 1),
        (b"cSEQ:1", KAMAILIO_5, "CSEQ", 4),
        (b"X Y: 1", KAMAILIO_4, "OTHER", 3),
    ],
)
def test_header_name_and_the_blanks_behind_it(
    text: bytes, grammar: Grammar, kind: str, length: int
) -> None:
    name = read_header_name(text + b"\r\n\r\n", 0, grammar)
    assert (name.kind, name.length) == (kind, length)


def test_a_header_name_of_all_that_a_token_may_have() -> None:
    line = b"X-.!%*_+`'~9 : 1\r\n\r\n"
    grammar = replace(KAMAILIO_5, header_names=HeaderNames.ALL_TOKENS)
    assert read_header_name(line, 0, grammar) == ("OTHER", 12, 14)
    assert read_header_name(b"cSEQ: 1\r\n\r\n", 0, grammar) == ("CSEQ", 4, 5)
    with pytest.raises(SipError):
        read_header_name(line, 0, KAMAILIO_5)
    for wrong in (b"X(: 1", b"X Y: 1", b":"):
        with pytest.raises(SipError):
            read_header_name(wrong, 0, grammar)


@pytest.mark.parametrize("grammar", [OPENSIPS_1_11, KAMAILIO_5])
def test_blank_within_a_header_name_is_refused_by_later_parsers(grammar: Grammar) -> None:
    with pytest.raises(SipError):
        read_header_name(b"X Y: 1\r\n\r\n", 0, grammar)


@pytest.mark.parametrize("grammar", ALL)
def test_line_without_a_colon_is_refused(grammar: Grammar) -> None:
    with pytest.raises(SipError):
        read_header_name(b"No colon\r\n\r\n", 0, grammar)


@pytest.mark.parametrize(
    ("text", "grammar", "expected"),
    [
        (b"INVITE, ack ,BYE", OPENSER_1_2, ["INVITE", "ACK", "BYE"]),
        (b"INVITE, FOO, BYE", OPENSER_1_3, ["INVITE", "OTHER", "BYE"]),
        (b"INVITE, FOO, BYE", KAMAILIO_5, ["INVITE", "OTHER", "BYE"]),
        (b"INVITE,,BYE", OPENSER_1_3, ["INVITE", "OTHER", "BYE"]),
        (b"IxFO", OPENSER_1_3, ["INFO"]),
        (b"IxFO", OPENSIPS_1_11, ["OTHER"]),
        (b"REFEr", OPENSER_1_3, ["OTHER"]),
        (b"REFEr", KAMAILIO_5, ["REFER"]),
    ],
)
def test_method_list(text: bytes, grammar: Grammar, expected: list[str]) -> None:
    assert parse_methods(text + b"\r\n", 0, len(text), grammar) == expected


@pytest.mark.parametrize(
    ("text", "grammar"),
    [
        (b"INVITE, FOO, BYE", OPENSER_1_2),
        (b"INVITE,,BYE", KAMAILIO_5),
        (b"INFO BYE", OPENSER_1_3),
        (b"INFO BYE", KAMAILIO_5),
    ],
)
def test_method_list_that_is_refused(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        parse_methods(text + b"\r\n", 0, len(text), grammar)


def test_cseq_number_wraps_until_it_is_bounded() -> None:
    text = b"4294967297 BYE\r\n\r\n"
    assert parse_cseq(text, 0, KAMAILIO_4).number == 1
    with pytest.raises(SipError):
        parse_cseq(text, 0, KAMAILIO_5)


def test_cseq_number_takes_a_plus_sign_once_it_is_bounded() -> None:
    assert parse_cseq(b"+1 BYE\r\n\r\n", 0, KAMAILIO_5).number == 1
    with pytest.raises(SipError):
        parse_cseq(b"+1 BYE\r\n\r\n", 0, KAMAILIO_4)


def test_cr_behind_the_start_line_is_swallowed() -> None:
    assert parse_start_line(b"INVITE sip:a SIP/2.0\r\n\r\n", KAMAILIO_5).end == 23
