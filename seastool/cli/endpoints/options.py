"""Options that the commands of endpoints share, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.live.options import LiveOptions

Connect = Annotated[
    str,
    typer.Option(metavar="HOST:PORT", help="The proxy's event socket; actions go to PORT+1."),
]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault", metavar="FAULT", help="Do wrong, such as slice=1 or drop=0.1 (docs/faults.md)."
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", help="Of chance, to have it the same again.")
]
Duration = Annotated[
    str | None,
    typer.Option("--duration", metavar="TIME", help="End after that time, such as 30s."),
]
ReadyFile = Annotated[
    str | None,
    typer.Option("--ready-file", metavar="FILE", help="Written when ready, with the address."),
]
EventPort = Annotated[
    str,
    typer.Option(metavar="HOST:PORT", help="Event port; actions on PORT+1. Port 0: two free ones."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyOptions:
    """Which proxy is played, and how it behaves."""

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
    ping: Annotated[
        str | None,
        typer.Option(metavar="PERIOD[:TIMEOUT]", help="Send pings, such as 5s or 5s:2s."),
    ] = None
    strict: Annotated[
        bool,
        typer.Option("--strict", help="End with code 1 when an application server errs."),
    ] = False

    def __post_init__(self) -> None:
        refuse_empty(like=self.like, quirk=self.quirk, dialect=self.dialect, ping=self.ping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How long an endpoint runs, by which scenario, with which faults, and what it shows."""

    scenario: Annotated[
        str | None,
        typer.Option("--scenario", metavar="FILE", help="Follow a scenario (docs/scenario.md)."),
    ] = None
    set_variables: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A variable of the scenario."),
    ] = None
    duration: Duration = None
    fault: Faults = None
    seed: Seed = None
    ready_file: ReadyFile = None
    live: LiveOptions

    def __post_init__(self) -> None:
        refuse_empty(
            scenario=self.scenario,
            fault=self.fault,
            ready_file=self.ready_file,
            duration=self.duration,
        )
        if self.set_variables and not self.scenario:
            raise UsageFault("--set is for variables of a --scenario")
