"""A carrier's calls, as the SIP texts that reach an application server and the frames around them.

Texts are made from forms with identifiers of fixed length, so that a frame of one call becomes
that of another by writing the identifiers over: every structure points at the text by offset.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from seastool.seas.builder import build_event
from seastool.seas.dialects import lookup
from seastool.seas.frames import E2E_ACK, Reply
from seastool.seas.types import ActionType, EventType

DIALECT = lookup("kamailio-4.4.7")
TRANSACTION_AT = 25  # hash index and label of a T_REQ_IN between IPv4 addresses
NUMBER = b"00000000"  # stands for the call's number wherever it is in a form

_HEAD = """\
{method} sip:+34933445566@10.0.0.9:5060;transport=udp SIP/2.0
Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK9c1f.{branch}00000000.0
Via: SIP/2.0/UDP 192.0.2.17:5062;received=192.0.2.17;rport=5062;branch=z9hG4bK-524287-1-{branch}00000000
Max-Forwards: 69
From: "Alice Example" <sip:+34911223344@sip.example.com;user=phone>;tag=as00000000
To: <sip:+34933445566@sip.example.com>{to_tag}
Call-ID: 7b1c42f0-00000000@192.0.2.17
CSeq: {number} {method}
"""  # noqa: E501
_OFFER = """\
Contact: <sip:+34911223344@192.0.2.17:5062>
User-Agent: Example-SBC/8.2.1 (build 4411)
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH
Supported: replaces, timer, 100rel
P-Asserted-Identity: "Alice Example" <sip:+34911223344@sip.example.com>
Content-Type: application/sdp
Content-Length: 207

v=0
o=root 1204 1204 IN IP4 192.0.2.17
s=session
c=IN IP4 192.0.2.17
t=0 0
m=audio 17022 RTP/AVP 8 0 101
a=rtpmap:8 PCMA/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
"""
_IN_DIALOG = """\
Contact: <sip:+34911223344@192.0.2.17:5062>
User-Agent: Example-SBC/8.2.1 (build 4411)
Supported: replaces, timer, 100rel
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, PUBLISH
P-Asserted-Identity: "Alice Example" <sip:+34911223344@sip.example.com>
Reason: Q.850;cause=16;text="Normal call clearing"

"""
_ANSWER = """\
SIP/2.0 {status}
Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK9c1f.{branch}00000000.0
Via: SIP/2.0/UDP 192.0.2.17:5062;received=192.0.2.17;rport=5062;branch=z9hG4bK-524287-1-{branch}00000000
From: "Alice Example" <sip:+34911223344@sip.example.com;user=phone>;tag=as00000000
To: <sip:+34933445566@sip.example.com>;tag=bs00000000
Call-ID: 7b1c42f0-00000000@192.0.2.17
CSeq: {number} {method}
Contact: <sip:as@10.0.0.9:5060>
Content-Length: 0

"""  # noqa: E501
_TO_TAG = ";tag=bs00000000"


@dataclass(slots=True)
class Form:
    """A frame and where a call's number stands in it. is_event: else an action."""

    frame: bytes
    is_event: bool
    spots: list[int]

    def of_call(self, number: int) -> bytes:
        """The frame of call `number`."""
        frame = bytearray(self.frame)
        digits = b"%08d" % number
        for at in self.spots:
            frame[at : at + len(digits)] = digits
        at = TRANSACTION_AT if self.is_event else 10
        frame[at : at + 8] = (number & 0xFFFF).to_bytes(4, "big") + number.to_bytes(4, "big")
        return bytes(frame)


def _form(frame: bytes, *, is_event: bool) -> Form:
    spots = []
    at = frame.find(NUMBER, 10 + 8)
    while at >= 0:
        spots.append(at)
        at = frame.find(NUMBER, at + len(NUMBER))
    return Form(frame, is_event, spots)


def _text(form: str, **values: object) -> bytes:
    return form.format(**values).replace("\n", "\r\n").encode()


def request_texts(to_tag: str = _TO_TAG) -> list[bytes]:
    """The requests of one call: INVITE, ACK, BYE. to_tag: of the latter two."""
    heads = (("INVITE", 101, "a", ""), ("ACK", 101, "b", to_tag), ("BYE", 102, "c", to_tag))
    return [
        _text(_HEAD, method=method, number=number, branch=branch, to_tag=tag)
        + _text(_OFFER if method == "INVITE" else _IN_DIALOG)
        for method, number, branch, tag in heads
    ]


def event_forms(to_tag: str = _TO_TAG) -> list[Form]:
    """The events of one call: INVITE, ACK, BYE."""
    return [
        _form(build_event(text, DIALECT, type=EventType.T_REQ_IN, flags=flags), is_event=True)
        for text, flags in zip(request_texts(to_tag), (0, E2E_ACK, 0), strict=True)
    ]


def call_forms() -> list[Form]:
    """The frames of one call in order: INVITE, 180, 200, ACK, BYE, 200."""
    invite, ack, bye = event_forms()
    ringing, ok, gone = (
        _reply(type, _text(_ANSWER, status=status, number=number, method=method, branch=branch))
        for type, status, number, method, branch in (
            (ActionType.REPLY_PROV, "180 Ringing", 101, "INVITE", "a"),
            (ActionType.REPLY_FIN, "200 OK", 101, "INVITE", "a"),
            (ActionType.REPLY_FIN, "200 OK", 102, "BYE", "c"),
        )
    )
    return [invite, ringing, ok, ack, bye, gone]


def _reply(type: ActionType, text: bytes) -> Form:
    return _form(Reply(type=type, hash_index=0, label=0, text=text).encode(), is_event=False)


def requests(count: int) -> Iterator[tuple[bytes, bytes]]:
    """(SIP text, T_REQ_IN frame) of `count` requests, each of its own call."""
    forms = event_forms()
    for number, text in enumerate(request_texts() * (count // 3 + 1)):
        if number == count:
            return
        digits = b"%08d" % (10_000_000 + number)
        yield text.replace(NUMBER, digits), forms[number % 3].of_call(10_000_000 + number)
