"""Requests in, events out: what the application server is told of a request."""

from __future__ import annotations

from ipaddress import ip_address

from seastool.errors import EncodeError
from seastool.interop.checks.known import TCP_REPLIES_LOST
from seastool.interop.checks.openser.came import FrameCame, Request
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.openser.suite import EXCHANGE, check
from seastool.interop.checks.stage import same, that
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.seas.builder import Receive, build_event
from seastool.seas.dialect import Quirk
from seastool.seas.frames import SlReqIn, TReqIn
from seastool.seas.message import Message
from seastool.seas.openser.faults import Fault
from seastool.seas.types import EventType
from seastool.sip.hop import TCP, UDP
from seastool.sip.parts import body, header

METHODS = ("OPTIONS", "REGISTER", "SUBSCRIBE", "NOTIFY", "MESSAGE", "INFO", "PUBLISH", "UPDATE")
HIGHEST_INDEX = 0xFFFF
RICH = (
    "Route: <sip:{proxy};lr>",
    "Contact: <sip:bob@192.0.2.7:5070;transport=udp>;expires=60;q=0.5",
    "Accept: application/sdp, text/plain",
    "Allow: INVITE, ACK, BYE",
    "Expires: 60",
    'Authorization: Digest username="bob", realm="example.com", nonce="abc", '
    'uri="sip:example.com", response="d41d8cd98f00b204e9800998ecf8427e"',
    "Supported: timer",
    "X-Unheard-Of: yes",
)


async def _handed(stage: OpenserStage, request: Request) -> FrameCame:
    """The event of a request, which is answered."""
    event = await stage.event(request)
    stage.reply(event, 200)
    await stage.response(request, 200)
    return event


@check(
    "request.event",
    "a request becomes T_REQ_IN, and its reply reaches the phone",
    "protocol: Transactions",
)
async def event(stage: OpenserStage) -> None:
    """The whole way, there and back."""
    await stage.exchange()


@check(
    "request.text",
    "the SIP text is as it came, byte for byte",
    "protocol: SIP text",
    needs=EXCHANGE,
)
async def text(stage: OpenserStage) -> None:
    """Digest checks and signatures want the text unchanged."""
    request = stage.call(headers=["Subject:   folded\r\n  twice", "X-Odd: \u00e9"])
    event = await _handed(stage, request)
    that(event.sip == request.text, "the text that was sent", f"{_first_change(request, event)}")


@check(
    "request.addresses",
    "receive information says where it came from and in",
    "protocol: T_REQ_IN",
    needs=EXCHANGE,
)
async def addresses(stage: OpenserStage) -> None:
    """Applications look at the source address, as for NAT."""
    event = await _handed(stage, stage.call())
    phone, frame = stage.my_phone, event.frame
    same("protocol", UDP, frame.protocol)
    same("source port", phone.port, frame.source_port)
    same("source address", phone.host, str(ip_address(frame.source_address)))
    ports = {one.port for one in stage.info.sockets}
    that(frame.destination_port in ports, f"a port of {ports}", f"{frame.destination_port}")


@check(
    "request.ids",
    "each transaction has a hash index and label of its own",
    "protocol: Transactions",
)
async def ids(stage: OpenserStage) -> None:
    """A reply names its transaction by them alone."""
    one, other = stage.call(), stage.call()
    events = [await stage.event(request) for request in (one, other)]
    for event in events:
        stage.reply(event, 200)
    pairs = [(event.frame.hash_index, event.frame.label) for event in events]
    that(pairs[0] != pairs[1], "two transactions", f"twice {pairs[0]}")
    highest = max(index for index, _ in pairs)
    that(highest <= HIGHEST_INDEX, "a hash index of 16 bits", f"{highest}")


@check(
    "request.encoding",
    "index and structures are those of the text",
    "protocol: The encoded message",
)
async def encoding(stage: OpenserStage) -> None:
    """The application server reads headers by them: one byte off, and it reads nonsense."""
    headers = [line.format(proxy=stage.to_host) for line in RICH]
    event = await _handed(stage, stage.call("PUBLISH", headers=headers))
    _same_encoding(stage, event)


@check("request.methods", "each method has its code", "protocol: Message information, Methods")
async def methods(stage: OpenserStage) -> None:
    """An application chooses by the code what to do."""
    requests = [stage.call(method) for method in METHODS]
    for method, request in zip(METHODS, requests, strict=True):
        event = await stage.event(request)
        stage.reply(event, 200)
        code = Message(event.frame.payload, stage.dialect).info.code
        same(f"the code of {method}", stage.dialect.methods[method], code)


@check(
    "request.body",
    "the body begins where it is said to",
    "protocol: Message information",
    needs=EXCHANGE,
)
async def body_start(stage: OpenserStage) -> None:
    """SDP is read from there."""
    event = await _handed(stage, stage.call(content=b"v=0\r\n" + b"a" * 700))
    message = Message(event.frame.payload, stage.dialect)
    same("the body", body(event.sip), event.sip[message.info.body_start :])


@check(
    "request.content-length-zero",
    "Content-Length: 0 is no obstacle",
    "protocol: Faults of messages and transactions",
    fault=Fault.CONTENT_LENGTH_ZERO,
)
async def content_length_zero(stage: OpenserStage) -> None:
    """Nearly every request without a body has it."""
    fault = Fault.CONTENT_LENGTH_ZERO
    request = stage.call("OPTIONS", content=b"", headers=["Content-Length: 0"])
    event = await stage.event(request, fault=fault)
    stage.reply(event, 200)
    await stage.response(request, 200)


@check(
    "request.no-content-length",
    "a request without Content-Length is handed over",
    "protocol: Faults of messages and transactions",
    fault=Fault.CONTENT_LENGTH_REQUIRED,
)
async def no_content_length(stage: OpenserStage) -> None:
    """Over UDP it may be left out."""
    request = stage.call("OPTIONS", content=b"")
    event = await stage.event(request, fault=Fault.CONTENT_LENGTH_REQUIRED)
    stage.reply(event, 200)
    await stage.response(request, 200)


@check(
    "request.long-header",
    "a header over 256 bytes comes whole in the text",
    "protocol: A header that is too long",
    needs=EXCHANGE,
)
async def long_header(stage: OpenserStage) -> None:
    """Long Route sets and Authorization headers are common; their structure may be bare."""
    request = stage.call(headers=[f"X-Long: {'x' * 300}"])
    if stage.dialect.has(Quirk.LONG_HEADER_REFUSED):
        await stage.no_event(request)
        return
    event = await _handed(stage, request)
    same("the header", "x" * 300, header(event.sip, "X-Long"))
    _same_encoding(stage, event)


@check(
    "request.too-big",
    "what does not fit an event gets 500 or 513",
    "protocol: An event that does not fit",
)
async def too_big(stage: OpenserStage) -> None:
    """An event over the proxy's buffer must not be sent in part; the caller is told."""
    request = stage.make(content=b"x" * stage.dialect.max_event)
    try:
        build_event(request.text, stage.dialect)
    except EncodeError:
        pass
    else:
        raise Skipped(f"{stage.dialect.name} hands over events of any size")
    stage.send_sip(request.text)
    answer = await stage.response(request)
    refused = answer.text[8:11]
    that(refused in (b"500", b"513"), "the status 500 or 513", refused.decode())
    await stage.no_event(request)


@check(
    "request.limit",
    "what just fits an event is handed over",
    "protocol: An event that does not fit",
    needs=EXCHANGE,
)
async def limit(stage: OpenserStage) -> None:
    """The limit is that of the event with its index, not of the SIP text."""
    room = min(stage.dialect.max_event, 3200)
    size = len(build_event(stage.make(content=b"x").text, stage.dialect, type=EventType.T_REQ_IN))
    await _handed(stage, stage.call(content=b"x" * (room - size - 60)))


@check(
    "request.stateless",
    "the script's as_relay_sl gives SL_REQ_IN",
    "protocol: Messages without a transaction",
)
async def stateless(stage: OpenserStage) -> None:
    """A request without a transaction: the application server answers by SL_MSG, or not."""
    request = stage.call(user="stateless")
    try:
        event = await stage.event(request, SlReqIn)
    except Differs:
        if any(isinstance(getattr(item, "frame", None), TReqIn) for item in stage.came):
            raise Skipped("the script hands sip:stateless@... over with a transaction") from None
        raise
    that(event.sip == request.text, "the text that was sent", f"{_first_change(request, event)}")


@check(
    "request.tcp",
    "a request by TCP is answered by TCP",
    "protocol: Transactions, Faults besides these",
    fault=TCP_REPLIES_LOST,
    needs=EXCHANGE,
)
async def tcp(stage: OpenserStage) -> None:
    """The same way back, whatever process of the proxy has the connection."""
    if TCP not in {one.protocol for one in stage.info.sockets}:
        raise Skipped("the proxy tells of no TCP socket")
    request = stage.call(protocol=TCP)
    event = await stage.event(request)
    stage.reply(event, 200)
    await stage.response(request, 200, fault=TCP_REPLIES_LOST)


@check(
    "request.repeated",
    "a request that is sent again is not told again",
    "RFC 3261 17.2.2",
    needs=EXCHANGE,
)
async def repeated(stage: OpenserStage) -> None:
    """Retransmissions are the proxy's business."""
    request = stage.call()
    event = await stage.event(request)
    stage.send_sip(request.text)
    await stage.no_event(request)
    stage.reply(event, 200)
    await stage.response(request, 200)


def _same_encoding(stage: OpenserStage, event: FrameCame) -> None:
    """What came is what our own builder makes of the same text for this dialect."""
    frame = event.frame
    receive = Receive(
        frame.protocol,
        frame.source_address,
        frame.destination_address,
        frame.source_port,
        frame.destination_port,
    )
    wanted = build_event(
        event.sip,
        stage.dialect,
        type=EventType.T_REQ_IN,
        receive=receive,
        processor_id=frame.processor_id,
        hash_index=frame.hash_index,
        label=frame.label,
    )
    if wanted != event.data:
        pairs = enumerate(zip(wanted, event.data, strict=False))
        at = next((at for at, (one, other) in pairs if one != other), len(wanted))
        raise Differs(
            f"{len(wanted)} bytes as {stage.dialect.name} encodes them, at byte {at} "
            f"{wanted[at : at + 8].hex(' ')}",
            f"{len(event.data)} bytes, at byte {at} {event.data[at : at + 8].hex(' ')}",
        )


def _first_change(request: Request, event: FrameCame) -> str:
    for sent, came in zip(request.text.split(b"\r\n"), event.sip.split(b"\r\n"), strict=False):
        if sent != came:
            return f"{came!a} in place of {sent!a}"
    return f"{len(event.sip)} bytes in place of {len(request.text)}"
