"""What a capture is read into: frames, SIP messages and gaps, each with its packet.

`packet` is the number that Wireshark shows and `time_ns` the time of that packet in
nanoseconds since 1970; of several packets that carry a frame, the last. `connection` is
Wireshark's tcp.stream number. Text of addresses is made when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from seastool.capture.losses import Cause
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket

NO_CONNECTION = -1


@dataclass(slots=True, unsafe_hash=True)
class Address:
    """An IP address as on the wire (4 or 16 bytes) and a port; `str()` gives `host:port`."""

    packed: bytes
    port: int
    _host: str = field(default="", repr=False, compare=False)

    @property
    def host(self) -> str:
        """The IP address as text."""
        if not self._host:
            from ipaddress import ip_address

            self._host = str(ip_address(self.packed))
        return self._host

    def __str__(self) -> str:
        return host_port_text(self.host, self.port)


def host_port_text(host: str, port: int) -> str:
    """``host:port``, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@dataclass(slots=True)
class CapturedFrame:
    """A unit of a SEAS connection: a frame, a name or socket info.

    socket and direction are None only where a capture leaves them open. as_name is the
    application server's, from the name exchange of this connection or of the one it is
    paired with. offset is where the unit starts in its direction of the connection.
    """

    packet: int
    time_ns: int
    connection: int
    source: Address
    destination: Address
    socket: Socket | None
    direction: Direction | None
    kind: UnitKind
    as_name: str | None
    data: bytes
    offset: int


@dataclass(slots=True)
class CapturedSip:
    """A SIP message of its own, not inside SEAS. connection is -1 for UDP."""

    packet: int
    time_ns: int
    connection: int
    source: Address
    destination: Address
    transport: Literal["udp", "tcp"]
    data: bytes


@dataclass(slots=True)
class Gap:
    """A place in a stream where something is lost.

    missing: bytes that are not in the capture. skipped: bytes that are, but belong to no
    whole frame or message. One of the two is 0. head: the first bytes of a frame that its stream
    does not finish, its length among them.
    """

    packet: int
    time_ns: int
    connection: int
    source: Address
    destination: Address
    socket: Socket | None
    direction: Direction | None
    missing: int
    skipped: int
    cause: Cause
    head: bytes = b""


Record = CapturedFrame | CapturedSip | Gap
