"""What an application server did wrong, told as findings: the first of a kind, then counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from seastool.seas.connection.openser_events import Gone, Happening, Paired, PingLost, Wrong
from seastool.seas.openser import outcomes as did

TOLD_OF_A_KIND: Final = 3
MAX_KINDS: Final = 500


class Mistakes:
    """Findings of one run. tell: gets a line for each that is told; record: gets every one.

    on_first: called at the first that is more than an info, for --strict.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        record: Callable[[str, dict[str, Any]], None],
        on_first: Callable[[], None] | None,
    ) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._tell = tell
        self._record = record
        self._on_first = on_first

    def happened(self, event: Happening) -> None:
        """Tell what has happened on the connections: who comes and goes, and what is wrong."""
        if isinstance(event, Wrong):
            self.add(event.rule, "warning", event.message)
        elif isinstance(event, PingLost):
            self.add("ping-lost", "warning", f"ping {event.sequence} was not answered in time")
        elif isinstance(event, Paired):
            self._tell(f"application server {str(event.peer)!r} is connected")
        elif isinstance(event, Gone):
            self._tell(f"application server {str(event.peer)!r} is gone: {event.reason}")

    def outcome(self, outcome: did.Outcome) -> None:
        """Take what a proxy has done, if that tells of a mistake."""
        if isinstance(outcome, did.Mistake):
            self.add(outcome.rule, outcome.severity, outcome.message)

    def add(self, rule: str, severity: str, message: str) -> None:
        """Take one."""
        key = severity, rule
        if key not in self.counts and len(self.counts) >= MAX_KINDS:
            key = severity, "other"
        self.counts[key] += 1
        if self.counts[key] <= TOLD_OF_A_KIND:
            self._tell(f"{severity}: {message} [{rule}]")
        self._record("mistake", {"rule": rule, "severity": severity, "message": message})
        if severity != "info" and self._on_first is not None:
            self._on_first()

    @property
    def any(self) -> bool:
        """Whether there is one that is more than an info."""
        return any(severity != "info" for severity, _ in self.counts)

    def summary(self) -> list[str]:
        """A line for each kind that was met more often than it was told."""
        return [
            f"{severity}: {count} times in all [{rule}]"
            for (severity, rule), count in sorted(self.counts.items())
            if count > TOLD_OF_A_KIND
        ]
