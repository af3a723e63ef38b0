"""The options of ``seastool appserver``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.endpoints.options import Connect, Running
from seastool.cli.endpoints.scenario_load import LoadOptions
from seastool.cli.exits import UsageFault, refuse_empty


@dataclass(frozen=True, slots=True, kw_only=True)
class AppServerOptions:
    """As they were written."""

    connect: Connect = "127.0.0.1:5080"
    name: Annotated[
        str, typer.Option(metavar="NAME", help="What the proxy's script relays to.")
    ] = "app_server_1"
    behave: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[METHOD=]WHAT",
            help="answer, reject CODE, redirect URI, proxy URI, b2bua URI, register, echo or "
            "silent: for all methods, or once for each. By default answer.",
        ),
    ] = None
    app: Annotated[
        str | None,
        typer.Option(
            metavar="MODULE:CLASS",
            help="An application of your own, also FILE.py:CLASS (docs/app.md).",
        ),
    ] = None
    delay: Annotated[
        str, typer.Option(metavar="TIME", help="Before final replies, such as 200ms or 2s.")
    ] = "0s"
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The proxy's, such as openser-1.3.0; by default current Kamailio's, and "
            "changed when events show another.",
        ),
    ] = None
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Ask the proxy how it lays out actions, by one that fails (an error in its log).",
        ),
    ] = False
    bind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]ADDRESS[:PORT]",
            help="Bind to these of the proxy's sockets only, such as udp:10.0.0.1:5060.",
        ),
    ] = None
    processor_id: Annotated[
        int,
        typer.Option(
            min=1, max=127, metavar="N", help="To bind the first address with; others have N+1 ..."
        ),
    ] = 1
    once: Annotated[
        bool, typer.Option("--once", help="Do not try again when the connection fails: code 4.")
    ] = False
    running: Running
    load: LoadOptions

    def __post_init__(self) -> None:
        refuse_empty(
            connect=self.connect,
            name=self.name,
            behave=self.behave,
            app=self.app,
            dialect=self.dialect,
            bind=self.bind,
        )
        if sum(map(bool, (self.behave, self.app, self.running.scenario))) > 1:
            raise UsageFault("only one of --behave, --app and --scenario says what to do")
        if self.load.given and not self.running.scenario:
            raise UsageFault("--calls, --rate and --concurrency want a --scenario")
