"""When calls begin: rate, how many at once, how many in all, until when."""

from __future__ import annotations

from dataclasses import dataclass, replace

LONGEST_DEBT = 1.0  # seconds of calls that are caught up with after a standstill


@dataclass(frozen=True, slots=True)
class Load:
    """What was asked for. calls: None until stopped. rate: calls a second, None at once.

    concurrency: calls at the same time. duration: seconds after which none begins any more.
    """

    calls: int | None = 1
    rate: float | None = None
    concurrency: int | None = None
    duration: float | None = None

    def with_changes(self, **changes: float | None) -> Load:
        """The same with what is not None changed, as options do."""
        return replace(self, **{n: v for n, v in changes.items() if v is not None})  # type: ignore[arg-type]


class Pacing:
    """Counts calls that began, and says when the next one may."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._interval = 1 / load.rate if load.rate else 0.0
        self._due = 0.0
        self.ends: float | None = None
        self.started = 0
        self.closed = False

    def begin(self, now: float) -> None:
        """The run begins."""
        self._due = now
        if self._load.duration is not None:
            self.ends = now + self._load.duration

    def close(self) -> None:
        """No call begins any more."""
        self.closed = True

    @property
    def complete(self) -> bool:
        """Whether no call is to begin any more."""
        return self.closed or (self._load.calls is not None and self.started >= self._load.calls)

    def has_room(self, running: int) -> bool:
        """Whether one more may be going on."""
        full = self._load.concurrency is not None and running >= self._load.concurrency
        return not (self.complete or full)

    def next(self, running: int) -> float | None:
        """When a call is to begin; None if none is before another has ended."""
        return self._due if self.has_room(running) else None

    def take(self, now: float, running: int) -> bool:
        """Whether one is due; it then counts as begun."""
        if not self.has_room(running) or self._due > now:
            return False
        self._due = max(self._due + self._interval, now - LONGEST_DEBT)
        self.started += 1
        return True
