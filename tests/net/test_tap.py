"""A tap between the two endpoints, and between raw sockets, over loopback."""

from __future__ import annotations

import asyncio
import socket as sockets
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from seastool.app import Application
from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.reader import CapturedFrame, read_capture
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import Openser, Options
from seastool.net.tap import Tap, TapOptions
from seastool.net.tap_relay import Leg
from seastool.seas.codec import encode_frame
from seastool.seas.connection.app_server import Timing
from seastool.seas.dialects import lookup
from seastool.seas.faults import FaultError, parse_fault
from seastool.seas.frames import Ping, Reply, TReqIn
from seastool.seas.handshake import Name
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviours import usable
from seastool.seas.tap import DROP, Hooks
from seastool.seas.types import Direction, Socket

QUICK = Timing(pause=0.005, socket_info=0.5, retry=0.02, retry_most=0.05)
RESET = struct.pack("ii", 1, 0)
NAME = Name(name=b"app").encode()
PING = encode_frame(Ping(sequence=1))
BIG = b"\0\0\x10\0\x05" + bytes(4091)
TO_AS, TO_OPENSER = Direction.TO_AS, Direction.TO_OPENSER


def sip(number: int) -> bytes:
    return (
        "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK{number}\r\n"
        f"From: <sip:alice@example.com>;tag=a{number}\r\nTo: <sip:bob@example.com>\r\n"
        f"Call-ID: call-{number}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
    ).encode()


class Answering(Application):
    def do_options(self, request):
        request.create_response(200).send()


def run(work: Callable[[], Awaitable[None]], seconds: float = 30) -> None:
    asyncio.run(asyncio.wait_for(work(), seconds))


async def until(holds: Callable[[], object], seconds: float = 15) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < end, "it did not happen"
        await asyncio.sleep(0.002)


class Between:
    """A proxy, a tap and application servers behind it."""

    def __init__(
        self,
        options: TapOptions | None = None,
        *,
        names: tuple[str, ...] = ("app_server_1",),
        proxy: Options | None = None,
        traffic: Any = None,
        own_traffic: Any = None,
    ) -> None:
        self.outcomes: list[tuple[bytes, did.Outcome]] = []
        self.notes: list[str] = []
        self.errors: list[dict[str, Any]] = []
        self._options, self._names = options, names
        self._proxy_options = proxy or Options(seed=1)
        self._traffic, self._own_traffic = traffic, own_traffic

    async def __aenter__(self) -> Between:
        asyncio.get_running_loop().set_exception_handler(lambda _, what: self.errors.append(what))
        self.proxy = Openser(
            port=0,
            options=self._proxy_options,
            on_outcome=lambda peer, outcome: self.outcomes.append((peer.name, outcome)),
        )
        await self.proxy.start()
        self.tap = Tap(
            to_port=self.proxy.port,
            options=self._options,
            traffic=self._traffic,
            on_note=self.notes.append,
        )
        await self.tap.start()
        self.servers = []
        for name in self._names:
            server = AppServer(
                Answering(),
                port=self.tap.port,
                options=ServerOptions(name=name, timing=QUICK, seed=1),
                traffic=self._own_traffic,
                log=lambda _: None,
            )
            server.start()
            self.servers.append(server)
            await asyncio.wait_for(server.ready(), 10)
        await until(lambda: len(self.of(did.Bound)) >= len(self._names))
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self.servers:
            await server.close()
        await self.tap.close()
        await self.proxy.close()
        assert self.errors == []

    def of(self, kind: type) -> list[Any]:
        return [outcome for _, outcome in self.outcomes if isinstance(outcome, kind)]

    async def calls(self, count: int, first: int = 1, answered: int | None = None) -> None:
        wanted = len(self.of(did.Replied)) + (count if answered is None else answered)
        for number in range(first, first + count):
            self.proxy.request(sip(number))
        await until(lambda: len(self.of(did.Replied)) >= wanted)


# Between the endpoints.


def test_calls_pass_and_are_counted() -> None:
    async def work() -> None:
        async with Between() as between:
            await between.calls(50)
            assert [one.status for one in between.of(did.Replied)] == [200] * 50
            assert not between.of(did.Mistake)
        statistics = between.tap.statistics
        assert statistics.passed[TO_AS].frames == 50
        assert statistics.passed[TO_OPENSER].frames >= 51  # and a BIND
        for passed in statistics.passed.values():
            assert passed.bytes == passed.bytes_out > 0
            assert passed.stray == 0
        assert dict(statistics.connections) == {Socket.EVENT: 1, Socket.ACTION: 1}
        assert between.notes[0] == "application server 'app_server_1' is connected"
        assert "closed by the application server" in between.notes[1]

    run(work)


@pytest.mark.parametrize("like", ["openser-1.2.0", "kamailio-5.6.3"])
@pytest.mark.parametrize("leg", list(Leg))
def test_what_is_written_is_what_the_application_server_wrote_itself(
    tmp_path: Path, leg: Leg, like: str
) -> None:
    """Frame by frame and byte by byte, whichever connection is looked at."""
    ours, own = tmp_path / "tap.pcapng", tmp_path / "own.pcapng"

    async def work() -> None:
        with ours.open("wb") as to_ours, own.open("wb") as to_own:
            between = Between(
                TapOptions(leg=leg),
                proxy=Options(seed=1, behaviour=usable(like)),
                traffic=PcapngWriter(to_ours),
                own_traffic=PcapngWriter(to_own),
            )
            async with between:
                await between.calls(20)

    run(work)
    assert frames_of(ours) == frames_of(own)
    assert sum(map(len, frames_of(ours).values())) > 40


def frames_of(path: Path) -> dict[tuple[Any, ...], list[bytes]]:
    """The bytes of each unit, in order, by socket and direction."""
    found: dict[tuple[Any, ...], list[bytes]] = {}
    for record in read_capture(path):
        assert isinstance(record, CapturedFrame), record
        key = record.socket, record.direction
        found.setdefault(key, []).append(record.data)
    assert len(found) >= 3
    return dict(sorted(found.items()))


def test_several_application_servers_at_a_time() -> None:
    async def work() -> None:
        names = ("one", "two", "three")
        async with Between(names=names) as between:
            bound = [name for name, one in between.outcomes if isinstance(one, did.Bound)]
            assert set(bound) == {name.encode() for name in names}
            await between.calls(10)
            assert len(between.tap.statistics.connections) == 2
            assert between.tap.statistics.pairs == 3
            await between.servers[1].close()
            await until(lambda: any("'two' is gone" in note for note in between.notes))
            await between.calls(10, first=20)

    run(work)


def test_a_script_changes_frames_of_another_length() -> None:
    def on_frame(frame: Any, context: Any) -> Any:
        if isinstance(frame, TReqIn):
            text = context.sip(frame).replace(b"\r\n\r\n", b"\r\nX-Tap: a header more\r\n\r\n")
            return context.with_sip(frame, text)
        if isinstance(frame, Reply):
            return context.with_sip(frame, frame.text.replace(b" 200 OK", b" 202 Accepted Here"))
        return None

    async def work() -> None:
        options = TapOptions(hooks=Hooks(on_frame=on_frame), dialect=lookup("kamailio"))
        async with Between(options) as between:
            await between.calls(50)
            assert [one.status for one in between.of(did.Replied)] == [202] * 50
            assert not between.of(did.Mistake)
        assert between.tap.statistics.script == {"changed": 100}
        assert between.tap.statistics.passed[TO_AS].bytes_out > (
            between.tap.statistics.passed[TO_AS].bytes
        )

    run(work)


def test_a_script_that_fails_hurts_nobody() -> None:
    async def work() -> None:
        options = TapOptions(hooks=Hooks(on_frame=lambda frame, context: 1 / 0))
        async with Between(options) as between:
            await between.calls(20)
        told = [note for note in between.notes if "ZeroDivisionError" in note]
        assert len(told) == 1

    run(work)


def test_a_script_answers_in_place_of_the_application_server() -> None:
    def on_frame(frame: Any, context: Any) -> Any:
        if not isinstance(frame, TReqIn):
            return None
        text = b"SIP/2.0 503 Later\r\nTo: <sip:bob@example.com>;tag=t\r\nCSeq: 1 OPTIONS\r\n\r\n"
        context.send(
            Reply(processor_id=1, hash_index=frame.hash_index, label=frame.label, text=text)
        )
        return DROP

    async def work() -> None:
        async with Between(TapOptions(hooks=Hooks(on_frame=on_frame))) as between:
            await between.calls(5)
            assert [one.status for one in between.of(did.Replied)] == [503] * 5

    run(work)


@pytest.mark.parametrize(
    ("fault", "side", "answered"),
    [
        ("drop*3@T_REQ_IN", TO_AS, 27),
        ("drop*3@REPLY_FIN", TO_OPENSER, 27),
        ("slice=7@FRAME", TO_AS, 30),
        ("slice=7@FRAME", TO_OPENSER, 30),
        ("delay=20ms", TO_AS, 30),
        ("reorder=0.3@REPLY_FIN", TO_OPENSER, 30),
        ("duplicate@T_REQ_IN", TO_AS, 30),
    ],
)
def test_faults(fault: str, side: Direction, answered: int) -> None:
    async def work() -> None:
        options = TapOptions(faults=[parse_fault(fault)], fault_side=side, seed=1)
        async with Between(options) as between:
            await between.calls(30, answered=answered)
            assert between.tap.injector.counts[parse_fault(fault)]
            assert any(line.startswith(fault) for line in between.tap.report())

    run(work)


@pytest.mark.parametrize("fault", ["reset=6*1", "half-close=6*1"])
@pytest.mark.parametrize("side", list(Direction))
def test_connections_that_a_fault_ends_come_back(fault: str, side: Direction) -> None:
    async def work() -> None:
        options = TapOptions(faults=[parse_fault(fault)], fault_side=side)
        async with Between(options) as between:
            for number in range(10):
                between.proxy.request(sip(number))
            await until(lambda: len(between.of(did.Bound)) == 2)
            await between.calls(10, first=20)
            assert between.tap.statistics.pairs == 2

    run(work)


def test_a_fault_that_a_side_cannot_have_is_refused() -> None:
    async def work() -> None:
        with pytest.raises(FaultError, match="late-pong=5s: the proxy cannot have this fault"):
            Tap(options=TapOptions(faults=[parse_fault("late-pong=5s")]))

    run(work)


def test_it_waits_for_a_proxy_that_is_not_there() -> None:
    async def work() -> None:
        async with Between() as between:
            port = between.proxy.port
            await between.proxy.close()
            await until(lambda: any("connection refused" in note for note in between.notes))
            await until(lambda: between.tap.statistics.refused >= 3)
            between.proxy = Openser(
                port=port, on_outcome=lambda p, outcome: between.outcomes.append((p.name, outcome))
            )
            await between.proxy.start()
            await asyncio.wait_for(between.proxy.bound(), 10)
            await between.calls(5)
        told = [note for note in between.notes if "is not there" in note]
        assert len(told) == 1  # not at each try
        assert f"127.0.0.1:{port}: connection refused" in told[0]

    run(work)


# Between raw sockets.


class Raw:
    """A tap with a listener for each socket on one side, and what connects on the other."""

    def __init__(self, options: TapOptions | None = None, traffic: Any = None) -> None:
        self.notes: list[str] = []
        self._options, self._traffic = options, traffic

    async def __aenter__(self) -> Raw:
        self._open: list[sockets.socket] = []
        while True:
            event, action = sockets.socket(), sockets.socket()
            event.bind(("127.0.0.1", 0))
            try:
                action.bind(("127.0.0.1", event.getsockname()[1] + 1))
                break
            except OSError:
                event.close()
                action.close()
        self.listeners = {Socket.EVENT: event, Socket.ACTION: action}
        for one in self.listeners.values():
            one.listen()
            one.setblocking(False)
        self.tap = Tap(
            to_port=event.getsockname()[1],
            options=self._options,
            traffic=self._traffic,
            on_note=self.notes.append,
        )
        await self.tap.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for one in (*self._open, *self.listeners.values()):
            one.close()
        await self.tap.close()

    async def pair(self, socket: Socket = Socket.ACTION) -> tuple[sockets.socket, sockets.socket]:
        """An application server's connection, and the proxy's end of it."""
        loop = asyncio.get_running_loop()
        client = sockets.socket()
        client.setblocking(False)
        port = self.tap.port + (socket is Socket.ACTION)
        await loop.sock_connect(client, ("127.0.0.1", port))
        accepted, _ = await loop.sock_accept(self.listeners[socket])
        accepted.setblocking(False)
        self._open += [client, accepted]
        return client, accepted


async def send(one: sockets.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(one, data)


async def read(one: sockets.socket, count: int) -> bytes:
    loop, data = asyncio.get_running_loop(), b""
    while len(data) < count and (more := await loop.sock_recv(one, count - len(data))):
        data += more
    return data


async def flood(one: sockets.socket, chunk: bytes) -> int:
    """Send until no more is taken; how much was, whole chunks only."""
    sent = 0
    while sent < 64 << 20:
        try:
            await asyncio.wait_for(send(one, chunk), 0.5)
        except TimeoutError:
            return sent
        sent += len(chunk)
    raise AssertionError("all of it was taken")


SCRIPTED = TapOptions(hooks=Hooks(on_frame=lambda frame, context: None))
BOTH = pytest.mark.parametrize("options", [None, SCRIPTED], ids=["as it is", "cut"])


@BOTH
def test_bytes_of_any_kind_pass_both_ways(options: TapOptions | None) -> None:
    stuff = bytes(range(255, -1, -1)) * 40

    async def work() -> None:
        async with Raw(options) as raw:
            for socket in Socket:
                client, proxy = await raw.pair(socket)
                for _ in range(2):
                    await send(client, NAME + stuff)
                    await send(proxy, stuff + PING)
                    assert await read(proxy, len(NAME + stuff)) == NAME + stuff
                    assert await read(client, len(stuff + PING)) == stuff + PING

    run(work)


def test_without_a_script_half_a_frame_passes_at_once() -> None:
    async def work() -> None:
        async with Raw() as raw:
            client, proxy = await raw.pair(Socket.EVENT)
            await send(proxy, PING[:6])
            assert await asyncio.wait_for(read(client, 6), 0.9) == PING[:6]

    run(work)


def test_with_a_script_half_a_frame_passes_after_a_while() -> None:
    async def work() -> None:
        async with Raw(SCRIPTED) as raw:
            client, proxy = await raw.pair(Socket.EVENT)
            await send(proxy, PING[:6])
            assert await read(client, 6) == PING[:6]
            await send(proxy, PING[6:])
            assert await asyncio.wait_for(read(client, len(PING) - 6), 0.9) == PING[6:]

    run(work)


@BOTH
@pytest.mark.parametrize("by_client", [True, False])
def test_a_half_close_passes_and_the_other_way_goes_on(
    options: TapOptions | None, by_client: bool
) -> None:
    async def work() -> None:
        async with Raw(options) as raw:
            ends = await raw.pair()
            one, other = ends if by_client else ends[::-1]
            await send(one, NAME + PING[:5])
            one.shutdown(sockets.SHUT_WR)
            assert await read(other, 99) == NAME + PING[:5]
            await send(other, PING)
            assert await read(one, len(PING)) == PING
            other.shutdown(sockets.SHUT_WR)
            assert await read(one, 1) == b""
            await until(lambda: not raw.tap._relays)

    run(work)


@BOTH
@pytest.mark.parametrize("by_client", [True, False])
def test_a_reset_passes(options: TapOptions | None, by_client: bool) -> None:
    async def work() -> None:
        async with Raw(options) as raw:
            ends = await raw.pair()
            one, other = ends if by_client else ends[::-1]
            await send(one, NAME)
            assert await read(other, len(NAME)) == NAME
            one.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, RESET)
            one.close()
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(read(other, 1), 5)
            await until(lambda: not raw.tap._relays)

    run(work)


@BOTH
def test_who_does_not_read_stops_the_other_and_loses_nothing(options: TapOptions | None) -> None:
    """Bounded memory: the sender is not read from any more."""
    chunk = BIG * 64

    async def work() -> None:
        async with Raw(options) as raw:
            client, proxy = await raw.pair(Socket.EVENT)
            sent = await flood(proxy, chunk)
            (relay,) = raw.tap._relays.values()
            assert relay.unsent < 2 << 20
            held = raw.tap.statistics.passed[TO_AS].bytes
            assert held < 64 << 20
            # What is read again goes on, whole and in order.
            proxy.shutdown(sockets.SHUT_WR)
            got = bytearray()
            while more := await asyncio.get_running_loop().sock_recv(client, 1 << 20):
                got += more
            assert len(got) >= sent
            assert bytes(got) == (BIG * (len(got) // len(BIG) + 1))[: len(got)]

    run(work, 60)


def test_what_a_fault_delays_is_bounded() -> None:
    options = TapOptions(faults=[parse_fault("delay=10s")], fault_side=TO_AS)

    async def work() -> None:
        async with Raw(options) as raw:
            _, proxy = await raw.pair(Socket.EVENT)
            await flood(proxy, BIG * 64)
            (relay,) = raw.tap._relays.values()
            assert relay.unsent < 3 << 20
            relay.close("enough", reset=True)

    run(work)


def test_the_proxy_that_does_not_answer_is_given_up() -> None:
    async def work() -> None:
        full = sockets.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = []
        for _ in range(3):  # the queue of those that wait to be accepted
            fillers.append(sockets.socket())
            fillers[-1].setblocking(False)
            fillers[-1].connect_ex(full.getsockname())
        notes: list[str] = []
        options = TapOptions(connect_seconds=0.2)
        tap = Tap(to_port=full.getsockname()[1], options=options, on_note=notes.append)
        async with tap:
            reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(1), 5)
            writer.close()
        assert "no answer in 0.2 s" in notes[0]
        for one in (full, *fillers):
            one.close()

    run(work)


def test_closing_ends_both_sides_cleanly() -> None:
    async def work() -> None:
        async with Raw() as raw:
            client, proxy = await raw.pair(Socket.EVENT)
            await send(client, NAME)
            assert await read(proxy, len(NAME)) == NAME
            closing = asyncio.create_task(raw.tap.close())
            assert await read(proxy, 1) == b""
            assert await read(client, 1) == b""
            client.close()
            proxy.close()
            await asyncio.wait_for(closing, 5)

    run(work)


class Told:
    """A traffic that keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def opened(self, connection: int, local: Any, remote: Any, **more: Any) -> None:
        self.calls.append(("opened", local.port, remote.port, more["socket"]))

    def data(self, connection: int, data: bytes, *, sent: bool, **more: Any) -> None:
        self.calls.append(("data", data, sent))

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        self.calls.append(("closed", sent, reset))


@pytest.mark.parametrize("leg", list(Leg))
def test_the_traffic_is_told_of_the_connection_that_is_wanted(leg: Leg) -> None:
    told = Told()

    def on_hello(hello: Any, context: Any) -> Any:
        return Name(name=b"other")

    async def work() -> None:
        options = TapOptions(leg=leg, hooks=Hooks(on_hello=on_hello))
        async with Raw(options, traffic=told) as raw:
            client, proxy = await raw.pair(Socket.EVENT)
            await send(client, NAME)
            assert await read(proxy, 6) == b"\x05other"
            ports = {
                Leg.PASSED: (proxy.getsockname()[1], client.getsockname()[1]),
                Leg.AS: (raw.tap.port, client.getsockname()[1]),
                Leg.OPENSER: (proxy.getsockname()[1], proxy.getpeername()[1]),
            }
            assert told.calls[0] == ("opened", *ports[leg], Socket.EVENT)
            assert told.calls[1] == ("data", NAME if leg is Leg.AS else b"\x05other", False)
            client.shutdown(sockets.SHUT_WR)
            assert await read(proxy, 1) == b""
            assert told.calls[2:] == [("closed", False, False)]
            proxy.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, RESET)
            proxy.close()
            await until(lambda: not raw.tap._relays)
            assert told.calls[3:] == [("closed", True, True)]

    run(work)
