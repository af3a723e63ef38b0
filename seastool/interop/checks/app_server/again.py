"""Coming again after the proxy was away."""

from __future__ import annotations

from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.app_server.suite import ANSWER, check
from seastool.seas.connection.openser_events import Gone
from seastool.seas.types import Socket


async def _comes(stage: AppServerStage) -> None:
    await stage.comes_back()
    await stage.replied(stage.call(), final=False)


@check(
    "again.after-close",
    "it comes again when the proxy closes",
    "protocol: Leaving and coming back",
    alone=True,
    needs=ANSWER,
)
async def after_close(stage: AppServerStage) -> None:
    """A proxy that is restarted forgets all bindings: it must connect and bind again."""
    stage.cut()
    await _comes(stage)


@check(
    "again.after-reset",
    "it comes again after a reset",
    "protocol: Leaving and coming back",
    alone=True,
    needs=ANSWER,
)
async def after_reset(stage: AppServerStage) -> None:
    """A proxy that was killed."""
    stage.cut(reset=True)
    await _comes(stage)


@check(
    "again.half",
    "it comes again when the action socket alone ends",
    "protocol: Leaving and coming back",
    alone=True,
    needs=ANSWER,
)
async def half(stage: AppServerStage) -> None:
    """One socket without the other is of no use: both are to be opened again."""
    stage.cut(Socket.ACTION)
    await stage.expect("the end of its event socket, too", _gone)
    await _comes(stage)


def _gone(item: object) -> Gone | None:
    return item if isinstance(item, Gone) else None
