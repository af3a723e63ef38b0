"""The progress bar: on a terminal, for a file whose reading takes more than half a second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 0.5
STEP = 0.1


class Progress:
    """Follows the bytes read from a file and shows them on standard error.

    Nothing is shown where standard output is a terminal too: the data moves there by itself.
    """

    def __init__(self, path: str) -> None:
        self._bar: Any = None
        self._task: Any = None
        self._total = _size(path)
        self._started = self._told = time.monotonic()

    @property
    def wanted(self) -> Callable[[int], None] | None:
        """The function to be told of bytes read; None where no bar will be shown."""
        if not self._total or not sys.stderr.isatty() or sys.stdout.isatty():
            return None
        return self._read

    def _read(self, count: int) -> None:
        now = time.monotonic()
        if now - self._told < STEP or (self._bar is None and now - self._started < PATIENCE):
            return
        self._told = now
        if self._bar is None:
            self._open()
        self._bar.update(self._task, completed=count)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("reading", total=self._total)
        self._bar.start()

    def stop(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def _size(path: str) -> int:
    """Bytes of a regular file, 0 of anything else."""
    try:
        return os.path.getsize(path) if os.path.isfile(path) else 0
    except (OSError, ValueError):
        return 0
