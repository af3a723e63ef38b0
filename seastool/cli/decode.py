"""``seastool decode``: the frames of a capture as a list, trees, byte maps or JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from seastool.cli.exits import FINDINGS, UsageFault, refuse_empty
from seastool.cli.options import Color, Ports
from seastool.cli.output import When

Text = str | None
Texts = list[str] | None


def decode(
    capture: Annotated[
        str, typer.Argument(metavar="FILE", help="A pcap or pcapng file, - for standard input.")
    ] = "",
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Each frame as a tree, with every field.")
    ] = False,
    hexdump: Annotated[
        bool, typer.Option("--hexdump", "-x", help="Each frame as a map: whose is which byte.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="One JSON object a line (docs/json.md).")
    ] = False,
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame",
            "-n",
            metavar="N",
            min=1,
            help="Only packet N, as a tree: Wireshark's number. Reading stops behind it.",
        ),
    ] = None,
    time: Annotated[
        str, typer.Option(metavar="STYLE", help="Times: relative, absolute (UTC) or delta.")
    ] = "relative",
    summary: Annotated[
        bool | None,
        typer.Option(
            "--summary/--no-summary",
            help="Counts, losses, dialect at the end; by default after a list on a terminal.",
        ),
    ] = None,
    lint: Annotated[
        bool, typer.Option("--lint", help="Under each frame, what is wrong with it.")
    ] = False,
    type: Annotated[
        Texts,
        typer.Option(metavar="NAME", help="Only frames of a type, such as T_REQ_IN, or SIP."),
    ] = None,
    direction: Annotated[
        Text, typer.Option(metavar="WAY", help="Only those to-as, or to-openser.")
    ] = None,
    socket: Annotated[
        Text, typer.Option(metavar="NAME", help="Only those of the event or the action socket.")
    ] = None,
    method: Annotated[
        Texts, typer.Option(metavar="NAME", help="Only requests of a SIP method.")
    ] = None,
    status: Annotated[
        Texts, typer.Option(metavar="CODE", help="Only responses with a status: 404, 4xx.")
    ] = None,
    call_id: Annotated[Texts, typer.Option(metavar="ID", help="Only those of a call.")] = None,
    transaction: Annotated[
        Texts, typer.Option(metavar="HASH:LABEL", help="Only those of a transaction.")
    ] = None,
    as_name: Annotated[
        Texts, typer.Option(metavar="NAME", help="Only those of an application server.")
    ] = None,
    after: Annotated[
        Text, typer.Option(metavar="TIME", help="From then on: seconds since the start, or ISO.")
    ] = None,
    before: Annotated[Text, typer.Option(metavar="TIME", help="Up to then.")] = None,
    filter: Annotated[
        Text,
        typer.Option(
            metavar="EXPRESSION", help="For instance 'type == T_REQ_IN and sip.method == INVITE'."
        ),
    ] = None,
    port: Ports = None,
    dialect: Annotated[
        Text, typer.Option(metavar="NAME", help="Such as kamailio-5.6.3; by default detected.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as the file grows, until Ctrl-C.")
    ] = False,
    hex: Annotated[
        Text,
        typer.Option(
            metavar="DIGITS",
            help="Frames in hex instead of a capture, - for standard input; see --socket.",
        ),
    ] = None,
    color: Color = When.AUTO,
) -> None:
    """Show the SEAS frames of a capture, and the SIP messages beside them."""
    refuse_empty(
        type=type,
        direction=direction,
        socket=socket,
        method=method,
        status=status,
        call_id=call_id,
        transaction=transaction,
        as_name=as_name,
        after=after,
        before=before,
        filter=filter,
        dialect=dialect,
        hex=hex,
    )
    if not capture and not hex:
        raise UsageFault("decode needs a capture: seastool decode FILE, or - for standard input")
    if as_json and (verbose or hexdump):
        raise UsageFault("--json is not combined with --verbose or --hexdump")
    if hex and (capture or follow or port or summary):
        raise UsageFault("--hex is not combined with FILE, --follow, --port or --summary")

    from seastool.cli.decoding.run import run
    from seastool.cli.decoding.wishes import Wishes

    bad = run(
        Wishes(
            capture=capture,
            hex=hex or "",
            verbose=verbose or bool((frame or hex) and not (hexdump or as_json)),
            hexdump=hexdump,
            json=as_json,
            frame=frame or 0,
            time=time,
            summary=summary,
            lint=lint,
            types=type or [],
            direction=direction or "",
            socket=socket or "",
            methods=method or [],
            statuses=status or [],
            call_ids=call_id or [],
            transactions=transaction or [],
            as_names=as_name or [],
            after=after or "",
            before=before or "",
            filter=filter or "",
            ports=port or [],
            dialect=dialect or "",
            follow=follow,
            color=color,
        )
    )
    if bad:
        raise typer.Exit(FINDINGS)
