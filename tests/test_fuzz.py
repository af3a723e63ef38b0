"""A short run of scripts/fuzz, always the same cases."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNT = 5_000


def fuzz(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fuzzing", *options],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "scripts"), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_record_or_a_seas_error(tmp_path: Path) -> None:
    done = fuzz("--count", str(COUNT), "--seed", "2006", "--jobs", "1", "--save", str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{COUNT:,} cases")
    assert "0 failures" in done.stdout
    assert not list(tmp_path.iterdir())


def test_one_case_again() -> None:
    first, second = (fuzz("--seed", "5", "--case", "77") for _ in range(2))
    assert first.stdout == second.stdout
    assert first.stdout.startswith("case 77 of seed 5: ")
    assert first.stdout.endswith("passes\n")
