"""The run of every ``seastool send``: connect, send, show, end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import typer

from seastool.capture.records import host_port_text
from seastool.cli.endpoints.binds import chosen_sockets
from seastool.cli.endpoints.signals import Ending
from seastool.cli.endpoints.texts import a_dialect, a_duration, some_faults
from seastool.cli.exits import FINDINGS, INTERRUPTED, OK, PEER, UsageFault
from seastool.cli.host_port import event_port
from seastool.cli.live.view import LiveView
from seastool.cli.sending.answers import Answers
from seastool.cli.sending.forecast import warnings
from seastool.cli.sending.options import SendOptions
from seastool.net.app_endpoint import CURRENT, AppServerEndpoint, Options
from seastool.net.one_shot import OneShot, Verdict
from seastool.seas.connection.app_server import Timing
from seastool.seas.connection.binds import NOT_BOUND
from seastool.seas.dialects import lookup
from seastool.seas.frames import Action
from seastool.seas.types import Direction

MAX_NAME: Final = 255
_NO_BIND: Final = ", no BIND sent"  # as was asked for
_CODES: Final = {
    Verdict.SENT: OK,
    Verdict.DONE: OK,
    Verdict.FAILED: FINDINGS,
    Verdict.UNANSWERED: PEER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to send. make: the one-shot that does it.

    hints: what to say besides where no final response came.
    """

    make: Callable[[AppServerEndpoint], OneShot]
    hints: Callable[[OneShot], list[str]] = lambda _: []


def a_time(option: str, text: str, *, zero: bool = False) -> float:
    """Seconds, more than 0 unless `zero`. Raises: UsageFault."""
    seconds = a_duration(option, text) or 0.0
    if not seconds and not zero:
        raise UsageFault(f"{option} {text}: it is more than 0, such as 35s")
    return seconds


def run(shared: SendOptions, task: Task) -> None:
    """Send it. Raises: typer.Exit with the exit code unless that is 0; SeasError."""
    place = event_port("--connect", shared.connect)
    options = _options(shared)
    answers = Answers(show_all=shared.show_all)
    with LiveView(shared.live, options.dialect, keep=answers.wanted) as view:
        answers.statistics = view.statistics
        code = asyncio.run(_send(task, place, options, view, answers))
    if code:
        raise typer.Exit(code)


def _options(shared: SendOptions) -> Options:
    try:
        size = len(shared.name.encode())
    except UnicodeEncodeError:
        raise UsageFault("--name: it is no text in UTF-8") from None
    if size > MAX_NAME:
        raise UsageFault(f"--name: {size} bytes; it has {MAX_NAME} at most")
    return Options(
        name=shared.name,
        dialect=a_dialect(shared.dialect),
        probe=shared.probe,
        processor_id=shared.processor_id,
        chosen=chosen_sockets(shared.bind) if shared.bind else lambda _: False,
        timing=Timing(socket_info=a_time("--connect-timeout", shared.connect_timeout)),
        faults=some_faults(shared.fault, Direction.TO_OPENSER),
        seed=shared.seed,
        retry=False,
    )


async def _send(
    task: Task, place: tuple[str, int], options: Options, view: LiveView, answers: Answers
) -> int:
    loop = asyncio.get_running_loop()
    endpoint = AppServerEndpoint(
        host=place[0], port=place[1], options=options, traffic=view, log=_log(view.note)
    )
    shot = task.make(endpoint)
    endpoint.user = shot

    def before(action: Action) -> None:
        dialect = endpoint.connection.dialect
        bound = bool(endpoint.bound)
        for warning in warnings(action, dialect, bound=bound):
            view.note(f"warning: {warning}")
        answers.begin(time.time_ns())

    def stop() -> None:
        shot.interrupt(loop.time())

    shot.before, shot.clock = before, loop.time
    ending = Ending(stop)
    view.schedule, view.on_gone = loop.call_soon, stop
    _check_name(options, view)
    endpoint.start()
    await endpoint.stopped()
    await endpoint.close()
    code = _tell_end(endpoint, shot, view)
    if shot.outcome and shot.outcome.verdict is Verdict.UNANSWERED and not ending.signal:
        for line in task.hints(shot):
            view.note(line)
    return INTERRUPTED if ending.exit_code else code


def _tell_end(endpoint: AppServerEndpoint, shot: OneShot, view: LiveView) -> int:
    """How it ended, on standard error; returns the exit code."""
    outcome = shot.outcome
    if outcome is not None:
        view.note(outcome.text)
    is_lost = bool(endpoint.fatal) and not shot.is_over
    if is_lost:
        view.note(_lost(endpoint, shot))
    elif outcome is None:
        view.note("ended before it was sent")
    for line in (*shot.summary(), *endpoint.injector.report()):
        view.note(line)
    return PEER if outcome is None or is_lost else _CODES[outcome.verdict]


def _lost(endpoint: AppServerEndpoint, shot: OneShot) -> str:
    place, why = host_port_text(endpoint.host, endpoint.port), endpoint.fatal
    told = why if place in why else f"{place}: {why}"
    return told if shot.sent_at is None else f"the connection is lost: {told}"


def _check_name(options: Options, view: LiveView) -> None:
    dialect = options.dialect or lookup(CURRENT)
    size = len(options.name.encode())
    if size > dialect.max_name:
        view.note(
            f"warning: --name {options.name} has {size} bytes: {dialect.name} takes "
            f"{dialect.max_name} at most and does not answer"
        )


def _log(note: Callable[[str], None]) -> Callable[[str], None]:
    """Without what is said of missing binds: nothing was to be bound."""

    def log(text: str) -> None:
        if not text.startswith(NOT_BOUND):
            note(text.removesuffix(_NO_BIND))

    return log
