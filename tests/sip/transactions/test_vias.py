"""Sent-by and branch of each Via (RFC 3261 section 16.3 item 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_exchange import read, request

from seastool.sip.transactions import vias

TOP = (b"127.0.0.2:5070", b"z9hG4bK1")
OURS = b"proxy.example.com:5060"


def with_via(value: bytes) -> bytes:
    return request(vias=b"Via: " + value + b"\r\n")


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        (b"SIP/2.0/UDP proxy.example.com;branch=z9hG4bK1", [(OURS, b"z9hG4bK1")]),
        (b"SIP/2.0/UDP Proxy.Example.COM:5060;rport;branch=z9hG4bK1", [(OURS, b"z9hG4bK1")]),
        (b"SIP / 2.0 / UDP  proxy.example.com : 5060 ; Branch = z1", [(OURS, b"z1")]),
        (b"SIP/2.0/TLS [2001:db8::1];branch=z1", [(b"[2001:db8::1]:5061", b"z1")]),
        (b"SIP/2.0/TCP [2001:db8::1];branch=z1", [(b"[2001:db8::1]:5060", b"z1")]),
        (
            b"SIP/2.0/UDP 10.0.0.1, SIP/2.0/UDP proxy.example.com;branch=z1",
            [(b"10.0.0.1:5060", b""), (OURS, b"z1")],
        ),
        (
            b'SIP/2.0/UDP 10.0.0.1;x=",", SIP/2.0/TCP proxy.example.com;branch=z1',
            [(b"10.0.0.1:5060", b""), (OURS, b"z1")],
        ),
        (b"SIP/2.0/UDP proxy.example.com:5062", [(b"proxy.example.com:5062", b"")]),
        (b"nonsense", []),
        (b",,,", []),
    ],
)
def test_each_via_is_told(via: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    assert list(vias(read(with_via(via)))) == [TOP, *expected]


@given(st.binary(max_size=60).filter(lambda value: b"\n" not in value))
def test_whatever_the_second_via_says_it_is_read_or_left_out(value: bytes) -> None:
    assert next(iter(vias(read(with_via(b"x" + value))))) == TOP
