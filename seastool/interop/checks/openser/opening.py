"""Connecting: names, socket info, leaving and coming again."""

from __future__ import annotations

from ipaddress import ip_address

from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.openser.suite import EXCHANGE, check
from seastool.interop.checks.stage import same, that
from seastool.seas.openser.faults import Fault


@check("open.socket-info", "socket info tells of SIP sockets", "protocol: Socket info")
async def socket_info(stage: OpenserStage) -> None:
    """An application server learns from it what it can bind to: there is a socket, every address
    is one, every protocol is known and no port is 0."""
    info = stage.info
    that(bool(info.sockets), "at least one socket", "none")
    for one in info.sockets:
        text = one.address.decode("ascii", "backslashreplace")
        try:
            ip_address(text.strip("[]"))
        except ValueError:
            that(False, "an IP address in socket info", repr(text))
        known = stage.dialect.transport_name(one.protocol) is not None and one.protocol > 0
        that(known, f"a transport of {stage.dialect.name}", f"{one.protocol}")
        that(one.port > 0, "a port above 0", f"{one.port}")


@check(
    "open.socket-labels",
    "each listening socket has its own protocol",
    "protocol: Socket info, Faults of messages and transactions",
    fault=Fault.SOCKETS_LABELLED_UDP,
)
async def socket_labels(stage: OpenserStage) -> None:
    """Where two sockets have the same address and port, one is not UDP: an application server
    that binds by protocol would bind to one of them twice."""
    told = [(one.protocol, one.address, one.port) for one in stage.info.sockets]
    twice = len(told) != len(set(told))
    that(not twice, "no two sockets alike", f"{told}", Fault.SOCKETS_LABELLED_UDP)


@check(
    "open.name-taken",
    "a second one of the same name is ignored",
    "protocol: Opening",
    needs=EXCHANGE,
)
async def name_taken(stage: OpenserStage) -> None:
    """A second application server that comes by mistake must not push out the one that works."""
    came = await stage.open_other(stage.name)
    same("for a second application server of that name,", "nothing", came)
    if stage.phone is not None:
        await stage.exchange()


@check(
    "open.name-length",
    "a name of 16 bytes gets no socket info",
    "protocol: Opening, Limits",
    needs=EXCHANGE,
)
async def name_length(stage: OpenserStage) -> None:
    """The proxy keeps 15 bytes: a longer name must be turned away, not cut to another's."""
    same("for a name of 16 bytes,", "nothing", await stage.open_other(b"x" * 16))
    if stage.phone is not None:
        await stage.exchange()


@check(
    "open.again",
    "it can leave and come again",
    "protocol: Leaving and coming back",
    alone=True,
    needs=EXCHANGE,
)
async def again(stage: OpenserStage) -> None:
    """An application server that is restarted must get socket info and events again."""
    await stage.leave()
    that(await stage.open(), "socket info on the second connection", "none")
    if stage.phone is not None:
        await stage.exchange()


@check(
    "open.after-reset",
    "it can come again after a reset",
    "protocol: Leaving and coming back",
    alone=True,
    needs=EXCHANGE,
)
async def after_reset(stage: OpenserStage) -> None:
    """An application server that was killed leaves no FIN: its name must become free all the
    same."""
    await stage.leave(abruptly=True)
    that(await stage.open(), "socket info on the second connection", "none")
    if stage.phone is not None:
        await stage.exchange()


@check(
    "open.absent",
    "without an application server requests get 500",
    "protocol: Leaving and coming back",
    alone=True,
)
async def absent(stage: OpenserStage) -> None:
    """A caller must not wait in vain for an application server that is not there."""
    request = stage.make()
    await stage.leave()
    stage.send_sip(request.text)
    answer = await stage.response(request)
    same("its status is", b"500", answer.text[8:11])


@check(
    "open.name-in-pieces",
    "a name may come in two pieces",
    "protocol: Opening",
    fault=Fault.NAME_IN_ONE_PIECE,
    alone=True,
    needs=EXCHANGE,
)
async def name_in_pieces(stage: OpenserStage) -> None:
    """TCP may cut anywhere: a proxy that reads a name in one piece loses application servers on
    a bad network."""
    await stage.leave()
    opened = await stage.open(pieces=True)
    that(opened, "socket info after a name in two pieces", "none", Fault.NAME_IN_ONE_PIECE)
    if stage.phone is not None:  # what is left of the name must not be read as actions
        await stage.exchange(fault=Fault.NAME_IN_ONE_PIECE)
