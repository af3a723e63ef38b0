"""Results as the fields of JSON records (docs/json.md)."""

from __future__ import annotations

from typing import Any

from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.verdict import Verdict


def check_record(result: Result) -> dict[str, Any]:
    """Of a record `check`."""
    return {
        "id": result.id,
        "title": result.title,
        "purpose": result.purpose,
        "reference": result.reference,
        "verdict": result.verdict.value,
        "seconds": round(result.seconds, 3),
        "reason": result.reason,
        "fault": result.fault,
        "expected": result.expected,
        "got": result.got,
        "frames": list(result.frames),
        "files": list(result.files),
        "command": result.command,
    }


def run_record(run: Run, surprises: list[str]) -> dict[str, Any]:
    """Of the record `checks`, the last one. surprises: what is not as expected. Those that are
    left are no verdicts."""
    counts = run.counts
    return {
        "suite": run.suite,
        "target": run.target,
        "server": run.server,
        "seconds": round(run.seconds, 3),
        "verdicts": {verdict.value: counts[verdict] for verdict in Verdict},
        "surprises": surprises,
        "left": [result.id for result in run.left],
        "ended": run.ended,
    }
