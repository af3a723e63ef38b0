"""A process that runs beside the measuring: its processor time, its memory, what it tells."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.measure import environment

LOOK_SECONDS = 0.005  # between two looks at what is waited for
END_SECONDS = 30.0
MEGABYTE = 1_000_000
PROCESS_CLOCK = 2
MICROSECONDS = 1_000_000


class Child:
    """A process. Its output goes nowhere; what it tells a person is in `told`.

    A context manager: leaving it ends the process.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self._log = log
        self._name = " ".join(command)
        self.code: int | None = None
        self._cpu = 0.0
        with log.open("wb") as told:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=told,
                env=environment(),
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runs():
            self._process.kill()
            self.wait(END_SECONDS)

    @property
    def told(self) -> str:
        """What it has written to standard error."""
        return self._log.read_text("utf-8", "replace")

    @property
    def cpu(self) -> float:
        """Seconds of processor time, user and system, so far or in all."""
        return seconds_used(self._process.pid) if self._runs() else self._cpu

    @property
    def resident(self) -> float:
        """Resident memory now, in MB."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE

    def wait_for(self, ready: Path) -> str:
        """Wait until it has written that file; what is in it. Raises: RuntimeError."""
        end = time.monotonic() + END_SECONDS
        while not ready.exists():
            if not self._runs() or time.monotonic() > end:
                raise RuntimeError(f"{self._name}: it does not get ready\n{self.told}")
            time.sleep(LOOK_SECONDS)
        return ready.read_text("utf-8").strip()

    def wait(self, seconds: float, *codes: int) -> None:
        """Wait for its end. codes: it may have beside 0. Raises: RuntimeError if it does not end,
        or with another code, unless it was killed."""
        end = time.monotonic() + seconds
        while self._runs():
            if time.monotonic() > end:
                self._process.kill()
                raise RuntimeError(f"{self._name}: it has not ended in {seconds:g} s\n{self.told}")
            time.sleep(LOOK_SECONDS)
        if self.code not in (0, -signal.SIGKILL, *codes):
            raise RuntimeError(f"{self._name}: exit code {self.code}\n{self.told}")

    def end(self) -> None:
        """Ask it to end, and wait. Raises: RuntimeError as `wait` does."""
        if self._runs():
            self._process.send_signal(signal.SIGTERM)
        self.wait(END_SECONDS)

    def _runs(self) -> bool:
        if self.code is not None:
            return False
        pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        if not pid:
            return True
        self.code = self._process.returncode = os.waitstatus_to_exitcode(status)
        self._cpu = usage.ru_utime + usage.ru_stime
        return False


def seconds_used(pid: int) -> float:
    """Processor time of a process that runs, user and system.

    By its own clock, as clock_getcpuclockid() would name it: /proc counts in 10 ms.
    """
    return time.clock_gettime(~pid << 3 | PROCESS_CLOCK)
