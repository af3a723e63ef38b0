"""Which parts of a proxy's SEAS a capture has: a missing port or direction is no silence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seastool.interop.doctor.connections import Connection
from seastool.interop.doctor.trace import Proxy, place_of


class Coverage(NamedTuple):
    """Whether a capture has what the proxy writes on the event socket (events), what the
    application server writes there (binds), and what it writes on the action socket (actions)."""

    events: bool
    binds: bool
    actions: bool

    @property
    def is_whole(self) -> bool:
        """Whether it has all of it."""
        return all(self)


def coverage_of(proxy: Proxy, connections: Iterable[Connection]) -> Coverage:
    """Told from the packets of its connections, those without data too: who is silent
    acknowledges at least."""
    events = binds = actions = False
    for connection in connections:
        if place_of(connection.server) == proxy.event:
            events |= connection.by_server > 0
            binds |= connection.by_client > 0
        else:
            actions |= connection.by_client > 0
    for frame in proxy.frames:
        events |= not frame.is_action and frame.is_on_event_socket
        binds |= frame.is_action and frame.is_on_event_socket
        actions |= frame.is_action and not frame.is_on_event_socket
    return Coverage(events, binds, actions)
