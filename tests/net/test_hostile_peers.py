"""Both endpoints against peers on real sockets that read nothing, break off, or talk nonsense."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from seastool.app import Application
from seastool.capture.live import LiveCapture
from seastool.net import link as links
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import MAX_NAMES, Openser
from seastool.seas.codec import encode_frame
from seastool.seas.connection.app_server import State, Timing
from seastool.seas.connection.openser import Gone, Received, Wrong
from seastool.seas.frames import Ping, Reply
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.openser import outcomes as did
from seastool.seas.types import Layout, Socket

QUICK = Timing(pause=0.005, socket_info=0.3, retry=0.02, retry_most=0.05)
UDP = ListeningSocket(protocol=1, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
INFO = SocketInfo(sockets=[UDP]).encode()
PING = encode_frame(Ping(sequence=1))
RESET = struct.pack("ii", 1, 0)
SMALL = 1 << 18


def request(number: int) -> bytes:
    return (
        "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK{number}\r\n"
        f"From: <sip:alice@example.com>;tag=a{number}\r\nTo: <sip:bob@example.com>\r\n"
        f"Call-ID: call-{number}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
    ).encode()


class Answering(Application):
    def do_options(self, request):
        request.create_response(200).send()


class Peer:
    """A raw connection to a port. Connecting blocks: no more at a time than fit the queue."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setblocking(False)

    async def send(self, data: bytes) -> bool:
        """Whether it could be sent: the other side may have closed."""
        try:
            await asyncio.get_running_loop().sock_sendall(self.socket, data)
        except OSError:
            return False
        return True

    async def receive(self) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.socket, 1 << 16)

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.socket.close()

    def close(self) -> None:
        self.socket.close()


class Watched:
    """A proxy, and what it tells."""

    def __init__(self, **options) -> None:
        self.told: list[object] = []
        self.statuses: list[int] = []
        self.proxy = Openser(
            port=0, on_happening=self.told.append, on_outcome=self._outcome, **options
        )

    def _outcome(self, peer: object, outcome: did.Outcome) -> None:
        if isinstance(outcome, did.Replied):
            self.statuses.append(outcome.status)

    async def __aenter__(self) -> Watched:
        await self.proxy.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.proxy.close()

    async def pair(self, name: bytes = b"one") -> tuple[Peer, Peer]:
        event, action = Peer(self.proxy.port), Peer(self.proxy.port + 1)
        for peer in (event, action):
            await peer.send(bytes([len(name)]) + name)
        assert (await event.receive()).startswith(b"\x10")
        return event, action

    def reasons(self) -> list[str]:
        return [event.reason for event in self.told if isinstance(event, Gone)]

    async def serves(self) -> None:
        """It still takes an application server in, and hands requests over."""
        options = ServerOptions(name="good", timing=QUICK)
        server = AppServer(Answering(), port=self.proxy.port, options=options, log=lambda _: None)
        server.start()
        await asyncio.wait_for(server.ready(), 10)
        await asyncio.wait_for(self.proxy.bound(), 10)
        before = len(self.statuses)
        self.proxy.request(request(before))
        await until(lambda: self.statuses[before:] == [200])
        await server.close()


async def until(holds: Callable[[], object], seconds: float = 10) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < end, "not in time"
        await asyncio.sleep(0.002)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run it; nothing may be left to the loop's own handling of errors."""
    errors: list[dict] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: errors.append(told))
        await asyncio.wait_for(work(), 60)

    asyncio.run(watched())
    assert not errors


# The proxy's side.


def test_connections_that_are_reset_at_once() -> None:
    async def work() -> None:
        async with Watched(traffic=LiveCapture(lambda _: None)) as watched:
            for number in range(300):
                Peer(watched.proxy.port + number % 2).reset()
                if number % 50 == 49:  # not more than the system keeps for the proxy
                    await asyncio.sleep(0.01)
            await watched.serves()
            await until(lambda: not watched.proxy._links)

    run(work)


def test_random_bytes_instead_of_a_name() -> None:
    async def work() -> None:
        random = Random(1)
        async with Watched() as watched:
            for number in range(60):
                peer = Peer(watched.proxy.port + number % 2)
                await peer.send(random.randbytes(5000))
                await asyncio.sleep(0)
                peer.close()
            await watched.serves()

    run(work)


@pytest.mark.parametrize("on", list(Socket))
def test_random_frames_hurt_nobody_else(on: Socket) -> None:
    async def work() -> None:
        random = Random(2)
        async with Watched() as watched:
            options = ServerOptions(name="good", timing=QUICK)
            log: list[str] = []
            server = AppServer(
                Answering(), port=watched.proxy.port, options=options, log=log.append
            )
            server.start()
            await asyncio.wait_for(watched.proxy.bound(), 10)
            for number in range(20):
                event, action = await watched.pair()
                peer = event if on is Socket.EVENT else action
                for _ in range(20):
                    head = struct.pack(">IB", random.randrange(9, 3000), random.randrange(10))
                    await peer.send(head + random.randbytes(random.randrange(3000)))
                watched.proxy.request(request(number))
                event.close()
                action.close()
                await until(lambda: len(watched.proxy.listener.peers) == 1)
            await until(lambda: watched.statuses == [200] * 20)
            assert server.failures == 0
            await server.close()

    run(work)


def test_a_reset_in_the_middle_of_an_action() -> None:
    async def work() -> None:
        async with Watched() as watched:
            event, action = await watched.pair()
            whole = encode_frame(Reply(hash_index=1, label=1, text=b"SIP/2.0 200 OK"), Layout.B)
            await action.send(whole + whole[:7])
            await until(lambda: any(isinstance(event, Received) for event in watched.told))
            action.reset()
            await until(watched.reasons)
            assert await event.receive() == b""
            event.close()
            await watched.serves()

    run(work)


def test_an_action_before_the_pair_that_a_proxy_does_not_survive() -> None:
    async def work() -> None:
        async with Watched() as watched:
            event = Peer(watched.proxy.port)
            await event.send(b"\3one" + bytes(10))
            action = Peer(watched.proxy.port + 1)
            await action.send(b"\3one")
            await until(watched.reasons)
            for peer in (event, action):
                peer.close()
            await watched.serves()

    run(work)


def test_who_waits_for_a_bind_sees_that_of_the_next_connection() -> None:
    async def work() -> None:
        async with Watched() as watched:
            bound = asyncio.create_task(watched.proxy.bound())
            for peer in await watched.pair():
                peer.close()
            await until(watched.reasons)
            await watched.serves()
            assert (await asyncio.wait_for(bound, 1)).name == b"good"

    run(work)


def test_many_names_one_after_the_other_leave_nothing() -> None:
    async def work() -> None:
        async with Watched() as watched:
            pong = bytes.fromhex("0000000e 08 01 00000000 00000001")
            for number in range(MAX_NAMES + 30):
                event, action = await watched.pair(b"n%d" % number)
                await action.send(pong)
                await until(lambda: isinstance(watched.told[-1], Received | Wrong))
                event.close()
                action.close()
                await until(lambda: not watched.proxy.listener.peers)
            assert len(watched.proxy._transactions) <= MAX_NAMES + 1
            assert not watched.proxy._outlets
            await until(lambda: not watched.proxy._links)

    run(work)


def test_an_application_server_that_reads_nothing_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(links, "MAX_UNSENT", SMALL)

    async def work() -> None:
        async with Watched() as watched:
            event, action = await watched.pair()
            big = b"\0\0\x0f\xa0\2\1\0\0\0\0" + bytes(3990)
            for _ in range(20_000):
                if watched.proxy.peer is None:
                    break
                watched.proxy.send_bytes(Socket.EVENT, big)
                await asyncio.sleep(0)
            assert "unread" in watched.reasons()[0]
            event.close()
            action.close()
            await watched.serves()

    run(work)


# The application server's side.


class RogueProxy:
    """Two ports; `talk` gets each pair of connections, paired as they come."""

    def __init__(self, talk: Callable[[Peer, Peer], Awaitable[None]]) -> None:
        self._talk = talk
        self.pairs = 0
        self.log: list[str] = []

    async def __aenter__(self) -> RogueProxy:
        self._listening = self._listen()
        self.port = self._listening[0].getsockname()[1]
        self._task = asyncio.create_task(self._serve())
        self.server = AppServer(
            Answering(),
            port=self.port,
            options=ServerOptions(timing=QUICK),
            log=self.log.append,
        )
        self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()
        self._task.cancel()
        for listening in self._listening:
            listening.close()

    @staticmethod
    def _listen() -> tuple[socket.socket, socket.socket]:
        while True:
            one = socket.create_server(("127.0.0.1", 0))
            try:
                other = socket.create_server(("127.0.0.1", one.getsockname()[1] + 1))
            except OSError:
                one.close()
                continue
            one.setblocking(False)
            other.setblocking(False)
            return one, other

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            pair = []
            for listening in self._listening:
                peer = Peer.__new__(Peer)
                peer.socket, _ = await loop.sock_accept(listening)
                peer.socket.setblocking(False)
                await peer.receive()
                pair.append(peer)
            self.pairs += 1
            try:
                await self._talk(*pair)
            except OSError:
                pass
            finally:
                for peer in pair:
                    peer.close()


def test_a_proxy_that_talks_nonsense_and_then_sense() -> None:
    async def talk(event: Peer, action: Peer) -> None:
        await event.send(INFO)
        await event.send(Random(3).randbytes(1 << 20))
        await event.send(bytes(1 << 20))
        await event.send(PING)
        while await event.receive():
            pass

    async def work() -> None:
        async with RogueProxy(talk) as rogue:
            await until(lambda: rogue.server.connection.pings)
            assert rogue.server.connection.state in (State.BINDING, State.READY)
            assert len(rogue.log) < 10
            skipped = rogue.server.connection.remarks.amounts
            assert skipped["bytes of the proxy that are no frames"] > 1 << 20

    run(work)


def test_a_proxy_that_resets_in_the_middle_of_an_event() -> None:
    async def talk(event: Peer, action: Peer) -> None:
        await event.send(INFO + PING[:9])
        await event.receive()
        event.reset()

    async def work() -> None:
        async with RogueProxy(talk) as rogue:
            await until(lambda: rogue.pairs > 2)
            assert any("9 bytes of the proxy's event socket" in line for line in rogue.log)

    run(work)


def test_a_proxy_that_sends_no_socket_info_but_frames() -> None:
    async def talk(event: Peer, action: Peer) -> None:
        await event.send(PING * 1000)
        while await event.receive():
            pass

    async def work() -> None:
        async with RogueProxy(talk) as rogue:
            await until(lambda: rogue.pairs > 1)
            assert rogue.server.connection.pings == 0
            assert len(rogue.log) < 10

    run(work)


def test_a_proxy_that_reads_no_actions_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(links, "MAX_UNSENT", SMALL)

    async def talk(event: Peer, action: Peer) -> None:
        await event.send(INFO)
        while await event.send(PING * 1000):
            await asyncio.sleep(0)

    async def work() -> None:
        async with RogueProxy(talk) as rogue:
            await until(lambda: rogue.pairs > 1, seconds=30)
            assert any("unread" in line for line in rogue.log)

    run(work)


def test_the_end_of_a_proxy_that_read_nothing_is_seen_at_once(monkeypatch) -> None:
    monkeypatch.setattr(links, "LINGER_SECONDS", 0.1)

    async def talk(event: Peer, action: Peer) -> None:
        await event.send(INFO)
        while await asyncio.wait_for(event.receive(), 5):
            if rogues[0].server.connection.state is State.READY:
                break
        loop = asyncio.get_running_loop()
        while not rogues[0].server._outlet.unsent:  # what nobody reads any more
            await loop.sock_sendall(event.socket, PING * 1000)
            await asyncio.sleep(0)
        action.socket.shutdown(socket.SHUT_WR)
        await until(lambda: rogues[0].server.failures)

    rogues: list[RogueProxy] = []

    async def work() -> None:
        async with RogueProxy(talk) as rogue:
            rogues.append(rogue)
            await until(lambda: rogue.server.failures, seconds=30)

    run(work)


def test_a_connect_that_hangs_is_left_behind() -> None:
    async def work() -> None:
        # A queue of connections that is full: further ones get no answer.
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        full = []
        for _ in range(4):
            full.append(socket.socket())
            full[-1].setblocking(False)
            full[-1].connect_ex(listening.getsockname())
        log: list[str] = []
        server = AppServer(
            Answering(),
            port=listening.getsockname()[1],
            options=ServerOptions(timing=Timing(socket_info=0.02, retry=0.01, retry_most=0.01)),
            log=log.append,
        )
        server.start()
        await until(lambda: server.failures > 5)
        assert len(server._tasks) <= 1
        await server.close()
        for one in (*full, listening):
            one.close()

    run(work)
