"""Requests and responses of one call, and a layer whose outputs can be read as words."""

from seastool.sip.grammar import KAMAILIO_3_1
from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.incoming import Incoming, MessageReader
from seastool.sip.transactions import (
    ClientTransaction,
    Output,
    Send,
    ServerTransaction,
    Stray,
    Terminated,
    TimedOut,
    TransactionLayer,
    TransportFailed,
    Unacknowledged,
)

READER = MessageReader(KAMAILIO_3_1)
HERE, THERE = bytes((127, 0, 0, 1)), bytes((127, 0, 0, 2))
HOP = Hop(UDP, HERE, 5060, THERE, 5070)
STREAM = Hop(TCP, HERE, 5060, THERE, 5070, 7)
BRANCH = b"z9hG4bK1"


def request(
    method: bytes = b"INVITE",
    *,
    branch: bytes = BRANCH,
    call: bytes = b"call",
    from_tag: bytes = b"a",
    to_tag: bytes = b"",
    number: int = 1,
    sent_by: bytes = b"127.0.0.2:5070",
    uri: bytes = b"sip:bob@example.com",
    vias: bytes = b"",
    headers: bytes = b"",
    body: bytes = b"",
) -> bytes:
    """A request; an empty branch makes it one of RFC 2543."""
    parameters = b";branch=" + branch if branch else b""
    return b"".join(
        (
            b"%s %s SIP/2.0\r\n" % (method, uri),
            b"Via: SIP/2.0/UDP %s%s\r\n" % (sent_by, parameters),
            vias,
            b"Max-Forwards: 69\r\n",
            headers,
            b"From: Alice <sip:alice@example.com>%s\r\n" % (from_tag and b";tag=" + from_tag),
            b"To: <sip:bob@example.com>%s\r\n" % (to_tag and b";tag=" + to_tag),
            b"Call-ID: %s@example.com\r\n" % call,
            b"CSeq: %d %s\r\n" % (number, method),
            b"Content-Length: %d\r\n\r\n" % len(body),
            body,
        )
    )


def response(
    status: int,
    method: bytes = b"INVITE",
    *,
    branch: bytes = BRANCH,
    to_tag: bytes = b"b",
    call: bytes = b"call",
) -> bytes:
    """A response to `request` with the same branch."""
    return b"".join(
        (
            b"SIP/2.0 %03d Whatever\r\n" % status,
            b"Via: SIP/2.0/UDP 127.0.0.2:5070;branch=%s\r\n" % branch,
            b"From: Alice <sip:alice@example.com>;tag=a\r\n",
            b"To: <sip:bob@example.com>;tag=%s\r\n" % to_tag,
            b"Call-ID: %s@example.com\r\n" % call,
            b"CSeq: 1 %s\r\n" % method,
            b"Content-Length: 0\r\n\r\n",
        )
    )


def read(text: bytes) -> Incoming:
    """As it comes in."""
    return READER.read(text)


def word(output: Output) -> str:
    """An output in short, such as `send 200`, `again INVITE`, `timeout B`."""
    if isinstance(output, Send):
        first, second = output.data.split(b" ", 2)[:2]
        name = second if first == b"SIP/2.0" else first
        return f"{'again' if output.repeated else 'send'} {name.decode()}"
    if isinstance(output, TimedOut):
        return f"timeout {output.timer}"
    names = {
        TransportFailed: "error",
        Unacknowledged: "unacknowledged",
        Terminated: "terminated",
        Stray: "stray",
    }
    return names[type(output)]


def words(layer: TransactionLayer) -> list[str]:
    """What the layer told since it was asked last."""
    return [word(output) for output in layer.take()]


def serve(
    layer: TransactionLayer, text: bytes, now: float = 0.0, hop: Hop = HOP
) -> ServerTransaction:
    """A new server transaction."""
    transaction = layer.receive_request(read(text), hop, now).transaction
    assert transaction is not None
    return transaction


def call(
    layer: TransactionLayer, method: bytes = b"INVITE", now: float = 0.0, hop: Hop = HOP
) -> ClientTransaction:
    """A new client transaction."""
    return layer.send_request(request(method), method, BRANCH, hop, now)
