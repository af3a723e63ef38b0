"""How a scenario went, told at its end."""

from __future__ import annotations

import sys

from seastool.cli.live.view import LiveView
from seastool.cli.output import When, coloured
from seastool.render.paint import Paint
from seastool.scenario.running.result import Result
from seastool.scenario.running.result_text import failure_lines, result_lines, result_record

MAX_FAILURES = 3  # told at length, the first of a kind each


def tell_result(result: Result, view: LiveView, when: When) -> bool:
    """The first failures, what began no call where calls are missing, counts and reply times on
    standard error, with --json all of it on standard output; whether all is well."""
    paint = Paint(coloured(when, sys.stderr))
    of_a_kind = {(failure.place, failure.message): failure for failure in result.failures[::-1]}
    for failure in list(of_a_kind.values())[::-1][:MAX_FAILURES]:
        view.tell(failure_lines(failure, paint))
    if result.refused is not None:
        view.tell(failure_lines(result.refused, paint))
    view.tell(result_lines(result, paint))
    view.record("result", result_record(result))
    return result.ok
