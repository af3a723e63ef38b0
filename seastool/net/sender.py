"""Hands SIP requests to an application server, at a rate, and waits for their final replies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from seastool.errors import NotConnected
from seastool.histogram import Histogram
from seastool.net.openser import Openser
from seastool.seas.builder import Receive
from seastool.seas.connection.openser_events import Peer
from seastool.seas.openser import outcomes as did

FIRST_FINAL: Final = 200
LONGEST_DEBT: Final = 1.0  # seconds of requests that are caught up with after a standstill
TOLD_REFUSALS: Final = 3
GRACE: Final = 1.0  # beyond the wait timer, for what is still on its way

Ids = tuple[int, int]


class Sender:
    """Sends requests one after the other. concurrency: how many may be without a final reply.
    patience: seconds to wait for an application server that has left in between.

    Counts: refused by the proxy, or without an application server; answered, by status;
    given_up, without a final reply in time.
    is_through: whether none is left to be sent. times: seconds to the final replies.
    """

    def __init__(
        self,
        proxy: Openser,
        requests: Iterator[bytes],
        receive: Receive,
        *,
        stateless: bool,
        rate: float | None,
        concurrency: int | None,
        patience: float,
        tell: Callable[[str], None],
    ) -> None:
        self.sent = self.refused = self.given_up = 0
        self.is_through = False
        self.answered: Counter[int] = Counter()
        self.times = Histogram()
        self._proxy = proxy
        self._requests = requests
        self._receive = receive
        self._stateless = stateless
        self._gap = 1 / rate if rate else 0.0
        self._most = concurrency
        self._patience = patience
        self._tell = tell
        self._open: dict[Ids, float] = {}
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def waiting(self) -> int:
        """Requests that still wait for their final reply."""
        return len(self._open)

    async def run(self) -> None:
        """Send all, then wait for the last replies as long as the proxy would."""
        due = self._loop.time()
        for sip in self._requests:
            while self._most is not None and len(self._open) >= self._most:
                await self._wait()
            due = max(due, self._loop.time() - LONGEST_DEBT)
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            due += self._gap
            if self._proxy.peer is None and not await self._is_back():
                self.sent += 1
                self._refuse("no application server is connected; nothing more is sent")
                break
            self._send(sip)
        self.is_through = True
        while self._open:
            await self._wait()

    async def _is_back(self) -> bool:
        """Wait for an application server to connect again."""
        try:
            await asyncio.wait_for(self._proxy.bound(), self._patience)
        except TimeoutError:
            return False
        return True

    async def _wait(self) -> None:
        """Until a reply has come, or the oldest request has waited as long as it may."""
        ids, sent = next(iter(self._open.items()))
        left = sent + self._proxy.options.settings.wait_timer + GRACE - self._loop.time()
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), max(0.0, left))
        except TimeoutError:
            if self._open.pop(ids, None) is not None:
                self.given_up += 1

    def happened(self, peer: Peer, outcome: did.Outcome) -> None:
        """What the proxy did: final replies are what is waited for."""
        if not isinstance(outcome, did.Replied) or outcome.status < FIRST_FINAL:
            return
        sent = self._open.pop((outcome.hash_index, outcome.label), None)
        if sent is not None:
            self.answered[outcome.status] += 1
            self.times.add(self._loop.time() - sent)
            self._changed.set()

    def _send(self, sip: bytes) -> None:
        self.sent += 1
        now = self._loop.time()
        try:
            done = self._proxy.request(sip, self._receive, stateless=self._stateless)
        except NotConnected as error:
            self._refuse(str(error))
            return
        for outcome in done:
            if isinstance(outcome, did.Event) and outcome.hash_index is not None:
                assert outcome.label is not None
                if not _is_ack(sip):
                    self._open[outcome.hash_index, outcome.label] = now
            elif isinstance(outcome, did.Refused | did.Absorbed):
                self._refuse(outcome.reason)

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        if self.refused <= TOLD_REFUSALS:
            more = "; more are only counted" if self.refused == TOLD_REFUSALS else ""
            self._tell(f"request {self.sent} is not handed over: {reason}{more}")


def _is_ack(sip: bytes) -> bool:
    return sip.startswith(b"ACK ")
