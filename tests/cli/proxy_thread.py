"""A proxy in a thread, for commands that run in this process or in one of their own."""

from __future__ import annotations

import asyncio
import threading
import time

from seastool.net.far_end import FarEnd
from seastool.net.openser import Openser, Options
from seastool.seas.builder import Receive
from seastool.seas.connection.openser_events import Peer
from seastool.seas.openser import outcomes as did

NAME = "app_server_1"
REQUEST = (
    "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"
    "From: <sip:alice@example.com>;tag=mine\r\nTo: <sip:bob@127.0.0.1>\r\n"
    "Call-ID: the-call\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
RESPONSE = (
    "SIP/2.0 486 Busy\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKx\r\n"
    "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=known\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
    "Content-Length: 0\r\n\r\n"
)
INCOMING = (
    b"INVITE sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bKi\r\n"
    b"From: <sip:alice@example.com>;tag=a\r\nTo: <sip:bob@example.com>\r\n"
    b"Call-ID: in\r\nCSeq: 1 INVITE\r\nContent-Length: 2\r\n\r\n\r\n"
)


class Proxy:
    """A proxy in a thread of its own. statuses: of the callee; none, and it is silent."""

    def __init__(self, *statuses, **options):
        self.outcomes = []
        self.statuses = statuses
        self.on_outcome = lambda outcome: None
        self._options = options
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self):
        self.loop = asyncio.get_running_loop()
        options = Options(**self._options)
        self.openser = Openser(port=0, options=options, on_outcome=self._happened)
        self._tags = 0
        self._far_end = FarEnd(self.statuses, self._answer, self._new_tag)
        async with self.openser:
            self._started.set()
            await self.openser.stopped()

    def _new_tag(self):
        self._tags += 1
        return b"callee%d" % self._tags

    def _answer(self, sip):
        self.loop.call_soon(self.openser.response, sip)

    def _happened(self, peer, outcome):
        self.outcomes.append(outcome)
        self._far_end.happened(outcome)
        self.on_outcome(outcome)

    def __enter__(self):
        self._thread.start()
        assert self._started.wait(20)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.openser.stop)
        self._thread.join(20)

    @property
    def place(self):
        return f"127.0.0.1:{self.openser.port}"

    def of(self, kind):
        return [outcome for outcome in list(self.outcomes) if isinstance(outcome, kind)]

    def wait_for(self, kind, count=1):
        end = time.monotonic() + 20
        while len(self.of(kind)) < count:
            assert time.monotonic() < end, f"no {kind.__name__}: {self.outcomes}"
            time.sleep(0.01)
        return self.of(kind)

    def transaction(self):
        """A request that an application server of that name has been given before."""

        async def make():
            peer = Peer(name=NAME.encode(), connections={}, readers={}, layout=None)
            done = self.openser.transactions(peer).request(
                INCOMING, Receive(), self.loop.time(), processor_id=1
            )
            return next(one for one in done if isinstance(one, did.Event))

        made = asyncio.run_coroutine_threadsafe(make(), self.loop).result(20)
        return f"{made.hash_index}:{made.label}"
