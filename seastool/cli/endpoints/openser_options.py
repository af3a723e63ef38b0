"""The options of ``seastool openser``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.endpoints.options import EventPort, ProxyOptions, Running
from seastool.cli.endpoints.scenario_load import LoadOptions
from seastool.cli.exits import UsageFault, refuse_empty


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenserOptions:
    """As they were written."""

    send: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="SIP requests to hand over, one a file, or folders of them; - for standard input.",
        ),
    ] = None
    listen: EventPort = "127.0.0.1:5080"
    proxy: ProxyOptions
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Names that the script knows; any unless given."),
    ] = None
    sip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]ADDRESS:PORT",
            help="A listening socket to tell of; by default udp and tcp on 127.0.0.1:5060.",
        ),
    ] = None
    stateless: Annotated[
        bool, typer.Option("--stateless", help="Hand FILEs over as SL_REQ_IN.")
    ] = False
    source: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the FILEs come from.")] = (
        "127.0.0.1:5990"
    )
    load: LoadOptions
    far_end: Annotated[
        str,
        typer.Option(
            metavar="CODES",
            help="How the callee of the server's own requests answers: codes, or silent.",
        ),
    ] = "180,200"
    wait: Annotated[
        str, typer.Option(metavar="TIME", help="For an application server to bind.")
    ] = "30s"
    running: Running

    def __post_init__(self) -> None:
        refuse_empty(
            send=self.send,
            listen=self.listen,
            name=self.name,
            sip=self.sip,
            far_end=self.far_end,
        )
        if self.send and self.running.scenario:
            raise UsageFault("only one of FILE and --scenario says what to send")
        to_send = self.send or self.running.scenario
        if self.load.given and not to_send:
            raise UsageFault(
                "--calls, --rate and --concurrency want a FILE or a --scenario to send"
            )
