"""What a run says, and what it should say of a peer with one fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from seastool.interop.checks.check import Suite
from seastool.interop.checks.result import Run
from seastool.interop.checks.verdict import Verdict


def failed(run: Run) -> dict[str, str]:
    """The checks that did not pass, and what they tell."""
    bad = (Verdict.FAIL, Verdict.KNOWN)
    return {one.id: f"{one.expected} / {one.got}" for one in run.results if one.verdict in bad}


def skipped(run: Run) -> dict[str, str]:
    """The checks that were skipped, and why."""
    return {one.id: one.reason for one in run.results if one.verdict is Verdict.SKIPPED}


def without_ground(suite: Suite[Any], broken: Iterable[str]) -> set[str]:
    """The checks that stand on some that have failed."""
    lost = set(broken)
    while more := {one.id for one in suite if one.id not in lost and lost.intersection(one.needs)}:
        lost |= more
    return lost.difference(broken)
