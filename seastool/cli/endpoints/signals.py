"""Ctrl-C and SIGTERM, which end an endpoint after it has told what it did."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import Final

from seastool.cli.exits import INTERRUPTED, OK

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM)
# Seconds in which a second signal is the first one again: timeout(1) signals its child, then the
# whole group, the child included.
SAME: Final = 0.3


class Ending:
    """Which signal has come, if any. A second one, a moment later, ends the process at once."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.signal: signal.Signals | None = None
        self._stop = stop
        self._loop = asyncio.get_running_loop()
        for number in ENDINGS:
            self._loop.add_signal_handler(number, self._came, number)

    def _came(self, number: signal.Signals) -> None:
        if self.signal is not None:
            return
        self.signal = number
        self._loop.call_later(SAME, self._give_way)
        self._stop()

    def _give_way(self) -> None:
        for ending in ENDINGS:
            self._loop.remove_signal_handler(ending)
            signal.signal(ending, signal.SIG_DFL)

    @property
    def exit_code(self) -> int:
        """130 for Ctrl-C; SIGTERM is how a service is asked to end, and that is no failure."""
        return INTERRUPTED if self.signal is signal.SIGINT else OK
