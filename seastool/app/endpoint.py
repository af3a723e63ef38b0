"""An address of the SIP side, as the receive information of an event has it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from seastool.seas.frames import Received

_SIZES: Final = (4, 16)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address, raw, and a port; `str()` gives ``host:port``. protocol: 1 is UDP."""

    packed: bytes
    port: int
    protocol: int = 0

    @property
    def host(self) -> str:
        """The address as text, without brackets."""
        return str(ip_address(self.packed))

    def __str__(self) -> str:
        host = f"[{self.host}]" if len(self.packed) == _SIZES[1] else self.host
        return f"{host}:{self.port}"


def endpoint_of(frame: Received | None, *, source: bool) -> Endpoint | None:
    """Source or destination of an event; None where it names none."""
    if frame is None:
        return None
    packed = frame.source_address if source else frame.destination_address
    if len(packed) not in _SIZES:
        return None
    return Endpoint(packed, frame.source_port if source else frame.destination_port, frame.protocol)
