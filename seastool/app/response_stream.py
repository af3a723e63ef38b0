"""The responses to one request as they come, for `async for`; needs no event loop of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import Any, Protocol

from seastool.app.response import Response


class Future(Protocol):
    """What a coroutine can wait for until it is done: an asyncio.Future is one."""

    def done(self) -> bool:
        """Whether it has its result."""

    def set_result(self, result: None, /) -> None:
        """Let it be done."""

    def __await__(self) -> Generator[Any, None, None]: ...


class ResponseStream:
    """Collects responses; iterating waits for the next and ends behind the final one.

    new_future: makes what is waited for, such as `loop.create_future`.
    """

    def __init__(self, new_future: Callable[[], Future]) -> None:
        self._new_future = new_future
        self._waiting: deque[Response] = deque()
        self._future: Future | None = None
        self._is_over = False

    def put(self, response: Response) -> None:
        """One more has come."""
        self._waiting.append(response)
        if response.is_final:
            self._is_over = True
        self._wake()

    def end(self) -> None:
        """No more will come."""
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    def __aiter__(self) -> ResponseStream:
        return self

    async def __anext__(self) -> Response:
        while not self._waiting:
            if self._is_over:
                raise StopAsyncIteration
            self._future = self._new_future()
            await self._future
            self._future = None
        return self._waiting.popleft()
