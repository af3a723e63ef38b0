"""What came of checks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from seastool.interop.checks.verdict import Verdict


@dataclass(slots=True)
class Result:
    """What came of one check.

    reason: why it was skipped, or what the known fault does. fault: of real servers, by name,
    if what was seen is what comes of it. frames: what passed, decoded, in lines. pcapng: the same
    as a capture; both empty for a check that passed. files: where they were kept. command: how
    to have it once more.
    """

    id: str
    title: str
    purpose: str
    reference: str
    verdict: Verdict
    seconds: float = 0.0
    reason: str = ""
    fault: str = ""
    expected: str = ""
    got: str = ""
    frames: list[str] = field(default_factory=list)
    pcapng: bytes = b""
    files: list[str] = field(default_factory=list)
    command: str = ""


@dataclass(slots=True)
class Run:
    """All checks of one run. suite: openser or appserver. target: the peer, for people.
    server: who it says it is; empty if it does not say. time_ns: when it began, since 1970.

    left: those still to be done, in their order, as skipped. ended: what has ended the run before
    they were, such as SIGTERM; empty for one that was not cut short.
    """

    suite: str
    target: str = ""
    server: str = ""
    time_ns: int = 0
    seconds: float = 0.0
    results: list[Result] = field(default_factory=list)
    left: list[Result] = field(default_factory=list)
    ended: str = ""

    def end(self, by: str) -> None:
        """It goes no further."""
        self.ended = by
        for result in self.left:
            result.reason = f"not run: ended by {by}"

    @property
    def counts(self) -> Counter[Verdict]:
        """How many of each verdict."""
        return Counter(result.verdict for result in self.results)

    def summary(self) -> str:
        """In a line."""
        counts = self.counts
        told = [
            f"{counts[verdict]} {word}"
            for verdict, word in (
                (Verdict.PASS, "passed"),
                (Verdict.FAIL, "failed"),
                (Verdict.KNOWN, "known faults"),
                (Verdict.SKIPPED, "skipped"),
            )
            if counts[verdict] or verdict is Verdict.PASS
        ]
        if self.ended:
            told.append(f"{len(self.left)} not run, as {self.ended} ended it")
        return f"{len(self.results)} checks in {self.seconds:.1f} s: {', '.join(told)}"
