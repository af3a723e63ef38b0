"""Why an application server did not get as far as socket info."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.interop.doctor.case import SECOND, Case
from seastool.interop.doctor.connections import Connection
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import place_of
from seastool.render.printable import shown

_USUAL: Final = (5080, 5081)
_PATIENCE: Final = SECOND  # after which socket info would have come
_RACE: Final = 20_000_000
_MAX_NAME: Final = 15


def find_opening(case: Case) -> Iterator[Symptom]:
    """What went wrong with each attempt at an opening that got no socket info."""
    for attempt in _attempts(case):
        yield from _judge(case, attempt)


def _attempts(case: Case) -> Iterator[list[Connection]]:
    """Connections that belong together: of one host to one host, open at a time."""
    groups: dict[tuple[bytes, bytes], list[list[Connection]]] = {}
    for connection in _openings(case):
        ends = connection.client.packed, connection.server.packed
        attempts = groups.setdefault(ends, [])
        opened = connection.first.time_ns
        for attempt in reversed(attempts[-8:]):
            if len(attempt) == 1 and _partner(attempt[0], connection, opened):
                attempt.append(connection)
                break
        else:
            attempts.append([connection])
    for attempts in groups.values():
        yield from attempts


def _openings(case: Case) -> list[Connection]:
    """Connections that began in the capture and are SEAS, and the mute ones beside them: where a
    name was said on the one port, whatever was connected next to it is the other socket."""
    began = [connection for connection in case.trace.connections if connection.opened is not None]
    found = [connection for connection in began if _may_be_seas(case, connection)]
    places = {_ends(one, step) for one in found for step in (-1, 1)}
    return [
        one
        for one in began
        if one in found or (_ends(one) in places and not (one.heard or one.client_bytes))
    ]


def _ends(connection: Connection, step: int = 0) -> tuple[bytes, bytes, int]:
    """From where to where, or to the port beside."""
    server = connection.server
    return connection.client.packed, server.packed, server.port + step


def _partner(first: Connection, second: Connection, opened: int) -> bool:
    """Whether the second may be the other socket of the first's application server."""
    if not first.is_open_at(opened) or first.refused is not None:
        return False
    names = {first.name, second.name} - {None}
    near = abs(first.server.port - second.server.port) <= 2
    return near and (len(names) < 2 or opened - first.first.time_ns < SECOND)


def _may_be_seas(case: Case, connection: Connection) -> bool:
    host, port = place_of(connection.server)
    known = {proxy.event for proxy in case.trace.proxies}
    known |= {(host, event) for event in case.trace.ports}
    if (host, port) in known or (host, port - 1) in known:
        return True
    if connection.heard:
        return False
    near = {event + step for of, event in known if of == host for step in (-1, 2, 3)}
    if port in _USUAL or port in near:
        return (
            connection.client_bytes == 0 or connection.name is not None or bool(_half(connection))
        )
    name = connection.name
    return name is not None and connection.client_bytes == 1 + len(name)


def _half(connection: Connection) -> bytes:
    """What there is of a name that came in pieces; nothing if it came in one."""
    text = connection.text
    if not text or len(connection.said) < 2 or text[0] < len(connection.said[0].data):
        return b""
    return text


def _judge(case: Case, attempt: list[Connection]) -> Iterator[Symptom]:
    refused = [c for c in attempt if c.refused is not None]
    silent = [c for c in attempt if not (c.accepted or c.refused or c.client_bytes or c.heard)]
    for connection in refused:
        where = f"connect to port {connection.server.port} of {connection.server.host}: refused"
        yield _at(connection, "port-refused", where, connection.refused)
    for connection in silent:
        if case.end_ns - connection.first.time_ns >= _PATIENCE or connection.tries > 1:
            told = f"{connection.tries} SYN to {connection.server}, no answer"
            yield _at(connection, "port-silent", told)
    if refused or silent or _has_info(case, attempt) or not _is_over(case, attempt):
        return
    if all(connection.by_server for connection in attempt):  # else socket info may have come
        yield from _unpaired(case, attempt)


def _unpaired(case: Case, attempt: list[Connection]) -> Iterator[Symptom]:
    """All is connected, and yet no socket info."""
    first = attempt[0]
    if len(attempt) == 1 and _has_neighbour(case, first):
        return  # of whose opening the capture has only a part
    if len(attempt) == 1:
        port = first.server.port
        is_action = (first.server.packed, port - 1) in {p.event for p in case.trace.proxies}
        if is_action and first.client_bytes > 1 + len(first.name or b""):
            return  # who writes actions there has had events: the capture lacks their port
        other = port - 1 if is_action or port == _USUAL[1] else port + 1
        yield _at(first, "one-socket-only", f"connected to port {port}, never to port {other}")
        return
    second = attempt[1]
    ports = first.server.port, second.server.port
    if abs(ports[0] - ports[1]) != 1:
        told = f"connected to ports {ports[0]} and {ports[1]}: they are to be P and P + 1"
        yield _at(second, "wrong-port", told)
        return
    for connection in attempt:
        if not connection.client_bytes:
            told = f"nothing was said on the connection to port {connection.server.port}"
            yield _at(connection, "name-not-said", told)
            return
    yield from _misnamed(case, first, second)


def _has_neighbour(case: Case, first: Connection) -> bool:
    """Whether another connection of the same host to a port next to it was there."""
    return any(
        other is not first
        and other.client.packed == first.client.packed
        and other.server.packed == first.server.packed
        and abs(other.server.port - first.server.port) == 1
        and other.last.time_ns >= first.first.time_ns
        and other.client_bytes
        for other in case.trace.connections
    )


def _misnamed(case: Case, first: Connection, second: Connection) -> Iterator[Symptom]:
    for connection in (first, second):
        if pieces := _half(connection):
            sizes = " + ".join(str(len(piece.data)) for piece in connection.said[:4])
            told = f"the name {shown(pieces[1:21])!r} came in pieces of {sizes} bytes"
            yield _at(connection, "name-in-pieces", told, data=pieces[:20])
            return
    names = first.name or b"", second.name or b""
    if names[0] != names[1]:
        told = f"{shown(names[0])!r} on port {first.server.port}, {shown(names[1])!r} on port "
        yield _at(second, "name-mismatch", f"{told}{second.server.port}", data=second.text[:20])
        return
    name = names[0]
    limit = min((p.dialect.max_name for p in case.trace.proxies), default=_MAX_NAME)
    if len(name) > limit:
        told = f"the name {shown(name)!r} has {len(name)} bytes, {limit} are taken"
        yield _at(first, "name-too-long", told, data=first.text[: 1 + len(name)])
        return
    if (other := _taken(case, name, first)) is not None:
        told = f"{shown(name)!r} is connected since packet {other.first.packet}"
        yield _at(first, "name-taken", told, data=first.text[: 1 + len(name)])
        return
    if _has_raced(first, second):
        told = "both connects, or a connect and a name, within 20 ms, and no socket info"
        yield _at(second, "opening-race", told)
        return
    told = f"{shown(name)!r} was said on both sockets, and no socket info came"
    yield _at(second, "name-unknown", told, data=second.text[: 1 + len(name)])


def _taken(case: Case, name: bytes, connection: Connection) -> Connection | None:
    """A connection that has the name and its socket info at that time."""
    for other in case.trace.connections:
        if other is connection or other.name != name or other.server != connection.server:
            continue
        earlier = other.first.time_ns < connection.first.time_ns
        if earlier and other.heard and other.is_open_at(connection.first.time_ns):
            return other
    return None


def _has_raced(first: Connection, second: Connection) -> bool:
    connects = abs(second.first.time_ns - first.first.time_ns) < _RACE
    name_ns = first.said[0].time_ns if first.said else 0
    return connects or abs(second.first.time_ns - name_ns) < _RACE // 4


def _has_info(case: Case, attempt: list[Connection]) -> bool:
    """Whether socket info, or anything else of the proxy's, came on one of them."""
    if any(connection.heard for connection in attempt):
        return True
    return any(place_of(connection.client) in case.informed for connection in attempt)


def _is_over(case: Case, attempt: list[Connection]) -> bool:
    """Whether socket info would have come by now: time has passed, or an end was closed."""
    last = max(
        connection.said[-1].time_ns if connection.said else connection.first.time_ns
        for connection in attempt
    )
    return case.end_ns - last >= _PATIENCE or any(c.endings for c in attempt)


def _at(
    connection: Connection,
    cause: str,
    message: str,
    moment: tuple[int, int] | None = None,
    data: bytes = b"",
) -> Symptom:
    piece = connection.said[0] if data and connection.said else None
    packet, time_ns = (piece.packet, piece.time_ns) if piece else moment or connection.first
    return Symptom(cause, message, packet, time_ns, "TCP", 0, data)
