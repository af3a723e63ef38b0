"""The action socket: pieces, limits, what nobody should send; and pings."""

from __future__ import annotations

from seastool.interop.checks.openser.came import FrameCame
from seastool.interop.checks.openser.stage import BETWEEN, OpenserStage
from seastool.interop.checks.openser.suite import EXCHANGE, check
from seastool.interop.checks.stage import same, that
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.seas.connection.action_reader import MAX_ACTION
from seastool.seas.frames import PROCESSOR_ALL, JainPong, Ping, Reply, UnknownAction
from seastool.seas.openser.faults import Fault
from seastool.seas.types import ActionType, Socket
from seastool.sip.parts import body

UNKNOWN_TYPE = 99


@check("action.in-pieces", "an action may come byte by byte", "protocol: Frames", needs=EXCHANGE)
async def in_pieces(stage: OpenserStage) -> None:
    """TCP may cut anywhere."""
    request = stage.call()
    data = stage.encode(stage.reply_to(await stage.event(request), 200))
    head = [bytes((byte,)) for byte in data[:12]]
    await stage.write_in_pieces(Socket.ACTION, [*head, data[12:-1], data[-1:]])
    await stage.response(request, 200)


@check(
    "action.several-in-one-write",
    "actions in one segment are all done",
    "protocol: Frames",
    needs=EXCHANGE,
)
async def several_in_one_write(stage: OpenserStage) -> None:
    """TCP joins what is written apart."""
    requests = [stage.call() for _ in range(3)]
    replies = [stage.reply_to(await stage.event(one), 200, "Joined") for one in requests]
    stage.write(Socket.ACTION, b"".join(map(stage.encode, replies)))
    for request in requests:
        await stage.response(request, 200)


@check(
    "action.type-ignored",
    "the status says whether a reply is final, not the type",
    "protocol: Replies",
    needs=EXCHANGE,
)
async def type_ignored(stage: OpenserStage) -> None:
    """REPLY_PROV and REPLY_FIN are treated alike."""
    request = stage.call()
    action = stage.reply_to(await stage.event(request), 200)
    action.type = ActionType.REPLY_PROV
    stage.act(action)
    await stage.response(request, 200)


@check(
    "action.unknown-type",
    "an action of an unknown type is skipped",
    "protocol: Frames",
    needs=EXCHANGE,
)
async def unknown_type(stage: OpenserStage) -> None:
    """What a newer application server sends must not stop what follows."""
    stage.act(UnknownAction(type=UNKNOWN_TYPE, processor_id=stage.processor_id, payload=b"?" * 20))
    await stage.exchange()


@check("action.reserved-type", "REPLY_FIN_DLG is ignored", "protocol: Replies", needs=EXCHANGE)
async def reserved_type(stage: OpenserStage) -> None:
    """It is declared and no proxy handles it: nothing is sent, and what follows is done."""
    request = stage.call()
    event = await stage.event(request)
    action = stage.reply_to(event, 404)
    data = bytearray(stage.encode(action))
    data[4] = ActionType.REPLY_FIN_DLG
    stage.write(Socket.ACTION, bytes(data))
    await stage.no_response(request, 404)
    stage.reply(event, 200)
    await stage.response(request, 200)


@check(
    "action.longest", "an action of almost 4000 bytes is done", "protocol: Limits", needs=EXCHANGE
)
async def longest(stage: OpenserStage) -> None:
    """The buffer is 4000 bytes; what fits must come whole."""
    request = stage.call()
    event = await stage.event(request)
    action = _of_size(stage, event, MAX_ACTION - 50)
    stage.act(action)
    answer = await stage.response(request, 200)
    same("the length of the body", len(body(action.text)), len(body(answer.text)))


@check(
    "action.too-long",
    "an action over 4000 bytes ends nothing but itself",
    "protocol: Limits, Faults of the connections",
    fault=Fault.LONG_ACTION_CLOSES,
    alone=True,
    needs=EXCHANGE,
)
async def too_long(stage: OpenserStage) -> None:
    """One big reply must not end all calls of the application server."""
    request = stage.call()
    stage.act(_of_size(stage, await stage.event(request), MAX_ACTION + 500))
    await stage.exchange(fault=Fault.LONG_ACTION_CLOSES)


@check(
    "action.garbage-text",
    "an action whose SIP does not parse is dropped",
    "protocol: Replies",
    needs=EXCHANGE,
)
async def garbage_text(stage: OpenserStage) -> None:
    """A mistake of one application must not stop the others."""
    request = stage.call()
    event = await stage.event(request)
    action = stage.reply_to(event, 200)
    action.text = b"this is no SIP\r\n\r\n"
    stage.act(action)
    await stage.pause(BETWEEN)
    stage.reply(event, 200)
    await stage.response(request, 200)


@check(
    "action.many", "50 requests at once are all answered", "protocol: Transactions", needs=EXCHANGE
)
async def many(stage: OpenserStage) -> None:
    """Nothing gets lost where much comes at once."""
    requests = [stage.call() for _ in range(50)]
    for request in requests:
        stage.reply(await stage.event(request), 200)
    for request in requests:
        await stage.response(request, 200)


@check("ping.form", "a ping is 14 bytes, for everybody", "protocol: PING, Pings")
async def ping_form(stage: OpenserStage) -> None:
    """Every application server must know it, whatever it is bound as."""
    ping = await _ping(stage)
    same("its length", 14, len(ping.data))
    same("its processor id", PROCESSOR_ALL, ping.frame.processor_id)


@check("ping.sequence", "pings count up by one", "protocol: Pings")
async def ping_sequence(stage: OpenserStage) -> None:
    """The proxy tells lost ones by the number."""
    first = await _ping(stage)
    second = await _ping(stage)
    same("the sequence number", first.frame.sequence + 1, second.frame.sequence)


@check(
    "ping.stray-pong",
    "a pong for a ping that never was is ignored",
    "protocol: Pings",
    needs=EXCHANGE,
)
async def stray_pong(stage: OpenserStage) -> None:
    """An application server that is out of step must not be cut off for it."""
    await _ping(stage)
    stage.act(JainPong(processor_id=stage.processor_id, sequence=0x7FFFFFFF))
    await stage.exchange()


async def _ping(stage: OpenserStage) -> FrameCame:
    def fits(item: object) -> FrameCame | None:
        is_ping = isinstance(item, FrameCame) and isinstance(item.frame, Ping)
        return item if is_ping else None  # type: ignore[return-value]

    try:
        return await stage.expect("a ping", fits)
    except Differs:
        if not stage.pings:
            raise Skipped("the proxy sends no pings (modparam jain_ping)") from None
        raise


def _of_size(stage: OpenserStage, event: FrameCame, size: int) -> Reply:
    """A reply whose action is that long, by its body."""
    kind = b"Content-Type: text/plain\r\n"
    action = stage.reply_to(event, 200, headers=kind, content=b"x" * 1000)
    more = size - len(stage.encode(action))
    made = stage.reply_to(event, 200, headers=kind, content=b"x" * (1000 + more))
    that(abs(len(stage.encode(made)) - size) <= 4, f"{size} bytes", "another size")
    return made
