"""The phone of the checks: a port of its own, for UDP and TCP."""

from __future__ import annotations

import socket as sockets
from collections.abc import Callable
from ipaddress import ip_address

from seastool.capture.live import Traffic
from seastool.interop.checks.openser.came import PhoneAddress, SipCame
from seastool.net.sip import SipPorts, SipSocket
from seastool.sip.hop import TCP, UDP, Hop


class Phone:
    """A SIP user agent without a mind: it sends what it is told and shows what comes.

    host, port: where the proxy takes SIP. tell: takes what comes.
    """

    def __init__(
        self, host: str, port: int, tell: Callable[[SipCame], None], traffic: Traffic
    ) -> None:
        self._remote = ip_address(host).packed
        self._port = port
        self._tell = tell
        self.host = _own_address(host)
        wanted = [SipSocket(protocol, self.host, 0) for protocol in (UDP, TCP)]
        self._ports = SipPorts(wanted, self, traffic=traffic)

    async def open(self) -> None:
        """Raises: OSError."""
        await self._ports.open()

    async def close(self) -> None:
        """Hang up."""
        await self._ports.close()

    @property
    def address(self) -> PhoneAddress:
        """Where it is."""
        return PhoneAddress(self.host, self._ports.sockets[0].port)

    def send(self, text: bytes, protocol: int, way: Hop | None) -> None:
        """To the proxy, or some other way."""
        self._ports.send(text, way or self._ports.hop_to(protocol, self._remote, self._port))

    def sip_received(self, data: bytes, hop: Hop) -> None:
        """See `seastool.net.sip.receiver.Receiver`."""
        self._tell(SipCame(data, hop))

    def sip_failed(self, data: bytes, hop: Hop, reason: str) -> None:
        """See `Receiver`: what does not arrive is missed by the check."""

    def sip_wrong(self, what: str, hop: Hop | None) -> None:
        """See `Receiver`: the same."""


def _own_address(host: str) -> str:
    """Our address on the way to a host; nothing is sent."""
    family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
    with sockets.socket(family, sockets.SOCK_DGRAM) as probe:
        try:
            probe.connect((host, 9))
        except OSError:
            return "::1" if ":" in host else "127.0.0.1"
        found: str = probe.getsockname()[0]
        return found
