"""``seastool ladder``: phones, proxy and application server of a capture in one picture."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.grouped import grouped
from seastool.cli.options import Color, Ports
from seastool.cli.output import When

Command: Final = grouped(
    {
        "What is shown": "call_id calls all_frames",
        "How": "ascii svg html mermaid as_json color",
        "How it is read": "port dialect",
    }
)


def ladder(
    capture: Annotated[
        str, typer.Argument(metavar="TRACE", help="A pcap or pcapng file, - for standard input.")
    ] = "",
    call_id: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Only calls with this Call-ID; * stands for anything; may be given again.",
        ),
    ] = None,
    calls: Annotated[
        str | None,
        typer.Option(
            metavar="A-B", help="Only these calls by number, in the order in which they begin."
        ),
    ] = None,
    all_frames: Annotated[
        bool,
        typer.Option(
            "--all-frames", help="Also what belongs to no call: pings, binds, names, gaps."
        ),
    ] = False,
    ascii: Annotated[
        bool, typer.Option("--ascii", help="Text without box drawing, in ASCII only.")
    ] = False,
    svg: Annotated[bool, typer.Option("--svg", help="One SVG of the calls.")] = False,
    html: Annotated[
        bool,
        typer.Option("--html", help="One page: a click shows a message decoded; needs no network."),
    ] = False,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="A Mermaid sequence diagram.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="The model: one call a line (docs/ladder.md).")
    ] = False,
    port: Ports = None,
    dialect: Annotated[
        str | None, typer.Option(metavar="NAME", help="Such as kamailio-5.6.3; else detected.")
    ] = None,
    color: Color = When.AUTO,
) -> None:
    """Draw each call of a capture: SIP and SEAS joined, with times and what went wrong.

    \b
    Examples:
      seastool ladder trace.pcap
      seastool ladder trace.pcap --call-id 1-23@10.0.0.9
      seastool ladder trace.pcap --html > ladder.html
      seastool ladder trace.pcap --calls 1-10 --svg > ladder.svg

    \b
    Exit codes: 0 drawn; 1 no such call; 2 usage; 3 TRACE cannot be read or holds
    neither SEAS nor SIP; 130 Ctrl-C. All of it: docs/ladder.md.
    """
    refuse_empty(call_id=call_id, calls=calls, dialect=dialect)
    if not capture:
        raise UsageFault("ladder needs a capture: seastool ladder TRACE, or - for standard input")
    chosen = [
        name
        for name, wanted in (
            ("ascii", ascii),
            ("svg", svg),
            ("html", html),
            ("mermaid", mermaid),
            ("json", as_json),
        )
        if wanted
    ]
    if len(chosen) > 1:
        raise UsageFault(f"--{chosen[0]} and --{chosen[1]}: one picture at a time")

    from seastool.cli.laddering.chosen import Chosen
    from seastool.cli.laddering.run import run

    run(
        capture,
        chosen[0] if chosen else "text",
        Chosen.of(call_id or [], calls or ""),
        others=all_frames,
        ports=port or [],
        dialect=dialect or "",
        color=color,
    )
