"""An event loop in a thread of its own, for callers that have none."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from seastool.errors import SeasError

PATIENCE: Final = 10.0  # seconds, for what takes none
T = TypeVar("T")


class NotInTime(SeasError, TimeoutError):
    """What a test waited for has not happened."""


class LoopThread:
    """Runs coroutines and functions in its loop, and waits for them. The thread is a daemon."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._name = name
        self._thread = threading.Thread(target=self._run, name=f"seastool {name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            self.loop.close()

    def run(
        self,
        coroutine: Coroutine[Any, Any, T],
        seconds: float = PATIENCE,
        what: Callable[[], str] | str = "",
    ) -> T:
        """What the coroutine returns. what: stands in the error, if it is late.

        Raises: NotInTime, and what the coroutine raises.
        """
        future = asyncio.run_coroutine_threadsafe(_within(coroutine, seconds), self.loop)
        try:
            return future.result(seconds + PATIENCE)
        except TimeoutError:
            future.cancel()
            told = what() if callable(what) else what
            raise NotInTime(f"{told or self._name}: not within {seconds:g} s") from None

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """What the function returns, called in the loop's thread."""

        async def called() -> T:
            return function(*arguments)

        return self.run(called())

    def close(self) -> None:
        """End what still runs in the loop, and the loop."""
        if self._thread.is_alive():
            self.run(_end_all())
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(PATIENCE)


async def _within(coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await coroutine


async def _end_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
