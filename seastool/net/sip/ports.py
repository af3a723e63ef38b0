"""All SIP sockets of a process: what comes in goes to a receiver, what goes out to a hop.

ports = SipPorts([SipSocket(UDP, "127.0.0.1", 5060)], receiver)
await ports.open()
ports.send(data, ports.hop_to(UDP, address, 5060))
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket as sockets
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from seastool.capture.live import Traffic
from seastool.errors import LocalProtocolError
from seastool.net.link import reason_of
from seastool.net.sip.limits import Limits
from seastool.net.sip.receiver import Receiver, Reports, SipSocket
from seastool.net.sip.source import ANY, packed
from seastool.net.sip.tcp import BACKLOG, Connections, TcpListener
from seastool.net.sip.udp import UdpSocket
from seastool.sip.hop import NAMES, TCP, UDP, Hop

TRIES: Final = 50
FIRST_NUMBER: Final = 1_000_000
MAX_WAYS: Final = 4_096
_KINDS: Final = {UDP: sockets.SOCK_DGRAM, TCP: sockets.SOCK_STREAM}


class SipPorts:
    """To be made while a loop runs.

    sockets: as asked for until `open`, then as bound, in the same order. receiver: told of all
    that comes. traffic: told of every datagram and of the TCP connections. number: gives TCP
    connections their numbers, unique in the process.
    """

    def __init__(
        self,
        sockets: Sequence[SipSocket],
        receiver: Receiver,
        *,
        traffic: Traffic | None = None,
        number: Callable[[], int] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.sockets = list(sockets)
        self._receiver = receiver
        self._traffic = traffic
        self._limits = limits or Limits()
        self._reports = Reports(receiver)
        self._connections = Connections(
            receiver,
            self._reports,
            traffic,
            self._limits,
            number or itertools.count(FIRST_NUMBER).__next__,
        )
        self._open: list[UdpSocket | TcpListener] = []
        self._udp: dict[tuple[bytes, int], UdpSocket] = {}
        self._ways: dict[tuple[int, bytes, int], Hop] = {}

    async def open(self) -> None:
        """Listen. With port 0 a free one is found, the same for UDP and TCP of one host.

        Raises: OSError, which says of which socket.
        """
        left = TRIES if any(one.port == 0 for one in self.sockets) else 1
        while True:
            left -= 1
            raws: list[sockets.socket] = []
            try:
                for one in self.sockets:
                    raws.append(await _bound(one, _shared_port(one, self.sockets, raws)))
                break
            except OSError as error:
                for raw in raws:
                    raw.close()
                if not left or error.errno != errno.EADDRINUSE:
                    raise
        await self._listen(raws)

    async def _listen(self, raws: Sequence[sockets.socket]) -> None:
        for raw in raws:
            if raw.type == sockets.SOCK_DGRAM:
                udp = UdpSocket(raw, self._receiver, self._reports, self._traffic, self._limits)
                self._udp[packed(udp.host), udp.port] = udp
                self._open.append(udp)
            else:
                self._open.append(TcpListener(raw))
        self.sockets = [
            SipSocket(asked.protocol, one.host, one.port)
            for asked, one in zip(self.sockets, self._open, strict=True)
        ]
        for one in self._open:
            if isinstance(one, UdpSocket):
                one.open()
            else:
                await one.open(self._connections.accept)

    @property
    def counts(self) -> Counter[str]:
        """Datagrams, messages and connections, and what was dropped by reason."""
        counts = self._reports.counts.copy()
        for udp in self._udp_sockets():
            counts["datagrams received"] += udp.received
            counts["datagrams sent"] += udp.sent
        return counts

    @property
    def connections(self) -> int:
        """TCP connections that there are or that are being made."""
        return len(self._connections)

    def send(self, data: bytes, hop: Hop) -> None:
        """Send a message; if it cannot be, the receiver is told in the next turn of the loop.

        Over TCP: on the connection of the hop, else on another to the same remote, else on a
        new one.
        """
        if hop.protocol == UDP:
            udp = self._udp.get((hop.local_address, hop.local_port)) or self._udp_for(hop)
            if udp is None:
                self._reports.failed(data, hop, "no such socket")
            else:
                udp.send(data, hop)
        else:
            self._connections.send(data, hop)

    def _udp_for(self, hop: Hop) -> UdpSocket | None:
        """The socket on all addresses that a hop belongs to."""
        found = self._udp.get((bytes(len(hop.local_address)), hop.local_port))
        if found is not None:
            self._udp[hop.local_address, hop.local_port] = found
        return found

    def _udp_sockets(self) -> list[UdpSocket]:
        return [one for one in self._open if isinstance(one, UdpSocket)]

    def hop_to(self, protocol: int, address: bytes, port: int) -> Hop:
        """The way to a remote by our first socket of that protocol and family.

        address: raw, 4 or 16 bytes. Raises: LocalProtocolError if there is no such socket.
        """
        key = protocol, address, port
        hop = self._ways.get(key)
        if hop is None:
            if len(self._ways) >= MAX_WAYS:
                self._ways.clear()
            hop = self._ways[key] = self._way(protocol, address, port)
        return hop

    def _way(self, protocol: int, address: bytes, port: int) -> Hop:
        for socket, one in zip(self.sockets, self._open, strict=False):
            if socket.protocol == protocol and (":" in socket.host) == (
                len(address) == len(ANY[1])
            ):
                return one.hop_to(address, port)
        family = "IPv6" if len(address) == len(ANY[1]) else "IPv4"
        name = NAMES.get(protocol, "?")
        raise LocalProtocolError(f"there is no {name} socket for {family}: listen on one")

    async def close(self) -> None:
        """Listen no more, and close all connections after what was written."""
        for one in self._open:
            one.close()
        await self._connections.close()


def _shared_port(
    one: SipSocket, asked: Sequence[SipSocket], bound: Sequence[sockets.socket]
) -> int:
    """The port to try: what was asked for, or the free one that its host has found already."""
    if one.port:
        return one.port
    taken = {
        raw.getsockname()[1]: False
        for other, raw in zip(asked, bound, strict=False)
        if other.host == one.host and other.port == 0
    }
    for other, raw in zip(asked, bound, strict=False):
        if other.host == one.host and other.protocol == one.protocol:
            taken[raw.getsockname()[1]] = True
    return next((port for port, is_taken in taken.items() if not is_taken), 0)


async def _bound(one: SipSocket, port: int) -> sockets.socket:
    """A socket bound to a port. Raises: OSError, saying which."""
    kind = _KINDS[one.protocol]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            one.host or None, port, type=kind, flags=sockets.AI_PASSIVE
        )
        family, _, _, _, sockaddr = found[0]
        raw = sockets.socket(family, kind)
        try:
            if family == sockets.AF_INET6:
                raw.setsockopt(sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 1)
            if kind == sockets.SOCK_STREAM:
                raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
            raw.setblocking(False)
            raw.bind(sockaddr)
            if kind == sockets.SOCK_STREAM:  # only that finds out whether the port is free
                raw.listen(BACKLOG)
        except BaseException:
            raw.close()
            raise
    except (OSError, OverflowError, ValueError) as error:  # odd hosts raise any of them
        host = f"[{one.host}]" if ":" in one.host else one.host
        what = f"cannot listen on {NAMES[one.protocol]}:{host}:{port}: {reason_of(error)}"
        raise OSError(getattr(error, "errno", None), what) from error
    return raw
