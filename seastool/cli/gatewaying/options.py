"""The options of ``seastool gateway``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.endpoints.options import Duration, EventPort, Faults, ProxyOptions, Seed
from seastool.cli.exits import refuse_empty
from seastool.cli.live.options import LiveOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayWishes:
    """As they were written."""

    sip: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]HOST:PORT",
            help="Listen for SIP: udp, tcp or, without either, both. By default 127.0.0.1:5060; "
            "port 0: a free one.",
        ),
    ] = None
    seas: EventPort = "127.0.0.1:5080"
    nameserver: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST[:PORT]", help="Ask it for names; by default the system's."),
    ] = None
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="NAME",
            help="Who gets requests that no rule is for: the first of these that can take them. "
            "By default whoever connected first.",
        ),
    ] = None
    route: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULE",
            help="Who gets which requests, such as 'as1,as2 method=INVITE' or 'as1 stateless'.",
        ),
    ] = None
    routes: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Rules, one a line, behind those of --route."),
    ] = None
    as_timeout: Annotated[
        str,
        typer.Option(metavar="TIME", help="For an application server to say something."),
    ] = "5s"
    ring_timeout: Annotated[
        str,
        typer.Option(metavar="TIME", help="For a final reply behind a provisional one."),
    ] = "180s"
    proxy: ProxyOptions
    t1: Annotated[
        str, typer.Option("--t1", metavar="TIME", help="RFC 3261's T1, of which timers are made.")
    ] = "500ms"
    no_checks: Annotated[
        bool,
        typer.Option(
            "--no-checks",
            help="Hand over even what RFC 3261 wants turned away (400, 416, 481 to 483); refuse "
            "what the real server refuses.",
        ),
    ] = False
    metrics: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Statistics for Prometheus, at /metrics."),
    ] = None
    duration: Duration = None
    ready_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Written when ready, with the addresses, SEAS first."),
    ] = None
    fault: Faults = None
    seed: Seed = None
    live: LiveOptions

    def __post_init__(self) -> None:
        refuse_empty(
            **{"as": self.names},
            sip=self.sip,
            seas=self.seas,
            nameserver=self.nameserver,
            route=self.route,
            routes=self.routes,
            as_timeout=self.as_timeout,
            ring_timeout=self.ring_timeout,
            t1=self.t1,
            metrics=self.metrics,
            duration=self.duration,
            ready_file=self.ready_file,
            fault=self.fault,
        )
