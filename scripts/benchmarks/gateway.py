"""`seastool gateway` in place of Kamailio, with `seastool appserver --behave answer` behind it.

sipp's `uac` calls: INVITE, 100, 180, 200, ACK, BYE, 200. The rate goes up step by step as long as
all calls pass; gateway and Kamailio take turns, and what counts is the ratio of a round.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.child import MEGABYTE, MICROSECONDS, seconds_used
from benchmarks.real_proxy import Run, can_run, kamailio_run, run_calls
from benchmarks.table import Bar, Row

FIRST_RATE = 1500  # calls a second
STEP = 1.15
TRIES = 2  # of a step: something else may have had the machine
STEP_SECONDS = 5
OPEN_CALLS = 10_000
OPEN_RATE = 600
OPEN_MEGABYTES = 300
RINGING_SECONDS = 25
STEADY_RATE = 200
SAMPLE_SECONDS = 10
SETTLED_SECONDS = 60  # transactions stay for 32 s, so a minute has all of a steady load
GROWTH = 1.1


class Highest(NamedTuple):
    """The last step at which all calls passed."""

    rate: int
    run: Run | None


def gateway_rows(rounds: int) -> Iterator[Row]:
    """Highest rates in turns, and memory with many calls open."""
    if not can_run():
        return
    with tempfile.TemporaryDirectory(prefix="seastool-bench-") as name:
        folder = Path(name)
        found = [
            (_highest(folder / f"g{n}", "gateway"), _highest(folder / f"k{n}", "Kamailio"))
            for n in range(rounds)
        ]
        yield _ratio_row(found)
        yield _open_row(folder / "open")


def _highest(folder: Path, name: str) -> Highest:
    rate, best = float(FIRST_RATE), Highest(0, None)
    while True:
        run = _step(folder / f"{rate:.0f}", name, round(rate))
        if run is None:
            return best
        best = Highest(round(rate), run)
        rate *= STEP


def _step(folder: Path, name: str, rate: int) -> Run | None:
    """The run, if all calls have passed at one of the tries."""
    for number in range(TRIES):
        where = folder / str(number)
        make = kamailio_run if name == "Kamailio" else gateway_run
        run = make(where, rate, STEP_SECONDS)
        told = f"{run.failed} failed, {run.result.retransmissions} retransmissions"
        print(f"bench: {name} at {rate}/s: {told}", file=sys.stderr)
        if run.has_passed:
            return run
    return None


def gateway_run(folder: Path, rate: int, seconds: int, **options: Any) -> Run:
    """A fresh gateway, application server and sipp. Raises: RuntimeError if one does not start."""
    with _Running(folder) as running:
        return run_calls(
            folder,
            running.process,
            lambda: seconds_used(running.process.pid),
            rate,
            seconds,
            **options,
        )


class _Running:
    """A gateway while it runs."""

    def __init__(self, folder: Path) -> None:
        from gateway_process import GatewayProcess

        folder.mkdir(parents=True)
        self.process: Any = GatewayProcess(folder / "gateway", "--quiet")

    def __enter__(self) -> "_Running":
        self.process.start()
        self.process.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()


def _ratio_row(found: list[tuple[Highest, Highest]]) -> Row:
    ratios = [gateway.rate / (kamailio.rate or 1) for gateway, kamailio in found]
    sides = []
    for which, name in enumerate(("gateway", "Kamailio")):
        highest = [pair[which] for pair in found]
        rates = ", ".join(f"{one.rate:,}" for one in highest)
        costs = [one.run.proxy / one.run.result.calls * MICROSECONDS for one in highest if one.run]
        cost = f", CPU of a call {statistics.median(costs):.0f} µs" if costs else ""
        sides.append(f"{name} {rates}/s{cost}")
    return Row(
        "calls/s without a failed one, gateway + app server over Kamailio 5.6.3 + the same",
        statistics.median(ratios),
        "x",
        Bar(1.0, 3.0, True),
        f"steps of {STEP:g}, {STEP_SECONDS} s each; {'; '.join(sides)}",
    )


def _open_row(folder: Path) -> Row:
    """Memory while so many calls ring, and are answered later."""
    with _Running(folder) as running:
        seconds = OPEN_CALLS // OPEN_RATE
        delay = ("--behave", "answer", "--delay", f"{RINGING_SECONDS}s")
        before = running.process.resident / MEGABYTE
        run = run_calls(
            folder,
            running.process,
            lambda: seconds_used(running.process.pid),
            OPEN_RATE,
            seconds + 1,
            delay,
            message_milliseconds=60_000,
            at_once=2 * OPEN_CALLS,
            timeout=120.0,
        )
        peak = _peak(running.process.pid)
    result = run.result
    return Row(
        f"memory of the gateway with {OPEN_CALLS:,} calls ringing at once",
        peak,
        " MB",
        Bar(OPEN_MEGABYTES, None, False),
        f"peak; {before:.0f} MB before; {result.calls:,} calls, {run.failed} failed, each answered "
        f"after {RINGING_SECONDS} s",
    )


def _peak(pid: int) -> float:
    """The most memory a process had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    raise RuntimeError("no VmHWM")


def steady_rows(minutes: int) -> Iterator[Row]:
    """Memory over minutes at a fixed rate."""
    if not can_run():
        return
    import threading

    with tempfile.TemporaryDirectory(prefix="seastool-bench-") as name:
        folder = Path(name) / "steady"
        with _Running(folder) as running:
            runs: list[Run] = []
            used = lambda: seconds_used(running.process.pid)  # noqa: E731
            calls = threading.Thread(
                target=lambda: runs.append(
                    run_calls(folder, running.process, used, STEADY_RATE, minutes * 60)
                )
            )
            calls.start()
            samples = []
            while calls.is_alive():
                calls.join(SAMPLE_SECONDS)
                samples.append(running.process.resident / MEGABYTE)
            yield _steady_row(samples, runs[0], minutes)


def _steady_row(samples: list[float], run: Run, minutes: int) -> Row:
    settled = samples[SETTLED_SECONDS // SAMPLE_SECONDS]
    return Row(
        f"memory of the gateway after {minutes} minutes at {STEADY_RATE} calls/s, over the first "
        "minute's",
        samples[-2] / settled,
        "x",
        Bar(GROWTH, None, False),
        f"{settled:.1f} MB after a minute, {samples[-2]:.1f} MB at the end, at most "
        f"{max(samples):.1f}; {run.result.calls:,} calls, {run.failed} failed",
    )
