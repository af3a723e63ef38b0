"""Endpoints as processes of their own, on free ports of loopback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
# A shell in the background leaves SIGINT ignored, and the child inherits that.
START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from seastool.cli.main import main; main()"
)


class Endpoint:
    """A running ``seastool`` command. `ready()` gives the address in its --ready-file."""

    def __init__(self, folder: Path, *arguments: object, stdout: object = subprocess.PIPE) -> None:
        self._ready_file = folder / f"ready-{time.monotonic_ns()}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *map(str, arguments), "--ready-file", self._ready_file],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            text=True,
        )
        self.code: int | None = None
        self.out = self.err = ""

    def ready(self, seconds: float = 30) -> str:
        end = time.monotonic() + seconds
        while not self._ready_file.exists():
            if self.process.poll() is not None:
                self.end()
                raise AssertionError(f"ended before it was ready: {self.code}\n{self.err}")
            assert time.monotonic() < end, "not ready in time"
            time.sleep(0.01)
        return self._ready_file.read_text(encoding="utf-8").strip()

    def end(self, number: signal.Signals | None = None, seconds: float = 60) -> int:
        """Wait for its end, after a signal if one is given; returns the exit code."""
        if number is not None:
            self.process.send_signal(number)
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise AssertionError(f"did not end in time\n{err}") from None
        self.out, self.err = out or "", err
        self.code = self.process.returncode
        assert "Traceback" not in self.err, self.err
        return self.code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
