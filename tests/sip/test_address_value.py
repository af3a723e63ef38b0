"""URIs, tags and routes out of header values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seastool.sip.address_value import routes_of, tag_of, uri_of, with_tag


@pytest.mark.parametrize(
    ("value", "uri", "tag"),
    [
        ("<sip:a@b>;tag=1", "sip:a@b", "1"),
        ("sip:a@b;tag=1", "sip:a@b", "1"),
        ('"A <x>;tag=no" <sip:a@b;tag=no>;x=y; TAG = 2;z', "sip:a@b;tag=no", "2"),
        ('"quo\\"te" <sip:a@b>', "sip:a@b", ""),
        ("sip:a@b, sip:c@d", "sip:a@b", ""),
        ("<sip:a,b@c>, <sip:d>", "sip:a,b@c", ""),
        ("", "", ""),
    ],
)
def test_addresses(value: str, uri: str, tag: str) -> None:
    assert uri_of(value) == uri
    assert tag_of(value) == tag


def test_with_tag() -> None:
    assert with_tag("<sip:a>", "x") == "<sip:a>;tag=x"
    assert with_tag("<sip:a>;tag=y", "x") == "<sip:a>;tag=y"


def test_routes() -> None:
    values = ['<sip:a;lr>,"B, b" <sip:b,c;lr>;x="1,2" ,<sip:d>', "", "<sip:e;lr>"]
    assert routes_of(values) == (
        "<sip:a;lr>",
        '"B, b" <sip:b,c;lr>;x="1,2"',
        "<sip:d>",
        "<sip:e;lr>",
    )


@given(st.text(alphabet='<>",;\\ tag=x', max_size=60))
def test_any_text_is_borne(text: str) -> None:
    uri_of(text)
    assert tag_of(with_tag(text.replace('"', ""), "t")) or "<" in text
    for route in routes_of([text]):
        assert route == route.strip() != ""
