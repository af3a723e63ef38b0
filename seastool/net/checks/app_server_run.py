"""A run of the checks of an application server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from seastool.capture.records import host_port_text
from seastool.interop.checks.app_server.stage import AppServerStage
from seastool.interop.checks.check import Check
from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.verdict import Differs
from seastool.net.checks.app_server_stage import Listening, LiveAppServerStage, layout_of
from seastool.net.checks.evidence import Evidence
from seastool.net.checks.runner import Runner

OPENING: Final = "open."  # checks of the opening, which need no end of it
SOON: Final = 0.5  # seconds for an application server that is well


class AppServerHost:
    """See `seastool.net.checks.runner.Host`."""

    def __init__(self, listening: Listening) -> None:
        self.evidence = Evidence()
        self.live = LiveAppServerStage(listening, self.evidence)
        self.stage: AppServerStage = self.live
        self._like = listening.like

    @property
    def server(self) -> str:
        """See `Host`: application servers do not say who they are."""
        return ""

    def is_sound(self) -> bool:
        """See `Host`."""
        return self.live.is_bound

    def reason_to_skip(self, check: Check[AppServerStage]) -> str:
        """See `Host`. One process learns the layout of its proxy once."""
        layout, usual = (layout_of(name, self._like) for name in (check.profile, ""))
        if layout is usual:
            return ""
        return (
            f"{check.profile} reads actions in layout {layout}, {self._like} in layout {usual}: "
            f"run it by itself, with --like {check.profile}"
        )

    async def prepare(self, check: Check[AppServerStage], *, anew: bool, doubtful: bool) -> str:
        """See `Host`."""
        live = self.live
        right = live.profile == check.profile
        if right and not live.is_bound and live.steps and check.id.startswith(OPENING):
            return ""  # how it tries is all that this one wants to see
        if right and live.is_bound and not (doubtful and await self._is_spoilt()):
            return ""
        await live.listen(check.profile)
        for _ in range(2):  # one that is slow to come again has failed a check, and is not gone
            if await live.bound():
                return ""
        return "no application server has connected"

    async def _is_spoilt(self) -> bool:
        """Whether what a check has left behind works no more."""
        try:
            await self.live.replied(self.live.call(), final=False, within=SOON)
        except Differs:
            return True
        return False


async def check_app_server(
    listening: Listening,
    checks: Sequence[Check[AppServerStage]],
    *,
    run: Run | None = None,
    command: Callable[[str], str] = str,
    on_result: Callable[[Result], None] = lambda _: None,
    on_listening: Callable[[str], None] = lambda _: None,
) -> Run:
    """Run checks against the application server that connects.

    run: filled as it goes on, so that it has what was done when this is cancelled; it is what is
    returned. on_listening: told where, once.
    Raises: ConnectionError if none comes in time; OSError if the ports are taken.
    """
    host = AppServerHost(listening)
    run = run or Run("appserver")
    runner = Runner(host, run, checks, command=command, on_result=on_result)
    try:
        await host.live.listen("")
        run.target = host_port_text(host.live.host, host.live.port)
        on_listening(run.target)
        if not await host.live.bound() and not host.live.steps:
            told = f"no application server has connected in {listening.patience:g} s"
            raise ConnectionError(told)
        run.target = host.live.name.decode("utf-8", "backslashreplace")
        return await runner.run()
    finally:
        await host.live.close()
