"""``seastool gateway``, once its options are known."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from typing import Final

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.garbage import settle
from seastool.cli.endpoints.quirks import behaviour_of
from seastool.cli.endpoints.texts import (
    a_dialect,
    a_duration,
    a_ping_plan,
    some_faults,
    some_time,
)
from seastool.cli.exits import NotSeas, UsageFault
from seastool.cli.gatewaying.options import GatewayWishes
from seastool.cli.gatewaying.session import Session
from seastool.cli.host_port import address_port, event_port, host_port
from seastool.cli.live.view import LiveView
from seastool.gateway.routing import BadRoute, Route, Routing, load_routes, parse_route
from seastool.net.gateway import LOOPBACK, GatewayOptions
from seastool.net.sip import SipSocket
from seastool.seas.types import Direction
from seastool.sip.hop import NAMES
from seastool.sip.transactions import Timing

_NOT_SPOKEN: Final = ("tls", "ws", "wss", "sctp")
LONGEST_NAME: Final = 255  # bytes, as a length of one byte says
_SIP: Final = re.compile(rf"(?:({'|'.join(NAMES.values())}):)?(.+)\Z", re.IGNORECASE | re.DOTALL)


def run(wishes: GatewayWishes) -> int:
    """Be one until a signal comes; returns the exit code. Raises: SeasError."""
    options = GatewayOptions(
        behaviour=behaviour_of(wishes.proxy.like or "", wishes.proxy.quirk or ()),
        routing=_routing(wishes),
        as_timeout=some_time("--as-timeout", wishes.as_timeout),
        ring_timeout=some_time("--ring-timeout", wishes.ring_timeout),
        checks=not wishes.no_checks,
        by_rfc=not (wishes.proxy.like or wishes.no_checks),
        timing=_timing(some_time("--t1", wishes.t1)),
        nameservers=[_nameserver(text) for text in wishes.nameserver or ()],
        pings=a_ping_plan(wishes.proxy.ping),
        actions=a_dialect(wishes.proxy.dialect),
        faults=some_faults(wishes.fault, Direction.TO_AS),
        seed=wishes.seed,
    )
    sip = [socket for text in wishes.sip or () for socket in _sockets(text)] or LOOPBACK
    seas = event_port("--seas", wishes.seas, lowest=0)
    metrics = host_port("--metrics", wishes.metrics) if wishes.metrics else None
    duration = a_duration("--duration", wishes.duration)
    with LiveView(wishes.live) as view:
        session = Session(
            sip=sip,
            seas=seas,
            options=options,
            metrics=metrics,
            view=view,
            duration=duration,
            strict=wishes.proxy.strict,
            ready_file=wishes.ready_file,
        )
        settle()
        return asyncio.run(session.run())


def _sockets(text: str) -> list[SipSocket]:
    """One for the protocol that is named, or one for each."""
    found = _SIP.match(text)
    assert found is not None
    if text.partition(":")[0].lower() in _NOT_SPOKEN:
        raise UsageFault(f"--sip {text}: there are udp: and tcp:, and both without either")
    packed, port = address_port("--sip", found[2])
    wanted = (found[1] or "").lower()
    host = str(ip_address(packed))
    return [SipSocket(number, host, port) for number, name in NAMES.items() if wanted in ("", name)]


def _routing(wishes: GatewayWishes) -> Routing:
    """Rules of the command line, then those of the file, then the names for all the rest."""
    try:
        routes = [parse_route(text) for text in wishes.route or ()]
    except BadRoute as error:
        raise UsageFault(f"--route: {error}") from None
    if wishes.routes:
        try:
            routes += load_routes(wishes.routes).routes
        except BadRoute as error:
            raise NotSeas(f"--routes: {error}") from None
    if wishes.names:
        routes.append(Route(names=_names(wishes.names)))
    return Routing(routes)


def _names(texts: Sequence[str]) -> tuple[bytes, ...]:
    names = tuple(text.encode("utf-8", "surrogateescape") for text in texts)
    for name in names:
        if len(name) > LONGEST_NAME:
            raise UsageFault(f"--as: a name has at most {LONGEST_NAME} bytes, not {len(name)}")
    return names


def _timing(t1: float) -> Timing:
    usual = Timing()
    return replace(usual, t1=t1, t2=max(t1, usual.t2))


def _nameserver(text: str) -> str:
    """As the resolver reads it: an address, with a port unless it is the usual one."""
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        packed, port = address_port("--nameserver", text)
    return host_port_text(str(ip_address(packed)), port)
