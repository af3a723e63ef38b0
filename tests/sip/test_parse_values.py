"""Via, digest, mime types and numbers, as each generation of the real parsers reads them."""

import pytest

from seastool.errors import SipError
from seastool.seas.dialects import lookup
from seastool.sip.digest import is_digest, parse_digest
from seastool.sip.grammar import Grammar
from seastool.sip.mime import parse_accept, parse_content_type
from seastool.sip.values import parse_content_length, parse_expires, parse_retry_after
from seastool.sip.via import Vias, parse_vias

OPENSER = lookup("openser-1.3.0").grammar
OPENSIPS_1_6 = lookup("opensips-1.6.3").grammar
OPENSIPS_1_11 = lookup("opensips-1.11.11").grammar
KAMAILIO_3 = lookup("kamailio-3.3.7").grammar
KAMAILIO_4 = lookup("kamailio-4.4.7").grammar
KAMAILIO_5 = lookup("kamailio-5.6.3").grammar
KAMAILIO_6 = lookup("kamailio-6.2").grammar
ALL = [OPENSER, OPENSIPS_1_6, OPENSIPS_1_11, KAMAILIO_3, KAMAILIO_4, KAMAILIO_5, KAMAILIO_6]
NAMES = (lookup("kamailio-5.6.3").mime_types, lookup("kamailio-5.6.3").mime_subtypes)


def vias(text: bytes, grammar: Grammar) -> Vias:
    return parse_vias(text + b"\r\n\r\n", 0, grammar)


def all_parameters(text: bytes, grammar: Grammar) -> bytes | None:
    span = vias(text, grammar).vias[0].parameters_span
    return None if span is None else text[span[0] : span[0] + span[1]]


@pytest.mark.parametrize("grammar", ALL)
def test_vias_of_one_header(grammar: Grammar) -> None:
    text = b"SIP/2.0/UDP h:5060;branch=z;rport, SIP/2.0/TCP [::1]:5"
    first, second = vias(text, grammar).vias
    assert first.host == (12, 1)
    assert [parameter.kind for parameter in first.parameters] == ["branch", "rport"]
    assert second.host == (47, 5)
    assert second.port == (53, 1)


def test_span_of_via_parameters_is_lost_behind_a_value() -> None:
    text = b"SIP/2.0/UDP h;comp=x"
    assert all_parameters(text, KAMAILIO_5) is None
    assert all_parameters(text, OPENSIPS_1_11) == b"comp=x"
    assert all_parameters(text, KAMAILIO_6) == b"comp=x"


@pytest.mark.parametrize("grammar", ALL)
def test_span_of_via_parameters_takes_the_blank_before_a_comment(grammar: Grammar) -> None:
    assert all_parameters(b"SIP/2.0/UDP h;c=1 (c (d))", grammar) == b"c=1 "


def test_comma_in_a_quoted_via_parameter_ends_it_until_kamailio_6() -> None:
    text = b'SIP/2.0/UDP h;x="a,b"'
    assert vias(text, KAMAILIO_5).end < len(text)
    assert vias(text, KAMAILIO_6).end == len(text) + 2


def test_blank_behind_a_via_parameter_without_value() -> None:
    assert len(vias(b"SIP/2.0/UDP h;rport ;b=1", OPENSER).vias[0].parameters) == 2
    assert len(vias(b"SIP/2.0/UDP h;c ;b=1", KAMAILIO_5).vias[0].parameters) == 2
    with pytest.raises(SipError):
        vias(b"SIP/2.0/UDP h;c ;b=1", OPENSER)


@pytest.mark.parametrize("grammar", ALL)
def test_comp_is_no_special_parameter(grammar: Grammar) -> None:
    assert vias(b"SIP/2.0/UDP h;comp=x", grammar).vias[0].parameters[0].kind == "general"
    assert len(vias(b"SIP/2.0/UDP h;comp;x", grammar).vias[0].parameters) == 2


@pytest.mark.parametrize("grammar", ALL)
def test_beginnings_of_alias_count_as_other_parameters(grammar: Grammar) -> None:
    found = vias(b"SIP/2.0/UDP h;a;al=1;Ali=2;alia=3;alias;alb", grammar).vias[0]
    kinds = [parameter.kind for parameter in found.parameters]
    assert kinds == ["hidden", "ttl", "branch", "maddr", "alias", "general"]
    for text in (b"a=1", b"al", b"ali", b"alia"):
        with pytest.raises(SipError):
            vias(b"SIP/2.0/UDP h;" + text, grammar)


@pytest.mark.parametrize("grammar", ALL)
def test_address_of_a_via_may_be_folded(grammar: Grammar) -> None:
    assert vias(b"SIP/2.0/UDP [2001:\r\n :1\n\t];x", grammar).vias[0].host == (12, 14)
    for host in (b"[2001:\r\n  :1]", b"[\r\n ]", b"[2001: :1]", b"[2001:\r\n :1"):
        with pytest.raises(SipError):
            vias(b"SIP/2.0/UDP " + host, grammar)


def test_transports_cut_short_are_taken_in_kamailio() -> None:
    assert vias(b"SIP/2.0/U h", KAMAILIO_5).vias
    with pytest.raises(SipError):
        vias(b"SIP/2.0/U h", OPENSIPS_1_11)


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"SIP/2.0/UDP", b"SIP/3.0/UDP h", b"SIP/2.0/UDP h;=1", b""])
def test_via_that_no_parser_takes(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        vias(text, grammar)


@pytest.mark.parametrize("grammar", ALL)
def test_digest_values_lose_their_quotes(grammar: Grammar) -> None:
    text = b'Digest username="u", uri="sip:h", nc=1'
    assert is_digest(text + b"\r\n", 0, len(text), grammar)
    found = parse_digest(text + b"\r\n", 0, len(text))
    assert {name: text[at : at + size] for name, (at, size) in found.items()} == {
        "username": b"u",
        "uri": b"sip:h",
        "nc": b"1",
    }


@pytest.mark.parametrize(
    ("name", "known"),
    [
        (b"realm", "realm"),
        (b"realxxxxE", "nonce"),
        (b"realxxxxxxxxonse", "response"),
        (b"noncxxxxonse", "response"),
        (b"real", ""),
        (b"user", ""),
    ],
)
def test_comparisons_of_digest_names_run_on_into_each_other(name: bytes, known: str) -> None:
    text = b"Digest " + name + b'="v", foo="x=1234567"'
    assert parse_digest(text + b"\r\n", 0, len(text)) == (
        {known: (len(name) + 9, 1)} if known else {}
    )


def test_unfinished_digest_name_hides_the_equal_sign_near_it() -> None:
    text = b'Digest nonc="v", qop=auth, nc=1'
    assert list(parse_digest(text + b"\r\n", 0, len(text))) == ["nc"]


@pytest.mark.parametrize("grammar", ALL)
def test_another_scheme_is_not_digest(grammar: Grammar) -> None:
    assert not is_digest(b"Basic xyz\r\n", 0, 9, grammar)


@pytest.mark.parametrize("text", [b"application/sd", b"application/sdpp"])
def test_last_letter_of_a_mime_type_was_free(text: bytes) -> None:
    for grammar, expected in ((OPENSIPS_1_11, "sdp"), (KAMAILIO_5, "unknown")):
        mime = parse_content_type(text + b"\r\n", 0, len(text), NAMES, grammar)
        assert mime.subtype == expected


def test_digit_in_a_mime_type_was_refused() -> None:
    assert parse_content_type(b"a/x1\r\n", 0, 4, NAMES, KAMAILIO_4).subtype == "unknown"
    with pytest.raises(SipError):
        parse_content_type(b"a/x1\r\n", 0, 4, NAMES, KAMAILIO_3)


@pytest.mark.parametrize("grammar", ALL)
def test_accept_lists_types_in_order(grammar: Grammar) -> None:
    found = parse_accept(b"text/plain, */*;q=1\r\n", 0, 19, NAMES, grammar)
    assert [(mime.type, mime.subtype) for mime in found] == [("text", "plain"), ("*", "*")]


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"-1", b"x", b"5x", b""])
def test_content_length_that_no_parser_takes(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        parse_content_length(text + b"\r\nX", 0, grammar)


def test_content_length_of_32_bits_is_refused_later() -> None:
    assert parse_content_length(b"4294967295\r\nX", 0, KAMAILIO_4).value == 4294967295
    for grammar in (OPENSIPS_1_11, KAMAILIO_5):
        with pytest.raises(SipError):
            parse_content_length(b"4294967295\r\nX", 0, grammar)


@pytest.mark.parametrize(
    ("text", "grammar", "value", "size"),
    [
        (b"3600", OPENSER, 3600, 4),
        (b"5x", OPENSER, 5, 0),
        (b"5x", KAMAILIO_5, 5, 2),
        (b"5 6", KAMAILIO_5, 5, 1),
        (b"12345678901", KAMAILIO_5, 0, 11),
        (b"Mon, 1 Jan", KAMAILIO_5, 0, 10),
    ],
)
def test_expires_that_is_not_a_plain_number(
    text: bytes, grammar: Grammar, value: int, size: int
) -> None:
    found = parse_expires(text + b"\r\n", 0, len(text), grammar)
    assert (found.value, found.text[1]) == (value, size)


@pytest.mark.parametrize("text", [b"5x", b"Mon", b"5 6"])
def test_expires_must_be_a_number_in_opensips(text: bytes) -> None:
    with pytest.raises(SipError):
        parse_expires(text + b"\r\n", 0, len(text), OPENSIPS_1_6)


def test_comment_may_end_the_number_of_retry_after_later() -> None:
    assert parse_retry_after(b"5(a)\r\nX", 0, KAMAILIO_5).value == 5
    with pytest.raises(SipError):
        parse_retry_after(b"5(a)\r\nX", 0, KAMAILIO_3)
