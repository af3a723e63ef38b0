"""Requests of all kinds: each must be understood and answered."""

from __future__ import annotations

from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.app_server.suite import ANSWER, check
from seastool.interop.checks.stage import same, that
from seastool.seas.frames import Reply, SlMsg
from seastool.sip.parts import branch, call_id, status

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    b"m=audio 40000 RTP/AVP 0 8\r\n"
)
MANY = 50


@check("request.options", "OPTIONS is answered", "protocol: Replies")
async def options(stage: AppServerStage) -> None:
    """The simplest way there and back."""
    await stage.replied(stage.call("OPTIONS"))


@check("request.message", "a MESSAGE with a body is answered", "protocol: Message information")
async def message(stage: AppServerStage) -> None:
    """The body begins where the event says."""
    await stage.replied(stage.call("MESSAGE", content=b"hello"))


@check("request.register", "a REGISTER is answered", "protocol: Contacts")
async def register(stage: AppServerStage) -> None:
    """Contact and Expires have structures of their own."""
    await stage.replied(stage.call("REGISTER", headers=["Expires: 60"]))


@check("request.invite", "an INVITE with SDP gets a reply", "protocol: Replies")
async def invite(stage: AppServerStage) -> None:
    """Provisional or final: something must come within the 5 s that a real proxy waits."""
    call = stage.call("INVITE", content=SDP, kind="application/sdp")
    await stage.replied(call, final=False)


@check("request.unknown-method", "a method that nobody knows is answered", "protocol: Methods")
async def unknown_method(stage: AppServerStage) -> None:
    """Its code is that of `other`; it gets a final reply, be it 501."""
    await stage.replied(stage.call("FROBNICATE"))


@check(
    "request.long-header",
    "a header over 256 bytes is no obstacle",
    "protocol: A header that is too long",
    needs=ANSWER,
)
async def long_header(stage: AppServerStage) -> None:
    """Its structure has 4 bytes in current Kamailio: name length and all else are missing."""
    await stage.replied(stage.call(headers=[f"X-Long: {'x' * 400}", "Subject: behind it"]))


@check(
    "request.long-from",
    "a From over 256 bytes is no obstacle",
    "protocol: A header that is too long",
    needs=ANSWER,
)
async def long_from(stage: AppServerStage) -> None:
    """Even a header that is needed may come without a structure: the text has it."""
    text = stage.make()
    text = text.replace(b"From: <sip:phone@", b"From: <sip:%s@" % (b"p" * 260), 1)
    await stage.replied(stage.hand_over(text, "OPTIONS"))


@check(
    "request.bytes", "bytes that are not UTF-8 are no obstacle", "protocol: SIP text", needs=ANSWER
)
async def odd_bytes(stage: AppServerStage) -> None:
    """The text is bytes as they came from the network."""
    text = stage.make(headers=["Subject: @"]).replace(b"Subject: @", b"Subject: \xff\xfe\x80")
    await stage.replied(stage.hand_over(text, "OPTIONS"))


@check(
    "request.folded",
    "folded and compact headers are no obstacle",
    "protocol: Header structures, SIP text",
    needs=ANSWER,
)
async def folded(stage: AppServerStage) -> None:
    """The index has them as they stand in the text."""
    text = stage.make(headers=["s: folded\r\n  twice"]).replace(b"Call-ID: ", b"i: ", 1)
    await stage.replied(stage.hand_over(text, "OPTIONS"))


@check(
    "request.many-headers", "60 headers are no obstacle", "protocol: Headers index", needs=ANSWER
)
async def many_headers(stage: AppServerStage) -> None:
    """The index grows with them."""
    await stage.replied(stage.call(headers=[f"X-{number}: {number}" for number in range(50)]))


@check("request.big", "an event of nearly 3200 bytes is answered", "protocol: Limits")
async def big(stage: AppServerStage) -> None:
    """It comes in several TCP segments."""
    await stage.replied(stage.call("MESSAGE", content=b"x" * 2400))


@check(
    "request.many",
    "50 requests at once are all answered, each by its own ids",
    "protocol: Transactions",
    needs=ANSWER,
)
async def many(stage: AppServerStage) -> None:
    """Transactions must not be mixed up."""
    calls = [stage.call() for _ in range(MANY)]
    for call in calls:
        reply = await stage.replied(call)
        same("the Call-ID of the reply", call_id(call.text), call_id(reply.sip))
    that(not stage.mistakes("reply-unknown"), "replies to known transactions", "another")


@check(
    "request.repeated",
    "an event that comes twice does no harm",
    "protocol: Transactions",
    needs=ANSWER,
)
async def repeated(stage: AppServerStage) -> None:
    """A proxy may hand the same request over again, as after a restart of its own."""
    call = stage.call()
    stage.write(stage.event_of(call.text, hash_index=call.hash_index, label=call.label))
    await stage.replied(call)
    await stage.works()


@check(
    "stateless.answered",
    "SL_REQ_IN is answered by SL_MSG",
    "protocol: Messages without a transaction",
)
async def stateless(stage: AppServerStage) -> None:
    """There is no transaction to reply to: the response is a message of its own, with the Via of
    the request."""
    text = stage.make()
    stage.hand_over(text, "OPTIONS", stateless=True)
    action = await stage.action("an SL_MSG in answer to SL_REQ_IN", SlMsg)
    same("the Call-ID", call_id(text), call_id(action.text))
    same("the branch of its Via", branch(text), branch(action.text))
    that(bool(status(action.text)), "a response", "a request")


@check(
    "stateless.ack",
    "an ACK as SL_REQ_IN is not answered",
    "protocol: Messages without a transaction, RFC 3261 17.2.1",
)
async def stateless_ack(stage: AppServerStage) -> None:
    """Nobody answers an ACK."""
    stage.hand_over(stage.make("ACK"), "ACK", stateless=True)

    def fits(item: object) -> object | None:
        return item if isinstance(getattr(item, "frame", None), SlMsg | Reply) else None

    await stage.forbid("no action in answer to an ACK", fits)
