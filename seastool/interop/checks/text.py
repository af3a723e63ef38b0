"""Results in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.interop.checks.check import Suite
from seastool.interop.checks.result import Result
from seastool.interop.checks.verdict import Verdict
from seastool.render.paint import Paint
from seastool.render.printable import printable

STYLES = {
    Verdict.PASS: "success",
    Verdict.FAIL: "fault",
    Verdict.KNOWN: "warning",
    Verdict.SKIPPED: "dim",
}
MOST_FRAMES = 200  # lines of decoded frames on a terminal


def line_of(result: Result, paint: Paint) -> str:
    """One result in a line."""
    verdict = paint(f"{result.verdict:8}", STYLES[result.verdict])
    told = result.title
    if result.verdict is Verdict.KNOWN:
        told = f"{result.title}: {result.fault}"
    elif result.verdict is Verdict.SKIPPED:
        told = f"{result.title}: {result.reason}"
    return f"{verdict} {result.id:28} {result.seconds:6.2f} s  {printable(told)}"


def details(result: Result) -> Iterator[str]:
    """All that is known of one that did not pass; fit for a terminal."""
    yield f"check      {result.id}: {printable(result.title)}"
    yield f"why        {printable(result.purpose)}"
    yield f"see        {result.reference}"
    if result.verdict is Verdict.SKIPPED:
        yield f"skipped    {printable(result.reason)}"
        return
    yield f"expected   {printable(result.expected)}"
    yield f"got        {printable(result.got)}"
    if result.fault:
        yield f"fault      {result.fault}: {printable(result.reason)}"
    for file in result.files:
        yield f"kept       {printable(file)}"
    if result.command:
        yield f"repeat     {printable(result.command)}"
    if result.frames:
        yield "frames"
        yield from (f"  {line}" for line in result.frames[:MOST_FRAMES])
        if len(result.frames) > MOST_FRAMES:
            yield f"  ... {len(result.frames) - MOST_FRAMES} lines more are in the files kept"


def listing(suite: Suite[object]) -> Iterator[str]:
    """All checks of a suite, a line each."""
    for check in suite:
        marks = [f"finds {check.fault}"] if check.fault else []
        marks += ["--dangerous"] if check.dangerous else []
        told = f" ({', '.join(marks)})" if marks else ""
        yield f"{check.id:28} {check.title}{told}"
