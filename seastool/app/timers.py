"""All timers of a container in one heap."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seastool.timers import Timed
from seastool.timers import Timers as DueTimes


class Timer(Timed):
    """A call that is due at a time; `cancel` it before, as often as you like."""

    __slots__ = ("_argument", "_call", "_timers")

    def __init__(self, timers: Timers, call: Callable[[Any], None], argument: Any) -> None:
        super().__init__()
        self._timers = timers
        self._call: Callable[[Any], None] | None = call
        self._argument = argument

    @property
    def is_set(self) -> bool:
        """Whether it is still to come."""
        return self._call is not None

    def cancel(self) -> None:
        """Let it not happen."""
        if self._call is not None:
            self._call = self._argument = None
            self._timers.clear(self)

    def take(self) -> tuple[Callable[[Any], None], Any] | None:
        """What is to be called, once; None if it was cancelled."""
        if self._call is None:
            return None
        taken = self._call, self._argument
        self._call = self._argument = None
        return taken


class Timers(DueTimes[Timer]):
    """Those of one container. Equal times keep the order in which they were set."""

    __slots__ = ()

    def add(self, at: float, call: Callable[[Any], None], argument: Any) -> Timer:
        """Call `call(argument)` at that time."""
        timer = Timer(self, call, argument)
        self.set(timer, at)
        return timer

    @property
    def count(self) -> int:
        """How many were ever set."""
        return self._number

    def pop_due(self, now: float, count: int) -> tuple[Callable[[Any], None], Any] | None:
        """The next call that is due, taken out; None if none is.

        count: timers set after so many wait for another round, so that one that sets another
        for at once does not go on for ever.
        """
        if self.next() is None or self._heap[0][1] > count:
            return None
        timer = self.pop(now)
        return timer.take() if timer is not None else None

    def cancel_all(self) -> None:
        """Let none happen."""
        for _, _, timer in self._heap[:]:
            timer.cancel()
