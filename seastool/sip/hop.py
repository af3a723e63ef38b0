"""Where a SIP message has come from, or goes to: one peer by one of our sockets."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

UDP: Final = 1
TCP: Final = 2
NAMES: Final = {UDP: "udp", TCP: "tcp"}


class Hop:
    """One peer by one of our sockets; equal hops are the same way.

    protocol: UDP or TCP, numbered as proxies do. Addresses are raw, 4 or 16 bytes.
    connection: a number of ours for a TCP connection; 0 for UDP, and for a connection that is
    to be made.
    """

    __slots__ = (
        "connection",
        "local_address",
        "local_port",
        "protocol",
        "remote_address",
        "remote_port",
        "sockaddr",
    )

    def __init__(
        self,
        protocol: int,
        local_address: bytes,
        local_port: int,
        remote_address: bytes,
        remote_port: int,
        connection: int = 0,
    ) -> None:
        self.protocol = protocol
        self.local_address = local_address
        self.local_port = local_port
        self.remote_address = remote_address
        self.remote_port = remote_port
        self.connection = connection
        # What a datagram socket wants with each datagram: made once, as it is wanted often.
        # Of IPv6 there may be a flow and a scope too.
        self.sockaddr: tuple[str, int] | tuple[str, int, int, int] = (
            str(ip_address(remote_address)),
            remote_port,
        )

    @property
    def is_reliable(self) -> bool:
        """Whether the transport repeats what is lost."""
        return self.protocol != UDP

    def _key(self) -> tuple[object, ...]:
        return (
            self.protocol,
            self.local_address,
            self.local_port,
            self.remote_address,
            self.remote_port,
            self.connection,
        )

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Hop) and self._key() == other._key())

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        host, port = self.sockaddr[:2]
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return f"{NAMES.get(self.protocol, '?')}:{where}"

    def __repr__(self) -> str:
        return f"<Hop {self}>"
