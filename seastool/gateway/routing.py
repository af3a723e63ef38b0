"""Which application server a request is for: rules, the first that fits decides.

A rule as text: the names in the order in which they are tried, then what a request must have.

    app_server_1,app_server_2 method=INVITE,BYE uri=sip:.*@example[.]com
    app_server_3 header=X-Tenant:acme source=10.0.0.0/8
    app_server_1 uri=sip:stateless@ stateless
    app_server_4
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

from seastool.errors import SeasError
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming
from seastool.sip.parts import bytes_of, headers

Network = IPv4Network | IPv6Network
LONGEST_NAME: Final = 255
_STATELESS: Final = "stateless"
_TOKEN: Final = re.compile(r"[A-Za-z0-9.!%*_+`'~-]+\Z")


class BadRoute(SeasError):
    """A rule that is not right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One rule; a condition that is None holds for all.

    names: of application servers, the first that can take the request gets it. uri: found
    anywhere in the request URI. header: its name, and what is found anywhere in a value of it.
    stateless: whether it gets the request without a transaction.
    """

    names: tuple[bytes, ...]
    methods: frozenset[bytes] | None = None
    uri: re.Pattern[bytes] | None = None
    header: tuple[str, re.Pattern[bytes]] | None = None
    source: Network | None = None
    stateless: bool = False

    def fits(self, request: Incoming, hop: Hop) -> bool:
        """Whether a request that came from there is one of these."""
        if self.methods is not None and request.method not in self.methods:
            return False
        if self.uri is not None and not self.uri.search(_uri_of(request)):
            return False
        if self.source is not None and not _is_in(hop.remote_address, self.source):
            return False
        return self.header is None or _has_header(request, *self.header)


class Routing:
    """Rules in their order. Without any, all application servers may get all requests."""

    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self.routes = tuple(routes)
        self._has_stateless = any(route.stateless for route in self.routes)

    @property
    def names(self) -> frozenset[bytes]:
        """All application servers that are named."""
        return frozenset(name for route in self.routes for name in route.names)

    def names_for(self, request: Incoming, hop: Hop) -> tuple[bytes, ...] | None:
        """Who may get a request, in order; none if no rule fits; None if there are no rules."""
        if not self.routes:
            return None
        route = self._first(request, hop)
        return route.names if route is not None else ()

    def is_stateless(self, request: Incoming, hop: Hop) -> bool:
        """Whether the rule that fits wants a request handed over without a transaction."""
        if not self._has_stateless:
            return False
        route = self._first(request, hop)
        return route is not None and route.stateless

    def _first(self, request: Incoming, hop: Hop) -> Route | None:
        return next((route for route in self.routes if route.fits(request, hop)), None)


def _uri_of(request: Incoming) -> bytes:
    start, length = request.start.second
    return request.text[start : start + length]


def _has_header(request: Incoming, name: str, pattern: re.Pattern[bytes]) -> bool:
    head = request.text[: request.outline.body]
    return any(pattern.search(bytes_of(value)) for value in headers(head, name))


@lru_cache(maxsize=1024)
def _is_in(address: bytes, network: Network) -> bool:
    return ip_address(address) in network


def parse_route(text: str) -> Route:
    """A rule as it is written on the command line. Raises: BadRoute."""
    try:
        first, *conditions = shlex.split(text)
    except ValueError as error:
        raise BadRoute(f"route {text!r}: {error}") from None
    fields = {"to": first}
    is_stateless = _STATELESS in conditions
    if is_stateless:
        conditions.remove(_STATELESS)
    for condition in conditions:
        key, equals, value = condition.partition("=")
        if not equals or key in fields:
            twice = equals or condition == _STATELESS
            told = "given twice" if twice else "it is no condition; one is such as method=INVITE"
            raise BadRoute(f"route {text!r}: {condition!r}: {told}")
        fields[key] = value
    return replace(_route(fields, f"route {text!r}"), stateless=is_stateless)


def load_routes(path: str) -> Routing:
    """The rules of a file, one a line; what follows a # at the start of a line is a comment.

    Raises: BadRoute, with file and line.
    """
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise BadRoute(f"{path}: {reason}") from None
    routes = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                routes.append(parse_route(line))
            except BadRoute as error:
                raise BadRoute(f"{path}:{number}: {error}") from None
    return Routing(routes)


def _route(fields: dict[str, str], where: str) -> Route:
    values: dict[str, object] = {}
    for key, value in fields.items():
        if key not in _READERS:
            raise BadRoute(f"{where}: {key!r} is unknown; there are {', '.join(_READERS)}")
        field, read = _READERS[key]
        try:
            values[field] = read(value)
        except (ValueError, re.error) as error:
            raise BadRoute(f"{where}: {key} {value!r}: {error}") from None
    return Route(**values)  # type: ignore[arg-type]  # each reader makes what its field holds


def _names(text: str) -> tuple[bytes, ...]:
    names = tuple(bytes_of(name.strip()) for name in text.split(","))
    if not all(0 < len(name) <= LONGEST_NAME for name in names):
        raise ValueError(f"names have 1 to {LONGEST_NAME} bytes, with commas between them")
    return names


def _methods(text: str) -> frozenset[bytes]:
    methods = [method.strip() for method in text.split(",")]
    if not all(_TOKEN.match(method) for method in methods):
        raise ValueError("methods are such as INVITE,BYE")
    return frozenset(bytes_of(method) for method in methods)


def _pattern(text: str) -> re.Pattern[bytes]:
    return re.compile(bytes_of(text))


def _header(text: str) -> tuple[str, re.Pattern[bytes]]:
    name, _, value = text.partition(":")
    if not _TOKEN.match(name):
        raise ValueError("it is NAME, or NAME:PATTERN")
    return name, _pattern(value.strip())


_READERS: Final[dict[str, tuple[str, Callable[[str], object]]]] = {
    "to": ("names", _names),
    "method": ("methods", _methods),
    "uri": ("uri", _pattern),
    "header": ("header", _header),
    "source": ("source", ip_network),
}
