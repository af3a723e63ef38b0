"""The two sockets of each application server, and who left them first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seastool.interop.doctor.connections import NEVER, Connection, Ending
from seastool.interop.doctor.trace import Proxy, place_of


class Pair(NamedTuple):
    """An application server's sockets, the event socket first; one alone if the capture has no
    other of it."""

    sockets: tuple[Connection, ...]

    @property
    def is_seas(self) -> bool:
        """Whether the proxy has ever written to it, as it does to whom it has paired."""
        return any(connection.heard for connection in self.sockets)

    @property
    def began_ns(self) -> int:
        """When the first of them was there."""
        return min(connection.first.time_ns for connection in self.sockets)

    @property
    def left(self) -> tuple[Ending, Connection] | None:
        """How it ended, and on which socket that began: what follows on the other one only
        answers it."""
        endings = [(end, one) for one in self.sockets for end in one.endings]
        return min(endings, key=lambda ended: ended[0].packet, default=None)

    @property
    def left_ns(self) -> int:
        """When it ended; `NEVER` if it did not."""
        return self.left[0].time_ns if self.left is not None else NEVER


def find_pairs(proxy: Proxy, connections: Iterable[Connection]) -> list[Pair]:
    """Who belongs together: same host, same name where both are known, open at a time; of several
    the action socket that was connected nearest to the event socket."""
    sockets = sorted(connections, key=lambda connection: connection.first.time_ns)
    events = [one for one in sockets if place_of(one.server) == proxy.event]
    alone = [one for one in sockets if place_of(one.server) != proxy.event]
    pairs = []
    for event in events:
        fitting = [action for action in alone if _belong(event, action)]
        action = min(fitting, key=lambda one: _apart_ns(event, one), default=None)
        if action is not None:
            alone.remove(action)
        pairs.append(Pair((event,) if action is None else (event, action)))
    return pairs + [Pair((action,)) for action in alone]


def _belong(event: Connection, action: Connection) -> bool:
    names = {event.name, action.name} - {None}
    later = max(event.first.time_ns, action.first.time_ns)
    is_one = event.client.packed == action.client.packed and len(names) < 2
    return is_one and min(event.ended_ns, action.ended_ns) >= later


def _apart_ns(event: Connection, action: Connection) -> int:
    return abs(action.first.time_ns - event.first.time_ns)
