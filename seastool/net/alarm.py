"""One timer of the event loop, for whatever is due next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable


class Alarm:
    """Calls `ring` when the earliest time is there; who is called sets it anew."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    def set(self, times: Iterable[float | None]) -> None:
        """These are what is due now, None for nothing. A timer that is set for an earlier time
        stays, as moving it costs more than ringing once too often."""
        when = min([time for time in times if time is not None], default=None)
        if self._timer is not None:
            if when is not None and self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = None if when is None else self._loop.call_at(when, self._rings)

    def cancel(self) -> None:
        """Do not ring."""
        self.set(())

    def _rings(self) -> None:
        self._timer = None
        self._ring()
