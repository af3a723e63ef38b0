"""One run of ``seastool openser``: wait for an application server, send, tell, end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.mistakes import Mistakes
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.reply_times import reply_times
from seastool.cli.endpoints.scenario_end import tell_result
from seastool.cli.endpoints.signals import Ending
from seastool.cli.exits import FINDINGS, OK, PEER, PeerFault
from seastool.cli.live.view import LiveView
from seastool.cli.output import When
from seastool.net.far_end import FarEnd
from seastool.net.link import reason_of
from seastool.net.openser import Openser, Options
from seastool.net.scenario_openser import ScenarioOpenser
from seastool.net.sender import Sender
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.seas.connection.openser_events import Happening, Peer, Received
from seastool.seas.openser import outcomes as did

WORDS: Final = {
    "Bound": "binds",
    "Unbound": "unbinds",
    "Event": "events",
    "Replied": "replies",
    "Absorbed": "absorbed",
    "Refused": "refused by the proxy",
    "Requested": "requests of the application server",
    "Cancelled": "CANCELs of the application server",
    "Acknowledged": "acknowledged by the proxy",
    "Stateless": "stateless messages",
    "Withheld": "not reported, as by the real one",
    "Failed": "failures",
    "Ponged": "pongs",
    "Mistake": "mistakes",
    "ServerDies": "ends of the server",
    "ConnectionClosed": "connections closed",
}
SETTLE: Final = 0.25  # seconds for what follows the first BIND, and the last reply


@dataclass(kw_only=True)
class Session:
    """What is to be done, and what has come of it."""

    host: str
    port: int
    options: Options
    view: LiveView
    scenario: Scenario | None
    load: Load
    requests: Iterator[bytes] | None
    stateless: bool
    source: tuple[bytes, int]
    rate: float | None
    concurrency: int | None
    far_end: Sequence[int]
    wait: float
    duration: float | None
    strict: bool
    color: When
    ready_file: str | None

    proxy: Openser = field(init=False)
    _mistakes: Mistakes = field(init=False)
    _far_end: FarEnd = field(init=False)
    _sender: Sender | None = field(init=False, default=None)
    _run: ScenarioOpenser | None = field(init=False, default=None)
    _never_bound: bool = field(init=False, default=False)

    async def run(self) -> int:
        """Listen, work, end. Returns the exit code. Raises: PeerFault if it cannot listen."""
        loop = asyncio.get_running_loop()
        self.proxy = proxy = Openser(
            host=self.host,
            port=self.port,
            options=self.options,
            traffic=self.view,
            on_happening=self._happened,
            on_outcome=self._outcome,
        )
        self._mistakes = Mistakes(
            self.view.note, self.view.record, proxy.stop if self.strict else None
        )
        self._far_end = FarEnd(
            [] if self.scenario else self.far_end,
            lambda sip: loop.call_soon(self._respond, sip),
            lambda: b"%016x" % proxy.random.getrandbits(64),
        )
        ending = Ending(proxy.stop)
        self.view.schedule, self.view.on_gone = loop.call_soon, proxy.stop
        await self._listen()
        if self.duration is not None:
            loop.call_later(self.duration, proxy.stop)
        work = loop.create_task(self._work())
        stopped = loop.create_task(proxy.stopped())
        await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not (ending.signal or proxy.died):
            await asyncio.sleep(SETTLE)  # for mistakes behind the last reply
        failed = work.exception() if work.done() and not work.cancelled() else None
        work.cancel()
        stopped.cancel()
        if self._run is not None:
            self._run.stop()
        unanswered = proxy.unanswered
        await proxy.close()
        if failed is not None:
            raise failed
        return self._end(ending, unanswered)

    async def _listen(self) -> None:
        try:
            await self.proxy.start()
        except OSError as error:
            where = host_port_text(self.host, self.port)
            told = f"{reason_of(error)}; --listen :0 takes two free ports"
            raise PeerFault(f"--listen {where}: {told}") from None
        port = self.proxy.port
        where = host_port_text(self.host, port)
        self.view.note(f"listening on {where} for events, port {port + 1} for actions")
        write_ready_file(self.ready_file, where)

    async def _work(self) -> None:
        """What there is to do once an application server has bound; then stop."""
        if self.scenario is None and self.requests is None:
            return await self.proxy.stopped()
        if not await self._bound():
            self._never_bound = True
            return None
        if self.scenario is not None:
            self._run = ScenarioOpenser(
                self.scenario,
                self.proxy,
                load=self.load,
                log=self.view.note,
                on_end=self.proxy.stop,
            )
            self._run.start()
            return await self.proxy.stopped()
        assert self.requests is not None
        one = self.proxy.receive_from()
        receive = one._replace(source_address=self.source[0], source_port=self.source[1])
        self._sender = Sender(
            self.proxy,
            self.requests,
            receive,
            stateless=self.stateless,
            rate=self.rate,
            concurrency=self.concurrency,
            patience=self.wait,
            tell=self.view.note,
        )
        return await self._sender.run()

    async def _bound(self) -> bool:
        """Wait for an application server that has bound its processors."""
        try:
            await asyncio.wait_for(self.proxy.bound(), self.wait)
        except TimeoutError:
            return False
        await asyncio.sleep(SETTLE)
        return True

    # What happens.

    def _happened(self, event: Happening) -> None:
        if isinstance(event, Received):
            if self._run is not None:
                self._run.received(event)
        else:
            self._mistakes.happened(event)

    def _outcome(self, peer: Peer, outcome: did.Outcome) -> None:
        self._mistakes.outcome(outcome)
        if self._run is not None:
            self._run.happened(peer, outcome)
        if self._sender is not None:
            self._sender.happened(peer, outcome)
        self._far_end.happened(outcome)

    def _respond(self, sip: bytes) -> None:
        if self.proxy.peer is not None:
            self.proxy.response(sip)

    # The end.

    def _end(self, ending: Ending, unanswered: int) -> int:
        note = self.view.note
        code = OK
        if self.proxy.died:
            note(f"the proxy is gone: {self.proxy.died}")
            code = FINDINGS
        if self._never_bound:
            note(f"no application server has bound within {self.wait:g} s")
            code = PEER
        elif self._is_unbegun:
            note("ended before an application server has bound: nothing was sent")
            code = FINDINGS
        note(_counted(self.proxy.counts))
        if unanswered:
            note(f"requests without a final reply: {unanswered:,}")
        if self._sender is not None and not self._tell_sent(self._sender):
            code = FINDINGS
        if self._run is not None and not tell_result(self._run.result, self.view, self.color):
            code = FINDINGS
        for line in (*self._mistakes.summary(), *self.proxy.injector.report()):
            note(line)
        if self.strict and self._mistakes.any:
            code = FINDINGS
        return ending.exit_code or code

    @property
    def _is_unbegun(self) -> bool:
        """Whether something was to be sent, and it has not come to that."""
        is_asked = self.scenario is not None or self.requests is not None
        return is_asked and self._run is None and self._sender is None

    def _tell_sent(self, sender: Sender) -> bool:
        """Whether all that was sent was answered."""
        answered = sum(sender.answered.values())
        by_status = ", ".join(f"{status}: {n:,}" for status, n in sorted(sender.answered.items()))
        self.view.note(f"{sender.sent:,} sent, {answered:,} answered ({by_status or 'none'})")
        if sender.times.count:
            self.view.note(f"final replies after {reply_times(sender.times)}")
        missing = sender.given_up + sender.waiting
        if missing:
            self.view.note(f"{missing:,} without a final reply")
        if sender.refused:
            self.view.note(f"{sender.refused:,} not handed over")
        if not sender.is_through:
            self.view.note("ended before all were sent")
        return sender.is_through and not missing and not sender.refused


def _counted(counts: Mapping[str, int]) -> str:
    """What happened, in the order of `WORDS`; other counts speak for themselves."""
    told = [f"{word} {counts[name]:,}" for name, word in WORDS.items() if counts.get(name)]
    told += [f"{name} {count:,}" for name, count in counts.items() if name not in WORDS]
    return ", ".join(told) or "nothing happened"
