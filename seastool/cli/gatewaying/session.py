"""One run of ``seastool gateway``: listen, tell what happens, end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from errno import EADDRINUSE
from typing import Final

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.mistakes import Mistakes
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.signals import Ending
from seastool.cli.exits import FINDINGS, OK, PeerFault
from seastool.cli.live.view import LiveView
from seastool.gateway.prometheus import CONTENT_TYPE, exposition
from seastool.gateway.statistics_text import statistics_lines, statistics_record
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.net.link import reason_of
from seastool.net.metrics import PATH, MetricsServer
from seastool.net.sip import SipSocket
from seastool.seas.connection.openser_events import Happening, Peer, Wrong
from seastool.seas.openser import outcomes as did
from seastool.sip.hop import NAMES

TELL: Final = signal.SIGUSR1


@dataclass(kw_only=True)
class Session:
    """What is to be done, and what has come of it."""

    sip: Sequence[SipSocket]
    seas: tuple[str, int]
    options: GatewayOptions
    metrics: tuple[str, int] | None
    view: LiveView
    duration: float | None
    strict: bool
    ready_file: str | None

    gateway: Gateway = field(init=False)
    _metrics: MetricsServer | None = field(init=False, default=None)
    _mistakes: Mistakes = field(init=False)

    async def run(self) -> int:
        """Listen until a signal or a fault ends it. Returns the exit code. Raises: PeerFault."""
        loop = asyncio.get_running_loop()
        host, port = self.seas
        view = self.view
        self.gateway = gateway = Gateway(
            sip=self.sip,
            seas_host=host,
            seas_port=port,
            options=self.options,
            traffic=view if view.takes else None,
            on_note=view.note,
            on_happening=self._happened,
            on_outcome=self._outcome,
        )
        self._mistakes = Mistakes(view.note, view.record, gateway.stop if self.strict else None)
        ending = Ending(gateway.stop)
        view.schedule, view.on_gone = loop.call_soon, gateway.stop
        await self._listen()
        loop.add_signal_handler(TELL, self._tell_statistics)
        if self.duration is not None:
            loop.call_later(self.duration, gateway.stop)
        try:
            self._tell_ready()
            await gateway.stopped()
        finally:
            if self._metrics is not None:
                await self._metrics.close()
            await gateway.close()
        return self._end(ending)

    async def _listen(self) -> None:
        gateway, (host, port) = self.gateway, self.seas
        try:
            await gateway.start()
        except OSError as error:
            told = str(error.strerror)
            if told.startswith("cannot listen on "):  # the SIP sockets say which of them
                mend = "; port 0 takes a free one" if error.errno == EADDRINUSE else ""
                raise PeerFault(f"--sip: {told}{mend}") from None
            where = f"--seas {host_port_text(host, port)}: {reason_of(error)}"
            raise PeerFault(f"{where}; --seas :0 takes two free ports") from None
        if self.metrics is not None:
            self._metrics = MetricsServer(*self.metrics, self._exposition, CONTENT_TYPE)
            try:
                await self._metrics.open()
            except OSError as error:
                self._metrics = None
                await gateway.close()
                where = host_port_text(*self.metrics)
                raise PeerFault(f"--metrics {where}: {reason_of(error)}") from None

    def _tell_ready(self) -> None:
        """Where it listens, to people and to the ready file."""
        host, port = self.seas[0], self.gateway.seas_port
        seas = host_port_text(host, port)
        places = [
            f"{NAMES[one.protocol]}:{host_port_text(one.host, one.port)}"
            for one in self.gateway.sip_sockets
        ]
        note = self.view.note
        note(f"listening on {', '.join(places)} for SIP")
        note(f"listening on {seas} for events, port {port + 1} for actions")
        if self._metrics is not None:
            page = f"http://{host_port_text(self._metrics.host, self._metrics.port)}{PATH}"
            note(f"statistics are at {page}")
            places.append(page)
        write_ready_file(self.ready_file, "\n".join((seas, *places)))

    # What happens.

    def _happened(self, event: Happening) -> None:
        if isinstance(event, Wrong) and event.rule == "unknown-name":
            event = replace(event, message=f"{event.message}: no --as or --route has it")
        self._mistakes.happened(event)

    def _outcome(self, peer: Peer, outcome: did.Outcome) -> None:
        self._mistakes.outcome(outcome)

    # What it tells.

    def _tell_statistics(self) -> None:
        statistics, gauges = self.gateway.statistics, self.gateway.gauges()
        for line in statistics_lines(statistics, gauges):
            self.view.note(line)
        self.view.record("statistics", statistics_record(statistics, gauges))

    def _exposition(self) -> str:
        return exposition(self.gateway.statistics, self.gateway.gauges())

    def _end(self, ending: Ending) -> int:
        code = OK
        if self.gateway.died:
            self.view.note(f"the gateway is gone: {self.gateway.died}")
            code = FINDINGS
        self._tell_statistics()
        injector = self.gateway.proxy.injector
        for line in (*self._mistakes.summary(), *injector.report()):
            self.view.note(line)
        if self.strict and self._mistakes.any:
            code = FINDINGS
        return ending.exit_code or code
