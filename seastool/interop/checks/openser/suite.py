"""The suite that the checks of a proxy register with."""

from __future__ import annotations

from typing import Final

from seastool.interop.checks.check import Suite
from seastool.interop.checks.openser.stage import OpenserStage

SUITE: Final[Suite[OpenserStage]] = Suite("openser")
check = SUITE.check
EXCHANGE: Final = ("request.event",)
"""What stands on a request that goes all the way and is answered."""
