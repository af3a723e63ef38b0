"""What is counted while a run goes on."""

from __future__ import annotations

from collections import Counter

from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.result import Failure, Result, Waited

MAX_CAUSES = 200  # kinds of failure told apart


class Tally:
    """Counts of calls, failures, reply times. kept: how many failures are kept whole."""

    def __init__(self, scenario: Scenario, kept: int) -> None:
        self._kept = kept
        self.passed = 0
        self.failed = 0
        self.ignored = 0
        self.failures: list[Failure] = []
        self.failed_at: Counter[tuple[str, str]] = Counter()
        self.waits = [Waited(scenario.where(e.place), e.title) for e in scenario.expects]
        self.stray: Counter[str] = Counter()
        self.refused: Failure | None = None
        self.notes: list[str] = []

    def fail(self, failure: Failure) -> None:
        """One more call failed."""
        self.failed += 1
        if len(self.failures) < self._kept:
            self.failures.append(failure)
        cause = (failure.place, failure.message)
        if cause not in self.failed_at and len(self.failed_at) >= MAX_CAUSES:
            cause = ("", "other causes")
        self.failed_at[cause] += 1

    def strayed(self, incoming: Incoming) -> None:
        """A frame that belongs to no call."""
        self.stray[incoming.type] += 1

    def result(self, *, asked: int | None, started: int, running: int, seconds: float) -> Result:
        """The counts so far."""
        return Result(
            asked=asked,
            started=started,
            passed=self.passed,
            failed=self.failed,
            unfinished=running,
            seconds=seconds,
            failures=list(self.failures),
            failed_at=Counter(self.failed_at),
            waits=self.waits,
            stray=Counter(self.stray),
            refused=self.refused if started < (asked or 1) else None,
            ignored=self.ignored,
            notes=list(self.notes),
        )
