"""A hundred thousand transactions between the two endpoints leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections import Counter

from seastool.app import Application
from seastool.net.app_endpoint import Options as ServerOptions
from seastool.net.app_server import AppServer
from seastool.net.openser import Openser, Options
from seastool.seas.connection.app_server import Timing
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.settings import Settings

TRANSACTIONS = 100_000
ROUNDS = 20
TRACED = 8  # of the rounds, the last ones: tracing makes everything much slower
AT_ONCE = 200
WAIT = 1.0  # seconds that the proxy keeps a transaction
# What a transaction may leave, in bytes: less than the smallest object, so none is kept of each;
# yet some, as the bounded caches are emptied when full and so are fuller at one time than another.
MOST_LEFT = 25
QUICK = Timing(pause=0.005)


class Answering(Application):
    def do_options(self, request):
        request.create_response(200).send()


def request(number: int) -> bytes:
    return (
        b"OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n"
        b"Via: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK%d\r\n"
        b"From: <sip:alice@example.com>;tag=a%d\r\nTo: <sip:bob@example.com>\r\n"
        b"Call-ID: call-%d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
    ) % (number, number, number)


class Load:
    """Both endpoints, and how many requests are answered."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self._changed = asyncio.Event()
        self.proxy = Openser(
            port=0,
            options=Options(settings=Settings(wait_timer=WAIT), seed=1),
            on_outcome=self._outcome,
        )

    async def start(self) -> None:
        await self.proxy.start()
        self.server = AppServer(
            Answering(),
            port=self.proxy.port,
            options=ServerOptions(timing=QUICK, seed=1),
            log=lambda _: None,
        )
        self.server.start()
        self.peer = await asyncio.wait_for(self.proxy.bound(), 10)
        await asyncio.wait_for(self.server.ready(), 10)

    def _outcome(self, peer: object, outcome: did.Outcome) -> None:
        if isinstance(outcome, did.Replied):
            self.statuses[outcome.status] += 1
            self._changed.set()

    async def run(self, first: int, count: int) -> None:
        """So many transactions."""
        done = self.statuses.total() + count
        for start in range(first, first + count, AT_ONCE):
            for number in range(start, start + AT_ONCE):
                self.proxy.request(request(number))
            while self.statuses.total() < done - (first + count - start - AT_ONCE):
                self._changed.clear()
                await asyncio.wait_for(self._changed.wait(), 20)

    async def forgotten(self) -> None:
        """Both sides have forgotten them all."""
        assert not self.server.container.transactions
        while not self.proxy.transactions(self.peer).is_empty:
            await asyncio.sleep(WAIT / 10)


def objects() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects())


def test_tables_objects_and_memory_are_back_to_the_start() -> None:
    counted: list[Counter[str]] = []
    sizes: list[int] = []

    async def work() -> None:
        load = Load()
        await load.start()
        each = TRANSACTIONS // ROUNDS
        for number in range(ROUNDS):
            await load.run(number * each, each)
            if number in (0, ROUNDS - TRACED):
                await load.forgotten()
                counted.append(objects())
                if number:
                    tracemalloc.start(1)
            elif number in (ROUNDS - TRACED + 1, ROUNDS - 1):
                await load.forgotten()
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert load.statuses == {200: TRANSACTIONS}
        await load.server.close()
        await load.proxy.close()

    asyncio.run(work())
    before, after = counted
    more = after - before
    assert more.total() < 200, more.most_common(10)
    transactions = (TRACED - 2) * TRANSACTIONS // ROUNDS
    assert sizes[1] - sizes[0] < MOST_LEFT * transactions, sizes
