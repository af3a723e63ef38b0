"""Runs a scenario: many calls at a rate, each routed the frames that are its own.

Sans-I/O: `start`, then `receive` for each frame, `handle_timer` when `get_timer` says; what is
sent goes through the endpoint at once. `now` is seconds from any origin.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from seastool.scenario.endpoint import Endpoint
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.routing import LINK_TYPES, UNKEYED
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.executor import Executor
from seastool.scenario.running.pacing import Load, Pacing
from seastool.scenario.running.result import Result
from seastool.scenario.running.tally import Tally
from seastool.scenario.units import format_duration
from seastool.seas.frames import Frame

BATCH = 256  # calls that begin before whoever drives this gets its turn


class ScenarioRun:
    """One run of a scenario over one endpoint.

    digits: gives so many random decimal digits. load: in place of the scenario's.
    log: takes what `log` steps tell. keep: failures kept whole; the others are counted.
    """

    def __init__(
        self,
        scenario: Scenario,
        endpoint: Endpoint,
        digits: Callable[[int], str],
        *,
        load: Load | None = None,
        log: Callable[[str], None] | None = None,
        keep: int = 20,
        first_uac_id: int = 1,
    ) -> None:
        self.scenario = scenario
        self.load = load or scenario.load
        self._endpoint = endpoint
        self._tally = Tally(scenario, keep)
        self._executor = Executor(scenario, endpoint, digits, self._tally, log, first_uac_id)
        self._pacing = Pacing(self.load)
        self._passive = scenario.passive
        self._patience: float | None = None
        self._arrivals: deque[Incoming] = deque()
        self._busy = False
        self._began = 0.0
        self._abandoned = 0

    def start(self, now: float) -> None:
        """Begin."""
        self._began = self._executor.now = now
        self._pacing.begin(now)
        self._rest()
        for fault in self.scenario.faults:
            self._endpoint.start_fault(fault)
        self._work()

    def receive(self, frame: Frame, data: bytes, now: float) -> None:
        """A frame came; data: its bytes. May be called from inside a method of the endpoint."""
        self._arrivals.append(Incoming(frame, data, now, self._endpoint.dialect))
        self._pass(now)
        if not self._busy:
            self._work()

    def get_timer(self) -> float | None:
        """When `handle_timer` is to be called next; None for never."""
        times = [self._executor.timers.next()]
        if not self._passive:
            times.append(self._pacing.next(self.running))
        if not self._pacing.complete:
            times += [self._pacing.ends, self._patience]
        return min((time for time in times if time is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Time has passed."""
        self._pass(now)
        if not self._pacing.complete:
            self._close_if_over()
        if not self._busy:
            self._work()

    def stop(self, now: float) -> None:
        """No more calls; those that are going on count as unfinished."""
        self._pass(now)
        self._pacing.close()
        self._abandoned += self._executor.abandon()

    @property
    def finished(self) -> bool:
        """Whether all calls have ended and none will begin."""
        return self._pacing.complete and not self.running

    @property
    def running(self) -> int:
        """Calls that are going on."""
        return len(self._executor.running)

    @property
    def result(self) -> Result:
        """The counts so far."""
        return self._tally.result(
            asked=self.load.calls,
            started=self._pacing.started,
            running=self.running + self._abandoned,
            seconds=self._executor.now - self._began,
        )

    def _pass(self, now: float) -> None:
        """Time never goes back."""
        self._executor.now = max(self._executor.now, now)

    def _work(self) -> None:
        """Do all that can be done now."""
        self._busy = True
        begun = 0
        try:
            while True:
                self._executor.ring()
                begun += self._begin_calls(BATCH - begun)
                while self._arrivals:
                    self._take(self._arrivals.popleft())
                if begun >= BATCH or not self._may_begin():
                    return
        finally:
            self._busy = False

    def _may_begin(self) -> bool:
        due = None if self._passive else self._pacing.next(self.running)
        return due is not None and due <= self._executor.now

    def _begin_calls(self, most: int) -> int:
        """Begin those that are due; returns how many."""
        begun = 0
        while (
            begun < most
            and self._may_begin()
            and self._pacing.take(self._executor.now, self.running)
        ):
            begun += 1
            self._executor.proceed(self._executor.new_call(self._pacing.started))
        return begun

    def _take(self, incoming: Incoming) -> None:
        """Give a frame to the call that it belongs to."""
        executor = self._executor
        call = executor.owner(incoming)
        if call is None and self._begins_call(incoming):
            self._pacing.started += 1
            self._rest()
            call = executor.new_call(self._pacing.started)
            executor.proceed(call)
        if call is None:
            call = executor.waiting.taker(incoming)
        if call is not None:
            executor.deliver(call, incoming)
        elif incoming.type not in LINK_TYPES:
            self._strayed(incoming)

    def _strayed(self, incoming: Incoming) -> None:
        tally = self._tally
        tally.strayed(incoming)
        if self._may_come and tally.refused is None and incoming.type in UNKEYED:
            tally.refused = self._executor.refusal(incoming)

    @property
    def _may_come(self) -> bool:
        """Whether a call may begin now with a frame that comes."""
        return self._passive and self._pacing.has_room(self.running)

    def _begins_call(self, incoming: Incoming) -> bool:
        """Whether the frame is the first of a call that may begin now."""
        return self._may_come and self._executor.begins(incoming, self._pacing.started + 1)

    def _rest(self) -> None:
        """How long a passive run waits for the next call to begin."""
        patience = self.scenario.expects[0].patience if self._passive else None
        self._patience = None if patience is None else self._executor.now + patience

    def _close_if_over(self) -> None:
        pacing, now = self._pacing, self._executor.now
        if pacing.ends is not None and now >= pacing.ends:
            pacing.close()
            if self.load.calls is not None:
                note = f"{pacing.started} of {self.load.calls} calls began in the time given"
                self._tally.notes.append(note)
        elif self._patience is not None and now >= self._patience:
            pacing.close()
            patience = self.scenario.expects[0].patience or 0.0
            self._tally.notes.append(f"no call came within {format_duration(patience)}")
