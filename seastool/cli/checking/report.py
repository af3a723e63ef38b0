"""What a run of checks tells, while it goes on and at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from seastool.cli.checking.artefacts import Artefacts
from seastool.cli.checking.options import CommonWishes, FailOn
from seastool.cli.exits import FINDINGS, OK, NotSeas, UsageFault
from seastool.cli.output import Output, coloured
from seastool.interop.checks.as_json import check_record, run_record
from seastool.interop.checks.check import Suite
from seastool.interop.checks.expected import (
    BadExpectations,
    Expected,
    parse_expected,
    surprise,
)
from seastool.interop.checks.github import workflow_commands
from seastool.interop.checks.junit import junit
from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.text import details, line_of
from seastool.interop.checks.verdict import Verdict
from seastool.render.jsonl.codes import dump
from seastool.render.jsonl.escape import quote
from seastool.render.jsonl.records import HEAD
from seastool.render.paint import Paint
from seastool.render.printable import printable

_TOLD: Final = (Verdict.FAIL, Verdict.KNOWN)


class Report:
    """Tells each result at once, and at the end writes what is wanted.

    Raises (when made): UsageFault, NotSeas for a file of expectations that is not right.
    """

    def __init__(self, wishes: CommonWishes, suite: Suite[object]) -> None:
        self._wishes = wishes
        self._artefacts = Artefacts(wishes.artefacts)
        self._expected = _expectations(wishes.expected, suite)
        self._output = Output(live=True)
        self._paint = Paint(coloured(wishes.color))

    def take(self, result: Result) -> None:
        """One more."""
        self._artefacts.take(result)
        if self._wishes.json:
            self._record("check", check_record(result))
            return
        self._output.write(f"{line_of(result, self._paint)}\n")
        unexpected = self._expected is not None and surprise(result, self._expected)
        if result.verdict is Verdict.FAIL or unexpected or self._wishes.verbose:
            self._tell(result)

    def _tell(self, result: Result) -> None:
        if result.verdict not in _TOLD:
            return
        frames = result.frames
        if not self._wishes.verbose:
            result.frames = []
        for line in details(result):
            self._output.write(f"  {line}\n")
        result.frames = frames

    def end(self, run: Run) -> int:
        """All are done, or the run was ended before. Returns the exit code: 1 if any is left,
        whatever the others are. Raises: UsageFault if --junit has no file."""
        surprises = self._surprises(run)
        fails = self._wishes.fail_on is FailOn.KNOWN
        if self._wishes.junit:
            _write("--junit", self._wishes.junit, junit(run, known_fails=fails))
        if self._wishes.json:
            self._record("checks", run_record(run, surprises))
        else:
            for line in surprises:
                self._output.write(f"not as expected: {printable(line)}\n")
            told = f" ({run.server})" if run.server else ""
            self._output.write(f"{printable(run.target + told)}: {run.summary()}\n")
        if self._wishes.github:
            known = None if self._expected is None else surprises
            self._output.write("".join(f"{line}\n" for line in workflow_commands(run, known)))
        self._output.flush()
        return self._code(run, surprises)

    def _surprises(self, run: Run) -> list[str]:
        if self._expected is None:
            return []
        return [told for one in run.results if (told := surprise(one, self._expected))]

    def _code(self, run: Run, surprises: list[str]) -> int:
        if run.left:
            return FINDINGS
        if self._expected is not None:
            return FINDINGS if surprises else OK
        counts = run.counts
        bad = counts[Verdict.FAIL]
        if self._wishes.fail_on is FailOn.KNOWN:
            bad += counts[Verdict.KNOWN]
        passed = counts[Verdict.PASS] + counts[Verdict.KNOWN]
        return FINDINGS if bad or not passed else OK

    def _record(self, kind: str, fields: dict[str, object]) -> None:
        self._output.write(f"{HEAD}{quote(kind)},{dump(fields)[1:]}\n")


def _expectations(path: str | None, suite: Suite[object]) -> dict[str, Expected] | None:
    if path is None:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        return parse_expected(text, path, suite)
    except OSError as error:
        raise NotSeas(f"--expected {path}: {error.strerror or error}") from None
    except BadExpectations as error:
        raise NotSeas(f"--expected {error}") from None


def _write(option: str, path: str, data: bytes) -> None:
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise UsageFault(f"{option} {path}: {error.strerror or error}") from None
