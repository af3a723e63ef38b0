"""The suite that the checks of an application server register with."""

from __future__ import annotations

from typing import Final

from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.check import Suite

SUITE: Final[Suite[AppServerStage]] = Suite("appserver")
check = SUITE.check
ANSWER: Final = ("request.options",)
"""What stands on an answer to OPTIONS."""
CALL: Final = ("request.invite",)
"""What stands on an answer to an INVITE."""
PONG: Final = ("ping.answered",)
"""What stands on an answer to a ping."""
