"""One run of ``seastool tap``: listen, tell what happens, end."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from typing import Final

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.signals import Ending
from seastool.cli.exits import PeerFault
from seastool.cli.live.view import LiveView
from seastool.net.link import reason_of
from seastool.net.tap import Tap, TapOptions

TELL: Final = signal.SIGUSR1


@dataclass(kw_only=True)
class Session:
    """What is to be done, and what has come of it."""

    listen: tuple[str, int]
    to: tuple[str, int]
    options: TapOptions
    view: LiveView
    duration: float | None
    ready_file: str | None

    tap: Tap = field(init=False)

    async def run(self) -> int:
        """Listen until a signal ends it. Returns the exit code. Raises: PeerFault."""
        loop, view = asyncio.get_running_loop(), self.view
        (host, port), (to_host, to_port) = self.listen, self.to
        self.tap = tap = Tap(
            host=host,
            port=port,
            to_host=to_host,
            to_port=to_port,
            options=self.options,
            traffic=view if view.takes else None,
            on_note=view.note,
        )
        ending = Ending(tap.stop)
        view.schedule, view.on_gone = loop.call_soon, tap.stop
        await self._listen()
        loop.add_signal_handler(TELL, self._tell)
        if self.duration is not None:
            loop.call_later(self.duration, tap.stop)
        try:
            await tap.stopped()
        finally:
            await tap.close()
        self._tell()
        return ending.exit_code

    async def _listen(self) -> None:
        host, port = self.listen
        try:
            await self.tap.start()
        except OSError as error:
            where = host_port_text(host, port)
            told = f"{reason_of(error)}; --listen :0 takes two free ports"
            raise PeerFault(f"--listen {where}: {told}") from None
        where = host_port_text(host, self.tap.port)
        self.view.note(
            f"listening on {where} for events, port {self.tap.port + 1} for actions; "
            f"the proxy is {host_port_text(*self.to)}"
        )
        write_ready_file(self.ready_file, where)

    def _tell(self) -> None:
        for line in self.tap.report():
            self.view.note(line)
