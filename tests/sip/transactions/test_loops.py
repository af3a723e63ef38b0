"""Loops, by Via (RFC 3261 section 16.3 item 4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sip_exchange import read, request

from seastool.sip.transactions import has_loop, vias

OWN = {b"proxy.example.com:5060", b"[2001:db8::1]:5061"}


def with_via(value: bytes) -> bytes:
    return request(vias=b"Via: " + value + b"\r\n")


@pytest.mark.parametrize(
    ("via", "expected"),
    [
        (b"SIP/2.0/UDP proxy.example.com;branch=z9hG4bKours1", True),
        (b"SIP/2.0/UDP Proxy.Example.COM:5060;rport;branch=z9hG4bKours1", True),
        (b"SIP / 2.0 / UDP  proxy.example.com : 5060 ; Branch = z9hG4bKours1", True),
        (b"SIP/2.0/TLS [2001:db8::1];branch=z9hG4bKours1", True),
        (b"SIP/2.0/UDP 10.0.0.1, SIP/2.0/UDP proxy.example.com;branch=z9hG4bKours1", True),
        (b'SIP/2.0/UDP 10.0.0.1;x=",", SIP/2.0/TCP proxy.example.com;branch=z9hG4bKours', True),
        (b"SIP/2.0/UDP proxy.example.com;branch=z9hG4bKtheirs", False),
        (b"SIP/2.0/UDP proxy.example.com", False),
        (b"SIP/2.0/UDP proxy.example.com:5062;branch=z9hG4bKours1", False),
        (b"SIP/2.0/TCP [2001:db8::1];branch=z9hG4bKours1", False),
        (b"SIP/2.0/UDP other.example.com;branch=z9hG4bKours1", False),
        (b"nonsense", False),
        (b",,,", False),
    ],
)
def test_a_via_of_ours_is_a_loop(via: bytes, expected: bool) -> None:
    assert has_loop(read(with_via(via)), OWN, b"z9hG4bKours") is expected


def test_a_callable_may_tell_a_spiral_from_a_loop() -> None:
    message = read(with_via(b"SIP/2.0/UDP proxy.example.com;branch=z9hG4bK1.hash"))
    seen = []

    def is_loop(sent_by: bytes, branch: bytes) -> bool:
        seen.append((sent_by, branch))
        return sent_by in OWN and branch.endswith(b".other")

    assert not has_loop(message, is_loop)
    expected = [(b"127.0.0.2:5070", b"z9hG4bK1"), (b"proxy.example.com:5060", b"z9hG4bK1.hash")]
    assert seen == expected
    assert has_loop(message, lambda sent_by, branch: branch.endswith(b".hash"))


@given(st.binary(max_size=60).filter(lambda value: b"\n" not in value))
def test_whatever_the_second_via_says_it_is_read_or_left_out(value: bytes) -> None:
    found = list(vias(read(with_via(b"x" + value))))
    assert found[0] == (b"127.0.0.2:5070", b"z9hG4bK1")
