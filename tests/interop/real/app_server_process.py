"""`seastool appserver`, and others that run until they are ended, as child processes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

READY_SECONDS = 180.0
END_SECONDS = 30.0


class SeastoolProcess:
    """A command of seastool that runs until it is ended, and says when it is ready.

    arguments: of the command line, the command first. directory: for what it says.
    """

    def __init__(self, directory: Path, *arguments: str) -> None:
        directory.mkdir(parents=True)
        self._directory = directory
        self._ready = directory / "ready"
        self._command = [sys.executable, "-m", "seastool", *arguments]
        self._command += ["--ready-file", str(self._ready)]
        self._process: subprocess.Popen[bytes] | None = None

    def __str__(self) -> str:
        return " ".join(self._command[2:])

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._said("out.txt")

    @property
    def err(self) -> str:
        """What it has told a person."""
        return self._said("err.txt")

    def _said(self, name: str) -> str:
        path = self._directory / name
        return path.read_text("utf-8", "replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; what was said before is kept."""
        self._ready.unlink(missing_ok=True)
        out, err = (self._directory / name for name in ("out.txt", "err.txt"))
        with out.open("ab") as to_out, err.open("ab") as to_err:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=to_out, stderr=to_err
            )

    def wait_ready(self) -> None:
        """Until it is bound."""
        end = time.monotonic() + READY_SECONDS
        while not self._ready.exists():
            if not self.alive or time.monotonic() > end:
                raise RuntimeError(f"{self} is not ready:\n{self.err}")
            time.sleep(0.02)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end. Returns its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(END_SECONDS)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()


class AppServerProcess(SeastoolProcess):
    """An application server that connects to `seas`, with options of the command line."""

    def __init__(self, directory: Path, seas: str, options: tuple[str, ...]) -> None:
        if "--name" not in options:
            options = ("--name", "app_server_1", *options)
        super().__init__(directory, "appserver", "--connect", seas, *options)
