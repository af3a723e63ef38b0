"""Requests of the application server's own: UAC_REQ, AC_CANCEL, SL_MSG and what comes back."""

from __future__ import annotations

from seastool.interop.checks.openser.came import FrameCame, SipCame
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.openser.suite import check
from seastool.interop.checks.stage import Test, same, that
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.seas.frames import FAKED_REPLY, SPIRAL, AcCancel, ResIn, SlMsg, UacReq
from seastool.seas.openser.behaviour import MAX_KEPT_HEADERS
from seastool.seas.openser.faults import Fault
from seastool.sip.parts import body, call_id, cseq, header, headers, tag
from seastool.sip.reply import respond

UAC_FAILURE = 2


def _call_id(action: UacReq | SlMsg) -> str:
    return call_id(action.text) or ""


async def _asked(stage: OpenserStage, action: UacReq, method: str = "MESSAGE") -> SipCame:
    stage.act(action)
    return await stage.arrival(_call_id(action), method)


@check(
    "uac.request",
    "a request of the application server's reaches the phone",
    "protocol: Requests of the application server",
)
async def request(stage: OpenserStage) -> None:
    """From tag, Call-ID, CSeq, headers and body are the application server's, Via is not."""
    action = stage.ask(headers=["X-One: 1"])
    arrived = await _asked(stage, action)
    same("CSeq", (7, "MESSAGE"), cseq(arrived.text))
    same("the From tag", "as", tag(arrived.text, "From"))
    same("X-One", "1", header(arrived.text, "X-One"))
    same("the body", b"ping", body(arrived.text))
    vias = headers(arrived.text, "Via")
    that(len(vias) == 1 and vias[0] not in action.text.decode(), "its own Via", f"{vias}")
    stage.answer(arrived, 200)


@check(
    "uac.final",
    "the final response is reported",
    "protocol: Responses, Faults of messages and transactions",
    fault=Fault.FINAL_REPLIES_LOST,
)
async def final(stage: OpenserStage) -> None:
    """Without it the client side of the application server is unusable."""
    action = stage.ask()
    arrived = await _asked(stage, action)
    stage.answer(arrived, 200)
    event = await stage.reported(action.uac_id, 200, fault=Fault.FINAL_REPLIES_LOST)
    same("the body of the response", b"pong", body(event.sip))


@check(
    "uac.provisional",
    "a provisional response is reported",
    "protocol: Responses, Faults of messages and transactions",
    fault=Fault.PROVISIONAL_REPLIES_LOST,
)
async def provisional(stage: OpenserStage) -> None:
    """A B2BUA passes ringing on."""
    action = stage.ask("INVITE")
    arrived = await _asked(stage, action, "INVITE")
    stage.answer(arrived, 180)
    try:
        await stage.reported(action.uac_id, 180, fault=Fault.PROVISIONAL_REPLIES_LOST)
    finally:
        stage.answer(arrived, 486)


@check("uac.proxy-acks", "the proxy acknowledges a failure itself", "protocol: Responses")
async def proxy_acks(stage: OpenserStage) -> None:
    """ACK to 3xx-6xx is hop by hop: without it the phone repeats its answer."""
    action = stage.ask("INVITE")
    arrived = await _asked(stage, action, "INVITE")
    stage.answer(arrived, 486)
    await stage.arrival(_call_id(action), "ACK")


@check("uac.own-ack", "the ACK to a 2xx is the application server's", "protocol: Responses")
async def own_ack(stage: OpenserStage) -> None:
    """The proxy does not acknowledge a 2xx, and sends on the ACK that comes as a UAC_REQ."""
    action = stage.ask("INVITE")
    arrived = await _asked(stage, action, "INVITE")
    stage.answer(arrived, 200)
    await stage.forbid("no ACK of the proxy's own", _is_ack(_call_id(action)))
    ack = stage.ask("ACK", call_id=_call_id(action), to_tag="phone", content=b"")
    stage.act(ack)
    same("CSeq", (7, "ACK"), cseq((await stage.arrival(_call_id(action), "ACK")).text))


@check(
    "uac.cancel",
    "AC_CANCEL cancels, and the answer to the CANCEL is reported",
    "protocol: Cancelling, How servers differ",
    fault=Fault.CANCEL_REPLIES_FAKED,
)
async def cancel(stage: OpenserStage) -> None:
    """A caller who hangs up must stop the ringing."""
    action = stage.ask("INVITE")
    arrived = await _asked(stage, action, "INVITE")
    stage.answer(arrived, 180)
    event = await ringing(stage, action)
    stop = cancel_of(stage, action, event)
    stage.act(stop)
    cancelled = await stage.arrival(_call_id(action), "CANCEL")
    stage.answer(cancelled, 200)
    stage.answer(arrived, 487)
    try:
        await stage.reported(stop.uac_id, 200)
    except Differs as error:
        fault = Fault.CANCEL_REPLIES_FAKED if _is_faked(stage, stop.uac_id) else ""
        raise Differs(error.expected, error.got, fault) from None


@check(
    "uac.failure",
    "a request without From tag is told as AC_RES_FAIL",
    "protocol: Failures",
    fault=Fault.FAILURE_LENGTH_SWAPPED,
)
async def failure(stage: OpenserStage) -> None:
    """Else the application server waits for a response for ever."""
    action = stage.ask(from_tag="")
    stage.act(action)
    failed = await stage.failure(action.uac_id, fault=Fault.FAILURE_LENGTH_SWAPPED)
    same("its error", UAC_FAILURE, failed.error)
    that(bool(failed.reason), "a reason in words", "none")


@check(
    "uac.headers-limit",
    "headers of a request beyond 1024 bytes are left out",
    "protocol: Requests of the application server, Limits",
)
async def headers_limit(stage: OpenserStage) -> None:
    """The buffer is 1024 bytes: what does not fit must not be written past its end."""
    action = stage.ask(headers=[f"X-Long: {'x' * MAX_KEPT_HEADERS}"])
    arrived = await _asked(stage, action)
    stage.answer(arrived, 200)
    same("X-Long", None, header(arrived.text, "X-Long"))


@check("uac.spiral", "a spiral request has X-WeSIP-SPIRAL", "protocol: Spiral")
async def spiral(stage: OpenserStage) -> None:
    """The proxy's script knows by it that the request has been at the application server.

    It goes to the proxy itself or, with current Kamailio, straight to where it is for."""
    action = stage.ask(flags=SPIRAL)
    stage.act(action)

    def fits(item: object) -> bytes | None:
        if not isinstance(item, SipCame | FrameCame):
            return None
        text = item.text if isinstance(item, SipCame) else item.sip
        if call_id(text) != _call_id(action):
            return None
        if isinstance(item, SipCame):
            stage.answer(item, 200)
        else:
            stage.reply(item, 200)
        return text

    text = await stage.expect("the request at the phone, or as an event", fits)
    same("X-WeSIP-SPIRAL", "true", header(text, "X-WeSIP-SPIRAL"))


@check(
    "stateless.request",
    "SL_MSG sends a request as it is",
    "protocol: Messages without a transaction",
)
async def stateless_request(stage: OpenserStage) -> None:
    """No transaction, no change: what the application server writes is what arrives."""
    action = SlMsg(processor_id=stage.processor_id, text=stage.ask().text)
    stage.act(action)
    arrived = await stage.arrival(_call_id(action), "MESSAGE")
    that(arrived.text == action.text, "the text of the action", f"{arrived.text[:200]!a}")


@check(
    "stateless.response",
    "SL_MSG sends a response where its Via says",
    "protocol: Messages without a transaction",
    fault=Fault.STATELESS_RESPONSE_LOST,
)
async def stateless_response(stage: OpenserStage) -> None:
    """The only way to answer an SL_REQ_IN."""
    request = stage.make()
    text = respond(request.text, 202, b"Accepted", tag=b"as")
    stage.act(SlMsg(processor_id=stage.processor_id, text=text))
    await stage.response(request, 202, fault=Fault.STATELESS_RESPONSE_LOST)


def _is_ack(wanted: str) -> Test[SipCame]:
    def fits(item: object) -> SipCame | None:
        if not isinstance(item, SipCame) or not item.text.startswith(b"ACK "):
            return None
        return item if call_id(item.text) == wanted else None

    return fits


async def ringing(stage: OpenserStage, action: UacReq) -> FrameCame:
    """The RES_IN of the 180, which tells the ids to cancel by."""
    try:
        return await stage.reported(action.uac_id, 180)
    except Differs:
        raise Skipped("no 180 is reported, and without it nobody knows what to cancel") from None


def _is_faked(stage: OpenserStage, uac_id: int) -> bool:
    """Whether it was told as timed out."""
    frames = [item.frame for item in stage.came if isinstance(item, FrameCame)]
    told = [one for one in frames if isinstance(one, ResIn) and one.uac_id == uac_id]
    return any(one.flags & FAKED_REPLY for one in told)


def cancel_of(
    stage: OpenserStage, action: UacReq, event: FrameCame, *, length: bool = True
) -> AcCancel:
    """The action that cancels an INVITE. length: whether its text has a Content-Length."""
    head = action.text.partition(b"\r\n\r\n")[0].replace(b"INVITE", b"CANCEL")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-")]
    if length:
        lines.append(b"Content-Length: 0")
    return AcCancel(
        processor_id=stage.processor_id,
        uac_id=action.uac_id + 1,
        hash_index=event.frame.hash_index,
        label=event.frame.label,
        text=b"\r\n".join([*lines, b"", b""]),
    )
