"""``seastool appserver``: an application server in place of WeSIP."""

from __future__ import annotations

from typing import Annotated

import typer

from seastool.cli.endpoints import options as endpoint
from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.live import options as live
from seastool.cli.output import When


def appserver(
    connect: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="The proxy's event socket; actions go to PORT+1."),
    ] = "127.0.0.1:5080",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What the proxy's script relays to.")
    ] = "app_server_1",
    behave: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[METHOD=]WHAT",
            help="answer, reject CODE, redirect URI, proxy URI, b2bua URI, register, echo or "
            "silent; by default answer. Once for each method, or for all.",
        ),
    ] = None,
    app: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:CLASS",
            help="An application of your own, also FILE.py:CLASS (docs/app.md).",
        ),
    ] = None,
    delay: Annotated[
        str, typer.Option(metavar="TIME", help="Before final replies, such as 200ms or 2s.")
    ] = "0s",
    scenario: endpoint.Scenario = None,
    set_variables: endpoint.Variables = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The proxy's, such as openser-1.3.0; by default current Kamailio's, and "
            "changed when events show another.",
        ),
    ] = None,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Ask the proxy how it lays out actions, by one that fails (an error in its log).",
        ),
    ] = False,
    bind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]ADDRESS[:PORT]",
            help="Bind to these of the proxy's sockets only, such as udp:10.0.0.1:5060.",
        ),
    ] = None,
    processor_id: Annotated[int, typer.Option(min=1, max=127, help="To bind with.")] = 1,
    once: Annotated[
        bool, typer.Option("--once", help="Do not try again when the connection fails: code 4.")
    ] = False,
    duration: endpoint.Duration = None,
    fault: endpoint.Faults = None,
    seed: endpoint.Seed = None,
    ready_file: endpoint.ReadyFile = None,
    verbose: live.Verbose = False,
    hexdump: live.Hexdump = False,
    as_json: live.Json = False,
    quiet: live.Quiet = False,
    lint: live.Lint = False,
    filter: live.Filter = None,
    time: live.Time = "relative",
    write: live.Write = None,
    color: live.Colour = When.AUTO,
) -> None:
    """Be an application server: connect to a proxy and answer what it hands over.

    \b
    seastool appserver
    seastool appserver --behave INVITE="reject 486" --behave MESSAGE=echo -v
    seastool appserver --app my_application.py:MyApplication --write trace.pcapng
    """
    refuse_empty(
        connect=connect,
        name=name,
        behave=behave,
        app=app,
        scenario=scenario,
        dialect=dialect,
        bind=bind,
        fault=fault,
        ready_file=ready_file,
        duration=duration,
    )
    if sum(map(bool, (behave, app, scenario))) > 1:
        raise UsageFault("only one of --behave, --app and --scenario says what to do")
    if set_variables and not scenario:
        raise UsageFault("--set is for variables of a --scenario")

    from seastool.cli.endpoints.app_server_run import Wishes, run

    code = run(
        Wishes(
            connect=connect,
            name=name,
            behave=behave or [],
            app=app or "",
            delay=delay,
            scenario=scenario or "",
            variables=set_variables or [],
            dialect=dialect or "",
            probe=probe,
            bind=bind or [],
            processor_id=processor_id,
            once=once,
            duration=duration or "",
            faults=fault or [],
            seed=seed,
            ready_file=ready_file or "",
            live=live.LiveOptions(
                verbose=verbose,
                hexdump=hexdump,
                json=as_json,
                quiet=quiet,
                lint=lint,
                filter=filter,
                time=time,
                write=write,
                color=color,
            ),
        )
    )
    if code:
        raise typer.Exit(code)
