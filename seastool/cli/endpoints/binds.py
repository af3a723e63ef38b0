"""``--bind``: which of the proxy's listening sockets to bind to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from seastool.cli.exits import UsageFault
from seastool.seas.handshake import ListeningSocket

_PROTOCOLS: Final = {"udp": 1, "tcp": 2, "tls": 3}
_WANTED: Final = re.compile(
    r"(?:(?P<protocol>udp|tcp|tls):)?"
    r"(?:\[(?P<six>[^\]]+)\](?::(?P<six_port>\d{1,5}))?|(?P<four>[^:\[\]]*)(?::(?P<port>\d{1,5}))?)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    protocol: int | None
    address: IPv4Address | IPv6Address | None
    port: int | None

    def fits(self, one: ListeningSocket) -> bool:
        return (
            self.protocol in (None, one.protocol)
            and self.port in (None, one.port)
            and self.address in (None, _address(one))
        )


def chosen_sockets(texts: Sequence[str]) -> Callable[[ListeningSocket], bool]:
    """Whether a listening socket fits one of the texts; any does if there is none.

    Raises: UsageFault.
    """
    wanted = [_wanted(text) for text in texts]
    return lambda one: not wanted or any(each.fits(one) for each in wanted)


def _wanted(text: str) -> _Wanted:
    found = _WANTED.match(text)
    try:
        if found:
            host = found["six"] or found["four"]
            port = found["six_port"] or found["port"]
            return _Wanted(
                _PROTOCOLS[found["protocol"].lower()] if found["protocol"] else None,
                ip_address(host) if host and host != "*" else None,
                int(port) if port else None,
            )
    except ValueError:
        pass
    told = "it is [PROTO:]ADDRESS[:PORT], such as udp:10.0.0.1:5060, [::1] or tcp:*:5060"
    raise UsageFault(f"--bind {text}: {told}")


def _address(one: ListeningSocket) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(one.address.decode("ascii", "replace").strip("[]"))
    except ValueError:
        return None
