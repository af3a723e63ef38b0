"""What sockets on all addresses are told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from seastool.net.sip import SipSocket, own_addresses
from seastool.sip.hop import TCP, UDP

IPV4 = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     |-- 198.51.100.7
        /32 host LOCAL
     |-- 198.51.100.8
        /32 host LOCAL
     |-- 198.51.100.255
        /32 link BROADCAST
     |-- 169.254.3.4
        /32 host LOCAL
"""
IPV6 = """\
00000000000000000000000000000001 01 80 10 80       lo
fd00000000000000000000000000abcd 02 40 00 80     eth0
fe8000000000000000fc00fffe000001 02 40 20 80     eth0
"""


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with these addresses, seen by others as 198.51.100.8 and fd00::abcd."""
    for name, content in (("_IPV4_ROUTES", IPV4), ("_IPV6_ADDRESSES", IPV6)):
        path = tmp_path / name
        path.write_text(content)
        monkeypatch.setattr(own_addresses, name, path)
    seen = {4: bytes((198, 51, 100, 8)), 16: b"\xfd" + bytes(13) + b"\xab\xcd"}
    monkeypatch.setattr(own_addresses, "routed", lambda remote: seen[len(remote)])
    return tmp_path


@pytest.mark.usefixtures("listed")
def test_the_one_that_others_see_then_loopback_then_the_rest() -> None:
    assert own_addresses.own_addresses(4) == ["198.51.100.8", "127.0.0.1", "198.51.100.7"]
    assert own_addresses.own_addresses(16) == ["fd00::abcd", "::1"]


def test_where_the_system_lists_none(listed: Path) -> None:
    for path in listed.iterdir():
        path.unlink()
    assert own_addresses.own_addresses(4) == ["198.51.100.8", "127.0.0.1"]
    assert own_addresses.own_addresses(16) == ["fd00::abcd", "::1"]


def test_without_a_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_addresses, "routed", lambda remote: bytes(len(remote)))
    assert own_addresses.own_addresses(4)[0] == "127.0.0.1"
    assert own_addresses.own_addresses(16)[0] == "::1"


@pytest.mark.usefixtures("listed")
def test_sockets() -> None:
    asked = [
        SipSocket(UDP, "0.0.0.0", 5060),
        SipSocket(TCP, "10.0.0.1", 5062),
        SipSocket(TCP, "::", 5064),
    ]
    assert own_addresses.concrete(asked) == [
        SipSocket(UDP, "198.51.100.8", 5060),
        SipSocket(UDP, "127.0.0.1", 5060),
        SipSocket(UDP, "198.51.100.7", 5060),
        SipSocket(TCP, "10.0.0.1", 5062),
        SipSocket(TCP, "fd00::abcd", 5064),
        SipSocket(TCP, "::1", 5064),
    ]
