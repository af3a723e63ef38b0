"""Who is who: addresses of SIP and connections of SEAS as phones, proxies, application servers.

A proxy tells its SIP addresses itself: by socket info, and by where each request came in.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Final

from seastool.capture.decoded import Decoded
from seastool.capture.records import Address, CapturedFrame, Gap, host_port_text
from seastool.ladder.model import Endpoint, Role
from seastool.ladder.reading import SipParts
from seastool.render.printable import text_of
from seastool.seas.frames import Received
from seastool.seas.handshake import SocketInfo
from seastool.seas.types import Direction, Socket

MAX_KNOWN: Final = 1 << 16  # addresses of phones kept in mind
MAX_OWN: Final = 1 << 12  # SIP addresses and names of all proxies and application servers
MAX_ADDRESSES: Final = 8  # of one endpoint that are told

Place = tuple[bytes, int]


class Endpoints:
    """All who were met so far."""

    def __init__(self) -> None:
        self._phones: dict[Place, Endpoint] = {}
        self._own: dict[Place, Endpoint] = {}
        self._proxies: dict[Place, Endpoint] = {}
        self._servers: dict[tuple[Place, str | bytes], Endpoint] = {}

    def of_sip(self, address: Address) -> Endpoint:
        """Who has an address of SIP: a proxy if one said so, else a phone."""
        place = address.packed, address.port
        found = self._own.get(place) or self._phones.get(place)
        if found is None:
            if len(self._phones) >= MAX_KNOWN:
                self._phones.clear()
            found = self._phones[place] = Endpoint(Role.PHONE, "", [str(address)])
        return found.whole

    def of_sender(self, address: Address, transport: str, parts: SipParts) -> Endpoint:
        """Who sent a message. A request on TCP comes from a port of no meaning: its Via names
        the one at which its sender listens. More than one Via: the sender is a proxy."""
        sender = self.of_sip(address)
        if not parts.method:
            return sender
        listens = parts.sent_by
        if transport == "tcp" and listens and listens[1] != address.port:
            packed = _packed(listens[0])
            if packed == address.packed:
                home = self.of_sip(Address(packed, listens[1]))
                sender = _join(sender, home)
        if parts.vias > 1 and sender.role is Role.PHONE:
            sender.role, sender.name = Role.PROXY, "proxy"
        return sender

    def of_frame(self, captured: CapturedFrame | Gap) -> tuple[Endpoint, Endpoint]:
        """The proxy and the application server of a frame or gap, in this order."""
        to_openser = captured.direction is Direction.TO_OPENSER
        proxy_at = captured.destination if to_openser else captured.source
        server_at = captured.source if to_openser else captured.destination
        port = proxy_at.port - (captured.socket is Socket.ACTION)
        place = proxy_at.packed, port
        proxy = self._proxies.get(place)
        if proxy is None:
            proxy = _known(self._proxies, place, Endpoint(Role.PROXY, "proxy", speaks_seas=True))
            proxy.addresses.append(f"SEAS {host_port_text(proxy_at.host, port)}")
        name = getattr(captured, "as_name", None)
        key = place, name or server_at.packed
        server = self._servers.get(key)
        if server is None:
            server = Endpoint(Role.SERVER, name or "application server", [server_at.host])
            server.speaks_seas = True
            _known(self._servers, key, server)
        return proxy, server

    def learn(self, decoded: Decoded, proxy: Endpoint) -> None:
        """Keep the SIP addresses that a unit names as its proxy's own."""
        for packed, port in _told_places(decoded.unit):
            place = packed, port
            if place in self._own or len(self._own) >= MAX_OWN:
                continue
            self._own[place] = proxy
            text = str(Address(packed, port))
            if len(proxy.addresses) < MAX_ADDRESSES and text not in proxy.addresses:
                proxy.addresses.insert(len(proxy.addresses) - 1, text)
            phone = self._phones.pop(place, None)
            if phone is not None:
                _join(phone, proxy)


def _known(table: dict[Any, Endpoint], key: Any, endpoint: Endpoint) -> Endpoint:
    if len(table) >= MAX_OWN:
        table.clear()
    table[key] = endpoint
    return endpoint


def _join(part: Endpoint, home: Endpoint) -> Endpoint:
    """Make one endpoint of two, unless they are one or both are proxies of SEAS."""
    part, home = part.whole, home.whole
    if part is not home and not part.speaks_seas:
        part.same = home
    return home


def _told_places(unit: object) -> Iterator[Place]:
    if isinstance(unit, SocketInfo):
        for socket in unit.sockets:
            packed = _packed(text_of(socket.address))
            if packed and any(packed):
                yield packed, socket.port
    elif isinstance(unit, Received):
        packed = unit.destination_address
        if len(packed) in (4, 16) and any(packed) and unit.destination_port:
            yield packed, unit.destination_port


def _packed(host: str) -> bytes:
    try:
        return ip_address(host).packed
    except ValueError:
        return b""
