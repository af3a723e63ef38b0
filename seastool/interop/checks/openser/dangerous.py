"""What ends real proxies, or harms them for good: only with --dangerous."""

from __future__ import annotations

from seastool.errors import SeasError
from seastool.interop.checks.known import CANCEL_WITHOUT_LENGTH_CRASH
from seastool.interop.checks.openser.came import Ended
from seastool.interop.checks.openser.client import cancel_of, ringing
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.openser.suite import EXCHANGE, check
from seastool.interop.checks.stage import that
from seastool.interop.checks.verdict import Differs
from seastool.seas.frames import Reply, SlMsg
from seastool.seas.openser.faults import Fault
from seastool.seas.types import Socket
from seastool.sip.parts import call_id

MANY = 400
SLOTS = 6


async def _survives(stage: OpenserStage, what: str, fault: str) -> None:
    """The proxy still works, if need be for a new connection."""
    try:
        await stage.exchange()
        return
    except SeasError:
        pass
    try:
        await stage.leave()
        that(await stage.open(), "socket info", "none")
        await stage.exchange()
    except Differs as error:
        raise Differs(f"a proxy that works after {what}", error.got, fault) from None
    raise Differs(f"the same connection after {what}", "one that works no more", fault)


@check(
    "kill.two-accepts",
    "two Accept headers in one message",
    "protocol: Faults that end a server",
    fault=Fault.TWO_ACCEPTS_KILL,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def two_accepts(stage: OpenserStage) -> None:
    """Any sender of SIP can end a proxy that does not survive this."""
    stage.call(headers=["Accept: application/sdp", "Accept: text/plain"])
    await stage.pause(stage.quiet)
    await _survives(stage, "two Accept headers", Fault.TWO_ACCEPTS_KILL)


@check(
    "kill.other-scheme",
    "credentials of another scheme than Digest",
    "protocol: Digest, Faults that end a server",
    fault=Fault.OTHER_SCHEME_KILLS,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def other_scheme(stage: OpenserStage) -> None:
    """Basic and Bearer are sent by phones that are all right."""
    stage.call(headers=["Authorization: Basic YWxpY2U6c2VjcmV0"])
    await stage.pause(stage.quiet)
    await _survives(stage, "credentials of the scheme Basic", Fault.OTHER_SCHEME_KILLS)


@check(
    "kill.length-zero",
    "an action of length 0",
    "protocol: Frames, Faults that end a server",
    fault=Fault.ACTION_LENGTH_ZERO_LOOPS,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def length_zero(stage: OpenserStage) -> None:
    """A proxy that goes round for ever takes all of a processor and no action any more. To cut
    the application server off is all right."""
    fault = Fault.ACTION_LENGTH_ZERO_LOOPS
    stage.write(Socket.ACTION, bytes(4) + b"\x02" + bytes(5))
    await stage.pause(stage.quiet)
    if any(isinstance(item, Ended) for item in stage.came):
        await stage.leave()
        that(await stage.open(), "socket info after an action of length 0", "none", fault)
    await stage.exchange(fault=fault)


@check(
    "kill.reply-without-to",
    "a reply without To",
    "protocol: Replies, Faults that end a server",
    fault=Fault.REPLY_WITHOUT_TO_CRASH,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def reply_without_to(stage: OpenserStage) -> None:
    """A mistake of one application must not end the process that acts for all."""
    action = stage.reply_to(await stage.event(stage.call()), 200)
    lines = [line for line in action.text.split(b"\r\n") if not line.startswith(b"To:")]
    action.text = b"\r\n".join(lines)
    stage.act(action)
    await stage.pause(stage.quiet)
    await _survives(stage, "a reply without To", Fault.REPLY_WITHOUT_TO_CRASH)


@check(
    "kill.reply-unknown",
    "a reply to a transaction that never was",
    "protocol: Replies, Faults that end a server",
    fault=Fault.REPLY_UNKNOWN_CRASH,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def reply_unknown(stage: OpenserStage) -> None:
    """An application server that was restarted may answer what is long gone."""
    action = stage.reply_to(await stage.event(stage.call()), 200)
    action.label ^= 0x5A5A5A5A
    stage.act(action)
    await stage.pause(stage.quiet)
    await _survives(stage, "a reply to nothing", Fault.REPLY_UNKNOWN_CRASH)


@check(
    "kill.reply-to-own",
    "a reply to a request of its own",
    "protocol: Replies, Faults that end a server",
    fault=Fault.REPLY_TO_UAC_CRASH,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def reply_to_own(stage: OpenserStage) -> None:
    """The ids in a RES_IN are those of a transaction too, but not of one to reply to."""
    ask = stage.ask("INVITE")
    stage.act(ask)
    arrived = await stage.arrival(call_id(ask.text) or "", "INVITE")
    stage.answer(arrived, 180)
    event = await ringing(stage, ask)
    request = await stage.event(stage.call())
    text = stage.reply_to(request, 200).text
    stage.act(
        Reply(
            processor_id=stage.processor_id,
            hash_index=event.frame.hash_index,
            label=event.frame.label,
            text=text,
        )
    )
    await stage.pause(stage.quiet)
    await _survives(stage, "a reply to its own request", Fault.REPLY_TO_UAC_CRASH)


@check(
    "kill.stateless-without-via",
    "an SL_MSG without Via",
    "protocol: Messages without a transaction, Faults that end a server",
    fault=Fault.STATELESS_WITHOUT_VIA_CRASH,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def stateless_without_via(stage: OpenserStage) -> None:
    """A mistake of one application must not end the process that acts for all."""
    text = b"\r\n".join(
        line for line in stage.ask().text.split(b"\r\n") if not line.startswith(b"Via:")
    )
    stage.act(SlMsg(processor_id=stage.processor_id, text=text))
    await stage.pause(stage.quiet)
    await _survives(stage, "an SL_MSG without Via", Fault.STATELESS_WITHOUT_VIA_CRASH)


@check(
    "kill.cancel-without-length",
    "an AC_CANCEL without Content-Length",
    "protocol: Cancelling, Faults besides these",
    fault=CANCEL_WITHOUT_LENGTH_CRASH,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def cancel_without_length(stage: OpenserStage) -> None:
    """A CANCEL has no body, and over UDP need not say so."""
    ask = stage.ask("INVITE")
    stage.act(ask)
    arrived = await stage.arrival(call_id(ask.text) or "", "INVITE")
    stage.answer(arrived, 180)
    event = await ringing(stage, ask)
    stage.act(cancel_of(stage, ask, event, length=False))
    await stage.pause(stage.quiet)
    stage.answer(arrived, 487)
    await _survives(stage, "an AC_CANCEL without Content-Length", CANCEL_WITHOUT_LENGTH_CRASH)


@check(
    "kill.many-replies",
    "400 replies, one after the other",
    "protocol: Faults that end a server",
    fault=Fault.MEMORY_CORRUPTION,
    dangerous=True,
    alone=True,
    needs=EXCHANGE,
)
async def many_replies(stage: OpenserStage) -> None:
    """A proxy that counts them in memory of others aborts after some of them."""
    try:
        for _ in range(MANY):
            request = stage.call()
            stage.reply(await stage.event(request), 200)
            await stage.response(request, 200)
    except Differs as error:
        await _survives(stage, f"{MANY} replies", Fault.MEMORY_CORRUPTION)
        raise Differs(f"{MANY} replies that arrive", error.got) from None


@check(
    "kill.half-open",
    "connections that leave before they say a name",
    "protocol: Opening, Faults of the connections",
    fault=Fault.HALF_OPEN_SLOTS,
    dangerous=True,
    alone=True,
)
async def half_open(stage: OpenserStage) -> None:
    """A probe of the port, as of a load balancer, must not take a place for good."""
    await stage.touch(SLOTS)
    await stage.leave()
    fault = Fault.HALF_OPEN_SLOTS
    that(await stage.open(), f"socket info after {SLOTS} probes of the ports", "none", fault)
