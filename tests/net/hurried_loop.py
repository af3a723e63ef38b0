"""A loop whose time stands still while there is something to do, and runs when there is not.

What a check waits for in vain costs no time worth mentioning, and a machine that is busy with other
things is none that is slow: no time-out depends on it.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")

FASTER = 50  # than the clock; what passes between sockets of this machine needs next to no time


class HurriedSelector(selectors.DefaultSelector):
    """now: seconds that were waited for so far."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready or super().select(timeout)
        ready = super().select(timeout / FASTER)
        if not ready:  # what came meanwhile counts as if it had come at once
            self.now += timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """See above."""

    def __init__(self) -> None:
        self._hurried = HurriedSelector()
        super().__init__(self._hurried)

    def time(self) -> float:
        return self._hurried.now


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """The same as `asyncio.run`, on such a loop."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(work)
