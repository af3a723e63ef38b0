"""Which way a request goes on: Route headers that name the proxy are used up (RFC 3261 16.4)."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Final, NamedTuple

from seastool.sip.address_value import routes_of, uri_of

if TYPE_CHECKING:
    from seastool.app.request import Request

_URI: Final = re.compile(
    r"(?P<scheme>sips?):(?P<user>[^@]*@)?(?P<host>\[[^\]]*\]|[^:;?]+)(?::(?P<port>\d{1,5}))?"
    r"(?P<rest>[;?].*)?",
    re.IGNORECASE | re.DOTALL,
)
_LOOSE: Final = re.compile(r";\s*lr\b", re.IGNORECASE)
_TLS: Final = re.compile(r";\s*transport\s*=\s*tls\b", re.IGNORECASE)
_PORT: Final = 5060
_TLS_PORT: Final = 5061


class Routing(NamedTuple):
    """The request URI to go on with, and the routes that are left."""

    uri: str
    routes: tuple[str, ...]


def routing_of(request: Request, aliases: Collection[str] = ()) -> Routing:
    """What is left of a request's way behind this proxy.

    aliases: host names of the proxy beside those of its listening sockets.
    """
    routes = routes_of(request.headers.get_all("Route"))
    uri = request.uri
    if not routes:
        return Routing(uri, ())
    own = _OwnHosts(request, aliases)
    if own.is_record_route(uri):  # a strict router came before us
        uri, routes = uri_of(routes[-1]), routes[:-1]
    while routes and own.has(uri_of(routes[0])):
        routes = routes[1:]
    return Routing(uri, routes)


def record_route(request: Request) -> str:
    """The value that keeps this proxy on the way: the socket that the request came in on."""
    local = request.local
    if local is None:
        return ""
    name = request.container.dialect.transport_name(local.protocol) or "UDP"
    transport = "" if name.upper() == "UDP" else f";transport={name.lower()}"
    return f"<sip:{local}{transport};lr>"


class _OwnHosts:
    """The hosts and ports of the proxy."""

    def __init__(self, request: Request, aliases: Collection[str]) -> None:
        self._aliases = {alias.lower() for alias in aliases}
        self._places: set[tuple[str, int]] = set()
        for socket in request.container.listening:
            for name in (socket.address, socket.name):
                self._places.add((_host(name.decode("ascii", "replace")), socket.port))
        if (local := request.local) is not None:
            self._places.add((local.host, local.port))

    def has(self, uri: str) -> bool:
        """Whether a URI's host and port are the proxy's."""
        found = _URI.fullmatch(uri)
        if found is None:
            return False
        host = _host(found["host"])
        if host in self._aliases:
            return True
        is_tls = found["scheme"].lower() == "sips" or _TLS.search(found["rest"] or "")
        port = int(found["port"]) if found["port"] else _TLS_PORT if is_tls else _PORT
        return (host, port) in self._places

    def is_record_route(self, uri: str) -> bool:
        """Whether a URI is one that this proxy wrote into Record-Route."""
        found = _URI.fullmatch(uri)
        return (
            found is not None
            and not found["user"]
            and _LOOSE.search(found["rest"] or "") is not None
            and self.has(uri)
        )


def _host(text: str) -> str:
    return text.strip("[]").lower()
