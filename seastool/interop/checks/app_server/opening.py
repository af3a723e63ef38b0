"""How it connects and binds."""

from __future__ import annotations

from ipaddress import ip_address
from itertools import pairwise

from seastool.interop.checks.app_server.stage import AppServerStage, Step
from seastool.interop.checks.app_server.suite import check
from seastool.interop.checks.stage import same, that
from seastool.seas.connection.binds import AF_INET, AF_INET6
from seastool.seas.connection.openser import SAME_ROUND
from seastool.seas.connection.openser_events import Received
from seastool.seas.frames import Bind
from seastool.seas.openser.behaviour import MAX_BINDS
from seastool.seas.types import Socket

LONGEST_NAME = 15
HIGHEST_PROCESSOR = 127


def _names(stage: AppServerStage) -> dict[Socket, bytes]:
    """What was sent on each socket up to the end of its name."""
    found: dict[Socket, bytes] = {}
    for step in stage.steps:
        data = found.get(step.socket, b"")
        if not data or len(data) <= data[0]:
            found[step.socket] = data + step.data
    return {socket: data[: data[0] + 1] for socket, data in found.items() if data}


def _binds(stage: AppServerStage) -> list[Bind]:
    frames = [item.frame for item in stage.opened if isinstance(item, Received)]
    return [frame for frame in frames if isinstance(frame, Bind)]


@check(
    "open.names", "both sockets say the same name, of at most 15 bytes", "protocol: Opening, Limits"
)
async def names(stage: AppServerStage) -> None:
    """The proxy joins the two by it, and its script relays to it."""
    said = _names(stage)
    same("sockets that said a name", set(Socket), set(said))
    same("the name on the action socket", said[Socket.EVENT], said[Socket.ACTION])
    length = len(said[Socket.EVENT]) - 1
    that(1 <= length <= LONGEST_NAME, f"a name of 1 to {LONGEST_NAME} bytes", f"{length}")


@check("open.one-piece", "each name comes in one piece", "protocol: Opening")
async def one_piece(stage: AppServerStage) -> None:
    """Real proxies take the first piece for all of it."""
    for socket in Socket:
        data = next((step.data for step in stage.steps if step.socket is socket and step.data), b"")
        whole = bool(data) and len(data) > data[0]
        that(whole, f"the whole name in the first piece on the {socket} socket", data.hex(" "))


@check("open.apart", "connects and names do not race", "protocol: Opening")
async def apart(stage: AppServerStage) -> None:
    """Two of them in one round of the real listener's poll leave it spinning: its connects and
    names must come some milliseconds apart."""
    steps = _opening(stage)
    for one, other in pairwise(steps):
        gap = other.at - one.at
        told = f"{gap * 1000:.1f} ms between {_told(one)} and {_told(other)}"
        that(gap >= SAME_ROUND, f"at least {SAME_ROUND * 1000:g} ms between two steps", told)


@check("bind.sent", "it binds to a socket that it was told of", "protocol: Connections, Bindings")
async def bind_sent(stage: AppServerStage) -> None:
    """Until it does, the proxy answers 500 to everything."""
    told = {(ip_address(one.address.decode()).packed, one.port) for one in stage.sockets}
    binds = _binds(stage)
    that(bool(binds), "a BIND", "none")
    for bind in binds:
        known = (bind.address, bind.port) in told
        that(known, "a BIND to a socket of socket info", f"{bind.address.hex()} port {bind.port}")


@check("bind.processor", "it binds a processor id of 1 to 127", "protocol: Bindings")
async def bind_processor(stage: AppServerStage) -> None:
    """0 means a free place to the proxy, and it reads the byte as signed."""
    for bind in _binds(stage):
        fits = 1 <= bind.processor_id <= HIGHEST_PROCESSOR
        that(fits, "a processor id of 1 to 127", f"{bind.processor_id}")


@check("bind.family", "the address family is 2 with IPv4", "protocol: BIND")
async def bind_family(stage: AppServerStage) -> None:
    """The proxy compares it with its own sockets."""
    for bind in _binds(stage):
        same("family and length of the address", (AF_INET, 4), (bind.family, len(bind.address)))


@check(
    "bind.apart", "BINDs are not written together", "protocol: Bindings, Faults of the connections"
)
async def bind_apart(stage: AppServerStage) -> None:
    """OpenSER and OpenSIPS do one action a read: the second of two waits for more bytes."""
    binds = [item for item in stage.opened if isinstance(item, Received) and _is_bind(item)]
    sizes = {len(item.data) for item in binds}
    reads = [step.data for step in stage.steps if step.socket is Socket.EVENT and step.data]
    longest = max((len(data) for data in reads[1:]), default=0)
    that(longest <= max(sizes, default=0), "one BIND a write", f"{longest} bytes in one")


@check(
    "bind.most",
    "of many sockets it binds to 10 at most",
    "protocol: Bindings, Limits",
    profile="many-sockets",
)
async def bind_most(stage: AppServerStage) -> None:
    """The proxy has room for ten; which ones it forgets, it does not say."""
    count = len(_binds(stage))
    that(1 <= count <= MAX_BINDS, "1 to 10 BINDs", f"{count}")


@check("bind.ipv6", "it binds to an IPv6 socket as family 10", "protocol: BIND", profile="ipv6")
async def bind_ipv6(stage: AppServerStage) -> None:
    """The address is 16 raw bytes, whatever way socket info writes it."""
    for bind in _binds(stage):
        same("family and length of the address", (AF_INET6, 16), (bind.family, len(bind.address)))
    that(bool(_binds(stage)), "a BIND", "none")


def _opening(stage: AppServerStage) -> list[Step]:
    """Connects and first bytes of names."""
    found: list[Step] = []
    for step in stage.steps:
        if not any(
            one.socket is step.socket and bool(one.data) == bool(step.data) for one in found
        ):
            found.append(step)
    return found


def _told(step: Step) -> str:
    return f"{'the name on' if step.data else 'the connect of'} the {step.socket} socket"


def _is_bind(item: Received) -> bool:
    return isinstance(item.frame, Bind)
