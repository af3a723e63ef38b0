"""What runs on a loop until it is told to stop."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import Self


class Service(ABC):
    """`async with` starts and closes it; whoever waits in `stopped` goes on after `stop`.

    To be made while a loop runs.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()

    @abstractmethod
    def start(self) -> Awaitable[None] | None:
        """Listen, or begin to connect."""

    @abstractmethod
    async def close(self) -> object:
        """End, whether or not `stop` was called."""

    async def __aenter__(self) -> Self:
        if (starting := self.start()) is not None:
            await starting
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def stopped(self) -> None:
        """Wait until `stop` was called, or it has ended by itself."""
        await self._stopped.wait()

    def stop(self) -> None:
        """End `stopped`; closing is left to `close`."""
        self._stopped.set()
