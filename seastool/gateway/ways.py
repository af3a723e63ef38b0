"""Which way responses go: by the topmost Via (RFC 3261 section 18.2.2, RFC 3581 section 4)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from seastool.seas.builder.event import Receive
from seastool.sip.hop import NAMES, UDP, Hop
from seastool.sip.incoming import Incoming, address_text
from seastool.sip.text import part_of

_PORT: Final = 5060
_HIGHEST: Final = 65535

_TOP_VIA: Final = re.compile(rb"([^\r\n]*\r\nVia: SIP/2\.0/)[^ ]+ [^;\r\n]*")


def received_by(hop: Hop) -> Receive:
    """Where a message has come from, as events tell it."""
    return Receive(
        hop.protocol, hop.remote_address, hop.local_address, hop.remote_port, hop.local_port
    )


def way_back(request: Incoming, hop: Hop) -> Hop:
    """Where responses go to a request that came from there. Over TCP the connection is used
    while it lasts."""
    text, line, via = request.text, request.headers[0], request.via
    is_udp = hop.protocol == UDP
    if is_udp and via.rport is not None and not via.has_maddr:
        return hop
    found = part_of(text, line.start, via.port)
    port = int(found) if found.isdigit() and 0 < int(found[:6]) <= _HIGHEST else _PORT
    address = hop.remote_address
    if is_udp and via.has_maddr:
        address = _maddr(text[line.start : line.end], address)
    if port == hop.remote_port and address == hop.remote_address:
        return hop
    return Hop(hop.protocol, hop.local_address, hop.local_port, address, port, hop.connection)


def _maddr(via: bytes, otherwise: bytes) -> bytes:
    """The address that a Via's maddr gives, if it is one of the same family."""
    for parameter in via.partition(b",")[0].split(b";")[1:]:
        name, _, value = parameter.partition(b"=")
        if name.strip().lower() == b"maddr":
            try:
                packed = ip_address(value.strip().strip(b"[]").decode("ascii", "replace")).packed
            except ValueError:
                return otherwise
            return packed if len(packed) == len(otherwise) else otherwise
    return otherwise


def with_via_of(request: bytes, hop: Hop) -> bytes:
    """A request of ours with that hop's transport and socket in its topmost Via, so that
    responses find back: what a name stands for is not known when a request is made."""
    address = address_text(hop.local_address)
    if not any(hop.local_address):
        return request
    host = b"[" + address + b"]" if b":" in address else address
    if hop.local_port != _PORT:
        host += b":%d" % hop.local_port
    name = NAMES[hop.protocol].upper().encode()
    return _TOP_VIA.sub(lambda found: found[1] + name + b" " + host, request, count=1)
