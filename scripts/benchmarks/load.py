"""`seastool openser` calling `seastool appserver`: two processes, and what came of it."""

import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.child import Child

SEASTOOL = [sys.executable, "-m", "seastool"]
CALL_SECONDS = 0.01  # the longest that a call may take on average
GRACE_SECONDS = 60.0
NOT_ALL_PASSED = 1  # the exit code
_ENDED = re.compile(
    r"([\d,]+) of [\d,]+ calls passed, ([\d,]+) failed, ([\d,]+) unfinished, in ([\d.]+) s"
)
_TIMES = re.compile(r" 200 of invite +[\d,]+ +(\S+) +(\S+) +(\S+) ")
_DURATION = re.compile(r"([\d.]+)(us|ms|s)")
_IN_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
_UNANSWERED = re.compile(r"requests (?:without a final reply|left unanswered): ([\d,]+)")


@dataclass(frozen=True, slots=True)
class Load:
    """A run. left: requests without an answer, told by either side, and calls that did not pass.
    times: from INVITE to its 200, in words. openser, server: their CPU seconds for the calls."""

    calls: int
    left: int
    seconds: float
    times: str
    openser: float
    server: float

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds


class Pair:
    """Both processes, about to call."""

    def __init__(self, openser: Child, server: Child, before: tuple[float, float]) -> None:
        self.openser, self.server = openser, server
        self._before = before

    def result(self, seconds: float) -> Load:
        """Wait for the last call. Raises: RuntimeError if a process does not end as it should."""
        self.openser.wait(seconds, NOT_ALL_PASSED)
        self.server.end()
        told = self.openser.told
        ended, times = _ENDED.search(told), _TIMES.search(told)
        if ended is None or times is None:
            raise RuntimeError(f"seastool openser has not told what was measured:\n{told}")
        passed, failed, unfinished = (int(number.replace(",", "")) for number in ended.groups()[:3])
        unanswered = unanswered_in(told + self.server.told)
        openser, server = self._before
        return Load(
            calls=passed,
            left=failed + unfinished + unanswered,
            seconds=float(ended[4]),
            times="p50 {}, p95 {}, p99 {}".format(*map(_milliseconds, times.groups())),
            openser=self.openser.cpu - openser,
            server=self.server.cpu - server,
        )


def unanswered_in(told: str) -> int:
    """How many requests either command says it has left without an answer."""
    return sum(int(number.replace(",", "")) for number in _UNANSWERED.findall(told))


def _milliseconds(duration: str) -> str:
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise RuntimeError(f"{duration} is no reply time")
    time = float(found[1]) * _IN_MILLISECONDS[found[2]]
    return f"{time:.2f} ms" if time < 10 else f"{time:.1f} ms"


@contextmanager
def running_pair(*options: str) -> Iterator[Pair]:
    """Start both, up to where calls begin. options: of `seastool openser`."""
    with tempfile.TemporaryDirectory(prefix="seastool-bench-") as name:
        folder = Path(name)
        ready = [folder / "openser.ready", folder / "server.ready"]
        command = [*SEASTOOL, "openser", "--listen", "127.0.0.1:0", "--scenario", "uac", "--quiet"]
        command += ["--ready-file", str(ready[0]), *options]
        with Child(command, folder / "openser.log") as openser:
            where = openser.wait_for(ready[0])
            before = openser.cpu
            command = [*SEASTOOL, "appserver", "--connect", where, "--behave", "answer", "--quiet"]
            with Child([*command, "--ready-file", str(ready[1])], folder / "server.log") as server:
                server.wait_for(ready[1])
                yield Pair(openser, server, (before, server.cpu))


def run_load(calls: int, *options: str) -> Load:
    """So many calls, as fast as the options let them be. Raises: RuntimeError if one fails."""
    with running_pair("--calls", str(calls), *options) as pair:
        load = pair.result(calls * CALL_SECONDS + GRACE_SECONDS)
        if load.left:
            raise RuntimeError(f"{load.left} calls or requests failed:\n{pair.openser.told}")
    return load
