"""Where the requests of a gateway go: names resolved, and the socket for each place."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.errors import LocalProtocolError
from seastool.net.sip import Resolver, SipPorts
from seastool.sip.hop import Hop


class Places:
    """nameservers: the system's if empty."""

    def __init__(self, ports: SipPorts, nameservers: Sequence[str]) -> None:
        self._ports = ports
        self._resolver = Resolver(nameservers)

    def at_once(self, uri: bytes) -> list[Hop] | None:
        """Where a URI leads to; None if that is to be looked up."""
        places = self._resolver.at_once(uri)
        return None if places is None else self._hops(places)

    async def look_up(self, uri: bytes) -> list[Hop]:
        """The same, by DNS. Raises: Unresolvable."""
        return self._hops(await self._resolver.places(uri))

    async def close(self) -> None:
        """Look up no more."""
        await self._resolver.close()

    def _hops(self, places: Sequence[tuple[int, bytes, int]]) -> list[Hop]:
        hops = []
        for protocol, address, port in places:
            try:
                hops.append(self._ports.hop_to(protocol, address, port))
            except LocalProtocolError:
                continue  # no socket of that kind
        return hops
