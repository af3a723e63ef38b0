"""The address that this server gives in Contact and Via: a listening socket of the proxy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from seastool.app.tokens import checked_address, checked_value
from seastool.seas.dialect import Dialect
from seastool.seas.handshake import ListeningSocket

if TYPE_CHECKING:
    from seastool.seas.frames import Received

_UDP: Final = 1
_NOBODY: Final = "seastool.invalid"  # RFC 2606; where no socket of the proxy is known
_USER: Final = re.compile(r"[A-Za-z0-9\-_.!~*'()&=+$,;?/]+")


class OwnAddress:
    """What goes into Contact and Via.

    name: of the application server; the user part of its Contact, so that a routing script can
    tell what is for it. contact: a whole value that replaces what is made here.
    """

    def __init__(self, dialect: Dialect, name: str, contact: str) -> None:
        """Raises: EncodeError if `contact` cannot be one."""
        self._dialect = dialect
        self._user = f"{name}@" if _USER.fullmatch(name) else ""
        self._given = checked_address("Contact", contact) if contact else ""
        self._of_event = lru_cache(maxsize=256)(self._contact_line)

    def contact_line(self, frame: Received) -> bytes:
        """The Contact header of a response: the socket that the request came in on."""
        return self._of_event(frame.destination_address, frame.destination_port, frame.protocol)

    def _contact_line(self, address: bytes, port: int, protocol: int) -> bytes:
        return f"Contact: {self._contact(_host(address), port, protocol)}\r\n".encode()

    def contact(self, listening: Sequence[ListeningSocket], frame: Received | None = None) -> str:
        """The Contact value of a request: of a dialog the socket that it began on, else the
        proxy's first, UDP if it has one."""
        if frame is not None:
            return self.contact_line(frame)[len("Contact: ") : -2].decode()
        host, port, protocol = _first(listening)
        return self._contact(host, port, protocol)

    def _contact(self, host: str, port: int, protocol: int) -> str:
        if self._given:
            return self._given
        transport = "" if protocol in (0, _UDP) else self._dialect.transport_name(protocol) or ""
        parameter = f";transport={transport.lower()}" if transport else ""
        return f"<sip:{self._user}{host}{_port(port)}{parameter}>"

    def via(self, listening: Sequence[ListeningSocket], branch: str) -> str:
        """The Via value of a request. The proxy puts its own in its place."""
        host, port, protocol = _first(listening)
        transport = (self._dialect.transport_name(protocol) or "UDP").upper()
        return checked_value(
            "Via", f"SIP/2.0/{transport} {host}{_port(port)};branch=z9hG4bK{branch}"
        )


def _first(listening: Sequence[ListeningSocket]) -> tuple[str, int, int]:
    found = next((s for s in listening if s.protocol == _UDP), None)
    if found is None and not listening:
        return _NOBODY, 0, _UDP
    found = found or listening[0]
    text = found.address.decode("ascii", "replace").strip("[]")
    try:
        return _host(ip_address(text).packed), found.port, found.protocol
    except ValueError:
        return _NOBODY, found.port, found.protocol


def _host(address: bytes) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return _NOBODY
    return f"[{found}]" if found.version == 6 else str(found)


def _port(port: int) -> str:
    return f":{port}" if port else ""
