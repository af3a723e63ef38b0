"""Recorded calls from short transcripts, and the other side of a live one by hand.

A line of a transcript is `>` (the client sends) or `<`, then a method or a status, then seconds
since the line before (`+2`), header lines and `body=`: all but the first in any order.
"""

from __future__ import annotations

import itertools
from ipaddress import ip_address

from seastool.capture.records import Address
from seastool.replay.calls import calls_of
from seastool.replay.messages import Recorded, RecordedCall
from seastool.replay.playing import Ends, Load, Playing, Stage
from seastool.replay.result import MessageDifference
from seastool.replay.rewriting import Credentials, Place
from seastool.sip.hop import UDP, Hop
from seastool.sip.parts import branch, cseq, header, headers, start_line, status, tag
from seastool.sip.reply import respond
from seastool.sip.transactions import Send

CLIENT = Address(ip_address("192.0.2.10").packed, 5062)
SERVER = Address(ip_address("192.0.2.20").packed, 5060)
HERE = Place(b"10.9.9.1", 6000)
THERE = Place(b"10.9.9.2", 5070)
HOP = Hop(UDP, ip_address("10.9.9.1").packed, 6000, ip_address("10.9.9.2").packed, 5070)
SDP = (
    "v=0\r\no=alice 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 0\r\n"
)
BASIC = ("> INVITE", "< 100", "< 180 +1", "< 200 +2", "> ACK", "> BYE +5", "< 200")


class Transcript:
    """Writes the messages of one call, with the identifiers that both sides recorded."""

    def __init__(self, call_id: str = "then@192.0.2.10") -> None:
        self.messages: list[Recorded] = []
        self.call_id = call_id
        self._numbers = {">": 0, "<": 100}
        self._asked: dict[str, tuple[int, str, str]] = {}  # by who asked: CSeq, method, branch
        self._seconds = 1_700_000_000.0
        self._has_dialog = False

    def add(self, line: str) -> bytes:
        side, what, *rest = line.split(" ", 2)
        options = rest[0].split("|") if rest else []
        delay = sum(float(one[1:]) for one in options if one.startswith("+"))
        extra = "".join(f"{one}\r\n" for one in options if ":" in one.partition("=")[0])
        body = next((one[5:] for one in options if one.startswith("body=")), "")
        self._seconds += delay
        if what.isdigit():
            asked = next((one[4:] for one in options if one.startswith("for=")), "")
            text = self._response(side, int(what), extra, body, asked)
        else:
            text = self._request(side, what, extra, body)
        data = text.encode()
        ends = (CLIENT, SERVER) if side == ">" else (SERVER, CLIENT)
        self.messages.append(
            Recorded(len(self.messages) + 1, int(self._seconds * 1e9), "udp", *ends, data)
        )
        return data

    def _request(self, side: str, method: str, extra: str, body: str) -> str:
        if method in ("ACK", "CANCEL"):
            number = self._asked[f"{side}INVITE"][0]
            via = self._asked[f"{side}INVITE"][2] if method == "CANCEL" else f"a{number}"
        else:
            self._numbers[side] += 1
            number = self._numbers[side]
            via = f"{'c' if side == '>' else 's'}{number}"
        if method != "ACK":
            self._asked[f"{side}{method}"] = self._asked[side] = (number, method, via)
        host = "192.0.2.10:5062" if side == ">" else "192.0.2.20"
        uri = "sip:bob@192.0.2.20" if side == ">" else "sip:alice@192.0.2.10:5062"
        if self._has_dialog and side == ">":
            uri = "sip:bob@192.0.2.30:5090"
        contact = "alice@192.0.2.10:5062" if side == ">" else "bob@192.0.2.30:5090"
        return (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host};branch=z9hG4bK{via};rport\r\n"
            f"{self._ends(side, tagged=self._has_dialog)}"
            f"CSeq: {number} {method}\r\nContact: <sip:{contact}>\r\nMax-Forwards: 70\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _response(self, side: str, code: int, extra: str, body: str, asked: str) -> str:
        other = "<" if side == ">" else ">"
        number, method, via = self._asked[other + asked] if asked else self._asked[other]
        if side == "<" and 100 < code < 300 and method == "INVITE":
            self._has_dialog = True
        host = "192.0.2.10:5062" if other == ">" else "192.0.2.20"
        contact = "bob@192.0.2.30:5090" if side == "<" else "alice@192.0.2.10:5062"
        return (
            f"SIP/2.0 {code} As Recorded\r\nVia: SIP/2.0/UDP {host};branch=z9hG4bK{via};rport\r\n"
            f"{self._ends(other, tagged=code > 100)}"
            f"CSeq: {number} {method}\r\nContact: <sip:{contact}>\r\n"
            f"{extra}Content-Length: {len(body)}\r\n\r\n{body}"
        )

    def _ends(self, side: str, *, tagged: bool) -> str:
        """From, To, Call-ID of a request by that side, and of its responses."""
        alice, bob = "<sip:alice@example.com>;tag=athen", "<sip:bob@example.com>"
        bob += ";tag=bthen" if tagged or side == "<" else ""
        source, to = (alice, bob) if side == ">" else (bob, alice)
        return f"From: {source}\r\nTo: {to}\r\nCall-ID: {self.call_id}\r\n"


def recorded(*lines: str, call_id: str = "then@192.0.2.10") -> RecordedCall:
    """The call of a transcript."""
    transcript = Transcript(call_id)
    for line in lines:
        transcript.add(line)
    (call,) = calls_of(transcript.messages)
    return call


def tokens() -> object:
    """Identifiers that can be told from each other: t1, t2 ..."""
    count = itertools.count(1)
    return lambda: b"t%d" % next(count)


class Live:
    """A stage with the other side played by the test; time is a number that `at` moves."""

    def __init__(
        self,
        *calls: RecordedCall,
        playing: Playing | None = None,
        load: Load | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        self.now = 1000.0
        self.sent: list[bytes] = []
        self.times: list[float] = []
        self.repeated: list[bytes] = []
        self.differences: list[MessageDifference] = []
        self.notes: list[str] = []
        self.stage = Stage(
            calls,
            Ends(HERE, THERE, HOP, lambda request, hop: hop),
            playing=playing or Playing(),
            load=load or Load(),
            new_token=tokens(),  # type: ignore[arg-type]
            tell=self.differences.append,
            note=self.notes.append,
            credentials=credentials,
        )
        self.stage.start(self.now)
        self._take()

    def _take(self) -> None:
        for send in self.stage.take(self.now):
            assert isinstance(send, Send)
            if send.repeated:
                self.repeated.append(send.data)
            else:
                self.sent.append(send.data)
                self.times.append(round(self.now - 1000.0, 6))

    def wait(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while (due := self.stage.get_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.stage.handle_timer(self.now)
            self._take()
        self.now = end

    def come(self, data: bytes) -> None:
        """Something comes from the other side."""
        self.stage.receive(data, HOP, self.now)
        self._take()

    def fail(self, data: bytes, reason: str) -> None:
        """The network says that something did not arrive."""
        self.stage.failed(data, reason, self.now)
        self._take()

    def answer(self, code: int, extra: str = "", *, to: str = "", to_tag: str = "bnow") -> bytes:
        """Respond to the latest request of a method, of any if none is given."""
        request = self.last(to)
        text = respond(
            request,
            code,
            b"As It Is",
            tag=to_tag.encode() if code > 100 else b"",
            headers=(f"Contact: <sip:bob@10.9.9.3:7000>\r\n{extra}").encode(),
        )
        self.come(text)
        return text

    def ask(self, method: str, number: int = 500, extra: str = "") -> bytes:
        """A request of the other side within the dialog."""
        invite = self.last("INVITE")
        text = (
            f"{method} sip:alice@10.9.9.1:6000 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 10.9.9.2:5070;branch=z9hG4bKlive{method}{number};rport\r\n"
            f"From: <sip:bob@example.com>;tag=bnow\r\nTo: {header(invite, 'From')}\r\n"
            f"Call-ID: {header(invite, 'Call-ID')}\r\nCSeq: {number} {method}\r\n"
            f"Contact: <sip:bob@10.9.9.3:7000>\r\n{extra}Content-Length: 0\r\n\r\n"
        ).encode()
        self.come(text)
        return text

    def last(self, method: str = "") -> bytes:
        """The latest request that was sent, of that method if one is given."""
        for data in reversed(self.sent):
            found, uri = start_line(data)
            if uri and not found.isdigit() and (found == method or (not method and found != "ACK")):
                return data
        raise AssertionError(f"no {method} was sent: {self.log}")

    @property
    def log(self) -> list[str]:
        """What was sent, in short."""
        return [
            f"{status(data)} {cseq(data)[1]}" if status(data) else start_line(data)[0]
            for data in self.sent
        ]

    @property
    def told(self) -> list[tuple[str, int, str]]:
        """The differences in short: what, step, and where or which message."""
        return [
            (one.what, one.step, "; ".join(map(str, one.differences)) or _name(one))
            for one in self.differences
        ]


def _name(difference: MessageDifference) -> str:
    text = difference.expected or difference.got
    return str(status(text) or start_line(text)[0])


__all__ = ["branch", "cseq", "header", "headers", "start_line", "status", "tag"]
