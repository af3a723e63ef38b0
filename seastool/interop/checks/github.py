"""Results as annotations of a GitHub workflow: commands on standard output."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seastool.interop.checks.result import Run
from seastool.interop.checks.verdict import Verdict

_LEVELS = {Verdict.FAIL: "error", Verdict.KNOWN: "warning"}


def workflow_commands(run: Run, surprises: Sequence[str] | None = None) -> Iterator[str]:
    """A line for each check that failed or found a known fault, and one for the whole.

    surprises: what is not as expected; then only that is an error.
    """
    for result in run.results:
        level = _LEVELS.get(result.verdict)
        if level is None:
            continue
        if surprises is not None:
            level = "notice"
        title = f"seastool check {run.suite} {result.id}"
        fault = f" ({result.fault})" if result.fault else ""
        told = f"{result.title}: expected {result.expected}, got {result.got}{fault}"
        if result.command:
            told += f"\nrepeat: {result.command}"
        yield _command(level, title, told)
    for told in surprises or ():
        yield _command("error", f"seastool check {run.suite}: not as expected", told)
    level = "error" if run.ended else "notice"
    yield _command(level, f"seastool check {run.suite}", run.summary())


def _command(level: str, title: str, text: str) -> str:
    return f"::{level} title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
