"""Runs the command line, in this process or as its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROOT = Path(__file__).parents[2]


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def seastool(monkeypatch, capfdbinary) -> Callable[..., Ran]:
    """Run in this process: much faster than its own."""
    from seastool.cli.main import main

    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["seastool", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        out, err = capfdbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run as a process of its own, `environment` added to the surroundings."""

    def run(
        *arguments: object, stdin: bytes = b"", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "seastool", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=60,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            check=False,
        )

    return run
