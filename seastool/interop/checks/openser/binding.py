"""BIND and UNBIND: who gets the requests of an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from seastool.interop.checks.openser.stage import OpenserStage, stray_bind
from seastool.interop.checks.openser.suite import EXCHANGE, check
from seastool.interop.checks.stage import same
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.seas.frames import Unbind, UnknownAction
from seastool.seas.openser.behaviour import MAX_BINDS
from seastool.seas.openser.faults import Fault
from seastool.seas.types import Socket

SECOND, FIRST_OF_MANY = 127, 110
UNKNOWN_TYPE = 99


async def _processor_of_request(stage: OpenserStage, fault: str = "") -> int:
    """What processor id a request comes with."""
    request = stage.call()
    event = await stage.event(request, fault=fault)
    stage.reply(event, 200)
    await stage.response(request, 200)
    found: int = event.frame.processor_id
    return found


@asynccontextmanager
async def _unbound(stage: OpenserStage) -> AsyncIterator[None]:
    """Nothing is bound within; what was is bound again behind it."""
    try:
        await stage.unbind_all()
    except Differs:
        why = "bindings are left that no UNBIND takes back, as of application servers before us"
        raise Skipped(why) from None
    try:
        yield
    finally:
        await stage.unbind_all()
        await stage.bind(stage.processor_id)


@check(
    "bind.processor-id",
    "events carry the processor id that was bound",
    "protocol: Bindings",
    needs=EXCHANGE,
)
async def processor_id(stage: OpenserStage) -> None:
    """An application server with several processors hands events over by it."""
    same("the event's processor id", stage.processor_id, await _processor_of_request(stage))


@check(
    "bind.foreign-address",
    "a BIND to an address that is not the proxy's is ignored",
    "protocol: Bindings",
    needs=EXCHANGE,
)
async def foreign_address(stage: OpenserStage) -> None:
    """A wrong BIND must neither end the connection nor take the place of a right one."""
    before = await _processor_of_request(stage)
    stage.act(stray_bind())
    await stage.pause(stage.quiet)
    same("the event's processor id", before, await _processor_of_request(stage))


@check("bind.unbind", "after UNBIND requests get 500", "protocol: Bindings", alone=True)
async def unbind(stage: OpenserStage) -> None:
    """A processor that leaves in an orderly way must not be handed calls any more."""
    await stage.unbind_all()
    async with _unbound(stage):
        request = stage.call()
        await stage.no_event(request)
        answer = await stage.response(request)
        same("the status without a binding", b"500", answer.text[8:11])


@check(
    "bind.lone-unbind",
    "an UNBIND is done at once",
    "protocol: Bindings, Faults of the connections",
    fault=Fault.LONE_UNBIND_WAITS,
    alone=True,
)
async def lone_unbind(stage: OpenserStage) -> None:
    """A proxy that waits for more bytes behind an UNBIND goes on handing requests to a processor
    that has left."""
    async with _unbound(stage):
        await stage.bind(SECOND)
        for _ in stage.binds(SECOND):
            stage.act(Unbind(processor_id=SECOND))
            stage.bound.remove(SECOND)
        await stage.pause(stage.quiet)
        request = stage.call()
        await stage.no_event(request, fault=Fault.LONE_UNBIND_WAITS)


@check(
    "bind.several-in-one-write",
    "several actions in one segment of the event socket are all done",
    "protocol: Bindings, Faults of the connections",
    fault=Fault.ONE_ACTION_PER_READ,
    alone=True,
    needs=EXCHANGE,
)
async def several_in_one_write(stage: OpenserStage) -> None:
    """TCP joins what is written apart: a BIND that came with another must not get lost."""
    fault = Fault.ONE_ACTION_PER_READ
    async with _unbound(stage):
        actions = (stray_bind(), *stage.binds(SECOND))
        stage.write(Socket.EVENT, b"".join(map(stage.encode, actions)))
        await stage.pause(stage.quiet)
        same("the processor id bound last", SECOND, await _processor_of_request(stage, fault))


@check(
    "bind.in-pieces", "a BIND may come byte by byte", "protocol: Frames", alone=True, needs=EXCHANGE
)
async def in_pieces(stage: OpenserStage) -> None:
    """TCP may cut anywhere."""
    async with _unbound(stage):
        data = b"".join(map(stage.encode, stage.binds(SECOND)))
        await stage.write_in_pieces(Socket.EVENT, [bytes((byte,)) for byte in data])
        await stage.pause(stage.quiet)
        same("the processor id bound last", SECOND, await _processor_of_request(stage))


@check(
    "bind.most",
    "more than 10 BINDs do no harm",
    "protocol: Bindings, Limits",
    alone=True,
    needs=EXCHANGE,
)
async def most(stage: OpenserStage) -> None:
    """The proxy has ten places: what does not fit is to be turned away, not written past them."""
    async with _unbound(stage):
        for number in range(MAX_BINDS + 2):
            await stage.bind(FIRST_OF_MANY + number)
        del stage.bound[MAX_BINDS:]
        same("the processor id bound first", FIRST_OF_MANY, await _processor_of_request(stage))


@check(
    "bind.unknown-type",
    "an action of an unknown type on the event socket is skipped",
    "protocol: Frames, Faults of the connections",
    fault=Fault.UNKNOWN_EVENT_ACTION_BLOCKS,
    alone=True,
    needs=EXCHANGE,
)
async def unknown_type(stage: OpenserStage) -> None:
    """What a newer application server sends must not make an older proxy deaf to its BINDs."""
    fault = Fault.UNKNOWN_EVENT_ACTION_BLOCKS
    async with _unbound(stage):
        unknown = UnknownAction(type=UNKNOWN_TYPE, processor_id=SECOND, payload=bytes(10))
        stage.write(Socket.EVENT, stage.encode(unknown))
        await stage.pause(stage.quiet)
        await stage.bind(SECOND)
        try:
            same("the processor id bound last", SECOND, await _processor_of_request(stage, fault))
        finally:  # as it was, if it listens; else on a connection where it does
            await stage.unbind(SECOND)
            await stage.bind(stage.processor_id)
            await stage.leave()
            await stage.open()
