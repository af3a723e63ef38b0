"""``--ready-file``: told others that an endpoint is ready, and on which ports."""

from __future__ import annotations

import os
from pathlib import Path

from seastool.cli.exits import UsageFault


def write_ready_file(path: str | None, text: str) -> None:
    """Write it whole or not at all, so that whoever waits for it never reads half of it.
    Without a path: nothing.

    Raises: UsageFault.
    """
    if not path:
        return
    unfinished = Path(f"{path}.{os.getpid()}")
    try:
        unfinished.write_text(f"{text}\n", encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise UsageFault(f"--ready-file {path}: {error.strerror or error}") from None
