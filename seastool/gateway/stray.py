"""A response that belongs to no transaction goes on by its second Via (RFC 3261 section 16.7)."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, ip_address
from typing import Final

from seastool.errors import SipError
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import Incoming
from seastool.sip.text import part_of
from seastool.sip.via import Via, parse_vias

_GRAMMAR: Final = Grammar()
_BEHIND: Final = b"A"
_PORT: Final = 5060
_BROADCAST: Final = IPv4Address("255.255.255.255")


def forwarded(response: Incoming, is_own: Callable[[bytes], bool]) -> tuple[bytes, bytes] | None:
    """The response without its topmost Via, and the URI that it goes to.

    None if that Via is not ours, if no other is behind it, or if that one says that all who hear
    it shall have it (RFC 4475 section 3.3.10).
    """
    text = response.text
    lines = [line for line in response.outline.lines if line[0] == "VIA"]
    try:
        vias = [(line, via) for line in lines[:2] for via in _vias(text, line.value, line.end)]
    except SipError:
        return None
    if len(vias) < 2:
        return None
    (first, own), (second, nxt) = vias[:2]
    host, port = _sent_by(text[first.value : first.end] + _BEHIND, own)
    if not is_own(b"%s:%d" % (host.lower(), port)):
        return None
    if first is second:
        start = first.value + nxt.protocol[0]
        rest = text[: first.value] + text[start:]
    else:
        rest = text[: first.start] + text[first.end :]
    uri = _uri(text[second.value : second.end] + _BEHIND, nxt)
    return None if uri is None else (rest, uri)


def _vias(text: bytes, start: int, end: int) -> list[Via]:
    """Spans count from the header's value."""
    return list(parse_vias(text[start:end] + _BEHIND, 0, _GRAMMAR).vias)


def _sent_by(value: bytes, via: Via) -> tuple[bytes, int]:
    port = part_of(value, 0, via.port)
    return part_of(value, 0, via.host), int(port[:6]) if port.isdigit() else _PORT


def _uri(value: bytes, via: Via) -> bytes | None:
    """Where a response goes by this Via (18.2.2); None if to more than one host."""
    host, port = _sent_by(value, via)
    received = via.value("maddr") or via.value("received")
    if received is not None:
        host = part_of(value, 0, received)
        if b":" in host and not host.startswith(b"["):
            host = b"[" + host + b"]"
    if _is_for_many(host):
        return None
    rport = part_of(value, 0, via.value("rport"))
    if rport.isdigit():
        port = int(rport[:6])
    transport = part_of(value, 0, via.transport).lower()
    return b"sip:%s:%d;transport=%s" % (host, port, transport or b"udp")


def _is_for_many(host: bytes) -> bool:
    try:
        address = ip_address(host.strip(b"[]").decode("ascii", "replace"))
    except ValueError:
        return False
    return address.is_multicast or address == _BROADCAST
