"""From and its like, Contact, Route and Record-Route."""

import pytest

from seastool.errors import DecodeError, EncodeError
from seastool.seas.address import Address, Contact, Contacts, Route, Routes
from seastool.seas.uri import Uri
from seastool.wire import Span

URI = Uri(uri=Span(7, 5), flags1=0x11, flags2=0, host=4, end=6)
URI_BYTES = "0705 11 00 04 06"


def test_an_address() -> None:
    address = Address(
        flags=3,
        display_name=Span(6, 3),
        tag=Span(30, 4),
        uri=URI,
        parameter_list=bytes([26, 30, 35]),
    )
    data = bytes.fromhex(f"03 06 0603 1e04 {URI_BYTES} 1a1e23")
    assert address.encode() == data
    assert Address.decode(data) == address


def test_the_uri_size_is_computed() -> None:
    assert Address(flags=0, uri_size=99, uri=URI).encode()[1] == 6
    assert Address.decode(bytes.fromhex(f"00 06 {URI_BYTES}")).uri_size == 6


@pytest.mark.parametrize("size", [0, 4, 10, 255])
def test_a_wrong_uri_size_is_an_error(size: int) -> None:
    with pytest.raises(DecodeError, match="uri"):
        Address.decode(bytes.fromhex(f"00 {size:02x} {URI_BYTES} 000000"))


def test_star() -> None:
    assert Contacts.decode(b"\1") == Contacts(flags=1)
    assert Contacts(flags=1).encode() == b"\1"
    with pytest.raises(EncodeError, match="contacts"):
        Contacts(flags=1, contacts=[]).encode()
    with pytest.raises(EncodeError, match="contacts"):
        Contacts(flags=0).encode()


def test_contacts() -> None:
    first = Contact(flags=6, q=Span(1, 2), expires=Span(3, 4), uri=URI)
    second = Contact(flags=0, uri=URI, parameter_list=b"\1\2\3")
    data = bytes.fromhex(f"00 02 0c 0b  06 06 0102 0304 {URI_BYTES}  00 06 {URI_BYTES} 010203")
    assert Contacts.decode(data) == Contacts(flags=0, contacts=[first, second])
    assert Contacts(flags=0, contacts=[first, second]).encode() == data


def test_bytes_behind_the_contacts_are_kept() -> None:
    assert Contacts.decode(b"\1\xaa\xbb") == Contacts(flags=1, padding=b"\xaa\xbb")
    assert Contacts(flags=1, padding=b"\xaa\xbb").encode() == b"\1\xaa\xbb"


def test_routes() -> None:
    route = Route(flags=1, display_name=Span(7, 2), uri=URI)
    data = bytes.fromhex(f"00 01 0a 01 06 0702 {URI_BYTES}")
    assert Routes.decode(data) == Routes(routes=[route])
    assert Routes(routes=[route]).encode() == data
