"""Calls, and what the application server says to them."""

from __future__ import annotations

from seastool.interop.checks.openser.came import FrameCame, Request, SipCame
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.openser.suite import EXCHANGE, check
from seastool.interop.checks.stage import same, that
from seastool.interop.checks.verdict import Skipped
from seastool.seas.frames import CANCEL_FOUND, E2E_ACK
from seastool.seas.openser.behaviour import MAX_KEPT_HEADERS, AckEvent
from seastool.sip.parts import body, header, headers, start_line, status, tag


async def _answered(stage: OpenserStage, code: int = 200) -> tuple[Request, FrameCame, SipCame]:
    """An INVITE with a final reply."""
    invite = stage.call("INVITE")
    event = await stage.event(invite)
    stage.reply(event, code, headers=b"Contact: <sip:as@192.0.2.1>\r\n")
    return invite, event, await stage.response(invite, code)


@check("invite.trying", "the proxy answers an INVITE 100 by itself", "protocol: Transactions")
async def trying(stage: OpenserStage) -> None:
    """It stops the retransmissions while the application server thinks."""
    invite = stage.call("INVITE")
    event = await stage.event(invite)
    await stage.response(invite, 100)
    stage.reply(event, 486)
    stage.acknowledge(invite, await stage.response(invite, 486))


@check("invite.provisional", "a 180 reaches the phone, then the 200", "protocol: Replies")
async def provisional(stage: OpenserStage) -> None:
    """The transaction must stay open behind a provisional reply."""
    invite = stage.call("INVITE")
    event = await stage.event(invite)
    stage.reply(event, 180)
    ringing = await stage.response(invite, 180)
    stage.reply(event, 200, headers=b"Contact: <sip:as@192.0.2.1>\r\n")
    answer = await stage.response(invite, 200)
    same("the To tag of the 180", "as", tag(ringing.text, "To"))
    same("the To tag of the 200", "as", tag(answer.text, "To"))
    stage.acknowledge(invite, answer)


@check("reply.kept", "status, reason, headers and body of a reply are kept", "protocol: Replies")
async def kept(stage: OpenserStage) -> None:
    """What the application says is what the phone must hear."""
    request = stage.call()
    event = await stage.event(request)
    more = b"X-One: 1\r\nContact: <sip:as@192.0.2.1>\r\nContent-Type: text/plain\r\n"
    stage.reply(event, 488, "Not Like This", headers=more, content=b"because")
    answer = await stage.response(request, 488)
    same("the reason phrase", "Not Like This", start_line(answer.text)[1])
    same("X-One", "1", header(answer.text, "X-One"))
    same("Contact", "<sip:as@192.0.2.1>", header(answer.text, "Contact"))
    same("the body", b"because", body(answer.text))
    same("the To tag", "as", tag(answer.text, "To"))


@check(
    "reply.copied",
    "Via, From, Call-ID and CSeq of a reply are the request's",
    "protocol: Replies",
    needs=EXCHANGE,
)
async def copied(stage: OpenserStage) -> None:
    """The proxy takes them from the request, whatever the application server writes."""
    request = stage.call()
    event = await stage.event(request)
    action = stage.reply_to(event, 200)
    action.text = action.text.replace(b"CSeq: 7", b"CSeq: 8").replace(b"phone@", b"ghost@")
    stage.act(action)
    answer = await stage.response(request, 200)
    for name in ("From", "CSeq", "Call-ID"):
        same(name, header(request.text, name), header(answer.text, name))
    vias = headers(answer.text, "Via")
    branch = (header(request.text, "Via") or "").partition("branch=")[2].partition(";")[0]
    that(len(vias) == 1 and branch in vias[0], "the phone's Via alone", f"{vias}")


@check("reply.second-final", "a second final reply is dropped", "protocol: Replies", needs=EXCHANGE)
async def second_final(stage: OpenserStage) -> None:
    """A phone that gets two finals may take the wrong one."""
    request = stage.call()
    event = await stage.event(request)
    stage.reply(event, 200)
    await stage.response(request, 200)
    stage.reply(event, 404)
    await stage.no_response(request, 404)


@check(
    "reply.headers-limit",
    "headers of a reply beyond 1024 bytes are left out",
    "protocol: Replies, Limits",
    needs=EXCHANGE,
)
async def headers_limit(stage: OpenserStage) -> None:
    """The buffer is 1024 bytes: a header that does not fit must not be written past its end; the
    reply itself goes out."""
    request = stage.call()
    event = await stage.event(request)
    long = b"X-Long: %s\r\n" % (b"x" * MAX_KEPT_HEADERS)
    stage.reply(event, 200, headers=b"X-Before: 1\r\n" + long + b"X-After: 2\r\n")
    answer = await stage.response(request, 200)
    same("X-Long", None, header(answer.text, "X-Long"))
    same("X-Before", "1", header(answer.text, "X-Before"))


@check(
    "reply.headers-fit",
    "1000 bytes of headers reach the phone",
    "protocol: Replies, Limits",
    needs=EXCHANGE,
)
async def headers_fit(stage: OpenserStage) -> None:
    """What is within the limit must come whole."""
    request = stage.call()
    event = await stage.event(request)
    stage.reply(event, 200, headers=b"X-Long: %s\r\n" % (b"x" * 980))
    answer = await stage.response(request, 200)
    same("the length of X-Long", 980, len(header(answer.text, "X-Long") or ""))


@check(
    "reply.patience",
    "a reply after 1.5 s is still taken",
    "protocol: Transactions, Times",
    needs=EXCHANGE,
)
async def patience(stage: OpenserStage) -> None:
    """An application looks things up: the proxy must keep the transaction meanwhile."""
    request = stage.call()
    event = await stage.event(request)
    await stage.pause(1.5)
    stage.reply(event, 200)
    await stage.response(request, 200)


@check(
    "ack.of-2xx", "the ACK to a 2xx comes with the ids of its INVITE", "protocol: ACK and CANCEL"
)
async def ack_of_2xx(stage: OpenserStage) -> None:
    """Only so does the application server know that its 200 has arrived."""
    ways = stage.behaviour.ack_2xx if stage.server else AckEvent.TRANSACTION
    if ways is not AckEvent.TRANSACTION:
        raise Skipped(f"{stage.server} reports it so: {ways.value} (protocol: How servers differ)")
    invite, event, answer = await _answered(stage)
    ack = await stage.event(stage.acknowledge(invite, answer))
    _same_ids(event, ack)
    same("flags of the ACK", E2E_ACK, ack.frame.flags)


@check(
    "ack.of-failure",
    "the ACK to a failure comes with flags 0 and the ids",
    "protocol: ACK and CANCEL",
)
async def ack_of_failure(stage: OpenserStage) -> None:
    """It tells the application server that its refusal has arrived; it must not be answered."""
    invite, event, answer = await _answered(stage, 486)
    ack = await stage.event(stage.acknowledge(invite, answer))
    _same_ids(event, ack)
    same("flags of the ACK", 0, ack.frame.flags)


@check("call.bye", "a BYE in the dialog is a transaction of its own", "protocol: Transactions")
async def bye(stage: OpenserStage) -> None:
    """The end of the call."""
    invite, event, answer = await _answered(stage)
    stage.acknowledge(invite, answer)
    to_tag = tag(answer.text, "To") or ""
    bye = stage.call("BYE", call=invite, to_tag=to_tag, number=8, content=b"")
    handed = await stage.event(bye)
    ids = [(one.frame.hash_index, one.frame.label) for one in (event, handed)]
    that(ids[0] != ids[1], "a transaction of its own", f"that of the INVITE, {ids[0]}")
    stage.reply(handed, 200)
    await stage.response(bye, 200)


@check(
    "cancel.in",
    "a CANCEL comes with its own ids and those of its INVITE",
    "protocol: ACK and CANCEL",
)
async def cancel(stage: OpenserStage) -> None:
    """The application server answers it, and ends the INVITE that it names."""
    invite = stage.call("INVITE")
    event = await stage.event(invite)
    stage.reply(event, 180)
    await stage.response(invite, 180)
    request = stage.cancel(invite)
    handed = await stage.event(request)
    frame = handed.frame
    same("flags of the CANCEL", CANCEL_FOUND, frame.flags)
    named = frame.cancelled_hash_index, frame.cancelled_label
    same("the INVITE it names", (event.frame.hash_index, event.frame.label), named)
    stage.reply(handed, 200)
    await stage.response(request, 200)
    stage.reply(event, 487)
    stage.acknowledge(invite, await stage.response(invite, 487))


@check(
    "cancel.unmatched",
    "a CANCEL that matches nothing is not handed over",
    "protocol: ACK and CANCEL",
)
async def cancel_unmatched(stage: OpenserStage) -> None:
    """There is nothing to cancel: the proxy says so itself, or nothing."""
    request = stage.cancel(stage.make("INVITE"))
    await stage.no_event(request)
    refusal = await stage.response(request)
    code = status(refusal.text) or 0
    that(code >= 400, "a refusal", f"{code}")


def _same_ids(event: FrameCame, ack: FrameCame) -> None:
    ids = event.frame.hash_index, event.frame.label
    same("the ids of the INVITE", ids, (ack.frame.hash_index, ack.frame.label))
