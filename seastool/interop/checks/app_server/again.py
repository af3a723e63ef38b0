"""Coming again after the proxy was away."""

from __future__ import annotations

from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.app_server.suite import check
from seastool.seas.types import Socket


async def _comes(stage: AppServerStage) -> None:
    await stage.comes_back()
    await stage.replied(stage.call(), final=False)


@check("again.after-close", "it comes again when the proxy closes", "SEAS.md 1.4", alone=True)
async def after_close(stage: AppServerStage) -> None:
    """A proxy that is restarted forgets all bindings: it must connect and bind again."""
    stage.cut()
    await _comes(stage)


@check("again.after-reset", "it comes again after a reset", "SEAS.md 1.4", alone=True)
async def after_reset(stage: AppServerStage) -> None:
    """A proxy that was killed."""
    stage.cut(reset=True)
    await _comes(stage)


@check(
    "again.half", "it comes again when the action socket alone ends", "DIALECTS.md 9.12", alone=True
)
async def half(stage: AppServerStage) -> None:
    """One socket without the other is of no use: both are to be opened again."""
    stage.cut(Socket.ACTION)
    await _comes(stage)
