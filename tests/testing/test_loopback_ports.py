"""Free ports on loopback, and who listens there."""

from __future__ import annotations

import socket

import pytest

from seastool.testing.loopback_ports import FIRST, LAST, LOOPBACK, free_ports, listening

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


@pytest.mark.parametrize("transport", KINDS)
def test_who_listens_is_seen_and_gives_no_free_port(transport: str) -> None:
    port = free_ports(1)
    assert FIRST <= port < LAST
    with socket.socket(socket.AF_INET, KINDS[transport]) as taken:
        taken.bind((LOOPBACK, port))
        if transport == "tcp":
            assert port not in listening("tcp"), "it is bound only"
            taken.listen()
        assert port in listening(transport)


def test_ports_in_a_row_are_free_for_both() -> None:
    first = free_ports(3)
    taken = []
    try:
        for port in range(first, first + 3):
            for kind in KINDS.values():
                taken.append(socket.socket(socket.AF_INET, kind))
                taken[-1].bind((LOOPBACK, port))
    finally:
        for one in taken:
            one.close()
