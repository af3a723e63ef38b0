"""The options of ``seastool openser``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.endpoints.options import Running
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
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT", help="Event port; actions on PORT+1. Port 0: two free ones."
        ),
    ] = "127.0.0.1:5080"
    like: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Speak and behave as this server, such as openser-1.2.0 or kamailio-5.6.3; by "
            "default current Kamailio without its faults.",
        ),
    ] = None
    quirk: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Switch on a fault of real proxies, no-NAME switches it off; list shows them.",
        ),
    ] = None
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Read actions as this one does; by default as their bytes show."
        ),
    ] = None
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
    ping: Annotated[
        str | None,
        typer.Option(metavar="PERIOD[:TIMEOUT]", help="Send pings, such as 5s or 5s:2s."),
    ] = None
    stateless: Annotated[
        bool, typer.Option("--stateless", help="Hand FILEs over as SL_REQ_IN.")
    ] = False
    source: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the FILEs come from.")] = (
        "127.0.0.1:5990"
    )
    calls: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How often to send, or to run the scenario."),
    ] = None
    rate: Annotated[str | None, typer.Option(metavar="N/s", help="How many a second.")] = None
    concurrency: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many at a time at most.")
    ] = None
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
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with code 1 when the application server errs."),
    ] = False
    running: Running

    def __post_init__(self) -> None:
        refuse_empty(
            send=self.send,
            listen=self.listen,
            like=self.like,
            quirk=self.quirk,
            dialect=self.dialect,
            name=self.name,
            sip=self.sip,
            ping=self.ping,
            rate=self.rate,
            far_end=self.far_end,
        )
        if self.send and self.running.scenario:
            raise UsageFault("only one of FILE and --scenario says what to send")
        to_send = self.send or self.running.scenario
        if (self.calls or self.rate or self.concurrency) and not to_send:
            raise UsageFault(
                "--calls, --rate and --concurrency want a FILE or a --scenario to send"
            )
