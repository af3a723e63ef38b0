"""What an application server did wrong, told as findings: the first of a kind, then counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

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
