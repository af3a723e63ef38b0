"""``seastool appserver``, once its options are known."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from seastool.app import Application
from seastool.app.behaviours import BadBehaviour, parse_behaviours
from seastool.cli.endpoints.binds import chosen_sockets
from seastool.cli.endpoints.load_app import load_application
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.scenario_end import tell_result
from seastool.cli.endpoints.scenario_file import load_wanted
from seastool.cli.endpoints.signals import Ending
from seastool.cli.endpoints.texts import a_dialect, a_duration, some_faults
from seastool.cli.exits import FINDINGS, PEER, UsageFault
from seastool.cli.host_port import host_port, shown
from seastool.cli.live.options import LiveOptions
from seastool.cli.live.view import LiveView
from seastool.net.app_endpoint import AppServerEndpoint, Options
from seastool.net.app_server import AppServer
from seastool.net.scenario_app_server import ScenarioAppServer
from seastool.scenario.operations.program import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of ``seastool appserver``, as they were written."""

    connect: str
    name: str
    behave: list[str]
    app: str
    delay: str
    scenario: str
    variables: list[str]
    dialect: str
    probe: bool
    bind: list[str]
    processor_id: int
    once: bool
    duration: str
    faults: list[str]
    seed: int | None
    ready_file: str
    live: LiveOptions


def run(wishes: Wishes) -> int:
    """Be one until a signal comes; returns the exit code. Raises: SeasError."""
    host, port = host_port("--connect", wishes.connect)
    if not 1 <= port <= 65534:
        raise UsageFault(f"--connect {wishes.connect}: the event port is 1 to 65534")
    options = Options(
        name=wishes.name,
        dialect=a_dialect(wishes.dialect),
        probe=wishes.probe,
        processor_id=wishes.processor_id,
        chosen=chosen_sockets(wishes.bind),
        faults=some_faults(wishes.faults),
        seed=wishes.seed,
        retry=not wishes.once,
    )
    scenario = load_wanted(wishes.scenario, wishes.variables, "appserver")
    application = None if scenario else _application(wishes)
    seconds = a_duration("--duration", wishes.duration)
    with LiveView(wishes.live, options.dialect) as view:
        return asyncio.run(
            _serve(wishes, options, application, scenario, (host, port), seconds, view)
        )


def _application(wishes: Wishes) -> Application:
    if wishes.app:
        return load_application(wishes.app)
    try:
        delay = a_duration("--delay", wishes.delay) or 0.0
        return parse_behaviours(wishes.behave or ["answer"], delay=delay)
    except BadBehaviour as error:
        raise UsageFault(f"--behave {error}") from None


async def _serve(
    wishes: Wishes,
    options: Options,
    application: Application | None,
    scenario: Scenario | None,
    place: tuple[str, int],
    seconds: float | None,
    view: LiveView,
) -> int:
    loop = asyncio.get_running_loop()
    host, port = place
    server: AppServerEndpoint
    if scenario is not None:
        server = ScenarioAppServer(
            scenario, host=host, port=port, options=options, traffic=view, log=view.note
        )
    else:
        assert application is not None
        server = AppServer(
            application, host=host, port=port, options=options, traffic=view, log=view.note
        )
    ending = Ending(server.stop)
    view.schedule, view.on_gone = loop.call_soon, server.stop
    if seconds is not None:
        loop.call_later(seconds, server.stop)
    server.start()
    telling = loop.create_task(_tell_ready(server, wishes.ready_file, shown(host, port)))
    await server.stopped()
    telling.cancel()
    unanswered = await server.close()
    _tell_end(server, unanswered, view)
    if ending.exit_code:
        return ending.exit_code
    if isinstance(server, ScenarioAppServer):
        return 0 if tell_result(server.result, view, wishes.live.color) else FINDINGS
    return PEER if server.fatal else 0


async def _tell_ready(server: AppServerEndpoint, path: str, text: str) -> None:
    await server.ready()
    write_ready_file(path, text)


def _tell_end(server: AppServerEndpoint, unanswered: int, view: LiveView) -> None:
    """What it has done, in lines on standard error."""
    if server.fatal:
        view.note(f"{shown(server.host, server.port)}: {server.fatal}")
    for line in server.user.summary():
        view.note(line)
    if unanswered:
        view.note(f"{unanswered} requests were left unanswered")
    for line in server.injector.report():
        view.note(line)
