"""What one side writes to one peer, over both sockets, with the faults that are wanted."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Collection, Iterable
from typing import Final

from seastool.net.alarm import Alarm
from seastool.net.link import Link
from seastool.seas.faults import Ending, FaultInjector, Step
from seastool.seas.framing import UnitKind
from seastool.seas.types import Socket

CLOSING_SECONDS: Final = 2.0  # that what is written may take to leave at the end


class Outlet:
    """The links to one peer. Without faults a write goes straight to its link; with some, the
    steps that the injector makes of it are done when they are due."""

    def __init__(self, injector: FaultInjector) -> None:
        self.links: dict[Socket, Link] = {}
        self.injector = injector
        self._loop = asyncio.get_running_loop()
        self._steps: list[tuple[float, int, Step]] = []
        self._planned = 0
        self._alarm = Alarm(self._run)

    def write(self, socket: Socket, kind: UnitKind, data: bytes) -> None:
        """Send one unit; without a connection it goes nowhere."""
        if self.injector.idle and not self._steps:
            if (link := self.links.get(socket)) is not None:
                link.queue(data)
            return
        self._plan(self.injector.write(self._loop.time(), socket, kind, data))

    def flush(self) -> None:
        """Send what faults hold back, before a clean end."""
        self._plan(self.injector.flush(self._loop.time()))

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent; none without a connection."""
        if not self.links:
            return 0
        return sum(link.unsent for link in self.links.values()) + sum(
            len(step.data) for _, _, step in self._steps
        )

    def close(self, *, reset: bool = False) -> None:
        """Close both links; what was planned is forgotten."""
        self._steps.clear()
        self._set_alarm()
        links, self.links = self.links, {}
        for link in links.values():
            link.close(reset=reset)

    def _plan(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._planned += 1
            heapq.heappush(self._steps, (step.at, self._planned, step))
        self._run()

    def _run(self) -> None:
        now = self._loop.time()
        for step in self.injector.handle_timer(now):
            self._planned += 1
            heapq.heappush(self._steps, (step.at, self._planned, step))
        while self._steps and self._steps[0][0] <= now:
            self._do(heapq.heappop(self._steps)[2])
        self._set_alarm()

    def _set_alarm(self) -> None:
        due = self._steps[0][0] if self._steps else None
        self._alarm.set((due, self.injector.get_timer()))

    def _do(self, step: Step) -> None:
        link = self.links.get(step.socket)
        if link is None:
            return
        if step.data:
            link.send(step.data, step.note)
        if step.ending is Ending.RESET:
            link.break_off("reset by a fault")
        elif step.ending is Ending.HALF_CLOSE:
            link.half_close()


async def drain(outlets: Collection[Outlet]) -> int:
    """Let what is written leave, for a while. Returns how many bytes are left."""
    loop = asyncio.get_running_loop()
    for outlet in outlets:
        outlet.flush()
    end = loop.time() + CLOSING_SECONDS
    while (unsent := sum(outlet.unsent for outlet in outlets)) and loop.time() < end:
        await asyncio.sleep(0.01)
    return unsent
