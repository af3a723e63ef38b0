"""The verdicts that are expected of a peer, as a file in a repository has them.

    # check: verdict [fault]
    uac.final: known final-replies-lost
    ping.form: skipped

Checks that it does not name are expected to pass.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Final, NamedTuple

from seastool.errors import SeasError
from seastool.interop.checks.result import Result
from seastool.interop.checks.verdict import Verdict

_LINE: Final = re.compile(r"([a-z0-9.\-]+)[ \t]*:[ \t]*([a-z]+)(?:[ \t]+([a-z0-9\-]+))?")
_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*")


class BadExpectations(SeasError):
    """A file of expected verdicts that is not right."""


class Expected(NamedTuple):
    """The verdict of one check, and the fault that it names; empty for any."""

    verdict: Verdict
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.verdict} {self.fault}".strip()


PASS: Final = Expected(Verdict.PASS)


def parse_expected(text: str, name: str, known: Container[str]) -> dict[str, Expected]:
    """The file's expectations by id. known: the checks that there are.

    Raises: BadExpectations, with the line.
    """
    found: dict[str, Expected] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", line).strip()
        if not line or line == "---":
            continue
        match = _LINE.fullmatch(line)
        where = f"{name} line {number}"
        if match is None:
            raise BadExpectations(f"{where}: {line[:60]!a} is not `check: verdict [fault]`")
        id, verdict, fault = match[1], match[2], match[3] or ""
        if id not in known:
            raise BadExpectations(f"{where}: there is no check {id}")
        if id in found:
            raise BadExpectations(f"{where}: {id} is there twice")
        if verdict not in {one.value for one in Verdict}:
            verdicts = ", ".join(Verdict)
            raise BadExpectations(f"{where}: {verdict!a} is no verdict; there are {verdicts}")
        found[id] = Expected(Verdict(verdict), fault)
    return found


def surprise(result: Result, expected: Mapping[str, Expected]) -> str:
    """What is not as expected, in a line; empty if all is."""
    wanted = expected.get(result.id, PASS)
    got = Expected(result.verdict, result.fault if result.verdict is not Verdict.PASS else "")
    is_as_wanted = wanted.verdict is got.verdict and wanted.fault in ("", got.fault)
    return "" if is_as_wanted else f"{result.id}: {got}, and expected was {wanted}"
