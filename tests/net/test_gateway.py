"""A gateway with real sockets on loopback: callers on one side, an application server on the
other."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest

from seastool.app import Application
from seastool.app.behaviours import Answer
from seastool.gateway.routing import Routing, parse_route
from seastool.net.app_endpoint import Options
from seastool.net.app_server import AppServer
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.net.sip import SipSocket
from seastool.net.sip.own_addresses import concrete, own_addresses
from seastool.seas.connection.app_server import Timing as ServerTiming
from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.parts import header, start_line, tag
from seastool.sip.reply import respond
from seastool.sip.transactions import Timing

QUICK = ServerTiming(pause=0.01, retry=0.02, retry_most=0.05)
FAST = Timing(t1=0.02, t2=0.08, t4=0.1)
BOTH = (SipSocket(UDP, "127.0.0.1", 0), SipSocket(TCP, "127.0.0.1", 0))
ANY = (SipSocket(UDP, "0.0.0.0", 0), SipSocket(TCP, "0.0.0.0", 0))
_numbers = count(1)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """In a loop that complains, and that nobody leaves anything in."""
    complaints: list[dict[str, object]] = []

    async def watched() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        async with asyncio.timeout(30):
            await work()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(watched(), debug=True)
    assert complaints == []


def _status(response: bytes) -> int:
    return int(start_line(response)[0])


class Caller:
    """A user agent on a socket of its own, over UDP or TCP, IPv4 or IPv6."""

    def __init__(self, to: SipSocket, host: str | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self.to = to
        family = socket.AF_INET6 if ":" in to.host else socket.AF_INET
        kind = socket.SOCK_DGRAM if to.protocol == UDP else socket.SOCK_STREAM
        self.socket = socket.socket(family, kind)
        self.socket.setblocking(False)
        self.socket.bind((host or to.host, 0))
        self._data = b""

    async def connect(self) -> Caller:
        if self.to.protocol == TCP:
            await self._loop.sock_connect(self.socket, (self.to.host, self.to.port))
        return self

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    @property
    def name(self) -> str:
        host = self.socket.getsockname()[0]
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    async def send(self, data: bytes, to: tuple[str, int] | None = None) -> None:
        if self.to.protocol == TCP:
            await self._loop.sock_sendall(self.socket, data)
        else:
            await self._loop.sock_sendto(self.socket, data, to or (self.to.host, self.to.port))

    async def receive(self) -> bytes:
        """The next message."""
        if self.to.protocol == UDP:
            return await self._loop.sock_recv(self.socket, 65_535)
        while b"\r\n\r\n" not in self._data:
            await self._more()
        head = self._data.index(b"\r\n\r\n") + 4
        size = head + int(header(self._data, "Content-Length") or 0)
        while len(self._data) < size:
            await self._more()
        message, self._data = self._data[:size], self._data[size:]
        return message

    async def _more(self) -> None:
        data = await self._loop.sock_recv(self.socket, 65_535)
        assert data, "the gateway has closed the connection"
        self._data += data

    async def response(self, request: bytes, least: int = 100) -> bytes:
        """The next response to the request, of that status at least; all else is passed over."""
        wanted = [header(request, name) for name in ("Call-ID", "CSeq")]
        while True:
            message = await self.receive()
            is_ours = [header(message, name) for name in ("Call-ID", "CSeq")] == wanted
            if is_ours and message.startswith(b"SIP/2.0 ") and _status(message) >= least:
                return message

    def request(
        self,
        method: str,
        number: int | None = None,
        *,
        cseq: int = 1,
        to_tag: str = "",
        body: bytes = b"",
        uri: str = "sip:bob@example.com",
    ) -> bytes:
        number = next(_numbers) if number is None else number
        transport = "UDP" if self.to.protocol == UDP else "TCP"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/{transport} {self.name};branch=z9hG4bK{number}-{cseq}{method};rport",
            f"From: <sip:alice@example.com>;tag=a{number}",
            "To: <sip:bob@example.com>" + (f";tag={to_tag}" if to_tag else ""),
            f"Call-ID: call-{number}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:alice@{self.name}>",
            "Max-Forwards: 70",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    async def incoming(self, method: str) -> bytes:
        """The next request of that method."""
        while not (message := await self.receive()).startswith(method.encode()):
            pass
        return message

    async def asks(self, method: str, **how: object) -> int:
        """The status of the final response."""
        request = self.request(method, **how)  # type: ignore[arg-type]
        await self.send(request)
        return _status(await self.response(request, 200))

    async def call(self) -> list[int]:
        """INVITE, ACK and BYE; all statuses."""
        number = next(_numbers)
        invite = self.request("INVITE", number)
        await self.send(invite)
        statuses: list[int] = []
        while not statuses or statuses[-1] < 200:
            answer = await self.response(invite)
            statuses.append(_status(answer))
        to_tag = tag(answer, "To") or ""
        await self.send(self.request("ACK", number, to_tag=to_tag))
        bye = self.request("BYE", number, cseq=2, to_tag=to_tag)
        await self.send(bye)
        return [*statuses, _status(await self.response(bye))]

    def close(self) -> None:
        self.socket.close()


@asynccontextmanager
async def calling(to: SipSocket, host: str | None = None) -> AsyncIterator[Caller]:
    caller = Caller(to, host)
    try:
        yield await caller.connect()
    finally:
        caller.close()


@asynccontextmanager
async def serving(
    gateway: Gateway, application: Application | None = None, name: bytes = b"app_server_1"
) -> AsyncIterator[AppServer]:
    """An application server that is connected, and bound to all addresses that it was told of."""
    server = AppServer(
        application or Answer(),
        port=gateway.seas_port,
        options=Options(name=name.decode(), timing=QUICK, seed=1),
        log=lambda _: None,
    )
    server.start()
    try:
        await bound(gateway, name)
        yield server
    finally:
        await server.close()


async def bound(gateway: Gateway, name: bytes) -> None:
    addresses = {socket.host for socket in concrete(gateway.sip_sockets)}
    await until(lambda: len(gateway.proxy.transactions_of(name).bindings) == len(addresses))


async def until(holds: Callable[[], object]) -> None:
    while not holds():
        await asyncio.sleep(0.002)


def gateway_on(*sockets: SipSocket, **how: object) -> Gateway:
    return Gateway(sip=sockets or BOTH, seas_port=0, **how)  # type: ignore[arg-type]


class CallsOut(Application):
    """Calls out when it gets a MESSAGE: its body is the URI. Keeps the statuses it hears."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    def do_message(self, request):
        request.create_response(202).send()
        uri = request.body.decode()
        self.context.create_request("OPTIONS", uri, from_="sip:as@example.com", to=uri).send()

    def do_response(self, response):
        self.heard.append(response.status)


# Calls


@pytest.mark.parametrize("protocol", [UDP, TCP])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_call(protocol: int, host: str) -> None:
    notes: list[str] = []

    async def work() -> None:
        async with (
            gateway_on(SipSocket(protocol, host, 0), on_note=notes.append) as gateway,
            serving(gateway),
            calling(gateway.sip_sockets[0]) as caller,
        ):
            assert await caller.call() == [100, 180, 200, 200]
            assert gateway.statistics.answered == 1

    run(work)
    assert notes == []


def test_many_calls_of_several_callers() -> None:
    async def work() -> None:
        async with gateway_on() as gateway, serving(gateway):
            udp, tcp = gateway.sip_sockets

            async def calls(to: SipSocket) -> None:
                async with calling(to) as caller:
                    for _ in range(5):
                        assert await caller.call() == [100, 180, 200, 200]

            await asyncio.gather(*(calls(to) for to in (udp, tcp) * 4))
            assert gateway.statistics.answered == 40
            assert gateway.summary() == []

    run(work)


def test_a_2xx_is_repeated_and_a_retransmission_absorbed() -> None:
    async def work() -> None:
        options = GatewayOptions(timing=FAST)
        async with (
            gateway_on(options=options) as gateway,
            serving(gateway),
            calling(gateway.sip_sockets[0]) as caller,
        ):
            invite = caller.request("INVITE", 999_001)
            await caller.send(invite)
            await caller.send(invite)
            texts = [await caller.response(invite, 200) for _ in range(3)]
            assert len(set(texts)) == 1
            await caller.send(caller.request("ACK", 999_001, to_tag=tag(texts[0], "To") or ""))
            layer = gateway.core.layer
            await until(lambda: not len(layer))
            assert gateway.summary() == []

    run(work)


def test_garbage_is_told_and_the_gateway_lives_on() -> None:
    notes: list[str] = []

    async def work() -> None:
        async with (
            gateway_on(on_note=notes.append) as gateway,
            serving(gateway),
            calling(gateway.sip_sockets[0]) as caller,
        ):
            for data in (b"garbage", b"INVITE", b"\x80\xff" * 600, b"SIP/2.0 200 OK\r\n\r\n"):
                await caller.send(data)
            assert await caller.asks("OPTIONS") == 200

    run(work)
    assert notes
    assert all(note.isprintable() for note in notes)
    assert not any("fault" in note for note in notes)


# Application servers that come and go


def test_an_application_server_that_comes_later() -> None:
    async def work() -> None:
        async with gateway_on() as gateway, calling(gateway.sip_sockets[0]) as caller:
            assert await caller.asks("OPTIONS") == 500
            async with serving(gateway):
                assert await caller.asks("OPTIONS") == 200
            await until(lambda: not gateway.proxy.listener.peers)
            assert await caller.asks("OPTIONS") == 500
            async with serving(gateway):
                assert await caller.call() == [100, 180, 200, 200]

    run(work)


def test_an_application_server_that_dies_in_the_middle_of_a_call() -> None:
    async def work() -> None:
        async with (
            gateway_on() as gateway,
            calling(gateway.sip_sockets[0]) as caller,
            serving(gateway, Answer(delay=60)) as server,
        ):
            invite = caller.request("INVITE")
            await caller.send(invite)
            await caller.response(invite, 180)
            for link in list(server._outlet.links.values()):
                link.close(reset=True)
            assert _status(await caller.response(invite, 200)) == 500
            assert any("left" in line for line in gateway.summary())

    run(work)


def test_the_next_one_takes_over() -> None:
    class Silent(Application):
        def do_request(self, request):
            pass

    async def work() -> None:
        options = GatewayOptions(routing=Routing([parse_route("one,two")]), as_timeout=0.1)
        async with (
            gateway_on(options=options) as gateway,
            serving(gateway, Silent(), b"one"),
            serving(gateway, name=b"two"),
            calling(gateway.sip_sockets[0]) as caller,
        ):
            assert await caller.call() == [100, 180, 200, 200]
            assert sorted(gateway.statistics.servers) == [b"one", b"two"]

    run(work)


# Requests of the application server


@pytest.mark.parametrize("protocol", [UDP, TCP])
@pytest.mark.parametrize("where", ["127.0.0.1", "localhost"])
def test_a_request_of_the_application_servers(protocol: int, where: str) -> None:
    async def work() -> None:
        application = CallsOut()
        async with gateway_on() as gateway, serving(gateway, application):
            transport = "udp" if protocol == UDP else "tcp"
            with socket.create_server(("127.0.0.1", 0)) as listening:
                async with calling(gateway.sip_sockets[0]) as caller:
                    port = caller.port if protocol == UDP else listening.getsockname()[1]
                    uri = f"sip:callee@{where}:{port};transport={transport}"
                    await caller.send(caller.request("MESSAGE", body=uri.encode()))
                    if protocol == UDP:
                        request = await caller.incoming("OPTIONS")
                        await caller.send(respond(request, 404, b"Not Found", tag=b"c"))
                    else:
                        await answered(listening)
                    await until(lambda: application.heard)
                    assert application.heard == [404]
                    await until(lambda: not gateway._lookups)

    run(work)


async def answered(listening: socket.socket) -> None:
    """Whoever connects is answered 404."""
    loop = asyncio.get_running_loop()
    listening.setblocking(False)
    connection, _ = await loop.sock_accept(listening)
    with connection:
        request = await loop.sock_recv(connection, 65_535)
        await loop.sock_sendall(connection, respond(request, 404, b"Not Found", tag=b"c"))
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.skipif(sys.platform != "linux", reason="others tell no UDP socket of what ICMP says")
def test_nobody_is_there(transport: str) -> None:
    """Refused at once: nobody waits for 32 s."""
    notes: list[str] = []

    async def work() -> None:
        application = CallsOut()
        async with (
            gateway_on(on_note=notes.append) as gateway,
            serving(gateway, application),
            calling(gateway.sip_sockets[0]) as caller,
        ):
            with socket.socket(type=socket.SOCK_DGRAM) as nobody:
                nobody.bind(("127.0.0.1", 0))
                port = nobody.getsockname()[1]
            uri = f"sip:callee@127.0.0.1:{port};transport={transport}"
            assert await caller.asks("MESSAGE", body=uri.encode()) == 202
            await until(lambda: application.heard)
            assert application.heard == [408]

    run(work)
    assert any("refused" in note for note in notes)


def test_what_does_not_arrive_is_told_once_by_what_it_is() -> None:
    async def work() -> None:
        notes: list[str] = []
        async with Gateway(sip=BOTH, seas_port=0, on_note=notes.append) as gateway:
            hop = Hop(UDP, bytes([127, 0, 0, 1]), 5060, bytes([127, 0, 0, 1]), 9)
            request = b"BYE sip:b SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n"
            for data in (b"SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\n\r\n", request, b""):
                gateway.sip_failed(data, hop, "connection refused")
        where = "does not reach udp:127.0.0.1:9: connection refused"
        assert notes == [
            f"486 for INVITE {where}",
            f"BYE {where}",
            f"a message {where}; more of it is only counted",
        ]

    run(work)


def test_a_name_that_there_is_not() -> None:
    notes: list[str] = []

    async def work() -> None:
        application = CallsOut()
        async with (
            gateway_on(on_note=notes.append) as gateway,
            serving(gateway, application),
            calling(gateway.sip_sockets[0]) as caller,
        ):
            uri = b"sip:callee@1.2.3.4.5"
            assert await caller.asks("MESSAGE", body=uri) == 202
            await until(lambda: any("is not sent" in note for note in notes))

    run(work)


def test_two_gateways_of_one_loop() -> None:
    async def work() -> None:
        application = CallsOut()
        async with (
            gateway_on() as one,
            gateway_on() as other,
            serving(one, application),
            serving(other),
        ):
            async with calling(one.sip_sockets[0]) as caller:
                to = other.sip_sockets[0]
                uri = f"sip:callee@{to.host}:{to.port}"
                assert await caller.asks("MESSAGE", body=uri.encode()) == 202
                await until(lambda: application.heard)
                assert application.heard == [200]
                assert other.statistics.requests == {b"OPTIONS": 1}
            async with calling(other.sip_sockets[1]) as caller:
                assert await caller.call() == [100, 180, 200, 200]

    run(work)


# All addresses


@pytest.mark.parametrize("protocol", [UDP, TCP])
@pytest.mark.parametrize("address", own_addresses(4))
def test_on_all_addresses(protocol: int, address: str) -> None:
    notes: list[str] = []

    async def work() -> None:
        async with gateway_on(*ANY, on_note=notes.append) as gateway, serving(gateway):
            port = gateway.sip_sockets[0].port
            assert gateway.sip_sockets[1].port == port
            async with calling(SipSocket(protocol, address, port)) as caller:
                assert await caller.call() == [100, 180, 200, 200]

    run(work)
    assert notes == []


def test_on_all_addresses_of_ipv6() -> None:
    async def work() -> None:
        async with (
            gateway_on(SipSocket(UDP, "::", 0)) as gateway,
            serving(gateway),
            calling(SipSocket(UDP, "::1", gateway.sip_sockets[0].port)) as caller,
        ):
            assert await caller.call() == [100, 180, 200, 200]

    run(work)


def test_a_request_that_goes_out_of_a_socket_on_all_addresses() -> None:
    async def work() -> None:
        application = CallsOut()
        async with gateway_on(*ANY) as gateway, serving(gateway, application):
            port = gateway.sip_sockets[0].port
            async with calling(SipSocket(UDP, "127.0.0.1", port)) as caller:
                uri = f"sip:callee@127.0.0.1:{caller.port}"
                await caller.send(caller.request("MESSAGE", body=uri.encode()))
                request = await caller.incoming("OPTIONS")
                sent_by = (header(request, "Via") or "").split()[1].partition(";")[0]
                assert sent_by.encode() in gateway._own
                await caller.send(respond(request, 404, b"Not Found", tag=b"c"))
                await until(lambda: application.heard)
                assert application.heard == [404]

    run(work)


# Beginning and end


def open_sockets() -> set[str]:
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc")
def test_close_leaves_nothing_open() -> None:
    async def work() -> None:
        before = open_sockets()
        gateway = gateway_on(*BOTH, SipSocket(UDP, "::1", 0))
        await gateway.start()
        server = AppServer(
            Answer(delay=60),
            port=gateway.seas_port,
            options=Options(timing=QUICK),
            log=lambda _: None,
        )
        server.start()
        await bound(gateway, b"app_server_1")
        async with calling(gateway.sip_sockets[1]) as caller:
            invite = caller.request("INVITE")
            await caller.send(invite)
            await caller.response(invite, 180)
            assert len(open_sockets()) > len(before)
            await gateway.close()
            assert _status(await caller.response(invite, 200)) == 500
        await server.close()
        await asyncio.sleep(0.01)
        assert open_sockets() == before
        await gateway.close()
        assert gateway.gauges().servers == ()

    run(work)


def test_a_port_that_is_taken() -> None:
    async def work() -> None:
        before = open_sockets() if os.path.isdir("/proc/self/fd") else set()
        async with gateway_on() as gateway:
            with pytest.raises(OSError, match=r"cannot listen on udp:127[.]0[.]0[.]1:.*in use"):
                await gateway_on(gateway.sip_sockets[0]).start()
            with pytest.raises(OSError, match="in use"):
                await Gateway(sip=BOTH, seas_port=gateway.seas_port).start()
            inside = open_sockets() if before else set()
        assert not before or len(inside) - len(before) == 4

    run(work)


def test_stop() -> None:
    async def work() -> None:
        async with gateway_on() as gateway:
            asyncio.get_running_loop().call_soon(gateway.stop)
            await gateway.stopped()

    run(work)
