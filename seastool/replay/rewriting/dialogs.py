"""Dialogs as they were recorded beside the same ones as they are now (RFC 3261 section 12)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from seastool.replay.rewriting.draft import Draft
from seastool.replay.rewriting.places import uris_of

FORMING: Final = frozenset({b"INVITE", b"SUBSCRIBE", b"REFER", b"NOTIFY"})
REFRESHING: Final = FORMING | {b"UPDATE"}
_ROUTE: Final = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^,"<])+')
_LOOSE: Final = re.compile(rb";lr(?:[;=?>]|\Z)", re.I)
_FINAL: Final = 300


@dataclass(slots=True)
class Dialog:
    """The client's side of one: where its requests go.

    target: the URI of the other side's Contact; empty if none is known. routes: the route set,
    as values of Route.
    """

    target: bytes = b""
    routes: list[bytes] = field(default_factory=list)
    is_settled: bool = False

    def answered(self, response: Draft, method: bytes, status: int) -> None:
        """Learn from a response to a request of the client's (12.1.2, 12.2.1.2)."""
        if method not in REFRESHING or not 100 < status < _FINAL:
            return
        self._learn_target(response)
        if method in FORMING and not self.is_settled:
            self.routes = routes_of(response.all(b"record-route"))[::-1]
            self.is_settled = status >= 200

    def asked(self, request: Draft, method: bytes) -> None:
        """Learn from a request of the other side (12.1.1, 12.2.2)."""
        if method not in REFRESHING:
            return
        self._learn_target(request)
        if not self.is_settled and not self.routes:
            self.routes = routes_of(request.all(b"record-route"))

    def _learn_target(self, draft: Draft) -> None:
        if contact := draft.first(b"contact"):
            self.target = uris_of([contact])[0]


def routed(target: bytes, routes: list[bytes]) -> tuple[bytes, list[bytes]]:
    """The Request-URI and the Route values of a request (12.2.1.1), strict routers included."""
    if not routes or _LOOSE.search(uris_of(routes[:1])[0]):
        return target, routes
    return uris_of(routes[:1])[0], [*routes[1:], b"<%s>" % target]


def routes_of(values: list[bytes]) -> list[bytes]:
    """The single routes of Route or Record-Route values."""
    found = (route.strip() for value in values for route in _ROUTE.findall(value))
    return [route for route in found if route]


@dataclass(slots=True)
class Pair:
    """One dialog, then and now. tag: the other side's, now. is_blind: nothing of what the other
    side sent then was recorded."""

    tag: bytes = b""
    is_blind: bool = False
    then: Dialog = field(default_factory=Dialog)
    now: Dialog = field(default_factory=Dialog)

    def place(self, uri: bytes, routes: list[bytes]) -> tuple[bytes, list[bytes] | None, bool]:
        """What a request of the client's to that URI by those routes has now.

        Returns: the Request-URI, or the given one if the client did not take it from the dialog;
        the routes, None if they did not follow from the dialog; whether the URI is the dialog's.
        """
        if self.is_blind and self.now.target:
            return *routed(self.now.target, self.now.routes), True
        bare = uris_of(routes)
        if self.then.target:
            wanted, wanted_routes = routed(self.then.target, self.then.routes)
            if uri == wanted and bare == uris_of(wanted_routes):
                return *routed(self.now.target or uri, self.now.routes), True
        follows = bare == uris_of(self.then.routes)
        target = uri
        if uri == self.then.target and self.now.target:
            target = self.now.target
        if follows:
            return *routed(target, self.now.routes), target is not uri
        return target, None, target is not uri
