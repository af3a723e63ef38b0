"""``seastool stats``: what a capture amounts to."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.grouped import grouped
from seastool.cli.options import Color, Ports
from seastool.cli.output import When

Command: Final = grouped(
    {"How": "as_json html top color", "How it is read": "port dialect"},
)


def stats(
    capture: Annotated[
        str, typer.Argument(metavar="TRACE", help="A pcap or pcapng file, - for standard input.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="One record with all figures (docs/stats.md).")
    ] = False,
    html: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also a page with plots, in FILE; - prints it instead."),
    ] = None,
    top: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="So many of those who talk most.")
    ] = 10,
    port: Ports = None,
    dialect: Annotated[
        str | None, typer.Option(metavar="NAME", help="Such as kamailio-5.6.3; else detected.")
    ] = None,
    color: Color = When.AUTO,
) -> None:
    """Count calls and transactions, by method and status, with how long everything took, who
    talks most, and what was lost.

    \b
    Examples:
      seastool stats trace.pcap
      seastool stats trace.pcap --html report.html
      seastool stats trace.pcap --json | jq .servers

    \b
    Exit codes: 0 counted; 2 usage; 3 TRACE cannot be read or holds neither SEAS
    nor SIP; 4 FILE cannot be written; 130 Ctrl-C. All of it: docs/stats.md.
    """
    refuse_empty(html=html, dialect=dialect)
    if not capture:
        raise UsageFault("stats needs a capture: seastool stats TRACE, or - for standard input")
    if as_json and html == "-":
        raise UsageFault("--json and --html -: standard output takes one of them")
    from seastool.cli.counting.run import run

    run(
        capture,
        as_json=as_json,
        html=html or "",
        top=top,
        ports=port or (),
        dialect=dialect or "",
        color=color,
    )
