"""What its replies say, and how."""

from __future__ import annotations

from seastool.interop.checks.app_server.requests import SDP
from seastool.interop.checks.app_server.stage import AppServerStage, Call
from seastool.interop.checks.app_server.suite import ANSWER, CALL, check
from seastool.interop.checks.stage import same, that
from seastool.interop.checks.verdict import Skipped
from seastool.seas.connection.action_reader import MAX_ACTION
from seastool.seas.connection.openser_events import Received
from seastool.seas.frames import Reply
from seastool.seas.types import ActionType, Layout
from seastool.sip.parts import call_id, cseq, header, status, tag

FINAL = 200


async def _all_of(stage: AppServerStage, method: str) -> tuple[Call, list[Reply]]:
    """All replies to a request."""
    found: list[Reply] = []
    sdp = {"content": SDP, "kind": "application/sdp"} if method == "INVITE" else {}
    call = stage.call(method, **sdp)

    def fits(item: object) -> bool | None:
        if not isinstance(item, Received) or not isinstance(item.frame, Reply):
            return None
        if (item.frame.hash_index, item.frame.label) != (call.hash_index, call.label):
            return None
        found.append(item.frame)
        return (status(item.frame.text) or 0) >= FINAL or None

    await stage.expect(f"a final reply to {method}", fits)
    return call, found


@check("reply.to-tag", "replies have a To tag", "protocol: Replies, RFC 3261 8.2.6.2", needs=CALL)
async def to_tag(stage: AppServerStage) -> None:
    """The proxy adds none: without it the caller has no dialog."""
    _, replies = await _all_of(stage, "INVITE")
    for reply in replies:
        code = status(reply.text)
        that(code == 100 or bool(tag(reply.text, "To")), f"a To tag in the {code}", "none")


@check(
    "reply.one-tag",
    "all replies of a transaction have the same To tag",
    "RFC 3261 8.2.6.2",
    needs=CALL,
)
async def one_tag(stage: AppServerStage) -> None:
    """Another tag is another leg of the call."""
    _, replies = await _all_of(stage, "INVITE")
    tags = {given for reply in replies if (given := tag(reply.text, "To"))}
    that(len(tags) <= 1, "one To tag", f"{sorted(tags)}")


@check("reply.request-tag", "a To tag of the request is kept", "RFC 3261 8.2.6.2", needs=ANSWER)
async def request_tag(stage: AppServerStage) -> None:
    """In a dialog the tag is given; a proxy would put another one in its place."""
    call = stage.call("OPTIONS", to_tag="given")
    action = await stage.action("a reply", Reply)
    same("the To tag", "given", tag(action.text, "To"))
    await stage.replied(call)


@check("reply.once", "one final reply, not more", "protocol: Replies", needs=ANSWER)
async def once(stage: AppServerStage) -> None:
    """What comes behind the final reply is dropped by the proxy, and costs its log."""
    call, _ = await _all_of(stage, "OPTIONS")
    await stage.no_reply(call)


@check(
    "reply.copied",
    "Call-ID, From and CSeq are those of the request",
    "RFC 3261 8.2.6.2",
    needs=ANSWER,
)
async def copied(stage: AppServerStage) -> None:
    """The proxy takes its own, but a text that is wrong shows that requests are mixed up."""
    call, replies = await _all_of(stage, "OPTIONS")
    text = replies[-1].text
    same("Call-ID", call_id(call.text), call_id(text))
    same("From", header(call.text, "From"), header(text, "From"))
    same("CSeq", cseq(call.text), cseq(text))


@check(
    "reply.type", "the type says whether a reply is final", "protocol: Replies", needs=ANSWER + CALL
)
async def of_type(stage: AppServerStage) -> None:
    """REPLY_PROV for 1xx, REPLY_FIN for the rest: proxies look at the status, other tools at the
    type."""
    for method in ("OPTIONS", "INVITE"):
        for reply in (await _all_of(stage, method))[1]:
            code = status(reply.text) or 0
            wanted = ActionType.REPLY_FIN if code >= FINAL else ActionType.REPLY_PROV
            same(f"the type of the {code}", int(wanted), reply.type)


@check(
    "reply.processor",
    "actions carry the processor id that was bound",
    "protocol: Actions",
    needs=ANSWER,
)
async def processor(stage: AppServerStage) -> None:
    """It stands in the head of layout B; layout A has none in replies."""
    if stage.dialect.layout is Layout.A:
        raise Skipped("replies have no processor id in layout A")
    _, replies = await _all_of(stage, "OPTIONS")
    same("the processor id", stage.processor_id, replies[-1].processor_id)


@check(
    "reply.size",
    "no action is over 4000 bytes, whatever the request",
    "protocol: Limits",
    needs=ANSWER,
)
async def size(stage: AppServerStage) -> None:
    """A longer one is never done and ends the connection: where much of the request is copied,
    something must be left out."""
    vias = [f"Via: SIP/2.0/UDP 192.0.2.{n};branch=z9hG4bK{n:060}" for n in range(1, 16)]
    call = stage.call(headers=vias)

    def fits(item: object) -> Received | None:
        is_reply = isinstance(item, Received) and isinstance(item.frame, Reply)
        return item if is_reply else None  # type: ignore[return-value]

    action = await stage.expect("a reply", fits)
    that(len(action.data) <= MAX_ACTION, "an action of at most 4000 bytes", f"{len(action.data)}")
    await stage.replied(call)


@check(
    "reply.mistakes",
    "in a whole call nothing is wrong that a proxy can tell",
    "protocol: Replies, Requests of the application server",
    needs=CALL,
)
async def mistakes(stage: AppServerStage) -> None:
    """Each has a rule, a text and a cure of its own (docs/mistakes.md)."""
    call, replies = await _all_of(stage, "INVITE")
    if FINAL <= (status(replies[-1].text) or 0) < 300:
        given = tag(replies[-1].text, "To") or ""
        stage.call("ACK", of=call, to_tag=given)
        await stage.replied(stage.call("BYE", of=call, to_tag=given, number=8))
    await stage.pause(stage.quiet)
    found = stage.mistakes()
    told = "; ".join(f"{one.rule}: {one.message}" for one in found)
    that(not found, "no mistake", told)
