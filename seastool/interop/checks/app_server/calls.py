"""ACK, BYE and CANCEL."""

from __future__ import annotations

from seastool.interop.checks.app_server.requests import SDP
from seastool.interop.checks.app_server.stage import AppServerStage, Call
from seastool.interop.checks.app_server.suite import ANSWER, CALL, check
from seastool.interop.checks.stage import that
from seastool.interop.checks.verdict import Skipped
from seastool.seas.openser import outcomes as did
from seastool.sip.parts import branch, tag

FAILURE = 300


def _invite(stage: AppServerStage) -> Call:
    return stage.call("INVITE", content=SDP, kind="application/sdp")


async def _accepted(stage: AppServerStage) -> tuple[Call, did.Replied]:
    """A call that it takes. Raises: Skipped if it does not."""
    call = _invite(stage)
    reply = await stage.replied(call)
    if reply.status >= FAILURE:
        raise Skipped(f"it answers calls {reply.status}; there is no dialog")
    return call, reply


@check(
    "ack.of-2xx",
    "the ACK to its 200 is not answered",
    "protocol: ACK and CANCEL",
    needs=ANSWER + CALL,
)
async def of_2xx(stage: AppServerStage) -> None:
    """It has the hash index and label of the INVITE, which is answered."""
    call, reply = await _accepted(stage)
    stage.forget(call)
    stage.call("ACK", of=call, to_tag=tag(reply.sip, "To") or "")
    await stage.no_reply(call)
    await stage.works()


@check(
    "ack.of-failure",
    "the ACK to its refusal is not answered",
    "protocol: ACK and CANCEL",
    needs=ANSWER + CALL,
)
async def of_failure(stage: AppServerStage) -> None:
    """It comes with flags 0, like any request."""
    call = _invite(stage)
    reply = await stage.replied(call)
    if reply.status < FAILURE:
        raise Skipped(f"it answers calls {reply.status}; nothing is refused")
    given = tag(reply.sip, "To") or ""
    stage.forget(call)
    stage.call("ACK", of=call, to_tag=given, branch=branch(call.text) or "")
    await stage.no_reply(call)
    await stage.works()


@check("call.bye", "a BYE is answered 200", "protocol: Transactions", needs=CALL)
async def bye(stage: AppServerStage) -> None:
    """The end of the call."""
    call, reply = await _accepted(stage)
    given = tag(reply.sip, "To") or ""
    stage.call("ACK", of=call, to_tag=given)
    await stage.replied(stage.call("BYE", of=call, to_tag=given, number=8), 200)


@check("call.stray-bye", "a BYE to no call gets a final reply", "RFC 3261 15.1.2")
async def stray_bye(stage: AppServerStage) -> None:
    """Be it 481: the phone would repeat it else."""
    await stage.replied(stage.call("BYE", to_tag="nobody"))


def _cancel(stage: AppServerStage, invite: Call) -> Call:
    text = stage.make("CANCEL", of=invite, branch=branch(invite.text) or "")
    return stage.hand_over(text, "CANCEL")


@check(
    "cancel.answered",
    "a CANCEL is answered 200",
    "protocol: ACK and CANCEL, RFC 3261 9.2",
    needs=CALL,
)
async def cancelled(stage: AppServerStage) -> None:
    """By its own hash index and label, whatever becomes of the INVITE."""
    await stage.replied(_cancel(stage, _invite(stage)), 200)


@check(
    "cancel.ends-invite",
    "the cancelled INVITE is answered 487",
    "protocol: ACK and CANCEL",
    needs=CALL,
)
async def ends_invite(stage: AppServerStage) -> None:
    """By the ids that the CANCEL names; else the caller rings on."""
    call = _invite(stage)
    _cancel(stage, call)
    reply = await stage.replied(call)
    if reply.status != 487 and reply.status < FAILURE:
        raise Skipped(f"it had answered {reply.status} already; let it take its time to answer")
    that(reply.status == 487 or reply.status >= FAILURE, "487", f"{reply.status}")


@check(
    "cancel.unknown",
    "a CANCEL of an INVITE that it never had does no harm",
    "protocol: ACK and CANCEL",
    needs=ANSWER,
)
async def unknown(stage: AppServerStage) -> None:
    """As when it was restarted in between."""
    text = stage.make("CANCEL")
    stage.write(stage.event_of(text, hash_index=1, label=2, cancelled=(3, 4)))
    await stage.works()
