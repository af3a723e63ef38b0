"""Where a request of the application server goes, and what that makes of its Route headers."""

from __future__ import annotations

from typing import NamedTuple

from seastool.errors import SipError
from seastool.seas.openser.action_text import ActionText
from seastool.seas.openser.proxy import Proxy
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import address_text
from seastool.sip.route import parse_routes
from seastool.sip.text import part_of
from seastool.sip.uri import parse_uri

_UDP, _TLS = 1, 3
_PORT = 5060
_NO_HOME = b"127.0.0.1"
_HOME_TRANSPORTS = {2: b";transport=TCP", 3: b";transport=TLS", 4: b";transport=SCTP"}
_WEB_SOCKET = b";transport=WS"


class NextHop(NamedTuple):
    """request_uri: as it is written. destination: the URI it goes to. route: the Route header,
    whole; empty for none."""

    request_uri: bytes
    destination: bytes
    route: bytes


def next_hop(text: ActionText, grammar: Grammar) -> NextHop:
    """By the first Route header, which the proxy takes for the whole route set, else by the
    request URI. Raises: SipError for a Route that does not parse."""
    if text.route is None:
        return NextHop(text.uri, text.uri, b"")
    routes = parse_routes(text.text, text.route.value, text.route.end, grammar)
    first = routes[0].uri
    uri = part_of(text.text, 0, first)
    parsed = parse_uri(text.text, *first, grammar)
    shown = [text.text[route.name[0] : route.end] for route in routes]
    if parsed.known and "lr" in parsed.known:
        return NextHop(text.uri, uri, _route_line(shown))
    return NextHop(uri, uri, _route_line([*shown[1:], b"<" + text.uri + b">"]))


def _route_line(routes: list[bytes]) -> bytes:
    return b"Route: " + b", ".join(routes) + b"\r\n"


def is_reachable(uri: bytes, proxy: Proxy) -> bool:
    """Whether the proxy finds an address for the URI."""
    try:
        parsed = parse_uri(uri + b" ", 0, len(uri), proxy.reader.grammar)
    except SipError:
        return False
    if parsed.host is None or not parsed.host[1]:
        return False
    resolves = proxy.settings.resolves
    return resolves is None or resolves(uri)


def home_uri(proxy: Proxy, processor_id: int) -> bytes | None:
    """The proxy's own socket that a processor is bound to; None if it is bound to none."""
    bound = proxy.bindings.socket_of(processor_id)
    if bound is None:
        return None
    address, protocol, port = bound
    transport = _HOME_TRANSPORTS.get(protocol, b"")
    if proxy.behaviour.dialect.transport_name(protocol) in ("WS", "WSS"):
        transport = _WEB_SOCKET
    return b"sip:%s:%d%s" % (_bracketed(address_text(address)), port, transport)


def via_line(proxy: Proxy, destination: bytes, branch: bytes) -> bytes:
    """The proxy's Via: of its first socket for the transport and the family of the next hop."""
    protocol = _protocol_of(destination, proxy)
    sockets = [socket for socket in proxy.sockets if socket.protocol == protocol]
    name = proxy.behaviour.dialect.transport_name(protocol) or "UDP"
    sent_by = _NO_HOME
    is_ipv6 = b"[" in destination
    fitting = [socket for socket in sockets if (b":" in socket.address) == is_ipv6]
    for socket in (fitting or sockets or proxy.sockets)[:1]:
        sent_by = _bracketed(socket.address.strip(b"[]"))
        if socket.port != _PORT:
            sent_by += b":%d" % socket.port
    return b"Via: SIP/2.0/%s %s;branch=%s\r\n" % (name.encode(), sent_by, branch)


def _protocol_of(uri: bytes, proxy: Proxy) -> int:
    try:
        parsed = parse_uri(uri + b" ", 0, len(uri), proxy.reader.grammar)
    except SipError:
        return _UDP
    span = (parsed.known or {}).get("transport")
    if span is None:
        return _TLS if parsed.scheme == "sips" else _UDP
    name = uri[span[0] : span[0] + span[1]].partition(b"=")[2].upper()
    transports = proxy.behaviour.dialect.transports
    return transports.get(name.decode("ascii", "replace"), _UDP)


def _bracketed(address: bytes) -> bytes:
    return b"[" + address + b"]" if b":" in address else address
