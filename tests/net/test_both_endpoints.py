"""The two endpoints against each other, over loopback: every event and action, faults, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from seastool.app import Application
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import Openser, Options
from seastool.seas.connection.app_server import Timing
from seastool.seas.connection.openser_events import PingPlan, Ponged, Received
from seastool.seas.dialects import lookup
from seastool.seas.faults import parse_fault
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Bind,
    JainPong,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
)
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviours import behave_like, usable
from seastool.sip.reply import respond

QUICK = Timing(pause=0.01, retry=0.05, retry_most=0.1)
CALLEE = b"Contact: <sip:callee@127.0.0.1:5998>\r\n"


def sip(method: str, number: int = 1, *, to_tag: str = "", body: str = "") -> bytes:
    """A request. Requests of one number belong together; CANCEL and its INVITE share a branch."""
    branch = "INVITE" if method == "CANCEL" else method
    cseq = 2 if method == "BYE" else 1
    tag = f";tag={to_tag}" if to_tag else ""
    content = f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n" if body else ""
    return (
        f"{method} sip:bob@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK{branch}{number}\r\n"
        f"From: <sip:alice@example.com>;tag=a{number}\r\nTo: <sip:bob@example.com>{tag}\r\n"
        f"Call-ID: call-{number}\r\nCSeq: {cseq} {method}\r\n"
        f"Contact: <sip:alice@127.0.0.1:5990>\r\nMax-Forwards: 70\r\n{content}\r\n{body}"
    ).encode()


class Recorder(Application):
    """Answers most things, and calls out when it is asked to."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def do_request(self, request):
        self.seen.append(request.method)
        return super().do_request(request)

    def do_response(self, response):
        self.seen.append(f"{response.status} {response.method}")
        return super().do_response(response)

    def do_invite(self, request):
        request.create_response(180).send()
        if "ring" not in request.call_id:
            request.create_response(200).send()

    def do_options(self, request):
        request.create_response(200).send()

    def do_message(self, request):
        request.create_response(200).send()
        self.call(request.body.decode())

    def do_success_response(self, response):
        if response.method == "INVITE":
            response.create_ack().send()

    def call(self, what: str) -> None:
        if what == "call":
            new = self.context.create_request(
                "INVITE",
                "sip:callee@127.0.0.1:5998",
                from_="sip:as@example.com",
                to="sip:callee@example.com",
            )
            new.send()
            self.outgoing = new
        elif what == "stateless":
            new = self.context.create_request(
                "OPTIONS",
                "sip:callee@127.0.0.1:5998",
                from_="sip:as@example.com",
                to="sip:callee@example.com",
            )
            new.send_stateless()
        elif what == "cancel":
            self.outgoing.create_cancel().send()


class Pair:
    """Both endpoints, and what passed."""

    def __init__(self, options: Options | None = None, server: ServerOptions | None = None) -> None:
        self.outcomes: list[did.Outcome] = []
        self.happenings: list[object] = []
        self.log: list[str] = []
        self.application = Recorder()
        self.events: list[object] = []
        self._options = options or Options(seed=1)
        self._server_options = server or ServerOptions(timing=QUICK, seed=1)

    async def __aenter__(self) -> Pair:
        self.proxy = Openser(
            port=0,
            options=self._options,
            on_outcome=lambda peer, outcome: self.outcomes.append(outcome),
            on_happening=self.happenings.append,
        )
        await self.proxy.start()
        self.server = AppServer(
            self.application,
            port=self.proxy.port,
            options=self._server_options,
            log=self.log.append,
        )
        receive = self.server.user.receive

        def told(frame, data, now):
            self.events.append(frame)
            receive(frame, data, now)

        self.server.user.receive = told
        self.server.start()
        await asyncio.wait_for(self.server.ready(), 20)
        await asyncio.wait_for(self.proxy.bound(), 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()
        await self.proxy.close()

    def of(self, kind: type) -> list:
        return [outcome for outcome in self.outcomes if isinstance(outcome, kind)]

    def actions(self) -> set[type]:
        return {type(e.frame) for e in self.happenings if isinstance(e, Received)}

    def statuses(self) -> list[int]:
        return [outcome.status for outcome in self.of(did.Replied)]

    async def until(self, holds: Callable[[], object], seconds: float = 20) -> None:
        """Wait for something that the peer is to do."""
        end = asyncio.get_running_loop().time() + seconds
        while not holds():
            assert asyncio.get_running_loop().time() < end, (self.outcomes[-5:], self.log)
            await asyncio.sleep(0.002)


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 60))


SLICED = [parse_fault("slice=1@FRAME")]


async def everything(pair: Pair) -> None:
    """One of each event and action."""
    proxy = pair.proxy
    proxy.request(sip("INVITE", 1))
    await pair.until(lambda: 200 in pair.statuses())
    proxy.request(sip("ACK", 1, to_tag=_tag(pair)))
    proxy.request(sip("OPTIONS", 2), stateless=True)
    ringing = sip("INVITE", 3).replace(b"call-3", b"ring-3")
    proxy.request(ringing)
    await pair.until(lambda: pair.statuses().count(180) == 2)
    proxy.request(sip("CANCEL", 3).replace(b"call-3", b"ring-3"))
    await pair.until(lambda: 487 in pair.statuses())
    proxy.request(sip("MESSAGE", 4, body="stateless"))
    await pair.until(lambda: len(pair.of(did.Stateless)) >= 2)
    proxy.request(sip("MESSAGE", 5, body="call"))
    await pair.until(lambda: pair.of(did.Requested))
    invite = pair.of(did.Requested)[0]
    proxy.response(respond(invite.sip, 180, b"Ringing", tag=b"t", headers=CALLEE))
    await pair.until(lambda: "180 INVITE" in pair.application.seen)
    proxy.request(sip("MESSAGE", 6, body="cancel"))
    await pair.until(lambda: pair.of(did.Cancelled))
    proxy.response(respond(pair.of(did.Cancelled)[0].sip, 200, b"OK", tag=b"t"))
    proxy.response(respond(invite.sip, 487, b"Request Terminated", tag=b"t"))
    await pair.until(lambda: "487 INVITE" in pair.application.seen)
    pair.server.send(
        UacReq(processor_id=1, uac_id=999, text=sip("MESSAGE", 9).replace(b";tag=a9", b""))
    )
    await pair.until(lambda: pair.of(did.Failed))
    await pair.until(lambda: any(isinstance(e, AcResFail) for e in pair.events))
    await pair.until(lambda: any(isinstance(e, Ponged) for e in pair.happenings))
    await pair.server.close()
    await pair.until(lambda: Unbind in pair.actions())


def _tag(pair: Pair) -> str:
    text = next(o.sip for o in pair.of(did.Replied) if o.status == 200)
    return text.split(b"To: ", 1)[1].split(b";tag=", 1)[1].split(b"\r\n", 1)[0].decode()


@pytest.mark.parametrize("name", ["kamailio-5.6.3", "openser-1.3.0"])
@pytest.mark.parametrize("faults", [[], SLICED], ids=["whole", "one byte at a time"])
def test_every_event_and_action(name: str, faults: list) -> None:
    options = Options(behaviour=usable(name), pings=PingPlan(0.2, 5.0), faults=faults, seed=1)
    server = ServerOptions(dialect=lookup(name), timing=QUICK, faults=faults, seed=1)

    async def work() -> None:
        async with Pair(options, server) as pair:
            await everything(pair)
            assert {type(frame) for frame in pair.events} >= {TReqIn, SlReqIn, ResIn, AcResFail}
            assert pair.actions() >= {
                Bind,
                Unbind,
                Reply,
                UacReq,
                AcCancel,
                SlMsg,
                JainPong,
            }
            assert not pair.server.connection.remarks.amounts
            assert "ACK" in pair.application.seen

    run(work)


@pytest.mark.parametrize("name", ["openser-1.2.0", "opensips-1.11.11"])
def test_a_server_that_assumes_kamailio_finds_out_layout_a(name: str) -> None:
    async def work() -> None:
        async with Pair(Options(behaviour=behave_like(name), actions=lookup(name), seed=1)) as pair:
            text = sip("MESSAGE", 1, body="nothing")
            pair.proxy.request(text)
            await pair.until(lambda: 200 in pair.statuses())
            assert any("reads layout A" in line for line in pair.log)
            assert pair.server.container.dialect.layout == "A"

    run(work)


def test_the_server_comes_back_when_the_proxy_does() -> None:
    async def work() -> None:
        async with Pair() as pair:
            port = pair.proxy.port
            await pair.proxy.close()
            await pair.until(lambda: pair.server.failures > 1)
            again = Openser(port=port, options=Options(seed=2))
            await again.start()
            try:
                await asyncio.wait_for(again.bound(), 20)
                done = again.request(sip("OPTIONS", 7))
                assert any(isinstance(outcome, did.Event) for outcome in done)
                await pair.until(lambda: pair.application.seen == ["OPTIONS"])
            finally:
                await again.close()

    run(work)


def test_pings_are_answered_and_lost_ones_are_counted() -> None:
    options = Options(pings=PingPlan(0.05, 0.04), seed=1)
    server = ServerOptions(timing=QUICK, faults=[parse_fault("lost-ping=1*2")], seed=1)

    async def work() -> None:
        async with Pair(options, server) as pair:
            await pair.until(lambda: sum(isinstance(e, Ponged) for e in pair.happenings) > 3)
            assert pair.proxy.listener.peers[b"app_server_1"].lost_pings == 2

    run(work)


def test_a_crash_that_was_asked_for_ends_the_proxy() -> None:
    from seastool.seas.openser.faults import Fault

    async def work() -> None:
        behaviour = usable(on=[Fault.REPLY_WITHOUT_TO_CRASH])
        async with Pair(Options(behaviour=behaviour, seed=1)) as pair:
            pair.proxy.request(sip("OPTIONS", 1))
            (event,) = [o for o in pair.outcomes if isinstance(o, did.Event)]
            text = b"SIP/2.0 200 OK\r\nCSeq: 1 OPTIONS\r\nCall-ID: x\r\n\r\n"
            pair.server.send(Reply(hash_index=event.hash_index, label=event.label, text=text))
            await pair.until(lambda: pair.of(did.ConnectionClosed))
            await pair.until(lambda: pair.server.failures)

    run(work)


def test_a_closed_server_says_how_much_it_left_unanswered() -> None:
    class Silent(Application):
        def do_options(self, request):
            pass

    async def work() -> None:
        async with Openser(port=0) as proxy:
            server = AppServer(
                Silent(), port=proxy.port, options=ServerOptions(timing=QUICK), log=lambda _: None
            )
            server.start()
            await proxy.bound()
            proxy.request(sip("OPTIONS", 1))
            while not server.container.transactions:
                await asyncio.sleep(0.002)
            assert await server.close() == 1

    run(work)


def test_two_free_ports_side_by_side() -> None:
    async def work() -> None:
        async with Openser(port=0) as one, Openser(port=0) as other:
            assert abs(one.port - other.port) >= 2
            with pytest.raises(OSError, match="in use"):
                await Openser(port=one.port).start()

    run(work)
