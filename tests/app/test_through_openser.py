"""Applications behind a proxy that does as real ones do: a caller, the proxy, a callee.

What the callee and the caller see is what the proxy makes of our actions, not our texts.
"""

from __future__ import annotations

import itertools
import re
from collections import deque

import pytest

from seastool.app import Application, Container
from seastool.app.behaviours import parse_behaviours
from seastool.seas.builder.event import Receive
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.frames import Action
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import (
    Cancelled,
    DrawnIdentifiers,
    Event,
    Failed,
    Mistake,
    Outcome,
    Replied,
    Requested,
    Stateless,
    Transactions,
    usable,
)
from seastool.seas.types import Direction, Socket

SOCKETS = [ListeningSocket(protocol=1, name=b"10.0.0.1", address=b"10.0.0.1", port=5060)]
CALLER = Receive(1, bytes((10, 0, 0, 9)), bytes((10, 0, 0, 1)), 5060, 5060)
CALLEE = Receive(1, bytes((10, 0, 0, 7)), bytes((10, 0, 0, 1)), 5060, 5060)
BOB = "sip:bob@10.0.0.7"
SDP = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
SERVERS = ["kamailio-5.4.2", "openser-1.3.0", "opensips-1.6.3"]


class Chance:
    """Numbers that are new each time."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def getrandbits(self, k: int, /) -> int:
        return next(self._numbers) & ((1 << k) - 1)


class Sip:
    """A SIP text, read for a test."""

    def __init__(self, text: bytes) -> None:
        head, _, self.body = text.decode().partition("\r\n\r\n")
        self.start, *self.lines = head.split("\r\n")

    def all(self, name: str) -> list[str]:
        found = (line.partition(":") for line in self.lines)
        return [value.strip() for key, _, value in found if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value

    def response(self, status: int, *headers: str, tag: str = "b1", body: str = "") -> bytes:
        """What its receiver answers."""
        to = self["To"] if "tag=" in self["To"] else f"{self['To']};tag={tag}"
        lines = [f"SIP/2.0 {status} So", *(f"Via: {via}" for via in self.all("Via"))]
        lines += [f"Record-Route: {route}" for route in self.all("Record-Route")]
        lines += [f"From: {self['From']}", f"To: {to}"]
        lines += [f"{name}: {self[name]}" for name in ("Call-ID", "CSeq")]
        lines += [f"Contact: <{BOB}>", *headers, f"Content-Length: {len(body)}", "", body]
        return "\r\n".join(lines).encode()


class World:
    """A proxy between a caller, a callee and an application.

    caller, callee: what reached them since the last look. mistakes: of ours.
    """

    def __init__(self, application: Application, server: str) -> None:
        ids = itertools.count(1)
        self.told: list[str] = []
        self.proxy = Transactions(
            DrawnIdentifiers(Chance()), behaviour=usable(server), sockets=SOCKETS
        )
        self.dialect = self.proxy.behaviour.dialect
        self.container = Container(
            application,
            send=self._act,
            new_id=lambda: f"id{next(ids):04}",
            dialect=self.dialect,
            name="as",
            listening=SOCKETS,
            log=self.told.append,
        )
        self.now = 0.0
        self.caller: list[Sip] = []
        self.callee: list[Sip] = []
        self.mistakes: list[str] = []
        self._actions: deque[Action] = deque()

    def _act(self, action: Action) -> None:
        layout = self.dialect.layout
        data = encode_frame(action, layout)
        frame = decode_frame(data, Socket.ACTION, Direction.TO_OPENSER, layout)
        assert isinstance(frame, Action)
        self._actions.append(frame)

    def _happen(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, Event):
                event = decode_frame(outcome.frame, Socket.EVENT, Direction.TO_AS)
                self.container.receive(event, self.now)  # type: ignore[arg-type]
            elif isinstance(outcome, Failed):
                self.container.receive(outcome.frame, self.now)
            elif isinstance(outcome, Replied | Stateless):
                self.caller.append(Sip(outcome.sip))
            elif isinstance(outcome, Requested | Cancelled):
                self.callee.append(Sip(outcome.sip))
            elif isinstance(outcome, Mistake):
                self.mistakes.append(outcome.message)
        while self._actions:
            self._happen(self.proxy.action(self._actions.popleft(), self.now))

    def request(self, sip: bytes, receive: Receive = CALLER) -> None:
        self._happen(self.proxy.request(sip, receive, self.now, processor_id=1))

    def respond(self, to: Sip, status: int, *headers: str, **other: str) -> None:
        self._happen(self.proxy.response(to.response(status, *headers, **other), CALLEE, self.now))

    def seen(self, by: str) -> list[Sip]:
        found: list[Sip] = getattr(self, by)
        taken = list(found)
        found.clear()
        return taken

    def statuses(self) -> list[str]:
        return [sip.start.split()[1] for sip in self.seen("caller")]


def of_caller(
    method: str,
    cseq: int,
    *headers: str,
    uri: str = "sip:bob@10.0.0.1",
    to: str = "<sip:bob@10.0.0.1>",
    body: str = "",
    branch: str = "",
) -> bytes:
    lines = [f"{method} {uri} SIP/2.0"]
    lines.append(f"Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{branch or method + str(cseq)}")
    lines += ["From: <sip:alice@10.0.0.9>;tag=a1", f"To: {to}", "Call-ID: c1"]
    lines += [f"CSeq: {cseq} {method}", "Contact: <sip:alice@10.0.0.9>", "Max-Forwards: 70"]
    lines += [*headers, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def cseqs(sips: list[Sip]) -> list[str]:
    return [sip["CSeq"] for sip in sips]


def test_a_proxied_call(server: str) -> None:
    world = World(parse_behaviours([f"proxy {BOB}"]), server)
    world.request(of_caller("INVITE", 1, body=SDP))
    (invite,) = world.seen("callee")
    assert invite.start == f"INVITE {BOB} SIP/2.0"
    assert (invite["Call-ID"], invite.body) == ("c1", SDP)
    assert invite["Record-Route"] == "<sip:10.0.0.1:5060;lr>"
    world.respond(invite, 180)
    world.respond(invite, 200, "Content-Type: application/sdp", body=SDP)
    caller = world.seen("caller")
    ok = caller[-1]
    assert [sip.start.split()[1] for sip in caller] == ["100", "180", "200"]
    assert (ok["Contact"], ok.body) == (f"<{BOB}>", SDP)
    assert ok["Record-Route"] == "<sip:10.0.0.1:5060;lr>"
    assert ok["To"].endswith(";tag=b1")
    inside = {"uri": BOB, "to": ok["To"]}
    route = f"Route: {ok['Record-Route']}"
    world.request(of_caller("ACK", 1, route, branch="ack", **inside))
    acknowledged = world.seen("callee")
    world.request(of_caller("INFO", 2, route, **inside))
    (info,) = world.seen("callee")
    world.respond(info, 200)
    world.request(of_caller("BYE", 3, route, **inside))
    (bye,) = world.seen("callee")
    world.respond(bye, 200)
    assert world.statuses() == ["200", "200"]
    if server.startswith("opensips"):  # which keeps the ACK of a 2xx to itself
        assert acknowledged == []
    else:
        assert cseqs(acknowledged) == ["2 ACK"]
    assert cseqs([invite, info, bye]) == ["2 INVITE", "3 INFO", "4 BYE"]
    assert all(sip.start.split()[1] == BOB for sip in (info, bye))
    assert not any(sip.all("Route") for sip in (info, bye))
    assert not [told for told in world.mistakes if "no ACK" not in told]


def test_a_call_of_two_legs(server: str) -> None:
    world = World(parse_behaviours([f"b2bua {BOB}"]), server)
    world.request(of_caller("INVITE", 1, body=SDP))
    (invite,) = world.seen("callee")
    assert (invite["Call-ID"] != "c1", invite.body) == (True, SDP)
    world.respond(invite, 180)
    world.respond(invite, 200, "Content-Type: application/sdp", body=SDP)
    (ack,) = world.seen("callee")
    assert ack["CSeq"] == "2 ACK"
    caller = world.seen("caller")
    assert [sip.start.split()[1] for sip in caller] == ["100", "180", "200"]
    ok = caller[-1]
    assert "10.0.0.1" in ok["Contact"]
    uri = re.sub(r"[<>]", "", ok["Contact"])
    world.request(of_caller("ACK", 1, uri=uri, to=ok["To"], branch="ack"))
    world.request(of_caller("BYE", 2, uri=uri, to=ok["To"]))
    assert world.statuses() == ["200"]
    (bye,) = world.seen("callee")
    assert (bye["CSeq"], bye.start) == ("3 BYE", f"BYE {BOB} SIP/2.0")
    world.respond(bye, 200)
    assert world.mistakes == []


def test_a_call_that_is_cancelled(server: str) -> None:
    for behaviour in ("proxy", "b2bua"):
        world = World(parse_behaviours([f"{behaviour} {BOB}"]), server)
        world.request(of_caller("INVITE", 1, branch="one"))
        (invite,) = world.seen("callee")
        world.respond(invite, 180)
        world.request(of_caller("CANCEL", 1, branch="one"))
        (cancel,) = world.seen("callee")
        assert cancel.start == f"CANCEL {BOB} SIP/2.0"
        assert cancel["Call-ID"] == invite["Call-ID"]
        assert world.statuses() == ["100", "180", "200", "487"]
        world.respond(invite, 487)
        assert world.mistakes == []


def test_two_phones_of_a_user_ring_and_one_answers(server: str) -> None:
    world = World(parse_behaviours(["register"]), server)
    contacts = [f"Contact: <{BOB}>", "Contact: <sip:bob@10.0.0.8>"]
    register = of_caller("REGISTER", 1).replace(b"Contact: <sip:alice@10.0.0.9>\r\n", b"")
    register = register.replace(b"Max-Forwards", "\r\n".join([*contacts, "Max-Forwards"]).encode())
    world.request(register)
    (answer,) = world.seen("caller")
    assert len(answer.all("Contact")) == 2
    world.request(of_caller("INVITE", 7))
    desk, mobile = world.seen("callee")
    world.respond(desk, 180, tag="d")
    world.respond(mobile, 180, tag="m")
    world.respond(mobile, 200, tag="m")
    (cancel,) = world.seen("callee")
    assert cancel.start == f"CANCEL {BOB} SIP/2.0"
    world.respond(desk, 200, tag="d")  # the phones were faster than the CANCEL
    caller = world.seen("caller")
    assert [sip.start.split()[1] for sip in caller] == ["100", "180", "180", "200", "200"]
    assert [sip["To"].rpartition("=")[2] for sip in caller[1:]] == ["d", "m", "m", "d"]
    assert caller[-1]["Via"].startswith("SIP/2.0/UDP 10.0.0.9:5060")
    # A leg each: the caller's affair, and what a proxy is there for.
    assert not [told for told in world.mistakes if "the caller sees another leg" not in told]


def test_a_message_comes_back(server: str) -> None:
    world = World(parse_behaviours(["echo"]), server)
    world.request(of_caller("MESSAGE", 1, body="hi"))
    assert world.statuses() == ["200"]
    (echo,) = world.seen("callee")
    assert (echo.start, echo.body) == ("MESSAGE sip:alice@10.0.0.9 SIP/2.0", "hi")
    world.respond(echo, 200)
    assert world.mistakes == []


@pytest.mark.parametrize("behaviour", ["answer", "reject 486", "redirect sip:a@b", "silent"])
def test_nothing_that_the_others_do_is_a_mistake(server: str, behaviour: str) -> None:
    world = World(parse_behaviours([behaviour]), server)
    methods = ("INVITE", "OPTIONS", "MESSAGE", "REGISTER", "SUBSCRIBE", "PUBLISH", "NOTIFY")
    for method in (*methods, "INFO", "REFER"):
        world.request(of_caller(method, 1, body=SDP if method == "INVITE" else ""))
    assert len(world.seen("caller")) == {"answer": 11, "silent": 1}.get(behaviour, 10)
    assert world.mistakes == []
    assert world.told == []
