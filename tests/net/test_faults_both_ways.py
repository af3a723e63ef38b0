"""Each fault on each side that can have it, under a small load: who is not hit is not hurt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from seastool.app import Application
from seastool.errors import NotConnected
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import Openser, Options
from seastool.seas.connection.app_server import Timing
from seastool.seas.connection.openser_events import Gone, PingLost, PingPlan, Wrong
from seastool.seas.faults import FAULTS, ActsOn, Fault, parse_fault
from seastool.seas.openser import outcomes as did
from seastool.seas.types import Direction

QUICK = Timing(pause=0.005, socket_info=0.25, retry=0.02, retry_most=0.05)
CALLS = 30
SIDES = {Direction.TO_AS: "proxy", Direction.TO_OPENSER: "server"}


@dataclass(frozen=True)
class Case:
    """What one fault does to a load of calls.

    lost: how many calls at most stay without their 200. told: by either side, in its log, as
    mistake or happening. reconnects: the connection is lost by it, and comes back. opens: the
    first opening succeeds.
    """

    fault: str
    lost: int = 0
    told: str = ""
    reconnects: bool = False
    opens: bool = True


CASES: dict[tuple[str, str], list[Case]] = {
    ("unpaired", "proxy"): [Case("unpaired*1", told="no socket info", opens=False)],
    ("unpaired", "server"): [Case("unpaired*1", told="no socket info", opens=False)],
    ("long-name", "proxy"): [Case("long-name=31"), Case("long-name=255")],
    ("long-name", "server"): [Case("long-name=31*1", told="name-length", opens=False)],
    ("split-hello", "proxy"): [Case("split-hello=20ms")],
    ("split-hello", "server"): [Case("split-hello=20ms", told="name-in-pieces")],
    ("lost-ping", "proxy"): [Case("lost-ping*2", told="PingLost")],
    ("lost-ping", "server"): [Case("lost-ping*2", told="PingLost")],
    ("drop", "proxy"): [Case("drop*3@T_REQ_IN", lost=3)],
    ("drop", "server"): [Case("drop*3@REPLY_FIN", lost=3)],
    ("corrupt", "proxy"): [
        Case("corrupt=hash_index*3@T_REQ_IN", lost=3, told="reply-unknown"),
        Case("corrupt=code:10000*3@T_REQ_IN", lost=3, told="not taken"),
        Case("corrupt=source_address*3@T_REQ_IN"),
        Case("corrupt=index*3@T_REQ_IN", lost=3),
        Case("corrupt=text*3@T_REQ_IN", lost=3),
        Case("corrupt=message*3@T_REQ_IN", lost=3),
    ],
    ("corrupt", "server"): [
        Case("corrupt=label*3@REPLY_FIN", lost=3, told="reply-unknown"),
        Case("corrupt=text*3@REPLY_FIN", lost=3),
    ],
    ("unknown-type", "proxy"): [Case("unknown-type*3@T_REQ_IN", lost=3)],
    ("unknown-type", "server"): [Case("unknown-type*3@REPLY_FIN", lost=3, told="unknown-action")],
    ("length", "proxy"): [
        Case("length=0*3@T_REQ_IN", lost=3, told="no plausible frame"),
        Case("length=9*3@T_REQ_IN", lost=3, told="no plausible frame"),
        Case("length=4294967295*3@T_REQ_IN", lost=3, told="no plausible frame"),
        # What it waits for it takes from the events behind.
        Case("length=4001*1@T_REQ_IN", lost=15, told="no plausible frame"),
    ],
    ("length", "server"): [
        Case("length=0*1@REPLY_FIN", lost=CALLS, told="action-length", reconnects=True),
        Case("length=3*1@REPLY_FIN", lost=CALLS, told="action-length", reconnects=True),
        Case("length=4294967295*1@REPLY_FIN", lost=CALLS, told="too-long", reconnects=True),
    ],
    ("duplicate", "proxy"): [Case("duplicate*3@T_REQ_IN")],
    ("duplicate", "server"): [
        Case("duplicate*3@REPLY_FIN", told="reply-second-final"),
        Case("duplicate*1@BIND"),
    ],
    ("late-pong", "server"): [Case("late-pong=60ms*1", told="late-pong")],
    ("reorder", "proxy"): [Case("reorder=0.3@T_REQ_IN")],
    ("reorder", "server"): [Case("reorder=0.3")],
    ("slice", "proxy"): [Case("slice=7"), Case("slice=1*3@T_REQ_IN")],
    ("slice", "server"): [Case("slice=7@FRAME"), Case("slice=1", told="name-in-pieces")],
    ("delay", "proxy"): [Case("delay=20ms*3")],
    ("delay", "server"): [Case("delay=20ms*3")],
    ("jitter", "proxy"): [Case("jitter=3ms")],
    ("jitter", "server"): [Case("jitter=3ms")],
    ("reset", "proxy"): [Case("reset=10*1", lost=CALLS, told="reset", reconnects=True)],
    ("reset", "server"): [Case("reset=10*1", lost=CALLS, told="reset", reconnects=True)],
    ("half-close", "proxy"): [Case("half-close=10*1", lost=CALLS, told="closed", reconnects=True)],
    ("half-close", "server"): [Case("half-close=10*1", lost=CALLS, told="closed", reconnects=True)],
}


class Answering(Application):
    """Answers calls."""

    def do_options(self, request):
        request.create_response(200).send()


class Load:
    """Both endpoints, calls between them, and what was told."""

    def __init__(self, case: Case, side: str) -> None:
        self.case, self.side = case, side
        self.told: list[str] = []
        self.answered: set[tuple[int, int]] = set()
        self.errors: list[dict] = []
        self._calls = 0

    async def __aenter__(self) -> Load:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.errors.append(context))
        faults = {self.side: [self.fault]} if self.is_early else {}
        self.proxy = Openser(
            port=0,
            options=Options(faults=faults.get("proxy", ()), pings=PingPlan(0.03, 0.03), seed=1),
            on_outcome=self._outcome,
            on_happening=self._happened,
        )
        await self.proxy.start()
        self.server = AppServer(
            Answering(),
            port=self.proxy.port,
            options=ServerOptions(faults=faults.get("server", ()), timing=QUICK, seed=1),
            log=self.told.append,
        )
        self.server.start()
        await self.connected()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.close()
        await self.proxy.close()

    @property
    def fault(self) -> Fault:
        return parse_fault(self.case.fault)

    @property
    def is_early(self) -> bool:
        """Whether it is on from the beginning, and not only for the calls."""
        return self.fault.kind.acts_on is not ActsOn.FRAME or self.fault.types == ("BIND",)

    @property
    def injector(self):
        return self.proxy.injector if self.side == "proxy" else self.server.injector

    def _outcome(self, peer: object, outcome: did.Outcome) -> None:
        if isinstance(outcome, did.Replied) and outcome.status == 200:
            self.answered.add((outcome.hash_index, outcome.label))
        elif isinstance(outcome, did.Mistake):
            self.told.append(f"{outcome.rule}: {outcome.message}")

    def _happened(self, event: object) -> None:
        if isinstance(event, Wrong):
            self.told.append(f"{event.rule}: {event.message}")
        elif isinstance(event, Gone):
            self.told.append(f"gone: {event.reason}")
        elif isinstance(event, PingLost):
            self.told.append("PingLost")

    async def connected(self) -> None:
        await asyncio.wait_for(self.server.ready(), 20)
        await asyncio.wait_for(self.proxy.bound(), 20)

    def call(self, count: int) -> list[tuple[int, int]]:
        """Hand over so many requests at once; which."""
        made = []
        for _ in range(count):
            self._calls += 1
            with suppress(NotConnected):
                done = self.proxy.request(request(self._calls))
                made += [(o.hash_index, o.label) for o in done if isinstance(o, did.Event)]
        return made

    def open(self, calls: list[tuple[int, int]]) -> int:
        return sum(call not in self.answered for call in calls)

    @property
    def connects(self) -> int:
        return sum(line.startswith("connected to") for line in self.told)

    def is_told(self) -> bool:
        return any(self.case.told in line for line in self.told)

    async def until(self, holds: Callable[[], object], seconds: float = 20) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while not holds():
            assert asyncio.get_running_loop().time() < end, (self.told[-5:], self.injector.report())
            await asyncio.sleep(0.002)


def request(number: int) -> bytes:
    return (
        "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK{number}\r\n"
        f"From: <sip:alice@example.com>;tag=a{number}\r\nTo: <sip:bob@example.com>\r\n"
        f"Call-ID: call-{number}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
    ).encode()


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 60))


def test_every_fault_has_a_case_on_every_side() -> None:
    there = {(kind.name, SIDES[side]) for kind in FAULTS.values() for side in kind.sides}
    assert set(CASES) == there


@pytest.mark.parametrize(
    ("side", "case"),
    [(side, case) for (_, side), cases in CASES.items() for case in cases],
    ids=[f"{side} {case.fault}" for (_, side), cases in CASES.items() for case in cases],
)
def test_a_fault(side: str, case: Case) -> None:
    async def work() -> None:
        async with Load(case, side) as load:
            if not load.is_early:
                load.injector.add(load.fault)
            connects = load.connects
            calls = load.call(CALLS)
            await load.until(lambda: load.open(calls) <= case.lost)
            await load.until(lambda: load.injector.counts[load.fault])
            if case.reconnects:
                await load.until(lambda: load.connects > connects)
            else:
                after = load.call(10)
                await load.until(lambda: not load.open(after))
            await load.until(load.is_told)
            load.injector.remove(load.fault)
            await load.connected()
            again = load.call(CALLS)
            await load.until(lambda: not load.open(again))
            assert load.server.failures == int(case.reconnects or not case.opens), load.told
        assert not load.errors
        assert load.injector.counts[load.fault], load.injector.report()

    run(work)
