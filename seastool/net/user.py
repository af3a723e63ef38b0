"""What an `AppServerEndpoint` is for: a container, a scenario, one action."""

from __future__ import annotations

from typing import Protocol

from seastool.seas.connection.app_server_events import Ready
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Event


class User(Protocol):
    """What takes an endpoint's events and gives it actions to send."""

    def start(self, now: float) -> None:
        """Called once, before the first event."""

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """The connection is there; called again with every new one."""

    def learn(self, dialect: Dialect) -> None:
        """The proxy turned out to speak this dialect."""

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """Take an event or a failure; pings do not come here."""

    def get_timer(self) -> float | None:
        """When `handle_timer` is due; None for not yet."""

    def handle_timer(self, now: float) -> None:
        """Do what is due."""

    def close(self, now: float) -> int:
        """End; returns how many requests stay unanswered."""

    def summary(self) -> list[str]:
        """What it has done, in lines for people."""


class Onlooker:
    """The part of a `User` that has no timers and owes no answers."""

    def start(self, now: float) -> None:
        """See `User`."""

    def get_timer(self) -> float | None:
        """See `User`."""
        return None

    def handle_timer(self, now: float) -> None:
        """See `User`."""

    def close(self, now: float) -> int:
        """See `User`."""
        return 0

    def summary(self) -> list[str]:
        """See `User`."""
        return []
