"""`seastool appserver --behave answer` behind a real Kamailio, called by sipp.

Both are run as the tests in tests/interop/real run them.
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from benchmarks.child import MICROSECONDS, seconds_used
from benchmarks.table import Bar, Row
from seastool.testing.kamailio import NotInstalled, kamailio_program

HARNESS = Path(__file__).parents[2] / "tests" / "interop"
RATE = 400  # calls a second
STEPS = (600, 800, 1000, 1300, 1600, 2000, 2500, 3000)
TRIES = 2  # of a step: something else may have had the machine
STEP_SECONDS = 5
MEGABYTES = 1024  # of Kamailio's shared memory: it keeps every transaction for 5 s
KEPT = 0.95  # of the rate asked for, else it was not reached
START_SECONDS = 20.0
FEWEST_TIMES = 100


class Run(NamedTuple):
    """What sipp tells of a run, and the CPU seconds that it took."""

    result: Any
    rate: int
    proxy: float
    server: float

    @property
    def is_clean(self) -> bool:
        """All calls passed, nothing was sent twice, and the rate was kept."""
        return self.has_passed and not self.result.retransmissions

    @property
    def has_passed(self) -> bool:
        """All calls passed, and the rate was kept."""
        result = self.result
        kept = result.calls / result.seconds if result.seconds else 0.0
        passed = result.code == 0 and result.successful == result.calls
        return bool(passed and kept > KEPT * self.rate)

    @property
    def failed(self) -> int:
        """Calls that did not pass."""
        return int(self.result.calls - self.result.successful)


def proxy_rows(seconds: int) -> Iterator[Row]:
    """Calls at a rate for so long; then at higher ones, for a while each, until one fails."""
    if not can_run():
        return
    with tempfile.TemporaryDirectory(prefix="seastool-bench-") as name:
        folder = Path(name)
        run = kamailio_run(folder / "rate", RATE, seconds)
        yield _rate_row(run)
        yield _highest_row(folder, run)


def can_run() -> bool:
    """Whether the programs are there; what is missing is told."""
    for folder in ("real", "gateway"):
        sys.path.insert(0, str(HARNESS / folder))
    missing = []
    try:
        kamailio_program()
    except NotInstalled as error:
        missing.append(str(error))
    if shutil.which("sipp") is None:
        missing.append("sipp is not installed: apt-get install sip-tester")
    for what in missing:
        print(f"bench: {what}; what it is measured with is left out", file=sys.stderr)
    return not missing


def _harness() -> tuple[ModuleType, ModuleType, ModuleType]:
    import app_server_process
    import kamailio
    import sipp

    return kamailio, app_server_process, sipp


def kamailio_run(folder: Path, rate: int, seconds: int) -> Run:
    """A fresh proxy, application server and sipp. Raises: RuntimeError if one does not start."""
    kamailio, _, _ = _harness()
    (folder / "proxy").mkdir(parents=True)
    with kamailio.Kamailio(folder / "proxy", megabytes=MEGABYTES) as proxy:
        return run_calls(folder, proxy, proxy.seconds_used, rate, seconds)


def run_calls(
    folder: Path,
    proxy: Any,
    used: Callable[[], float],
    rate: int,
    seconds: int,
    options: tuple[str, ...] = ("--behave", "answer"),
    **sipp_options: Any,
) -> Run:
    """Calls through a proxy that has addresses `sip` and `seas`, to a fresh application server.

    used: CPU seconds of the proxy so far. options: of the application server.
    """
    _, app_server_process, sipp = _harness()
    server = app_server_process.AppServerProcess(
        folder / "server", proxy.seas, (*options, "--quiet")
    )
    try:
        server.start()
        server.wait_ready()
        before = used(), seconds_used(server.pid)
        result = sipp.Sipp(
            folder / "sipp",
            proxy.sip,
            calls=rate * seconds,
            rate=rate,
            messages=False,
            response_times=True,
            **{"timeout": seconds + START_SECONDS, **sipp_options},
        ).run()
        after = used(), seconds_used(server.pid)
    finally:
        server.kill()
    return Run(result, rate, after[0] - before[0], after[1] - before[1])


def _rate_row(run: Run) -> Row:
    result = run.result
    if not result.calls:
        raise RuntimeError(f"no calls were made: {result}")
    used = ", ".join(
        f"{name} {seconds / result.calls * MICROSECONDS:.0f} µs"
        for name, seconds in (("app server", run.server), ("Kamailio", run.proxy))
    )
    return Row(
        f"calls that fail at {RATE}/s, sipp `uac` through a real Kamailio",
        run.failed,
        "",
        Bar(0, None, False),
        f"{result.calls:,} calls, {result.retransmissions} retransmissions; CPU of a call: {used}; "
        f"INVITE to 200: {_quantiles(result.response_times)}",
    )


def _highest_row(folder: Path, run: Run) -> Row:
    """The highest rate without a failed call or a retransmission."""
    best = run if run.is_clean else None
    for rate in STEPS if best else ():
        run = _step(folder / str(rate), rate)
        if not run.is_clean:
            break
        best = run
    told = f"{STEP_SECONDS} s each"
    if best is not None:
        told += f"; INVITE to 200: {_quantiles(best.result.response_times)}"
    if not run.is_clean:
        sent_again = run.result.retransmissions
        told += f"; at {run.rate}/s {run.failed} calls failed, {sent_again} retransmissions"
    return Row(
        "highest clean rate in the same, calls/s by steps",
        0 if best is None else best.rate,
        "/s",
        Bar(RATE, None, True),
        told,
    )


def _step(folder: Path, rate: int) -> Run:
    for number in range(TRIES):
        run = kamailio_run(folder / str(number), rate, STEP_SECONDS)
        if run.is_clean:
            break
    return run


def _quantiles(times: list[float]) -> str:
    """Of sorted milliseconds. sipp's clock goes in steps, of 4 ms mostly."""
    if len(times) < FEWEST_TIMES:
        return "too few"
    step = next((time for time in times if time), 0.0)
    told = []
    for share in (50, 95, 99):
        time = times[len(times) * share // 100]
        told.append(f"p{share} {time:g} ms" if time else f"p{share} below {step:g} ms")
    return ", ".join(told)
