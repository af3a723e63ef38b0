"""SIP over TCP on loopback: messages cut and joined, connections used again, limits."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from ipaddress import ip_address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sip_sockets import LOOPBACKS, Sockets, Stream, Told, listening, message, turns, until

from seastool.net.sip import Limits
from seastool.net.sip import tcp as tcp_module
from seastool.sip.framing import MAX_BODY, MAX_HEAD
from seastool.sip.hop import TCP, UDP, Hop

HOME = ip_address("127.0.0.1").packed
RESET = struct.pack("ii", 1, 0)


async def accepted(raw: socket.socket) -> Stream:
    loop = asyncio.get_running_loop()
    return Stream((await asyncio.wait_for(loop.sock_accept(raw), 5))[0])


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_message_comes_with_its_way_and_an_answer_goes_back(host: str) -> None:
    async def run() -> None:
        async with Sockets(TCP, host=host, echo=True) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(message(1, b"body"))
                assert await peer.exactly(len(message(1, b"body"))) == message(1, b"body")
                hop, port = heard.hops[0], peer.socket.getsockname()[1]
                packed = ip_address(host).packed
                assert hop == Hop(TCP, packed, ports.sockets[0].port, packed, port, hop.connection)
                assert hop.connection >= 1_000_000

    asyncio.run(run())


@given(
    bodies=st.lists(st.binary(max_size=40), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 60), max_size=12),
    gaps=st.lists(st.sampled_from([b"", b"\r\n", b"\r\n\r\n"]), min_size=6, max_size=6),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_however_the_stream_is_cut_the_same_messages_come(
    bodies: list[bytes], cuts: list[int], gaps: list[bytes]
) -> None:
    sent = [message(number, body) for number, body in enumerate(bodies)]
    stream = b"".join(gap + one for one, gap in zip(sent, gaps, strict=False))

    async def run() -> None:
        async with Sockets(TCP) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                at = 0
                for cut in cuts:
                    await peer.send(stream[at : at + cut])
                    at += cut
                    await asyncio.sleep(0)
                await peer.send(stream[at:])
                await until(lambda: len(heard.messages) == len(sent))
                assert heard.messages == sent
                assert not heard.wrongs

    asyncio.run(run())


def test_what_is_sent_in_one_turn_goes_out_in_order_and_together() -> None:
    async def run() -> None:
        told = Told()
        async with Sockets(TCP, traffic=told) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(message())
                await until(lambda: heard.messages)
                for number in range(20):
                    ports.send(message(number), heard.hops[0])
                whole = b"".join(message(number) for number in range(20))
                assert await peer.exactly(len(whole)) == whole
                assert [call for call in told.calls if call[-1] is True] == [
                    ("data", heard.hops[0].connection, whole, True)
                ]

    asyncio.run(run())


@pytest.mark.parametrize("host", LOOPBACKS)
def test_a_connection_is_made_when_it_is_needed_and_used_again(host: str) -> None:
    async def run() -> None:
        async with Sockets(TCP, host=host) as (ports, heard):
            with listening(host) as remote:
                port, packed = remote.getsockname()[1], ip_address(host).packed
                hop = ports.hop_to(TCP, packed, port)
                for number in range(3):  # before it is there
                    ports.send(message(number), hop)
                with await accepted(remote) as peer:
                    ports.send(message(3), hop)
                    whole = b"".join(message(number) for number in range(4))
                    assert await peer.exactly(len(whole)) == whole
                    await peer.send(message(9))
                    await until(lambda: heard.messages)
                    back = heard.hops[0]
                    assert (back.remote_address, back.remote_port) == (packed, port)
                    assert back.local_port == ports.sockets[0].port
                    ports.send(message(4), back)
                    assert await peer.exactly(len(message(4))) == message(4)
                    assert ports.connections == ports.counts["connections made"] == 1
                    assert not ports.counts["connections accepted"]

    asyncio.run(run())


def test_an_answer_goes_by_its_connection_and_once_that_is_gone_by_another() -> None:
    async def run() -> None:
        async with Sockets(TCP) as (ports, heard):
            with listening() as remote:
                sent_by = remote.getsockname()[1]
                peer = await Stream.to(ports.sockets[0])
                await peer.send(message())
                await until(lambda: heard.hops)
                came = heard.hops[0]
                # RFC 3261 section 18.2.2: the connection, else the port of the Via.
                way = Hop(TCP, HOME, came.local_port, HOME, sent_by, came.connection)
                ports.send(message(1), way)
                assert await peer.exactly(len(message(1))) == message(1)
                peer.close()
                await until(lambda: ports.connections == 0)
                ports.send(message(2), way)
                with await accepted(remote) as other:
                    assert await other.exactly(len(message(2))) == message(2)

    asyncio.run(run())


def test_a_connection_is_made_from_the_address_that_is_listened_on() -> None:
    async def run() -> None:
        async with Sockets(TCP, host="127.0.0.2") as (ports, _):
            with listening() as remote:
                ports.send(message(), ports.hop_to(TCP, HOME, remote.getsockname()[1]))
                with await accepted(remote) as peer:
                    assert peer.socket.getpeername()[0] == "127.0.0.2"
                    assert await peer.exactly(len(message())) == message()

    asyncio.run(run())


def test_of_two_connections_to_one_remote_the_other_is_used_when_one_ends() -> None:
    async def run() -> None:
        async with Sockets(TCP) as (ports, heard):
            loop = asyncio.get_running_loop()
            remote, second = socket.socket(), socket.socket()
            for raw in (remote, second):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                raw.setblocking(False)
            remote.bind(("127.0.0.1", 0))
            second.bind(remote.getsockname())
            remote.listen()
            hop = ports.hop_to(TCP, HOME, remote.getsockname()[1])
            ports.send(message(1), hop)
            first = await accepted(remote)
            await first.exactly(len(message(1)))
            await loop.sock_connect(second, ("127.0.0.1", ports.sockets[0].port))
            with Stream(second) as other:
                await other.send(message(2))
                await until(lambda: heard.messages)
                first.close()
                await until(lambda: ports.connections == 1)
                ports.send(message(3), hop)
                assert await other.exactly(len(message(3))) == message(3)
            remote.close()

    asyncio.run(run())


def test_nobody_there_is_told_for_each_message() -> None:
    async def run() -> None:
        async with Sockets(TCP) as (ports, heard):
            with listening() as gone:
                port = gone.getsockname()[1]
            hop = ports.hop_to(TCP, HOME, port)
            for number in range(3):
                ports.send(message(number), hop)
            await until(lambda: len(heard.failures) == 3)
            assert [data for data, _, _ in heard.failures] == [message(n) for n in range(3)]
            assert set(heard.reasons) == {"connection refused"}
            assert {(way.remote_address, way.remote_port) for _, way, _ in heard.failures} == {
                (HOME, port)
            }
            assert ports.connections == 0

    asyncio.run(run())


def test_a_connection_that_does_not_come_about_is_given_up_and_what_waits_is_bounded() -> None:
    async def run() -> None:
        limits = Limits(connect=0.15, unsent=2_000)
        async with Sockets(TCP, limits=limits) as (ports, heard):
            with listening(backlog=0) as full:
                name = full.getsockname()
                fillers = [socket.socket() for _ in range(2)]
                for filler in fillers:
                    filler.setblocking(False)
                    filler.connect_ex(name)
                await turns(5)
                for number in range(20):
                    ports.send(message(number, pad=300), ports.hop_to(TCP, HOME, name[1]))
                await until(lambda: heard.failures)
                assert 13 <= len(heard.failures) <= 15
                assert set(heard.reasons) == {"waits for its connection: the queue is full"}
                await until(lambda: len(heard.failures) == 20)
                assert heard.reasons[-1] == "connection timed out"
                for filler in fillers:
                    filler.close()

    asyncio.run(run())


@pytest.mark.parametrize("local", [ip_address("192.0.2.1").packed, ip_address("::1").packed])
def test_an_address_that_is_not_ours_fails(local: bytes) -> None:
    async def run() -> None:
        async with Sockets(TCP) as (ports, heard):
            ports.send(message(), Hop(TCP, local, 5060, HOME, 9))
            ports.send(message(), Hop(TCP, HOME, 5060, HOME, 70_000))
            await until(lambda: len(heard.failures) == 2)

    asyncio.run(run())


def test_no_file_is_left_for_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, heard):

            def none_left(*_: object) -> socket.socket:
                raise OSError(errno.EMFILE, "too many open files")

            with monkeypatch.context() as patch:
                patch.setattr(tcp_module.sockets, "socket", none_left)
                ports.send(message(), ports.hop_to(TCP, HOME, 9))
                await until(lambda: heard.failures)
            assert heard.reasons == ["too many open files"]
            assert ports.connections == 0

    asyncio.run(run())


def test_connections_are_fewer_than_files(monkeypatch: pytest.MonkeyPatch) -> None:
    files = tcp_module.OTHER_FILES + 2
    monkeypatch.setattr(tcp_module.resource, "getrlimit", lambda _: (files, files))

    async def run() -> None:
        async with Sockets(TCP) as (ports, _):
            peers = [await Stream.to(ports.sockets[0]) for _ in range(3)]
            assert await peers[2].receive() == b""
            assert ports.connections == 2
            for peer in peers:
                peer.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("ping", "pongs"),
    [(b"\r\n\r\n", 1), (b"\r\n", 0), (message() + b"\r\n\r\n", 1), (b"\r\n\r\n" + message(), 1)],
)
def test_a_ping_has_its_pong(ping: bytes, pongs: int) -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(ping)
                await until(lambda: ports._open and ports.connections)
                await turns(5)
                await peer.send(message(2))
                size = len(message(2)) + 2 * pongs + (len(message()) if message() in ping else 0)
                answer = await peer.exactly(size)
                assert len(answer) == size
                assert answer.replace(message(), b"").replace(message(2), b"") == b"\r\n" * pongs
                assert not heard.wrongs

    asyncio.run(run())


GARBAGE = {
    "text": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no SIP start line"),
    "bytes": (bytes(range(256)), "no SIP start line"),
    "behind a message": (message() + b"\x1b[31m\r\n\r\n", "no SIP start line"),
    "before a message": (b"\0\0\0\0 garbage\r\n" + message(), "no SIP start line"),
    "large head": (message(pad=MAX_HEAD + 10), "headers exceed 64 KiB"),
    "endless head": (message(pad=MAX_HEAD + 10)[: MAX_HEAD + 10], "headers exceed 64 KiB"),
    "large body": (
        b"MESSAGE sip:x SIP/2.0\r\nl: %d\r\n\r\n" % (MAX_BODY + 1),
        "body exceeds 256 KiB",
    ),
    "largest body": (
        b"MESSAGE sip:x SIP/2.0\r\nl: 9999999999\r\n\r\n",
        "body exceeds 256 KiB",
    ),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_what_is_no_sip_ends_the_connection(kind: str) -> None:
    data, why = GARBAGE[kind]

    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, heard):
            with (
                await Stream.to(ports.sockets[0]) as peer,
                await Stream.to(ports.sockets[0]) as good,
            ):
                await peer.send(data)
                await until(lambda: heard.wrongs)
                assert len(heard.wrongs) == 1
                assert why in heard.wrongs[0]
                assert heard.wrongs[0].isprintable()
                assert heard.messages == ([message()] if kind == "behind a message" else [])
                while await peer.receive():
                    pass
                await good.send(message(5))
                assert await good.exactly(len(message(5))) == message(5)
                assert ports.connections == 1

    asyncio.run(run())


BROKEN = message().replace(b" SIP/2.0\r\n", b" SIP/2.0 \r\n", 1)


@pytest.mark.parametrize("before", [b"", message(1)])
def test_a_broken_request_is_answered_before_the_end(before: bytes) -> None:
    """And what came before; what comes behind is not read any more."""
    head = BROKEN.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(before + head + message(2))
                assert await peer.exactly(len(before + head)) == before + head
                assert not await peer.receive()
                assert heard.messages == [*([before] if before else []), head]
                assert "no SIP start line" in heard.wrongs[0]
                assert ports.connections == 0

    asyncio.run(run())


def test_a_large_message_within_the_limits_comes() -> None:
    large = message(1, b"x" * MAX_BODY, pad=MAX_HEAD - 500)

    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                sending = asyncio.create_task(peer.send(large))
                assert await peer.exactly(len(large)) == large
                await sending
                assert not heard.wrongs

    asyncio.run(run())


@pytest.mark.parametrize("trickle", [False, True])
def test_half_a_message_has_its_time_however_slowly_it_goes_on(trickle: bool) -> None:
    async def run() -> None:
        limits = Limits(half_message=0.1)
        async with Sockets(TCP, limits=limits) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(message(1) + message(2)[:40])
                for at in range(40, 60):
                    if trickle and not heard.wrongs:
                        await peer.send(message(2)[at : at + 1])
                        await asyncio.sleep(0.01)
                await until(lambda: heard.wrongs)
                assert heard.messages == [message(1)]
                assert "half a message" in heard.wrongs[0]
                assert await peer.receive() == b""
                await until(lambda: ports.connections == 0)

    asyncio.run(run())


def test_a_busy_connection_that_always_has_half_a_message_stays() -> None:
    async def run() -> None:
        async with Sockets(TCP, limits=Limits(half_message=0.3)) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                stream = b"".join(message(number) for number in range(20))
                size = len(message(0)) + 1
                for at in range(0, len(stream), size):
                    await peer.send(stream[at : at + size])
                    await asyncio.sleep(0.02)
                await until(lambda: len(heard.messages) == 20)
                assert not heard.wrongs

    asyncio.run(run())


def test_an_idle_connection_is_closed_and_one_that_is_kept_alive_is_not() -> None:
    async def run() -> None:
        async with Sockets(TCP, limits=Limits(idle=0.3)) as (ports, _):
            with (
                await Stream.to(ports.sockets[0]) as idle,
                await Stream.to(ports.sockets[0]) as kept,
            ):
                waiting = asyncio.create_task(idle.receive())
                while not waiting.done():
                    await kept.send(b"\r\n\r\n")
                    await asyncio.sleep(0.02)
                assert await waiting == b""
                assert ports.connections == 1
                assert ports.counts["idle connections closed"] == 1

    asyncio.run(run())


def test_a_slow_reader_is_not_read_from_is_bounded_and_then_given_up() -> None:
    async def run() -> None:
        limits = Limits(unsent=200_000, stalled=0.3)
        async with Sockets(TCP, limits=limits) as (ports, heard):
            with await Stream.to(ports.sockets[0], small=True) as peer:
                await peer.send(message())
                await until(lambda: heard.hops)
                large = message(1, b"x" * 60_000)
                count = 0
                while not heard.failures:
                    ports.send(large, heard.hops[0])
                    count += 1
                    assert count < 2_000
                    await asyncio.sleep(0)
                assert heard.reasons[0] == "the peer reads too slowly: the queue is full"
                before = len(heard.messages)
                await peer.send(message(3))
                await turns(20)
                assert len(heard.messages) == before
                await until(lambda: heard.wrongs)
                assert "the peer reads nothing" in heard.wrongs[0]
                await until(lambda: "connection closed" in heard.reasons)
                # All that the system had not been given is told, message by message.
                assert {data for data, _, _ in heard.failures} == {large}
                await until(lambda: ports.connections == 0)

    asyncio.run(run())


def test_a_reader_that_reads_again_gets_everything() -> None:
    async def run() -> None:
        async with Sockets(TCP, limits=Limits(unsent=1 << 25)) as (ports, heard):
            with await Stream.to(ports.sockets[0], small=True) as peer:
                await peer.send(message())
                await until(lambda: heard.hops)
                paused = ports._connections._by_number[heard.hops[0].connection]
                raw = paused._transport.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10_000)
                sent = [message(number, b"x" * 50_000) for number in range(30)]
                for one in sent:
                    ports.send(one, heard.hops[0])
                await until(lambda: not paused._writable)
                await peer.send(message(7))
                whole = b"".join(sent)
                assert await peer.exactly(len(whole)) == whole
                await until(lambda: len(heard.messages) == 2)
                assert not heard.failures

    asyncio.run(run())


def test_a_thousand_connections() -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, heard):
            peers = [await Stream.to(ports.sockets[0]) for _ in range(1_000)]
            for number, peer in enumerate(peers):
                await peer.send(message(number))
            for number, peer in enumerate(peers):
                assert await peer.exactly(len(message(number))) == message(number)
            assert ports.connections == 1_000
            assert len({hop.connection for hop in heard.hops}) == 1_000
            for peer in peers:
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                peer.close()
            await until(lambda: ports.connections == 0)

    asyncio.run(run())


def test_what_all_peers_have_left_half_is_bounded() -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True, limits=Limits(held=20_000)) as (ports, heard):
            half = message(1, b"x" * 9_000)[:-1]
            peers = [await Stream.to(ports.sockets[0]) for _ in range(3)]
            for peer in peers:
                await peer.send(half)
            await until(lambda: heard.wrongs)
            assert "too much of all peers" in heard.wrongs[0]
            await until(lambda: ports.connections == 2)
            for peer in peers:
                peer.close()
            await until(lambda: ports.connections == 0)
            assert ports._connections.held == 0
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(half + b"x")
                assert await peer.exactly(len(half) + 1) == half + b"x"
                assert ports._connections.held == 0

    asyncio.run(run())


def test_what_waits_for_all_peers_is_bounded() -> None:
    async def run() -> None:
        async with Sockets(TCP, limits=Limits(held=2_000)) as (ports, heard):
            with listening() as remote:
                hop = ports.hop_to(TCP, HOME, remote.getsockname()[1])
                for number in range(10):
                    ports.send(message(number, pad=300), hop)
                await until(lambda: heard.failures)
                assert set(heard.reasons) == {"too much waits for all peers"}
                with await accepted(remote) as peer:
                    sent = 10 - len(heard.failures)
                    whole = b"".join(message(number, pad=300) for number in range(sent))
                    assert await peer.exactly(len(whole)) == whole
                    assert ports._connections.held == 0

    asyncio.run(run())


def test_one_connection_too_many_is_refused_and_counted() -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True, limits=Limits(connections=2)) as (ports, heard):
            peers = [await Stream.to(ports.sockets[0]) for _ in range(3)]
            assert await peers[2].receive() == b""
            assert ports.counts["connection refused: there are too many"] == 1
            ports.send(message(), ports.hop_to(TCP, HOME, 9))
            await until(lambda: heard.failures)
            assert heard.reasons == ["too many connections"]
            await peers[0].send(message())
            assert await peers[0].exactly(len(message())) == message()
            peers[1].close()
            await until(lambda: ports.connections == 1)
            again = await Stream.to(ports.sockets[0])
            await again.send(message(4))
            assert await again.exactly(len(message(4))) == message(4)
            for peer in (*peers, again):
                peer.close()

    asyncio.run(run())


def test_a_connection_that_ends_within_a_message_is_told() -> None:
    async def run() -> None:
        async with Sockets(TCP) as (ports, heard):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(message()[:-10])
            await until(lambda: heard.wrongs)
            assert "ended within a message" in heard.wrongs[0]
            await until(lambda: ports.connections == 0)

    asyncio.run(run())


def test_a_peer_that_writes_no_more_still_gets_its_answers() -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, _):
            with await Stream.to(ports.sockets[0]) as peer:
                await peer.send(message(1) + message(2))
                peer.socket.shutdown(socket.SHUT_WR)
                whole = message(1) + message(2)
                assert await peer.exactly(len(whole)) == whole
                assert await peer.receive() == b""

    asyncio.run(run())


def test_resets_in_every_state_leave_nothing() -> None:
    async def run() -> None:
        async with Sockets(TCP, echo=True) as (ports, _):
            for data in (b"", message(), message()[:30], b"\r\n\r\n", b"garbage" * 10):
                peer = await Stream.to(ports.sockets[0])
                if data:
                    await peer.send(data)
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                peer.close()
            await turns(5)
            await until(lambda: ports.connections == 0)
            with await Stream.to(ports.sockets[0]) as good:
                await good.send(message())
                assert await good.exactly(len(message())) == message()

    asyncio.run(run())


def test_traffic_is_told_of_connections_both_ways() -> None:
    async def run() -> None:
        told = Told()
        numbers = iter(range(7, 100))
        async with Sockets(TCP, echo=True, traffic=told, number=numbers.__next__) as (ports, _):
            ours = f"127.0.0.1:{ports.sockets[0].port}"
            with await Stream.to(ports.sockets[0]) as peer:
                theirs = f"127.0.0.1:{peer.socket.getsockname()[1]}"
                await peer.send(message())
                await peer.exactly(len(message()))
            await until(lambda: ports.connections == 0)
            assert told.calls == [
                ("opened", 7, ours, theirs),
                ("data", 7, message(), False),
                ("data", 7, message(), True),
                ("closed", 7, False, False),
                ("closed", 7, True, False),
            ]
            told.calls.clear()
            with listening() as remote:
                ports.send(message(), ports.hop_to(TCP, HOME, remote.getsockname()[1]))
                with await accepted(remote) as peer:
                    await peer.exactly(len(message()))
                    local = f"127.0.0.1:{peer.socket.getpeername()[1]}"
                    far = f"127.0.0.1:{remote.getsockname()[1]}"
                    assert told.calls == [
                        ("opened", 8, local, far),
                        ("data", 8, message(), True),
                    ]
        assert told.calls[2:] in (
            [("closed", 8, True, False)],
            [("closed", 8, False, False), ("closed", 8, True, False)],
        )

    asyncio.run(run())


def test_closing_sends_what_was_written_and_ends_what_is_being_made() -> None:
    async def run() -> None:
        sockets = Sockets(UDP, TCP)
        async with sockets as (ports, heard):
            peer = await Stream.to(ports.sockets[1])
            await peer.send(message())
            await until(lambda: heard.hops)
            with listening(backlog=0) as full:
                fillers = [socket.socket() for _ in range(2)]
                for filler in fillers:
                    filler.setblocking(False)
                    filler.connect_ex(full.getsockname())
                ports.send(message(3), ports.hop_to(TCP, HOME, full.getsockname()[1]))
                ports.send(message(2), heard.hops[0])
                await ports.close()
                ports.send(message(4), ports.hop_to(TCP, HOME, 9))
                for filler in fillers:
                    filler.close()
            assert await peer.exactly(len(message(2))) == message(2)
            assert await peer.receive() == b""
            peer.close()
        await turns(2)
        assert sorted(heard.reasons) == ["connection closed"] * 2

    asyncio.run(run())
