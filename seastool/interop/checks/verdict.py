"""What a check may say."""

from __future__ import annotations

from enum import StrEnum

from seastool.errors import SeasError


class Verdict(StrEnum):
    """How a check ended. KNOWN: not as it should be, in a way that this server is known for."""

    PASS = "pass"
    FAIL = "fail"
    KNOWN = "known"
    SKIPPED = "skipped"


class Differs(SeasError):
    """The peer did something else.

    expected, got: a line or more each. fault: the name of the fault of real servers that this is
    what comes of; empty for none.
    """

    def __init__(self, expected: str, got: str, fault: str = "") -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected = expected
        self.got = got
        self.fault = fault


class Skipped(SeasError):
    """The check cannot be done here; its text says why."""
