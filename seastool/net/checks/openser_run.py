"""A run of the checks of a proxy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from seastool.capture.records import host_port_text
from seastool.interop.checks.check import Check
from seastool.interop.checks.openser.stage import OpenserStage
from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.verdict import Differs
from seastool.net.checks.evidence import Evidence
from seastool.net.checks.openser_stage import LiveOpenserStage, Target
from seastool.net.checks.runner import Runner

SOON: Final = 0.5  # seconds for a proxy that is well


class OpenserHost:
    """See `seastool.net.checks.runner.Host`."""

    def __init__(self, target: Target) -> None:
        self.evidence = Evidence()
        self.live = LiveOpenserStage(target, self.evidence)
        self.stage: OpenserStage = self.live

    @property
    def server(self) -> str:
        """See `Host`."""
        return self.live.server

    def is_sound(self) -> bool:
        """See `Host`."""
        return self.live.is_open

    def reason_to_skip(self, check: Check[OpenserStage]) -> str:
        """See `Host`."""
        return ""

    async def prepare(self, check: Check[OpenserStage], *, anew: bool, doubtful: bool) -> str:
        """See `Host`. Real listeners now and then lose a connection: a second try is fair."""
        if self.live.is_open and not anew and not (doubtful and await self._is_spoilt()):
            return ""
        self.live.begin()
        for _ in range(2):
            await self.live.leave()
            if await self.live.open():
                return ""
        return self.live.reason()

    async def _is_spoilt(self) -> bool:
        """Whether what a check has left behind works no more."""
        if self.live.phone is None:
            return True
        try:
            await self.live.exchange(within=SOON)
        except Differs:
            return True
        return False


async def check_openser(
    target: Target,
    checks: Sequence[Check[OpenserStage]],
    *,
    run: Run | None = None,
    command: Callable[[str], str] = str,
    on_result: Callable[[Result], None] = lambda _: None,
) -> Run:
    """Run checks against a proxy.

    run: filled as it goes on, so that it has what was done when this is cancelled; it is what is
    returned. Raises: ConnectionError if there is no proxy; OSError if there is no port for the
    phone.
    """
    host = OpenserHost(target)
    run = run or Run("openser")
    run.target = host_port_text(target.host, target.port)
    runner = Runner(host, run, checks, command=command, on_result=on_result)
    try:
        if why := await host.live.start():
            raise ConnectionError(why)
        run.server = host.server
        return await runner.run()
    finally:
        await host.live.close()
