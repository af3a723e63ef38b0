"""What a SIP URI says of where it leads: RFC 3263 section 4, before anybody is asked."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final, NamedTuple

from seastool.errors import SeasError, SipError
from seastool.render.printable import shown
from seastool.sip.grammar import Grammar
from seastool.sip.hop import TCP, UDP
from seastool.sip.text import Span
from seastool.sip.uri import parse_uri

SIP_PORT: Final = 5060
_GRAMMAR: Final = Grammar()
_PROTOCOLS: Final = {b"udp": UDP, b"tcp": TCP}
_HIGHEST_PORT: Final = 65_535
_MOST_DIGITS: Final = 5
_LONGEST_NAME: Final = 253
_MOST_SHOWN: Final = 100
# RFC 3261's hostname, and underscores, which there are. The last label begins with a letter:
# so no odd spelling of a number is one.
_NAME: Final = re.compile(rb"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z][A-Za-z0-9_-]{0,62}\.?\Z")


class Unresolvable(SeasError):
    """Nobody knows where a URI is to be sent, or only by what we do not speak."""


class Place(NamedTuple):
    """Where to send: UDP or TCP as in `seastool.sip.hop`, a raw address, a port."""

    protocol: int
    address: bytes
    port: int


class Target(NamedTuple):
    """A host name in lower case, without a dot behind it; protocol and port, 0 where the URI
    has none."""

    name: str
    protocol: int
    port: int


def read_target(uri: bytes) -> Place | Target:
    """The place that a URI names, or the name that is to be looked up. Raises: Unresolvable."""
    try:
        parts = parse_uri(uri, 0, len(uri), _GRAMMAR)
    except SipError as error:
        raise Unresolvable(f"{_cut(uri)} is not a URI: {error}") from error
    if parts.scheme != "sip" or parts.host is None:
        raise Unresolvable(f"{_cut(uri)} is not a sip: URI")
    known = parts.known or {}
    protocol = _protocol(uri, known.get("transport"))
    host = _value(uri, known.get("maddr")) or _text(uri, parts.host)
    digits = _text(uri, parts.port)
    if digits and not (len(digits) <= _MOST_DIGITS and 0 < int(digits) <= _HIGHEST_PORT):
        raise Unresolvable(f"{_cut(uri)} has no port that there is")
    return _target(uri, host, protocol, int(digits or 0))


def _target(uri: bytes, host: bytes, protocol: int, port: int) -> Place | Target:
    try:
        text = host.decode("ascii")
        return Place(protocol or UDP, ip_address(text.strip("[]")).packed, port or SIP_PORT)
    except ValueError:
        if len(host) > _LONGEST_NAME or not _NAME.match(host):
            raise Unresolvable(f"{_cut(uri)} has a host that is no address and no name") from None
    return Target(text.lower().rstrip("."), protocol, port)


def _protocol(uri: bytes, parameter: Span | None) -> int:
    if parameter is None:
        return 0
    protocol = _PROTOCOLS.get(_value(uri, parameter).lower(), 0)
    if not protocol:
        raise Unresolvable(f"{_cut(uri)} wants a transport that is not udp or tcp")
    return protocol


def _text(uri: bytes, span: Span | None) -> bytes:
    return uri[span[0] : span[0] + span[1]] if span else b""


def _value(uri: bytes, parameter: Span | None) -> bytes:
    """What stands behind the = of a parameter."""
    return _text(uri, parameter).partition(b"=")[2].strip()


def _cut(uri: bytes) -> str:
    return shown(uri[:_MOST_SHOWN]) + ("..." if len(uri) > _MOST_SHOWN else "")
