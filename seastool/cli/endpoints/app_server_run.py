"""``seastool appserver``, once its options are known."""

from __future__ import annotations

import asyncio
import traceback

from seastool.app import Application
from seastool.app.behaviours import BadBehaviour, parse_behaviours
from seastool.capture.records import host_port_text
from seastool.cli.endpoints.app_server_options import AppServerOptions
from seastool.cli.endpoints.binds import chosen_sockets
from seastool.cli.endpoints.garbage import settle
from seastool.cli.endpoints.load_app import load_application
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.scenario_end import tell_result
from seastool.cli.endpoints.scenario_file import load_of, load_wanted
from seastool.cli.endpoints.signals import Ending
from seastool.cli.endpoints.texts import a_dialect, a_duration, some_faults
from seastool.cli.exits import FINDINGS, PEER, UsageFault
from seastool.cli.host_port import event_port
from seastool.cli.live.view import LiveView
from seastool.net.app_endpoint import AppServerEndpoint, Options
from seastool.net.app_server import AppServer
from seastool.net.scenario_app_server import ScenarioAppServer
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.seas.types import Direction


def run(wishes: AppServerOptions) -> int:
    """Be one until a signal comes; returns the exit code. Raises: SeasError."""
    place = event_port("--connect", wishes.connect)
    options = Options(
        name=wishes.name,
        dialect=a_dialect(wishes.dialect),
        probe=wishes.probe,
        processor_id=wishes.processor_id,
        chosen=chosen_sockets(wishes.bind or ()),
        faults=some_faults(wishes.running.fault, Direction.TO_OPENSER),
        seed=wishes.running.seed,
        retry=not wishes.once,
    )
    scenario = load_wanted(wishes.running.scenario, wishes.running.set_variables, "appserver")
    load = load_of(scenario, wishes.load)
    application = None if scenario else _application(wishes)
    seconds = a_duration("--duration", wishes.running.duration)
    with LiveView(wishes.running.live, options.dialect) as view:
        settle()
        return asyncio.run(
            _serve(wishes, options, application, scenario, load, place, seconds, view)
        )


def _application(wishes: AppServerOptions) -> Application:
    if wishes.app:
        return load_application(wishes.app)
    try:
        delay = a_duration("--delay", wishes.delay) or 0.0
        return parse_behaviours(wishes.behave or ["answer"], delay=delay)
    except BadBehaviour as error:
        raise UsageFault(f"--behave {error}") from None


async def _serve(
    wishes: AppServerOptions,
    options: Options,
    application: Application | None,
    scenario: Scenario | None,
    load: Load,
    place: tuple[str, int],
    seconds: float | None,
    view: LiveView,
) -> int:
    loop = asyncio.get_running_loop()
    host, port = place
    server: AppServerEndpoint
    if scenario is not None:
        server = ScenarioAppServer(
            scenario,
            host=host,
            port=port,
            options=options,
            load=load,
            traffic=view,
            log=view.note,
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
    try:
        server.start()
    except (Exception, SystemExit) as error:
        if wishes.app is None:
            raise
        raise _init_fault(wishes.app, error) from error
    telling = loop.create_task(
        _tell_ready(server, wishes.running.ready_file, host_port_text(host, port))
    )
    await server.stopped()
    telling.cancel()
    unanswered = await server.close()
    _tell_end(server, unanswered, view)
    code = PEER if server.fatal else 0
    if isinstance(server, ScenarioAppServer):
        passed = tell_result(server.result, view, wishes.running.live.color)
        code = code or (0 if passed else FINDINGS)
    return ending.exit_code or code


def _init_fault(name: str, error: BaseException) -> UsageFault:
    """One line, and where in the application it happened."""
    at = error.__traceback__
    while at is not None and at.tb_frame.f_globals.get("__name__", "").startswith("seastool."):
        at = at.tb_next
    told = f"--app {name}: init() raised {type(error).__name__}: {error}"
    return UsageFault("\n".join([told, *"".join(traceback.format_tb(at)).splitlines()]))


async def _tell_ready(server: AppServerEndpoint, path: str | None, text: str) -> None:
    await server.ready()
    write_ready_file(path, text)


def _tell_end(server: AppServerEndpoint, unanswered: int, view: LiveView) -> None:
    """What it has done, in lines on standard error."""
    if server.fatal:
        view.note(f"{host_port_text(server.host, server.port)}: {server.fatal}")
    for line in server.user.summary():
        view.note(line)
    if unanswered:
        view.note(f"requests left unanswered: {unanswered:,}")
    for line in (*server.connection.remarks.summary(), *server.injector.report()):
        view.note(line)
