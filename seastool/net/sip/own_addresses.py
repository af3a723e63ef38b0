"""The addresses of this machine, for sockets that listen on all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from seastool.net.sip.receiver import SipSocket
from seastool.net.sip.source import routed

WILDCARDS: Final = {"0.0.0.0": 4, "::": 16}
_LOOPBACK: Final = {4: "127.0.0.1", 16: "::1"}
_SOMEWHERE: Final = {4: "192.0.2.1", 16: "2001:db8::1"}  # nothing is sent there
# Where Linux lists them; elsewhere the first two will have to do.
_IPV4_ROUTES: Final = Path("/proc/net/fib_trie")
_LOCAL: Final = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")
_IPV6_ADDRESSES: Final = Path("/proc/net/if_inet6")


def concrete(listening: Iterable[SipSocket]) -> list[SipSocket]:
    """The same sockets, those on all addresses once for each: as a proxy tells of them."""
    return [
        one._replace(host=host)
        for one in listening
        for host in (own_addresses(WILDCARDS[one.host]) if one.host in WILDCARDS else [one.host])
    ]


def own_addresses(size: int) -> list[str]:
    """The addresses of one family, 4 or 16 bytes each: the one that others see first, then
    loopback, then the rest. Link-local ones are none that anybody could be told of."""
    seen = str(ip_address(routed(ip_address(_SOMEWHERE[size]).packed)))
    listed = _ipv4() if size == WILDCARDS["0.0.0.0"] else _ipv6()
    found = map(ip_address, dict.fromkeys([seen, _LOOPBACK[size], *listed]))
    return [str(one) for one in found if not (one.is_unspecified or one.is_link_local)]


def _ipv4() -> list[str]:
    return _LOCAL.findall(_text(_IPV4_ROUTES))


def _ipv6() -> list[str]:
    """Each line begins with 32 hex digits."""
    lines = _text(_IPV6_ADDRESSES).splitlines()
    return [str(ip_address(int(line[:32], 16).to_bytes(16, "big"))) for line in lines]


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError:
        return ""
