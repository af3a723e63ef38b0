"""What is let into SIP text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seastool.app import tokens
from seastool.app.new_headers import body_of, new_headers
from seastool.app.reply_text import header_lines
from seastool.errors import EncodeError, SeasError


@given(st.text(), st.text())
def test_no_header_begins_another(name: str, value: str) -> None:
    try:
        lines = header_lines(new_headers([(name, value)], b"", None))
    except SeasError:
        return
    assert lines.count(b"\r\n") == 1
    assert re.fullmatch(rb"[^\r\n]*\r\n", lines)
    assert lines.startswith(name.encode() + b": ")


@given(st.text())
def test_no_uri_ends_the_start_line(text: str) -> None:
    try:
        uri = tokens.checked_uri(text)
    except EncodeError:
        return
    assert len(uri.split()) == 1
    assert not re.search(r"[<>\"\r\n]", uri)


@pytest.mark.parametrize("uri", ["sip:bob@example.com", "tel:+491", "sips:[::1]:5061;x=y?a=b"])
def test_uris(uri: str) -> None:
    assert tokens.checked_uri(uri) == uri


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("sip:a@b", "<sip:a@b>"),
        (" sip:a@b ", "<sip:a@b>"),
        ("<sip:a@b>", "<sip:a@b>"),
        ('"A <x>" <sip:a@b>;p=1', '"A <x>" <sip:a@b>;p=1'),
    ],
)
def test_addresses(value: str, address: str) -> None:
    assert tokens.checked_address("To", value) == address


@pytest.mark.parametrize("value", ["", "bob", "<bob>", "<sip:a b>", "A <>", "<sip:a\n>"])
def test_what_is_no_address(value: str) -> None:
    with pytest.raises(EncodeError):
        tokens.checked_address("To", value)


def test_bodies() -> None:
    assert body_of(None) == b""
    assert body_of("é") == b"\xc3\xa9"
    assert body_of(bytearray(b"x")) == b"x"
    assert new_headers({}, b"v=0\r\n", None)["Content-Type"] == "application/sdp"
    assert new_headers({}, b"hello", None)["Content-Type"] == "text/plain"
    assert new_headers({"c": "a/b"}, b"hello", None)["Content-Type"] == "a/b"
    assert new_headers({"c": "a/b"}, b"hello", "x/y")["Content-Type"] == "x/y"
    assert "Content-Type" not in new_headers({}, b"", None)
