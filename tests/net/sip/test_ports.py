"""Listening: free ports, taken ones, families; ways to remotes."""

from __future__ import annotations

import asyncio
import errno
import socket
from ipaddress import ip_address

import pytest
from sip_sockets import Heard, Sockets

from seastool.errors import LocalProtocolError
from seastool.net.sip import SipPorts, SipSocket
from seastool.sip.hop import TCP, UDP

HOME, HOME6 = ip_address("127.0.0.1").packed, ip_address("::1").packed


def test_udp_and_tcp_of_one_host_share_a_free_port() -> None:
    async def run() -> None:
        async with Sockets(UDP, TCP, UDP, TCP) as (ports, _):
            udp, tcp, udp2, tcp2 = ports.sockets
            assert udp.port == tcp.port
            assert udp2.port == tcp2.port
            assert udp.port != udp2.port
            assert [one.protocol for one in ports.sockets] == [UDP, TCP, UDP, TCP]

    asyncio.run(run())


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_that_is_taken_is_named_and_nothing_stays_open(kind: int) -> None:
    async def run() -> None:
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM:
                taken.listen()
            port = taken.getsockname()[1]
            protocol, name = (UDP, "udp") if kind == socket.SOCK_DGRAM else (TCP, "tcp")
            other = SipSocket(TCP if protocol == UDP else UDP, "127.0.0.1", port)
            ports = SipPorts([other, SipSocket(protocol, "127.0.0.1", port)], Heard())
            with pytest.raises(OSError, match=f"{name}:127.0.0.1:{port}: address already in use"):
                await ports.open()
            again = SipPorts([other], Heard())  # it was given up
            await again.open()
            await again.close()

    asyncio.run(run())


def test_a_port_that_another_listens_on_is_found_out_before_anything_listens() -> None:
    async def run() -> None:
        async with Sockets(TCP) as (ports, _):
            second = SipPorts([ports.sockets[0]], Heard())
            with pytest.raises(OSError, match="address already in use") as caught:
                await second.open()
            assert caught.value.errno == errno.EADDRINUSE

    asyncio.run(run())


@pytest.mark.parametrize("protocol", [UDP, TCP])
def test_the_same_socket_twice_is_an_error(protocol: int) -> None:
    async def run() -> None:
        async with Sockets(protocol) as (ports, _):
            one = ports.sockets[0]
        twice = SipPorts([one, one], Heard())
        with pytest.raises(OSError, match="address already in use"):
            await twice.open()
        once = SipPorts([one], Heard())
        await once.open()
        await once.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "host", ["no.such.host.invalid", "1.2.3.4", "127.0.0.1 x", "\0", "x" * 300]
)
def test_a_host_that_is_not_ours_is_an_os_error_of_one_line(host: str) -> None:
    async def run() -> None:
        with pytest.raises(OSError, match="cannot listen on udp:") as caught:
            await SipPorts([SipSocket(UDP, host, 0)], Heard()).open()
        assert "\n" not in str(caught.value)

    asyncio.run(run())


def test_a_way_is_by_the_first_socket_of_protocol_and_family() -> None:
    async def run() -> None:
        sockets = [
            SipSocket(TCP, "127.0.0.1", 0),
            SipSocket(UDP, "::1", 0),
            SipSocket(UDP, "127.0.0.1", 0),
            SipSocket(UDP, "127.0.0.2", 0),
        ]
        ports = SipPorts(sockets, Heard())
        await ports.open()
        tcp, six, four, _ = ports.sockets
        hop = ports.hop_to(UDP, HOME, 5060)
        assert (hop.local_address, hop.local_port) == (HOME, four.port)
        assert (hop.remote_address, hop.remote_port) == (HOME, 5060)
        assert ports.hop_to(UDP, HOME, 5060) is hop
        assert ports.hop_to(UDP, HOME6, 5060).local_port == six.port
        assert ports.hop_to(TCP, HOME, 5060).local_port == tcp.port
        with pytest.raises(LocalProtocolError, match="no tcp socket for IPv6"):
            ports.hop_to(TCP, HOME6, 5060)
        await ports.close()

    asyncio.run(run())


def test_a_name_may_be_listened_on() -> None:
    async def run() -> None:
        async with Sockets(UDP, TCP, host="localhost") as (ports, _):
            assert {one.host for one in ports.sockets} <= {"127.0.0.1", "::1"}

    asyncio.run(run())


def test_it_may_be_closed_unopened_and_twice() -> None:
    async def run() -> None:
        await SipPorts([SipSocket(UDP, "127.0.0.1", 0)], Heard()).close()
        async with Sockets() as (ports, _):
            await ports.close()

    asyncio.run(run())
