"""What an application server can get wrong with its connections and bindings."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from socket import MSG_DONTWAIT, MSG_PEEK
from socket import socket as socket_of
from typing import Any

from crooked_app_server import AWAY, Crook

from seastool.seas.framing import UnitKind
from seastool.seas.types import EventSocketAction, Socket

BIND = int(EventSocketAction.BIND)


def pause_nothing(server: Any) -> None:
    """Connects and names follow each other at once; BINDs do not."""
    connection = server.connection
    bind_next, slow = connection._bind_next, connection._timing
    quick = connection._timing = replace(slow, pause=0.0)

    def crooked(now: float) -> None:
        connection._timing = slow
        bind_next(now)
        connection._timing = quick

    connection._bind_next = crooked


def joined_binds(server: Any) -> None:
    """BINDs wait for each other and are written together."""
    binds, outlet, held = server.connection._binds, server._outlet, []
    _repeat_binds(server, 2)
    write = outlet.write

    def crooked(socket: Any, kind: Any, data: bytes) -> None:
        if socket is Socket.EVENT and kind is UnitKind.FRAME and data[4] == BIND:
            held.append(data)
            if not binds.is_done:
                return
            data = b"".join(held)
            held.clear()
        write(socket, kind, data)

    outlet.write = crooked


def name_changes(server: Any) -> None:
    """Another name on the action socket."""
    outlet = server._outlet
    write = outlet.write

    def crooked(socket: Any, kind: Any, data: bytes) -> None:
        if kind is UnitKind.NAME and socket is Socket.ACTION:
            data = data[:1] + data[1:].swapcase()
        write(socket, kind, data)

    outlet.write = crooked


def more_binds(server: Any) -> None:
    """More than a proxy takes."""
    _repeat_binds(server, 11)


def _repeat_binds(server: Any, times: int) -> None:
    binds = server.connection._binds
    plan = binds.plan

    def crooked(*told: Any) -> None:
        plan(*told)
        binds._planned *= times

    binds.plan = crooked


def bind(field: str, value: Any, fits: Callable[[Any], bool]) -> Crook:
    """A field of some BINDs that is wrong."""

    def twist(server: Any) -> None:
        binds = server.connection._binds
        bind_of = binds._bind

        def crooked(*of: Any) -> Any:
            bind = bind_of(*of)
            if fits(bind):
                setattr(bind, field, value)
            return bind

        binds._bind = crooked

    return Crook(twist=twist)


def one_more_bind(field: str, value: Any) -> Crook:
    """A last BIND, like the one before but for a field."""

    def twist(server: Any) -> None:
        binds = server.connection._binds
        plan = binds.plan

        def crooked(*told: Any) -> None:
            plan(*told)
            wrong = copy(binds._planned[-1])
            setattr(wrong, field, value)
            binds._planned.append(wrong)

        binds.plan = crooked

    return Crook(twist=twist)


def slow_to_return(reason: str) -> Crook:
    """It takes its time to come again where both sockets have ended in that way."""

    def twist(server: Any) -> None:
        connection = server.connection
        disconnected = connection.disconnected

        def crooked(socket: Any, told: str, now: float) -> None:
            both = not any(map(_is_there, server._outlet.links.values()))
            disconnected(socket, told, now)
            if told == reason and both:
                connection._timer = now + AWAY

        connection.disconnected = crooked

    return Crook(twist=twist)


def _is_there(link: Any) -> bool:
    """Whether a connection that nobody has seen the end of yet has none."""
    with socket_of(fileno=os.dup(link._transport.get_extra_info("socket").fileno())) as raw:
        try:
            return raw.recv(1, MSG_PEEK | MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


def half_is_enough(server: Any) -> None:
    """It takes no notice of the end of its action socket while it has the other."""
    disconnected = server.connection.disconnected

    def crooked(socket: Any, told: str, now: float) -> None:
        if socket is Socket.EVENT or not any(map(_is_there, server._outlet.links.values())):
            disconnected(socket, told, now)

    server.connection.disconnected = crooked
