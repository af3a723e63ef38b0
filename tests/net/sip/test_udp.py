"""SIP over UDP on loopback: what comes, what goes, and what the network says of it."""

from __future__ import annotations

import asyncio
import errno
import select
import socket
import struct
from contextlib import suppress
from ipaddress import ip_address

import pytest
from sip_sockets import LOOPBACKS, Datagrams, Sockets, Told, message, turns, until

from seastool.net.sip import Limits, SipPorts, SipSocket
from seastool.net.sip import udp as udp_module
from seastool.sip.hop import UDP, Hop

HOME = ip_address("127.0.0.1").packed


def shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_message_comes_with_its_way_and_an_answer_goes_back(host: str) -> None:
    async def run() -> None:
        async with Sockets(UDP, host=host) as (ports, heard):
            with Datagrams(host) as peer:
                peer.send(message(1), ports.sockets[0])
                await until(lambda: heard.messages)
                assert heard.messages == [message(1)]
                hop = heard.hops[0]
                assert hop == Hop(UDP, peer.packed, ports.sockets[0].port, peer.packed, peer.port)
                ports.send(b"SIP/2.0 200 OK\r\n\r\n", hop)
                assert await peer.receive() == b"SIP/2.0 200 OK\r\n\r\n"
                assert ports.counts["datagrams received"] == ports.counts["datagrams sent"] == 1

    asyncio.run(run())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_hop_of_ours_leads_to_a_remote(host: str) -> None:
    async def run() -> None:
        async with Sockets(UDP, host=host) as (ports, _):
            with Datagrams(host) as peer:
                ports.send(message(2), ports.hop_to(UDP, peer.packed, peer.port))
                assert await peer.receive() == message(2)

    asyncio.run(run())


def test_more_datagrams_than_one_turn_takes_all_come_in_order() -> None:
    count = udp_module.A_TURN * 5 + 3

    async def run() -> None:
        async with Sockets(UDP, echo=True) as (ports, heard):
            with Datagrams() as peer:
                for number in range(count):
                    peer.send(message(number), ports.sockets[0])
                await until(lambda: len(heard.messages) == count)
                assert heard.messages == [message(number) for number in range(count)]
                assert [await peer.receive() for _ in range(count)] == heard.messages
                assert len({id(hop) for hop in heard.hops}) == 1

    asyncio.run(run())


def test_the_largest_datagram_passes_and_a_larger_one_fails() -> None:
    async def run() -> None:
        async with Sockets(UDP, echo=True) as (ports, heard):
            with Datagrams() as peer:
                whole = message(1, b"x" * 64_000)
                peer.send(whole, ports.sockets[0])
                assert await peer.receive() == whole
                ports.send(bytes(70_000), heard.hops[0])
                await until(lambda: heard.failures)
                assert heard.failures == [(bytes(70_000), heard.hops[0], "message too long")]

    asyncio.run(run())


@pytest.mark.parametrize("data", [b"", b"\r\n", b"\r\n\r\n", b"\0", bytes(4), b"\r\n\0", b"    "])
def test_keep_alives_are_dropped_and_counted(data: bytes) -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            with Datagrams() as peer:
                peer.send(data, ports.sockets[0])
                peer.send(message(), ports.sockets[0])
                await until(lambda: heard.messages)
                assert heard.messages == [message()]
                assert not heard.wrongs
                assert ports.counts["keep-alives"] == 1

    asyncio.run(run())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_line_ends_before_a_message_are_passed_over_and_other_bytes_are_told(host: str) -> None:
    async def run() -> None:
        async with Sockets(UDP, host=host) as (ports, heard):
            with Datagrams(host) as peer:
                peer.send(b"\x00\x01\x00\x00!\x12\xa4B" + bytes(12), ports.sockets[0])  # STUN
                peer.send(b"\r\n\r\n" + message(), ports.sockets[0])
                await until(lambda: heard.messages)
                assert heard.messages == [message()]
                assert heard.wrongs == [f"udp:{shown(host)}:{peer.port}: datagram that is not SIP"]

    asyncio.run(run())


def test_of_much_nonsense_only_some_is_told() -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            with Datagrams() as peer:
                for _ in range(100):
                    peer.send(b"\1\2\3", ports.sockets[0])
                await until(lambda: ports.counts["datagram that is not SIP"] == 100)
                assert len(heard.wrongs) == 5 + 4  # and the 8th, 16th, 32nd and 64th
                assert heard.wrongs[-1].endswith("(64 of this kind so far)")

    asyncio.run(run())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_what_the_network_refuses_is_told_and_others_are_not_harmed(host: str) -> None:
    async def run() -> None:
        async with Sockets(UDP, host=host) as (ports, heard):
            with Datagrams(host) as gone:
                dead = ports.hop_to(UDP, gone.packed, gone.port)
            with Datagrams(host) as peer:
                alive = ports.hop_to(UDP, peer.packed, peer.port)
                for number in range(10):  # an error of the one shows when the other is sent to
                    ports.send(message(number), dead)
                    ports.send(message(number), alive)
                assert [await peer.receive() for _ in range(10)] == [
                    message(number) for number in range(10)
                ]
                await until(lambda: len(heard.failures) == 10)
                assert {reason for _, _, reason in heard.failures} == {"connection refused"}
                assert {hop for _, hop, _ in heard.failures} == {dead}
                assert [data for data, _, _ in heard.failures] == [
                    message(number) for number in range(10)
                ]
                assert ports.counts["not sent: connection refused"] == 10

    asyncio.run(run())


def test_of_a_long_message_that_is_refused_its_beginning_comes_back() -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            with Datagrams() as gone:
                dead = ports.hop_to(UDP, gone.packed, gone.port)
            ports.send(message(1, b"x" * 3_000), dead)
            await until(lambda: heard.failures)
            data, hop, _ = heard.failures[0]
            assert hop == dead
            assert message(1, b"x" * 3_000).startswith(data)
            assert len(data) >= 500

    asyncio.run(run())


def icmp(number: int, origin: int, kind: int) -> list[tuple[int, int, bytes]]:
    level, option = (0, 11) if origin == 2 else (41, 25)
    return [
        (1, 29, b"time"),
        (level, option, struct.pack("=IBBBBII", number, origin, kind, 0, 0, 0, 0)),
    ]


@pytest.mark.parametrize(
    ("notes", "failure"),
    [
        (icmp(errno.ECONNREFUSED, 2, 3), errno.ECONNREFUSED),
        (icmp(errno.EHOSTUNREACH, 2, 3), errno.EHOSTUNREACH),
        (icmp(errno.ECONNREFUSED, 3, 1), errno.ECONNREFUSED),
        (icmp(errno.EPROTO, 3, 4), errno.EPROTO),
        (icmp(errno.EHOSTUNREACH, 2, 11), 0),  # time exceeded
        (icmp(errno.EHOSTUNREACH, 3, 3), 0),
        (icmp(errno.EMSGSIZE, 2, 3), 0),  # fragmentation needed
        (icmp(errno.EMSGSIZE, 1, 0), 0),  # of this machine: the call said it already
        ([(0, 11, b"short")], 0),
        ([], 0),
    ],
)
def test_which_errors_of_the_network_are_failures(notes, failure: int) -> None:
    assert udp_module.failure_of(notes) == failure


@pytest.mark.parametrize("size", [100, 65_520])  # refused by the network, by this machine
def test_an_error_alone_does_not_keep_the_loop_busy(size: int) -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            with Datagrams() as gone:
                dead = ports.hop_to(UDP, gone.packed, gone.port)
            ports.send(bytes(size), dead)
            await until(lambda: heard.failures)
            await turns(5)
            assert not select.select([ports._open[0]._raw], [], [], 0)[0]

    asyncio.run(run())


def test_many_errors_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp_module, "A_TURN", 2)

    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            with Datagrams() as gone:
                dead = ports.hop_to(UDP, gone.packed, gone.port)
            raw = ports._open[0]._raw
            for _ in range(20):
                with suppress(ConnectionRefusedError):
                    raw.sendto(message(), dead.sockaddr)
            await until(lambda: len(heard.failures) >= 10)
            await turns(5)
            assert not select.select([raw], [], [], 0)[0]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("remote", "port"), [(HOME, 0), (HOME, 70_000), (ip_address("::1").packed, 5060)]
)
def test_what_cannot_be_sent_fails_and_nothing_is_raised(remote: bytes, port: int) -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            hop = Hop(UDP, HOME, ports.sockets[0].port, remote, port)
            ports.send(message(), hop)
            assert not heard.failures  # the sender is in the middle of something
            await until(lambda: heard.failures)
            assert heard.failures[0][:2] == (message(), hop)

    asyncio.run(run())


def test_a_hop_that_is_none_of_ours_fails() -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, heard):
            ports.send(message(), Hop(UDP, HOME, 1, HOME, 5060))
            await until(lambda: heard.failures)
            assert heard.reasons == ["no such socket"]

    asyncio.run(run())


class Full:
    """A raw socket whose system buffer takes only some datagrams."""

    def __init__(self, raw: socket.socket, room: int) -> None:
        self.raw = raw
        self.room = room

    def sendto(self, data: bytes, sockaddr) -> int:
        if not self.room:
            raise BlockingIOError
        self.room -= 1
        return self.raw.sendto(data, sockaddr)


def test_a_full_system_buffer_delays_in_order_and_is_bounded() -> None:
    async def run() -> None:
        async with Sockets(UDP, limits=Limits(waiting=5)) as (ports, heard):
            with Datagrams() as peer:
                hop = ports.hop_to(UDP, peer.packed, peer.port)
                one = ports._open[0]
                full = Full(one._raw, 2)
                one._sendto = full.sendto
                for number in range(10):
                    ports.send(message(number), hop)
                await until(lambda: len(heard.failures) == 3)
                assert heard.reasons == ["the system's send buffer is full"] * 3
                full.room = 3
                assert [await peer.receive() for _ in range(5)] == [message(n) for n in range(5)]
                full.room = 100
                ports.send(message(10), hop)  # behind what waits
                assert [await peer.receive() for _ in range(3)] == [message(n) for n in (5, 6, 10)]
                assert len(heard.failures) == 3
                assert ports.counts["datagrams sent"] == 8

    asyncio.run(run())


def test_what_waits_when_it_is_closed_has_failed() -> None:
    async def run() -> None:
        sockets = Sockets(UDP)
        async with sockets as (ports, heard):
            one = ports._open[0]
            one._sendto = Full(one._raw, 0).sendto
            ports.send(message(), ports.hop_to(UDP, HOME, 5060))
        await turns(2)
        assert heard.reasons == ["closed"]

    asyncio.run(run())


def test_remotes_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp_module, "MAX_HOPS", 8)

    async def run() -> None:
        async with Sockets(UDP, echo=True) as (ports, heard):
            for number in range(30):
                with Datagrams() as peer:
                    peer.send(message(number), ports.sockets[0])
                    assert await peer.receive() == message(number)
            assert len(ports._open[0]._hops) <= 8
            assert len(heard.messages) == 30

    asyncio.run(run())


@pytest.mark.parametrize(("everywhere", "host"), [("0.0.0.0", "127.0.0.1"), ("::", "::1")])
def test_a_socket_on_all_addresses_says_which_one_a_peer_sees(everywhere: str, host: str) -> None:
    async def run() -> None:
        async with Sockets(UDP, host=everywhere, echo=True) as (ports, heard):
            with Datagrams(host) as peer:
                peer.send(message(), SipSocket(UDP, host, ports.sockets[0].port))
                assert await peer.receive() == message()
                assert heard.hops[0].local_address == peer.packed
                assert ports.hop_to(UDP, peer.packed, 9).local_address == peer.packed

    asyncio.run(run())


def test_ipv4_and_ipv6_may_have_the_same_port() -> None:
    async def run() -> None:
        async with Sockets(UDP, host="0.0.0.0") as (ports, _):
            port = ports.sockets[0].port
            other = SipPorts([SipSocket(UDP, "::", port)], Sockets().heard)
            await other.open()
            assert other.sockets == [SipSocket(UDP, "::", port)]
            await other.close()

    asyncio.run(run())


def test_several_sockets_each_answer_from_their_own() -> None:
    async def run() -> None:
        async with Sockets(UDP, UDP, UDP, echo=True) as (ports, heard):
            assert len({one.port for one in ports.sockets}) == 3
            with Datagrams() as peer:
                for one in ports.sockets:
                    peer.send(message(one.port), one)
                    await asyncio.sleep(0)
                    data, source = await asyncio.wait_for(
                        asyncio.get_running_loop().sock_recvfrom(peer.socket, 1 << 16), 5
                    )
                    assert (data, source[1]) == (message(one.port), one.port)
            assert [hop.local_port for hop in heard.hops] == [one.port for one in ports.sockets]

    asyncio.run(run())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_traffic_is_told_of_each_datagram(host: str) -> None:
    async def run() -> None:
        told = Told()
        async with Sockets(UDP, host=host, echo=True, traffic=told) as (ports, _):
            with Datagrams(host) as peer:
                peer.send(message(), ports.sockets[0])
                await peer.receive()
                ours = f"{shown(host)}:{ports.sockets[0].port}"
                theirs = f"{shown(host)}:{peer.port}"
                assert told.calls == [
                    ("datagram", ours, theirs, message(), False),
                    ("datagram", ours, theirs, message(), True),
                ]

    asyncio.run(run())


def test_the_receive_buffer_is_as_large_as_the_system_allows() -> None:
    async def run() -> None:
        async with Sockets(UDP) as (ports, _):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as usual:
                ours = ports._open[0]._raw.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
                assert ours > usual.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    asyncio.run(run())
