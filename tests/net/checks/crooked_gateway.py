"""A gateway that does one thing wrong: what goes in or out passes through hooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from seastool.gateway.routing import Routing, parse_route
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.net.sip import SipSocket
from seastool.seas.connection.openser_events import PingPlan, Received
from seastool.seas.faults import parse_fault
from seastool.seas.openser.behaviours import usable
from seastool.seas.openser.faults import Fault
from seastool.seas.types import Socket
from seastool.sip.hop import TCP, UDP

BOTH = (SipSocket(UDP, "127.0.0.1", 0), SipSocket(TCP, "127.0.0.1", 0))
PINGS = PingPlan(0.2, 0.15)
NAMES = f"app_server_1,app_server_12,{'x' * 16}"
ROUTES = (f"{NAMES} uri=sip:stateless@ stateless", NAMES)
HEAD = 33  # bytes of a T_REQ_IN with IPv4 addresses in front of its message


@dataclass
class Crook:
    """What is wrong: all that is given.

    quirks, faults: by name. request_in, sip_out: SIP, None to swallow it. event_out: frames to
    the application server. action_in: its actions; `end` ends its connection. bytes_in: what one
    read of its sockets gave. twist: anything else, once the gateway is there.
    also: checks that must fail too. skips: those that this leaves nothing to look at, beside the
    ones that say themselves what they need.
    """

    quirks: Iterable[Fault] = ()
    faults: Iterable[str] = ()
    request_in: Callable[[bytes], bytes | None] | None = None
    sip_out: Callable[[bytes, Any], bytes | None] | None = None
    event_out: Callable[[bytes], bytes | None] | None = None
    action_in: Callable[[Any], Any] | None = None
    bytes_in: Callable[[Socket, bytes], bytes] | None = None
    twist: Callable[[CrookedGateway], None] | None = None
    also: Collection[str] = ()
    skips: Collection[str] = ()


class End(Exception):
    """The connection of the application server is to end."""


@dataclass
class Memory:
    """What hooks want to remember."""

    texts: list[bytes] = field(default_factory=list)
    marks: set[Any] = field(default_factory=set)
    times: dict[Any, float] = field(default_factory=dict)
    last: Any = None


class CrookedGateway(Gateway):
    """A gateway with the faults of some crooks."""

    def __init__(self, crooks: Iterable[Crook]) -> None:
        self.crooks = list(crooks)
        quirks = {quirk for crook in self.crooks for quirk in crook.quirks}
        faults = [parse_fault(text) for crook in self.crooks for text in crook.faults]
        super().__init__(
            sip=BOTH,
            seas_port=0,
            options=GatewayOptions(
                behaviour=usable(on=quirks),
                routing=Routing(map(parse_route, ROUTES)),
                faults=faults,
                pings=PINGS,
                seed=1,
            ),
        )

    async def start(self) -> None:
        await super().start()
        ports, listener, proxy = self._ports, self.proxy.listener, self.proxy
        send, send_bytes, act, read = (
            ports.send,
            listener.send_bytes,
            proxy._action,
            proxy.link_data,
        )
        self.send_plain = send

        def sip_out(data, hop):
            for hook in self._hooks("sip_out"):
                data = data and hook(data, hop)
            if data:
                send(data, hop)

        def event_out(peer, socket, data):
            for hook in self._hooks("event_out"):
                data = data and hook(data)
            if data:
                send_bytes(peer, socket, data)

        def action_in(event: Received):
            frame = event.frame
            try:
                for hook in self._hooks("action_in"):
                    frame = frame and hook(frame)
            except End:
                listener.drop(event.peer, "a crook")
                return
            if frame:
                event.frame = frame
                act(event)

        def bytes_in(link, data):
            for hook in self._hooks("bytes_in"):
                data = hook(link.socket, data)
            if data:
                read(link, data)

        ports.send, listener.send_bytes = sip_out, event_out
        proxy._action, proxy.link_data = action_in, bytes_in
        for crook in self.crooks:
            if crook.twist is not None:
                crook.twist(self)

    def sip_received(self, data, hop):
        for hook in self._hooks("request_in"):
            data = data and hook(data)
        if data:
            super().sip_received(data, hop)

    def _hooks(self, name: str) -> list[Callable[..., Any]]:
        return [hook for crook in self.crooks if (hook := getattr(crook, name)) is not None]

    def now(self) -> float:
        return asyncio.get_running_loop().time()
