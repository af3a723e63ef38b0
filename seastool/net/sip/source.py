"""Which address of this machine a peer sees."""

from __future__ import annotations

import socket as sockets
from functools import lru_cache
from ipaddress import ip_address
from typing import Final

ANY: Final = (bytes(4), bytes(16))
_SOME_PORT: Final = 9


class SourceOf:
    """The local address of a bound socket towards its peers.

    packed: what it is bound to; a socket on all addresses has one for each peer.
    """

    def __init__(self, raw: sockets.socket) -> None:
        self.family = raw.family
        self.packed = packed(raw.getsockname()[0])
        self.is_any = self.packed in ANY

    def of(self, remote: bytes) -> bytes:
        """The address that packets to `remote` are from, raw."""
        return routed(remote) if self.is_any else self.packed


def packed(host: str) -> bytes:
    """The raw address of a numeric host, without its scope."""
    return ip_address(host.partition("%")[0]).packed


def routed(remote: bytes) -> bytes:
    """The address that the system would send from; the wildcard where there is no route."""
    try:
        return _route(remote)
    except OSError:
        return bytes(len(remote))


@lru_cache(maxsize=4096)
def _route(remote: bytes) -> bytes:
    family = sockets.AF_INET if len(remote) == len(ANY[0]) else sockets.AF_INET6
    with sockets.socket(family, sockets.SOCK_DGRAM) as probe:
        probe.connect((str(ip_address(remote)), _SOME_PORT))
        return packed(probe.getsockname()[0])
