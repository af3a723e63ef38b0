"""Runs checks, one after the other, and makes results of what they say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, Generic, Protocol

from seastool.errors import SeasError
from seastool.interop.checks.check import Check, StageT
from seastool.interop.checks.known import fault_text, is_known
from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.stage import Stage
from seastool.interop.checks.verdict import Differs, Skipped, Verdict
from seastool.net.checks.evidence import Evidence

LONGEST: Final = 60.0  # seconds for one check, whatever it waits for


class Host(Protocol[StageT]):
    """Sees to it that a stage is fit for a check."""

    stage: StageT
    evidence: Evidence

    @property
    def server(self) -> str:
        """Which server the peer is, as the dialects name it; empty if that is not known."""

    def reason_to_skip(self, check: Check[StageT]) -> str:
        """Why this check makes no sense here; empty if it does."""

    async def prepare(self, check: Check[StageT], *, anew: bool, doubtful: bool) -> str:
        """Connect, or see that it is. anew: what there is has been spoilt; doubtful: it may have
        been. Returns why it cannot, empty if all is well."""

    def is_sound(self) -> bool:
        """Whether the connection has outlived a check."""


class Runner(Generic[StageT]):
    """One run, of which `run` has at any time what is done and what is left.

    command: the words that repeat a check, by its id. on_result: told each result at once.
    """

    def __init__(
        self,
        host: Host[StageT],
        run: Run,
        checks: Sequence[Check[StageT]],
        *,
        command: Callable[[str], str] = str,
        on_result: Callable[[Result], None] = lambda _: None,
    ) -> None:
        self._host = host
        self._run = run
        self._checks = _in_order(checks)
        run.time_ns = time.time_ns()
        run.left = [_blank(check, command(check.id)) for check in self._checks]
        self._on_result = on_result
        self._anew = self._doubtful = False
        self._gone = ""
        self._broken: dict[str, str] = {}  # by id of a check: the one whose failure it comes of

    async def run(self) -> Run:
        """Run them: first those that disturb nobody, last those that may end the peer; and each
        behind those that it stands on."""
        began = time.monotonic()
        run = self._run
        for check in self._checks:
            result = await self._one(check)
            run.results.append(result)
            del run.left[0]
            run.server = self._host.server
            run.seconds = time.monotonic() - began
            self._on_result(result)
        return run

    async def _one(self, check: Check[StageT]) -> Result:
        began = time.monotonic()
        result = replace(self._run.left[0], verdict=Verdict.PASS)
        if (cause := self._cause(check)) is not None:
            self._broken[check.id] = cause
            told = f"{cause} has failed, and there is nothing to look at without that"
            result.verdict, result.reason = Verdict.SKIPPED, told
        else:
            await self._judge(check, result)
        result.seconds = time.monotonic() - began
        if result.verdict in (Verdict.FAIL, Verdict.KNOWN):
            result.pcapng = self._host.evidence.pcapng()
            self._broken[check.id] = check.id
        return result

    def _cause(self, check: Check[StageT]) -> str | None:
        """The check whose failure leaves this one nothing to look at."""
        return next((self._broken[id] for id in check.needs if id in self._broken), None)

    async def _judge(self, check: Check[StageT], result: Result) -> None:
        if self._gone:
            result.verdict, result.reason = Verdict.SKIPPED, self._gone
            return
        if why := self._host.reason_to_skip(check):
            result.verdict, result.reason = Verdict.SKIPPED, why
            return
        if why := await self._host.prepare(check, anew=self._anew, doubtful=self._doubtful):
            before = self._run.results[-1].id if self._run.results else ""
            behind = f" since {before}" if before else ""
            self._gone = f"the peer is not there{behind}: {why}"
            self._anew = True
            result.verdict, result.reason = Verdict.SKIPPED, self._gone
            return
        self._anew = self._doubtful = False
        was_sound = self._host.is_sound()
        stage = self._host.stage
        assert isinstance(stage, Stage)
        stage.begin()
        self._host.evidence.begin()
        await self._do(check.run(self._host.stage), result)
        sound = self._host.is_sound()
        if result.verdict is Verdict.PASS and was_sound and not (sound or check.alone):
            _fail(result, "a connection that stays", "its end")
        self._doubtful = result.verdict in (Verdict.FAIL, Verdict.KNOWN)
        self._anew = not sound or (self._doubtful and check.alone)

    async def _do(self, work: Awaitable[None], result: Result) -> None:
        try:
            async with asyncio.timeout(LONGEST):
                await work
        except Differs as error:
            _fail(result, error.expected, error.got)
            result.fault = error.fault
            result.reason = fault_text(error.fault)
            if is_known(error.fault, self._host.server):
                result.verdict = Verdict.KNOWN
        except Skipped as error:
            result.verdict, result.reason = Verdict.SKIPPED, str(error)
        except TimeoutError:
            _fail(result, f"an end within {LONGEST:g} s", "none")
        except SeasError as error:
            _fail(result, "no error", str(error))
        except Exception as error:
            _fail(result, "a check that works", f"a fault of seastool: {error!r}")


def _blank(check: Check[StageT], command: str) -> Result:
    """Of a check that has not been done."""
    told = check.id, check.title, check.purpose, check.reference
    return Result(*told, Verdict.SKIPPED, command=command)


def _fail(result: Result, expected: str, got: str) -> None:
    result.verdict, result.expected, result.got = Verdict.FAIL, expected, got


def _harm(check: Check[StageT]) -> tuple[bool, bool, str]:
    """How early it runs; those of one profile together."""
    return check.dangerous, check.alone, check.profile


def _in_order(checks: Sequence[Check[StageT]]) -> list[Check[StageT]]:
    by_id = {check.id: check for check in checks}
    ordered: dict[str, Check[StageT]] = {}

    def add(check: Check[StageT]) -> None:
        for id in check.needs:
            if id in by_id:
                add(by_id[id])
        ordered.setdefault(check.id, check)

    for check in sorted(checks, key=_harm):
        add(check)
    return list(ordered.values())
