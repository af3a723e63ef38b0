"""Names looked up in DNS, and where DNS knows nothing as this machine does (its hosts file)."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, NamedTuple

from seastool.net.sip.source import packed
from seastool.net.sip.target import Unresolvable

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver as DnsResolver
    from dns.resolver import Answer

AT_ONCE: Final = 64  # queries; more wait for their turn
MAX_SERVICES: Final = 16
MAX_ADDRESSES: Final = 8
LONGEST_TTL: Final = 3600.0
SHORTEST_TTL: Final = 1.0
HOSTS_TTL: Final = 30.0  # of what the machine itself knows
DNS_PORT: Final = 53

Answers = tuple[list[bytes], float]  # raw addresses, and for how many seconds


class Service(NamedTuple):
    """One SRV record."""

    priority: int
    weight: int
    port: int
    name: str


class Names:
    """nameservers: as `Resolver` takes them. seconds: for one query with all its repetitions."""

    def __init__(self, nameservers: Sequence[str], seconds: float) -> None:
        self._servers = [_server(text) for text in nameservers]
        self._seconds = seconds
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._dns: DnsResolver | None = None
        self._begun = False

    async def services(self, name: str) -> tuple[list[Service], float]:
        """What SRV records say, by priority and weight, at most MAX_SERVICES. A service that
        says that there is none (a target of ".") has an empty name."""
        answer = None if _is_local(name) else await self._query(name, "SRV")
        if answer is None or answer.rrset is None:
            return [], LONGEST_TTL
        found = sorted(
            Service(one.priority, one.weight, one.port, str(one.target).rstrip("."))
            for one in answer.rrset
        )
        return found[:MAX_SERVICES], _ttl(answer)

    async def addresses(self, name: str) -> Answers:
        """IPv4 addresses, then IPv6."""
        if not name:
            return [], LONGEST_TTL
        if not _is_local(name):
            asked = [self._query(name, kind) for kind in ("A", "AAAA")]
            answers = [one for one in await asyncio.gather(*asked) if one and one.rrset]
            if answers:
                found = [one.address for answer in answers for one in answer.rrset or ()]
                addresses = [packed(address) for address in found]
                return addresses[:MAX_ADDRESSES], min(map(_ttl, answers))
        return await self._of_this_machine(name), HOSTS_TTL

    async def _of_this_machine(self, name: str) -> list[bytes]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(name, None, type=sockets.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return []
        addresses = dict.fromkeys(packed(str(one[4][0])) for one in found)
        return sorted(addresses, key=len)[:MAX_ADDRESSES]

    async def _query(self, name: str, kind: str) -> Answer | None:
        """An answer with or without records; None if nobody says that the name is there."""
        from dns.exception import DNSException

        dns = self._client()
        if dns is None:
            return None
        try:
            async with self._turn:
                return await dns.resolve(name + ".", kind, raise_on_no_answer=False, search=False)
        except (DNSException, OSError, ValueError):
            return None

    def _client(self) -> DnsResolver | None:
        """Made when it is first needed: the library takes long to import. None without any name
        server."""
        if self._begun:
            return self._dns
        from dns.asyncresolver import Resolver as DnsResolver
        from dns.nameserver import Do53Nameserver
        from dns.resolver import NoResolverConfiguration

        self._begun = True
        try:
            dns = DnsResolver(configure=not self._servers)
        except (NoResolverConfiguration, OSError):
            return None
        if self._servers:
            dns.nameservers = [Do53Nameserver(host, port) for host, port in self._servers]
        dns.cache = None
        dns.lifetime = self._seconds
        dns.timeout = self._seconds / 2
        self._dns = dns
        return dns


def _is_local(name: str) -> bool:
    """Whether no DNS server is asked: RFC 6761 section 6.3."""
    return name == "localhost" or name.endswith(".localhost")


def _ttl(answer: Answer) -> float:
    return min(max(float(answer.chaining_result.minimum_ttl), SHORTEST_TTL), LONGEST_TTL)


def _server(text: str) -> tuple[str, int]:
    """The address and port of a name server. Raises: Unresolvable."""
    host, colon, port = text, "", ""
    if text.startswith("[") or text.count(":") == 1:
        host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    try:
        number = int(port) if colon else DNS_PORT
        if not 0 < number < 1 << 16:
            raise ValueError
        return str(ip_address(host.strip("[]"))), number
    except ValueError:
        raise Unresolvable(
            f"name server {text!r} is not an IP address, with :PORT behind it if it is not 53"
        ) from None
