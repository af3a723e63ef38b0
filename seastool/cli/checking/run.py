"""``seastool check``, once its options are known."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Coroutine
from typing import Any, Final

from seastool.capture.records import host_port_text
from seastool.cli.checking.options import AppServerWishes, CommonWishes, OpenserWishes
from seastool.cli.checking.report import Report
from seastool.cli.endpoints.ready_file import write_ready_file
from seastool.cli.endpoints.signals import Ending
from seastool.cli.endpoints.texts import a_dialect, a_duration
from seastool.cli.exits import OK, PeerFault, UsageFault
from seastool.cli.host_port import event_port, host_port
from seastool.cli.output import Output, say
from seastool.interop.checks.app_server import SUITE as APP_SERVER
from seastool.interop.checks.check import Check, Suite, UnknownCheck
from seastool.interop.checks.openser import SUITE as OPENSER
from seastool.interop.checks.result import Run
from seastool.interop.checks.text import listing
from seastool.net.checks.app_server_run import check_app_server
from seastool.net.checks.app_server_stage import Listening
from seastool.net.checks.openser_run import check_openser
from seastool.net.checks.openser_stage import Target
from seastool.net.link import reason_of
from seastool.render.printable import printable

NO_PHONE: Final = "none"


def run_openser(wishes: OpenserWishes) -> int:
    """Check a proxy; returns the exit code. Raises: SeasError."""
    common = wishes.common
    if common.list_checks:
        return _list(OPENSER, common)
    checks = _selected(OPENSER, common, dangerous=wishes.dangerous)
    assert wishes.peer is not None
    host, port = event_port("HOST:PORT", wishes.peer)
    sip = host_port("--sip", wishes.sip) if wishes.sip not in (None, NO_PHONE) else None
    dialect = a_dialect(wishes.server)
    target = Target(
        host,
        port,
        sip=sip,
        has_phone=wishes.sip != NO_PHONE,
        name=wishes.name,
        dialect=dialect,
        server=dialect.name if dialect else "",
        **_times(common),
    )
    words = ["seastool", "check", "openser", wishes.peer]
    for option, value in (("--sip", wishes.sip), ("--server", wishes.server)):
        words += [option, value] if value else []
    words += ["--name", wishes.name]
    report = Report(common, OPENSER)  # type: ignore[arg-type]
    run = Run("openser", host_port_text(host, port))

    def command(id: str) -> str:
        more = ["--dangerous"] if OPENSER[id].dangerous else []
        return shlex.join([*words, *more, "--select", id])

    return asyncio.run(
        _end_well(
            report,
            run,
            check_openser(target, checks, run=run, command=command, on_result=report.take),
        )
    )


def run_app_server(wishes: AppServerWishes) -> int:
    """Check an application server; returns the exit code. Raises: SeasError."""
    common = wishes.common
    if common.list_checks:
        return _list(APP_SERVER, common)
    checks = _selected(APP_SERVER, common, dangerous=False)
    host, port = event_port("--listen", wishes.listen, lowest=0)
    a_dialect(wishes.like)
    listening = Listening(
        host,
        port,
        like=wishes.like,
        patience=a_duration("--wait", wishes.wait) or 0.0,
        **_times(common),
    )
    words = ["seastool", "check", "appserver", "--listen", wishes.listen, "--like", wishes.like]
    report = Report(common, APP_SERVER)  # type: ignore[arg-type]
    run = Run("appserver", host_port_text(host, port))

    def ready(where: str) -> None:
        say(f"listening on {where} for events; waiting for an application server")
        write_ready_file(wishes.ready_file, where)

    work = check_app_server(
        listening,
        checks,
        run=run,
        command=lambda id: shlex.join([*words, "--select", id]),
        on_result=report.take,
        on_listening=ready,
    )
    return asyncio.run(_end_well(report, run, work))


async def _end_well(report: Report, run: Run, work: Coroutine[Any, Any, Run]) -> int:
    """Do the work and report; a signal ends the work, and what was done is reported."""
    task = asyncio.create_task(work)

    def stop() -> None:
        task.cancel()

    ending = Ending(stop)
    try:
        await task
    except asyncio.CancelledError:
        assert ending.signal is not None
        run.end(ending.signal.name)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise PeerFault(reason_of(error)) from None
    code = report.end(run)
    return ending.exit_code or code


def _times(common: CommonWishes) -> dict[str, Any]:
    found = {}
    for option, field, text in (
        ("--timeout", "timeout", common.timeout),
        ("--quiet-time", "quiet", common.quiet_time),
    ):
        seconds = a_duration(option, text)
        if not seconds:
            raise UsageFault(f"{option} {text}: it is a time above 0, such as 2s or 300ms")
        found[field] = seconds
    return found


def _selected(suite: Suite[Any], common: CommonWishes, *, dangerous: bool) -> list[Check[Any]]:
    try:
        found = suite.select(common.select or (), dangerous=dangerous)
    except UnknownCheck as error:
        raise UsageFault(f"--select: {error}") from None
    if not found:
        raise UsageFault("--select: these checks end real proxies; --dangerous runs them")
    return found


def _list(suite: Suite[Any], common: CommonWishes) -> int:
    chosen = {check.id for check in _selected(suite, common, dangerous=True)}
    with Output() as output:
        for check, line in zip(suite, listing(suite), strict=True):
            if check.id not in chosen:
                continue
            output.write(f"{printable(line)}\n")
            if common.verbose:
                output.write(f"    {check.purpose}\n    {check.reference}\n")
    return OK
