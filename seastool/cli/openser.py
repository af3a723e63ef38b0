"""``seastool openser``: the proxy's side of SEAS, in place of OpenSER."""

from __future__ import annotations

from typing import Annotated

import typer

from seastool.cli.endpoints import options as endpoint
from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.live import options as live
from seastool.cli.output import When


def openser(
    send: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="SIP requests to hand over, one a file, or folders of them; - for standard input.",
        ),
    ] = None,
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Event port; actions on PORT+1. Port 0: two free ones."
        ),
    ] = "127.0.0.1:5080",
    like: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Speak and behave as this server, such as openser-1.2.0 or kamailio-5.6.3; by "
            "default current Kamailio without its faults.",
        ),
    ] = None,
    quirk: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Switch on a fault of real proxies, no-NAME switches it off; list shows them.",
        ),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Read actions as this one does; by default as their bytes show."
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Names that the script knows; any unless given."),
    ] = None,
    sip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]ADDRESS:PORT",
            help="A listening socket to tell of; by default udp and tcp on 127.0.0.1:5060.",
        ),
    ] = None,
    ping: Annotated[
        str | None,
        typer.Option(metavar="PERIOD[:TIMEOUT]", help="Send pings, such as 5s or 5s:2s."),
    ] = None,
    stateless: Annotated[
        bool, typer.Option("--stateless", help="Hand FILEs over as SL_REQ_IN.")
    ] = False,
    source: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the FILEs come from.")
    ] = "127.0.0.1:5990",
    calls: Annotated[
        int | None, typer.Option(min=1, help="How often to send, or to run the scenario.")
    ] = None,
    rate: Annotated[str | None, typer.Option(metavar="N/s", help="How many a second.")] = None,
    concurrency: Annotated[
        int | None, typer.Option(min=1, help="How many at a time at most.")
    ] = None,
    far_end: Annotated[
        str,
        typer.Option(
            metavar="CODES",
            help="How the callee of the server's own requests answers: codes, or silent.",
        ),
    ] = "180,200",
    wait: Annotated[
        str, typer.Option(metavar="TIME", help="For an application server to bind.")
    ] = "30s",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with code 1 when the application server errs."),
    ] = False,
    scenario: endpoint.Scenario = None,
    set_variables: endpoint.Variables = None,
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
    """Be a proxy: take application servers in, hand requests over, check what they do.

    \b
    seastool openser
    seastool openser invite.sip --like openser-1.2.0 -v
    seastool openser --scenario uac --calls 1000 --rate 200/s
    """
    refuse_empty(
        send=send,
        listen=listen,
        like=like,
        quirk=quirk,
        dialect=dialect,
        name=name,
        sip=sip,
        ping=ping,
        rate=rate,
        far_end=far_end,
        scenario=scenario,
        fault=fault,
        ready_file=ready_file,
        duration=duration,
    )
    if send and scenario:
        raise UsageFault("only one of FILE and --scenario says what to send")
    if set_variables and not scenario:
        raise UsageFault("--set is for variables of a --scenario")
    if (calls or rate or concurrency) and not (send or scenario):
        raise UsageFault("--calls, --rate and --concurrency want a FILE or a --scenario to send")

    from seastool.cli.endpoints.openser_run import Wishes, run

    code = run(
        Wishes(
            send=send or [],
            listen=listen,
            like=like or "",
            quirks=quirk or [],
            dialect=dialect or "",
            names=name or [],
            sip=sip or [],
            ping=ping or "",
            stateless=stateless,
            source=source,
            calls=calls,
            rate=rate or "",
            concurrency=concurrency,
            far_end=far_end,
            wait=wait,
            strict=strict,
            scenario=scenario or "",
            variables=set_variables or [],
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
