"""The loop: case number and seed decide everything about a case, so that one can be run again."""

import multiprocessing
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType

from fuzzing.targets import TARGETS, Case

HANG_SECONDS = 10.0
MEMORY_LIMIT = 400 << 20
FAILURES_KEPT = 20
CHUNK = 2_000

Maker = Callable[[Random], Case]
_LOTS: list[tuple[str, Maker]] = [(n, make) for n, make, share in TARGETS for _ in range(share)]


class Hang(BaseException):
    """A case took longer than HANG_SECONDS."""


@dataclass(slots=True)
class Failure:
    """A case that broke the rule."""

    number: int
    target: str
    error: str
    data: bytes


@dataclass(slots=True)
class Tally:
    """What a run of cases gave. peak: of resident memory, in bytes."""

    cases: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    failed: int = 0
    peak: int = 0

    def add(self, other: "Tally") -> None:
        """Take another's figures in."""
        self.cases += other.cases
        self.failed += other.failed
        room = FAILURES_KEPT - len(self.failures)
        self.failures += other.failures[: max(0, room)]
        self.peak = max(self.peak, other.peak)

    @property
    def total(self) -> int:
        return sum(self.cases.values())


def make_case(seed: int, number: int) -> tuple[str, Case]:
    """Case `number` of a seed, and its target."""
    chance = Random(seed << 40 | number)
    name, maker = chance.choice(_LOTS)
    return name, maker(chance)


def _on_alarm(_number: int, _frame: FrameType | None) -> None:
    raise Hang(f"over {HANG_SECONDS:g} s")


def run_cases(seed: int, numbers: range) -> Tally:
    """Run cases one after the other."""
    tally = Tally()
    signal.signal(signal.SIGALRM, _on_alarm)
    for number in numbers:
        name, case = make_case(seed, number)
        tally.cases[name] += 1
        signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
        try:
            case.check()
        except (Exception, Hang):
            tally.failed += 1
            if len(tally.failures) < FAILURES_KEPT:
                error = traceback.format_exc(limit=-6)
                tally.failures.append(Failure(number, name, error, case.data))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    tally.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return tally


def _run_chunk(work: tuple[int, int, int]) -> Tally:
    seed, start, stop = work
    return run_cases(seed, range(start, stop))


def _chunks(seed: int, count: int, chunk: int) -> Iterator[tuple[int, int, int]]:
    for start in range(0, count, chunk):
        yield seed, start, min(count, start + chunk)


def run(seed: int, count: int, jobs: int, seconds: float, told: Callable[[Tally], None]) -> Tally:
    """All cases, on `jobs` processes, until `seconds` are over if that is not 0.

    told: called with the figures so far.
    """
    tally = Tally()
    end = time.monotonic() + seconds if seconds else float("inf")
    make_case(seed, 0)  # loads the inputs once, before the processes part
    chunk = min(CHUNK, max(1, count // (4 * jobs)))
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for part in pool.imap_unordered(_run_chunk, _chunks(seed, count, chunk)):
            tally.add(part)
            told(tally)
            if time.monotonic() > end:
                pool.terminate()
                break
    return tally


def save(failure: Failure, seed: int, directory: Path) -> Path:
    """The input that failed and what happened, in two files."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{failure.target}-{seed}-{failure.number}.bin"
    path.write_bytes(failure.data)
    path.with_suffix(".txt").write_text(failure.error)
    return path
