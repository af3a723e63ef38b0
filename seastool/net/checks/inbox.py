"""Waiting for news on asyncio, for the stages."""

from __future__ import annotations

import asyncio


class News:
    """Something has come: whoever waits goes on."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Something has come."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Return when something has come since the last wait, or after that time."""
        handle = self._loop.call_later(seconds, self._event.set)
        try:
            await self._event.wait()
        finally:
            handle.cancel()
            self._event.clear()

    def now(self) -> float:
        """The loop's time."""
        return self._loop.time()
