"""Which way responses go: RFC 3261 section 18.2.2, RFC 3581 section 4."""

from __future__ import annotations

import pytest
from gateway_bench import Bench
from gateway_texts import ALICE, header, hop, sip

from seastool.sip.hop import TCP, Hop

BEHIND_NAT = hop("203.0.113.5", 40_000)


def answered(bench: Bench, via: str, where: Hop) -> tuple[str, str]:
    """Where the 200 goes, and its Via."""
    bench.receive(sip("OPTIONS", via=via), where)
    bench.replies(bench.event, 200)
    return str(bench.last.hop), header(bench.last.data, "Via")[0].replace(
        ";branch=z9hG4bK-1-1OPTIONS", ""
    )


@pytest.mark.parametrize(
    ("via", "goes", "shown"),
    [
        (
            "SIP/2.0/UDP 10.0.0.9:5062",
            "udp:203.0.113.5:5062",
            "SIP/2.0/UDP 10.0.0.9:5062;received=203.0.113.5",
        ),
        (
            "SIP/2.0/UDP 10.0.0.9",
            "udp:203.0.113.5:5060",
            "SIP/2.0/UDP 10.0.0.9;received=203.0.113.5",
        ),
        (
            "SIP/2.0/UDP 10.0.0.9:5062;rport",
            "udp:203.0.113.5:40000",
            "SIP/2.0/UDP 10.0.0.9:5062;rport=40000;received=203.0.113.5",
        ),
        (
            "SIP/2.0/UDP 203.0.113.5:40000",
            "udp:203.0.113.5:40000",
            "SIP/2.0/UDP 203.0.113.5:40000",
        ),
        (
            "SIP/2.0/UDP alice.example.com:5070",
            "udp:203.0.113.5:5070",
            "SIP/2.0/UDP alice.example.com:5070;received=203.0.113.5",
        ),
    ],
)
def test_over_udp(via: str, goes: str, shown: str) -> None:
    assert answered(Bench(), via, BEHIND_NAT) == (goes, shown)


@pytest.mark.parametrize(
    ("via", "goes"),
    [
        ("SIP/2.0/UDP 10.0.0.9:5062;maddr=10.0.0.44", "udp:10.0.0.44:5062"),
        ("SIP/2.0/UDP 10.0.0.9:5062;MADDR = 10.0.0.44 ;ttl=1", "udp:10.0.0.44:5062"),
        # RFC 3581 section 4: rport counts where there is no maddr.
        ("SIP/2.0/UDP 10.0.0.9:5062;rport;maddr=10.0.0.44", "udp:10.0.0.44:5062"),
        ("SIP/2.0/UDP 10.0.0.9:5062;maddr=example.com", "udp:203.0.113.5:5062"),
        ("SIP/2.0/UDP 10.0.0.9:5062;maddr=[2001:db8::9]", "udp:203.0.113.5:5062"),
        ("SIP/2.0/UDP 10.0.0.9:5062;maddr=1.2.3.4.5", "udp:203.0.113.5:5062"),
    ],
)
def test_maddr(via: str, goes: str) -> None:
    assert answered(Bench(), via, BEHIND_NAT)[0] == goes


@pytest.mark.parametrize("port", ["0", "65536", "99999", "4294967296"])
def test_a_port_that_there_is_not(port: str) -> None:
    bench = Bench()
    bench.receive(sip("OPTIONS", via=f"SIP/2.0/UDP 10.0.0.9:{port}"), BEHIND_NAT)
    if bench.events:
        bench.replies(bench.event, 200)
    for sent in bench.sent:
        assert 0 < sent.hop.remote_port < 65_536


def test_over_ipv6() -> None:
    alice = hop("2001:db8::9", 5062)
    goes, via = answered(Bench(), "SIP/2.0/UDP [2001:db8:0::9]:5070", alice)
    assert goes == "udp:[2001:db8::9]:5070"
    assert via == "SIP/2.0/UDP [2001:db8:0::9]:5070"


def test_over_tcp_the_connection_is_used_and_else_the_port_of_the_via() -> None:
    alice = hop(port=40_000, protocol=TCP, connection=17)
    bench = Bench()
    answered(bench, "SIP/2.0/TCP 10.0.0.9:5062;rport;maddr=10.0.0.44", alice)
    assert bench.last.hop.connection == 17
    assert str(bench.last.hop) == "tcp:10.0.0.9:5062"


def test_all_responses_go_the_same_way_whoever_makes_them() -> None:
    bench = Bench()
    via = "SIP/2.0/UDP 10.0.0.9:5062"
    bench.leave()
    bench.receive(sip(via=via), ALICE)
    bench.core.layer.most = 0
    bench.receive(sip(via=via, call="2"), ALICE)
    assert bench.out() == ["500 INVITE", "503 INVITE"]
    assert {str(sent.hop) for sent in bench.sent} == {"udp:10.0.0.9:5062"}
