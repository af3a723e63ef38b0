"""Measuring: processes and functions, in interleaved rounds, as medians of ratios."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

CHUNK = 1 << 16
STARTER = """
import os, sys
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(process, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""
SETTINGS_LEFT_OUT = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


class Usage(NamedTuple):
    """What a whole process took: CPU (user and system) and wall time in seconds."""

    cpu: float
    wall: float


def run(command: Sequence[str]) -> Usage:
    """Run a command, its output read from a pipe. Raises: RuntimeError if it fails.

    Python's modules are compiled once and kept, as those of an installed package are.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    assert process.stdout is not None
    while process.stdout.read1(CHUNK):
        pass
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return Usage(usage.ru_utime + usage.ru_stime, wall)


def peak_memory(command: Sequence[str]) -> int:
    """Peak resident memory of a command, in bytes. Raises: RuntimeError if it fails.

    A process starts with the peak of the one that started it, so a small one starts it.
    """
    starter = [sys.executable, "-I", "-S", "-c", STARTER, *command]
    process = subprocess.Popen(
        starter, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    assert process.stderr is not None
    while process.stdout.read1(CHUNK):
        pass
    told = process.stderr.read().split()
    if process.wait():
        raise RuntimeError(f"{' '.join(command)}: failed")
    return int(told[-1]) * 1024


def environment() -> dict[str, str]:
    """What commands run with: modules are compiled once, output is not slowed down."""
    kept = {n: value for n, value in os.environ.items() if n not in SETTINGS_LEFT_OUT}
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "seastool-bench")}


def interleaved(cases: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    """Each case once a round, all of a round one after the other; figures by case.

    One round more is run before, and forgotten: it fills the caches.
    """
    figures: list[list[float]] = [[] for _ in cases]
    for number in range(rounds + 1):
        for case, found in zip(cases, figures, strict=True):
            figure = case()
            if number:
                found.append(figure)
    return figures


def median_ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(over, under, strict=True))


def cpu_of(action: Callable[[], object]) -> float:
    """CPU seconds of this process for one call."""
    start = time.process_time()
    action()
    return time.process_time() - start
