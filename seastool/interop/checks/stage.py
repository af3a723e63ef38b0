"""What a check stands on: all that has come since it began, and waiting for what has not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final, TypeVar

from seastool.interop.checks.verdict import Differs

Found = TypeVar("Found")
Test = Callable[[Any], Found | None]
"""Looks at one thing that has come; what it gives back is what was looked for."""

MOST_KEPT: Final = 10_000  # things that have come and that no check has asked for
MOST_TOLD: Final = 6


class Stage(ABC):
    """The side that a suite plays, and what its peer does.

    came: what has come and was not asked for yet, in order: SIP messages, frames, ends of
    connections; of what kind is the subclass's business. timeout: seconds that the peer has
    for anything. quiet: seconds after which what has not come will not come.
    """

    def __init__(self, *, timeout: float, quiet: float) -> None:
        self.timeout = timeout
        self.quiet = quiet
        self.came: list[Any] = []

    # For those who make it of sockets.

    @abstractmethod
    def now(self) -> float:
        """Seconds, of any origin."""

    @abstractmethod
    async def news(self, seconds: float) -> None:
        """Return when something has come, or after that time."""

    @abstractmethod
    def describe(self, item: Any) -> str:
        """One thing that has come, in a few words, fit for a terminal."""

    def take(self, item: Any) -> None:
        """Something has come."""
        if len(self.came) < MOST_KEPT:
            self.came.append(item)

    # For checks.

    async def expect(
        self, what: str, test: Test[Found], *, within: float | None = None, fault: str = ""
    ) -> Found:
        """Wait for the first thing that passes the test; nobody sees it again.

        Raises: Differs, naming `fault`, if it does not come in time.
        """
        seconds = self.timeout if within is None else within
        found = await self._search(test, self.now() + seconds)
        if found is None:
            raise Differs(what, f"nothing within {seconds:g} s{self._meanwhile()}", fault)
        return found

    async def forbid(
        self, what: str, test: Test[Found], *, within: float | None = None, fault: str = ""
    ) -> None:
        """Make sure that nothing passes the test for a while. Raises: Differs."""
        found = await self._search(test, self.now() + (self.quiet if within is None else within))
        if found is not None:
            raise Differs(what, self.describe(found), fault)

    async def pause(self, seconds: float) -> None:
        """Let time pass; what comes meanwhile is kept."""
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            await self.news(left)

    def begin(self) -> None:
        """Another check begins: what has come before is not for it."""
        self.came.clear()

    def _meanwhile(self) -> str:
        told = [self.describe(item) for item in self.came[-MOST_TOLD:]]
        return f"; instead came {', '.join(told)}" if told else ""

    async def _search(self, test: Test[Found], end: float) -> Found | None:
        while True:
            for place, item in enumerate(self.came):
                if (found := test(item)) is not None:
                    del self.came[place]
                    return found
            left = end - self.now()
            if left <= 0:
                return None
            await self.news(left)


def same(what: str, expected: object, got: object, fault: str = "") -> None:
    """Raises: Differs if they are not equal."""
    if expected != got:
        raise Differs(f"{what} {expected!a}", f"{got!a}", fault)


def that(holds: bool, expected: str, got: str, fault: str = "") -> None:
    """Raises: Differs unless it holds."""
    if not holds:
        raise Differs(expected, got, fault)
