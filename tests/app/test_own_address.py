"""Contact and Via of this server."""

import pytest

from seastool.app.own_address import OwnAddress
from seastool.errors import EncodeError
from seastool.seas.dialects import lookup
from seastool.seas.handshake import ListeningSocket

KAMAILIO = lookup("kamailio")


def socket(protocol: int, address: bytes, port: int = 5060) -> ListeningSocket:
    return ListeningSocket(protocol=protocol, name=address, address=address, port=port)


@pytest.mark.parametrize(
    ("sockets", "contact", "via"),
    [
        ([], "<sip:as@seastool.invalid>", "SIP/2.0/UDP seastool.invalid;branch=z9hG4bKx"),
        (
            [socket(2, b"10.0.0.1"), socket(1, b"10.0.0.2", 5070)],
            "<sip:as@10.0.0.2:5070>",
            "SIP/2.0/UDP 10.0.0.2:5070;branch=z9hG4bKx",
        ),
        (
            [socket(3, b"10.0.0.1")],
            "<sip:as@10.0.0.1:5060;transport=tls>",
            "SIP/2.0/TLS 10.0.0.1:5060;branch=z9hG4bKx",
        ),
        (
            [socket(1, b"[0:0:0:0:0:0:0:1]")],
            "<sip:as@[::1]:5060>",
            "SIP/2.0/UDP [::1]:5060;branch=z9hG4bKx",
        ),
        (
            [socket(1, b"\xff\r\n")],
            "<sip:as@seastool.invalid:5060>",
            "SIP/2.0/UDP seastool.invalid:5060;branch=z9hG4bKx",
        ),
    ],
)
def test_the_first_socket_udp_before_others(sockets, contact: str, via: str) -> None:
    own = OwnAddress(KAMAILIO, "as", "")
    assert own.contact(sockets) == contact
    assert own.via(sockets, "x") == via


def test_a_name_that_is_no_user_part_is_left_out() -> None:
    assert OwnAddress(KAMAILIO, "a b>", "").contact([]) == "<sip:seastool.invalid>"
    assert OwnAddress(KAMAILIO, "", "").contact([]) == "<sip:seastool.invalid>"


def test_a_contact_that_is_given() -> None:
    assert OwnAddress(KAMAILIO, "as", "sip:me@x").contact([socket(1, b"1.2.3.4")]) == "<sip:me@x>"
    with pytest.raises(EncodeError):
        OwnAddress(KAMAILIO, "as", "<sip:x>\r\nEvil: 1")
