"""What the tests of SIP sockets share: messages, a receiver that remembers, plain peers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from ipaddress import ip_address

from seastool.net.sip import SipPorts, SipSocket
from seastool.sip.hop import TCP, UDP, Hop

LOOPBACKS = ("127.0.0.1", "::1")


def message(number: int = 1, body: bytes = b"", pad: int = 0) -> bytes:
    head = (
        f"MESSAGE sip:bob@example.com SIP/2.0\r\nCall-ID: {number}\r\nX-Pad: {'x' * pad}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Heard:
    """A receiver; `answer` is called with each message that comes."""

    def __init__(self, answer: Callable[[bytes, Hop], None] | None = None) -> None:
        self.messages: list[bytes] = []
        self.hops: list[Hop] = []
        self.failures: list[tuple[bytes, Hop, str]] = []
        self.wrongs: list[str] = []
        self.answer = answer

    def sip_received(self, data: bytes, hop: Hop) -> None:
        self.messages.append(data)
        self.hops.append(hop)
        if self.answer is not None:
            self.answer(data, hop)

    def sip_failed(self, data: bytes, hop: Hop, reason: str) -> None:
        self.failures.append((data, hop, reason))

    def sip_wrong(self, what: str, hop: Hop | None) -> None:
        self.wrongs.append(what)

    @property
    def reasons(self) -> list[str]:
        return [reason for _, _, reason in self.failures]


class Told:
    """A `Traffic` that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def opened(self, connection, local, remote, *, openser_is_local, socket, time_ns) -> None:
        assert openser_is_local
        assert socket is None
        self.calls.append(("opened", connection, str(local), str(remote)))

    def data(self, connection, data, *, sent, time_ns, comment="") -> None:
        assert time_ns > 1 << 60
        self.calls.append(("data", connection, data, sent))

    def closed(self, connection, *, sent, reset, time_ns) -> None:
        self.calls.append(("closed", connection, sent, reset))

    def datagram(self, local, remote, data, *, sent, time_ns) -> None:
        assert time_ns > 1 << 60
        self.calls.append(("datagram", str(local), str(remote), data, sent))


class Sockets:
    """`async with Sockets(UDP) as (ports, heard)`: sockets on loopback, closed at the end."""

    def __init__(
        self, *protocols: int, host: str = "127.0.0.1", echo: bool = False, **more
    ) -> None:
        self.heard = Heard(self._echo if echo else None)
        sockets = [SipSocket(protocol, host, 0) for protocol in protocols or (UDP, TCP)]
        self.ports = SipPorts(sockets, self.heard, **more)

    def _echo(self, data: bytes, hop: Hop) -> None:
        self.ports.send(data, hop)

    async def __aenter__(self) -> tuple[SipPorts, Heard]:
        await self.ports.open()
        return self.ports, self.heard

    async def __aexit__(self, *_: object) -> None:
        await self.ports.close()


class Datagrams:
    """A plain UDP socket of a peer."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.host, self.port = self.socket.getsockname()[:2]
        self.packed = ip_address(self.host).packed

    def send(self, data: bytes, to: SipSocket) -> None:
        self.socket.sendto(data, (to.host, to.port))

    async def receive(self) -> bytes:
        loop = asyncio.get_running_loop()
        return await asyncio.wait_for(loop.sock_recv(self.socket, 1 << 16), 5)

    def __enter__(self) -> Datagrams:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


class Stream:
    """A plain TCP connection of a peer."""

    def __init__(self, raw: socket.socket) -> None:
        self.socket = raw
        raw.setblocking(False)

    @classmethod
    async def to(cls, socket_: SipSocket, *, small: bool = False) -> Stream:
        raw = socket.socket(socket.AF_INET6 if ":" in socket_.host else socket.AF_INET)
        if small:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, (socket_.host, socket_.port))
        return cls(raw)

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def receive(self, size: int = 1 << 16) -> bytes:
        """What is there; empty at the end, and when it was reset."""
        try:
            return await asyncio.wait_for(
                asyncio.get_running_loop().sock_recv(self.socket, size), 5
            )
        except ConnectionResetError:
            return b""

    async def exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := await self.receive()):
            data += more
        return data

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


async def until(holds: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.002)


async def turns(count: int = 20) -> None:
    """Let the loop run for a little: what has not happened by then does not."""
    for _ in range(count):
        await asyncio.sleep(0.001)


def listening(host: str = "127.0.0.1", backlog: int = 10) -> socket.socket:
    """A plain listening TCP socket."""
    raw = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    raw.bind((host, 0))
    raw.listen(backlog)
    raw.setblocking(False)
    return raw
