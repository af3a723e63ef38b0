"""URIs, To and From, contacts and routes, as each generation of the real parsers reads them."""

import pytest

from seastool.errors import SipError
from seastool.seas.dialects import lookup
from seastool.sip.address import Address, parse_address
from seastool.sip.contact import Contact, parse_contacts
from seastool.sip.grammar import Grammar
from seastool.sip.route import parse_routes
from seastool.sip.uri import Uri, parse_uri

OPENSER = lookup("openser-1.3.0").grammar
OPENSIPS_1_6 = lookup("opensips-1.6.3").grammar
OPENSIPS_1_11 = lookup("opensips-1.11.11").grammar
KAMAILIO_3 = lookup("kamailio-3.3.7").grammar
KAMAILIO_5 = lookup("kamailio-5.6.3").grammar
ALL = [OPENSER, OPENSIPS_1_6, OPENSIPS_1_11, KAMAILIO_3, KAMAILIO_5]


def cut(text: bytes, span: tuple[int, int] | None) -> bytes | None:
    return None if span is None else text[span[0] : span[0] + span[1]]


def uri(text: bytes, grammar: Grammar) -> Uri:
    return parse_uri(text, 0, len(text), grammar)


def address(text: bytes, grammar: Grammar) -> Address:
    return parse_address(text + b"\r\nX", 0, len(text) + 3, grammar)


def contacts(text: bytes, grammar: Grammar) -> list[Contact] | None:
    return parse_contacts(text + b"\r\n", 0, len(text), grammar)


@pytest.mark.parametrize("grammar", ALL)
def test_every_part_of_a_uri(grammar: Grammar) -> None:
    text = b"sip:a:b@h:5060;transport=udp;lr?x=y"
    found = uri(text, grammar)
    parts = (found.user, found.password, found.host, found.port, found.parameters, found.headers)
    assert [cut(text, part) for part in parts] == [
        b"a",
        b"b",
        b"h",
        b"5060",
        b"transport=udp;lr",
        b"x=y",
    ]
    known = {name: cut(text, span) for name, span in (found.known or {}).items()}
    assert known == {"transport": b"transport=udp", "lr": b"lr"}


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"sip:a;x=1@h", b"sip:a?b@h"])
def test_separators_before_the_at_belong_to_the_user(text: bytes, grammar: Grammar) -> None:
    assert cut(text, uri(text, grammar).user) == text[4:-2]


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"sip:", b"x:yyyy", b"<sip:a", b"sip:a@b@c", b""])
def test_uri_that_no_parser_takes(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        uri(text, grammar)


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("end", [b"ma", b"MAD", b"madd", b"maddr", b"maddr="])
def test_uri_cannot_end_within_maddr(end: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        uri(b"sip:a@h;lr;" + end, grammar)
    for text in (end + b";lr", end + b"?x=y", b"m", b"maddr=1", b"maddrx"):
        assert uri(b"sip:a@h;lr;" + text, grammar).parameters


def test_port_goes_on_from_that_of_an_address_in_the_user_part() -> None:
    for text in (b"sip:[::1]:6553;x@h:6", b"sip:[::1]:5060;x@h:5060"):
        assert uri(text, KAMAILIO_3).port
        with pytest.raises(SipError):
            uri(text, KAMAILIO_5)
    assert uri(b"sip:[::1]:6553;x@h:1", KAMAILIO_5).port


def test_user_phone_moves_the_parameters_of_the_user_part() -> None:
    text = b"sip:a;lr@h;user=phone"
    found = uri(text, KAMAILIO_5)
    assert (cut(text, found.user), cut(text, found.parameters)) == (b"a", b"lr")


def test_user_phone_without_parameters_in_the_user_part_loses_all_in_kamailio() -> None:
    assert uri(b"sip:h;user=phone", KAMAILIO_5).parameters is None
    assert uri(b"sip:h;user=phone", OPENSER).parameters == (6, 10)


def test_user_phone_in_capitals_counts_in_opensips_only() -> None:
    assert uri(b"sip:h;USER=PHONE", OPENSIPS_1_11).is_phone
    assert not uri(b"sip:h;USER=PHONE", KAMAILIO_5).is_phone


def test_lone_at_is_part_of_the_host_until_it_is_refused() -> None:
    assert uri(b"sip:@h", KAMAILIO_3).host == (4, 2)
    for grammar in (OPENSIPS_1_6, KAMAILIO_5):
        with pytest.raises(SipError):
            uri(b"sip:@h", grammar)


def test_port_is_bounded_by_digits_then_by_value() -> None:
    assert uri(b"sip:h:123456", OPENSER).port == (6, 6)
    assert uri(b"sip:h:70000", KAMAILIO_3).port == (6, 5)
    for text, grammar in ((b"sip:h:123456", KAMAILIO_3), (b"sip:h:70000", KAMAILIO_5)):
        with pytest.raises(SipError):
            uri(text, grammar)


@pytest.mark.parametrize("grammar", ALL)
def test_last_tag_wins(grammar: Grammar) -> None:
    text = b"<sip:b>;tag=a;x;tag=b"
    found = address(text, grammar)
    assert cut(text, found.tag) == b"b"
    assert len(found.parameters) == 3


@pytest.mark.parametrize("grammar", ALL)
def test_display_name_keeps_its_quotes_and_escapes(grammar: Grammar) -> None:
    text = b'"A \\" <B" <sip:b>'
    found = address(text, grammar)
    assert cut(text, found.display) == b'"A \\" <B"'
    assert cut(text, found.uri) == b"sip:b"


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"<sip:b", b"<sip:b>;;tag=1", b"A; B <sip:b>"])
def test_address_that_no_parser_takes(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        address(text, grammar)


def test_tag_without_value_is_refused_by_openser() -> None:
    assert address(b"<sip:b>;tag=", KAMAILIO_5).tag is not None
    with pytest.raises(SipError):
        address(b"<sip:b>;tag=", OPENSER)


def test_quoted_value_loses_its_last_byte_in_openser() -> None:
    text = b'<sip:b>;q="y z"'
    for grammar, expected in ((OPENSER, b"y "), (KAMAILIO_5, b"y z")):
        parameter = address(text, grammar).parameters[0]
        assert text[parameter.value_start : parameter.value_end] == expected


def test_comma_among_parameters_is_refused_later() -> None:
    assert len(address(b"<sip:b>;x=1,<sip:c>", KAMAILIO_3).parameters) == 1
    with pytest.raises(SipError):
        address(b"<sip:b>;x=1,<sip:c>", KAMAILIO_5)


@pytest.mark.parametrize("grammar", ALL)
def test_contacts_have_name_uri_and_known_parameters(grammar: Grammar) -> None:
    text = b'"x" <sip:a>;q=1;expires=2, sip:b;z'
    found = contacts(text, grammar)
    assert found is not None
    assert [cut(text, contact.uri) for contact in found] == [b"sip:a", b"sip:b"]
    assert cut(text, found[0].name) == b'"x"'
    assert sorted(found[0].known) == ["expires", "q"]


def test_star_is_no_list_of_contacts() -> None:
    assert contacts(b"*", OPENSIPS_1_6) is None
    assert contacts(b"*;expires=0", KAMAILIO_5) is None


def test_star_stands_alone_in_opensips() -> None:
    for text in (b"* ", b"*;expires=0"):
        with pytest.raises(SipError):
            contacts(text, OPENSIPS_1_6)


def test_name_without_brackets_costs_the_last_byte_in_kamailio_5() -> None:
    text = b"Bob sip:a"
    for grammar, expected in ((KAMAILIO_3, b"sip:a"), (KAMAILIO_5, b"sip:")):
        found = contacts(text, grammar)
        assert found is not None
        assert cut(text, found[0].uri) == expected


def test_empty_contact_uri_is_refused_later() -> None:
    assert contacts(b"<>", KAMAILIO_3)
    for grammar in (OPENSIPS_1_11, KAMAILIO_5):
        with pytest.raises(SipError):
            contacts(b"<>", grammar)


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"", b"<sip:a", b"<sip:a>,", b'"x <sip:a>'])
def test_contacts_that_no_parser_takes(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        contacts(text, grammar)


@pytest.mark.parametrize("grammar", ALL)
def test_routes_keep_the_blank_behind_a_name(grammar: Grammar) -> None:
    text = b'<sip:a;lr>, "x" <sips:b;lr=on>;p="q"'
    found = parse_routes(text + b"\r\n", 0, len(text), grammar)
    assert [cut(text, route.uri) for route in found] == [b"sip:a;lr", b"sips:b;lr=on"]
    assert cut(text, found[1].name) == b'"x" '


@pytest.mark.parametrize("grammar", ALL)
@pytest.mark.parametrize("text", [b"sip:a", b"<sip:a", b""])
def test_route_needs_brackets(text: bytes, grammar: Grammar) -> None:
    with pytest.raises(SipError):
        parse_routes(text + b"\r\n", 0, len(text), grammar)


@pytest.mark.parametrize(
    ("behind", "value_start"), [(b"X: y", 10), (b"\r\n", 12), (b"\n", 12), (b"", 10)]
)
def test_empty_last_value_is_at_the_line_end_unless_the_headers_end(
    behind: bytes, value_start: int
) -> None:
    text = b"<sip:h>;x=\r\n" + behind
    (parameter,) = parse_address(text, 0, len(text), KAMAILIO_5).parameters
    assert parameter.value_start == value_start
