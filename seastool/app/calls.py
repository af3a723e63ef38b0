"""Calling what the application wrote: handlers, callbacks, coroutines, and their errors."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from seastool.app.request import Request
from seastool.errors import LocalProtocolError, NotConnected

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.application_session import ApplicationSession
    from seastool.app.container import Container

T = TypeVar("T")
Spawn = Callable[[Coroutine[Any, Any, Any], Callable[[BaseException], None]], object]
"""Runs a coroutine and calls the function with what it raises; starts them in order."""


class Calls:
    """Calls handlers of a container's application."""

    def __init__(self, container: Container, spawn: Spawn | None) -> None:
        self._container = container
        self._spawn = spawn

    def call(self, handler: Callable[[T], Handled], argument: T) -> None:
        """Call a handler. What it raises is told; a request it was to answer gets 500."""
        try:
            result = handler(argument)
            if result is not None:
                self._start(result, argument)
        except (Exception, SystemExit) as error:
            self._failed(argument, error)

    def _start(self, result: object, argument: object) -> None:
        if not isinstance(result, Coroutine):
            return
        if self._spawn is None:
            result.close()
            raise LocalProtocolError("a handler that is async needs Container(spawn=...)")
        self._spawn(self._finish(result, argument), partial(self._failed, argument))

    async def _finish(self, result: Coroutine[Any, Any, Any], argument: object) -> None:
        try:
            await result
        except SystemExit as error:  # an event loop would end with it
            self._failed(argument, error)

    def run(self, callback: Callable[[], Handled]) -> None:
        """Call a timer's callback in the same way."""
        self.call(lambda _: callback(), None)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine beside the handlers; what it raises is told."""
        self.call(lambda _: coroutine, None)

    def expired(self, session: ApplicationSession) -> None:
        """Tell the application that a session is about to end."""
        self._container.statistics.expired_sessions += 1
        self.call(lambda _: self._container.application.session_expired(session), None)

    def _failed(self, argument: object, error: BaseException) -> None:
        """An error in a handler: its traceback once for each place, 500 to the caller."""
        if isinstance(error, NotConnected):
            self._container.note_unsent(error)
            if isinstance(argument, Request) and argument.server is not None:
                self._container.waiting.lose(argument)
            return
        if self._container.is_closed and isinstance(error, LocalProtocolError):
            return  # it waited, and at the end there is nobody to send to
        self._container.statistics.handler_errors += 1
        kind = f"handler {type(error).__name__} {_place(error)}"
        if not self._container.notes.knows(kind):
            text = "".join(traceback.format_exception(error)).rstrip()
            self._container.notes.once(
                kind,
                f"error in a handler ({argument!r}); told once, counted as handler_errors\n{text}",
            )
        if not isinstance(argument, Request) or argument.server is None:
            return
        if argument.server.is_final or self._container.is_closed:
            return
        try:
            argument.create_response(500).send()
        except Exception as problem:
            self._container.notes.once("no 500", f"no 500 could be sent: {problem}")


def _place(error: BaseException) -> str:
    """The file and line that raised it."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at is not None else ""
