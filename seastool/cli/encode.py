"""``seastool encode``: the event frame that a server makes of a SIP message."""

from __future__ import annotations

from typing import Annotated

import typer

from seastool.cli.exits import UsageFault
from seastool.cli.options import Color
from seastool.cli.output import When

U32 = 2**32 - 1


def encode(
    message: Annotated[
        str, typer.Argument(metavar="FILE", help="A SIP message, - for standard input.")
    ],
    raw: Annotated[bool, typer.Option("--raw", help="The frame itself, not in hex.")] = False,
    hexdump: Annotated[
        bool, typer.Option("--hexdump", "-x", help="A map: whose is which byte.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="As JSON, with the frame in hex (docs/json.md).")
    ] = False,
    dialect: Annotated[
        str, typer.Option(metavar="NAME", help="Of the server, such as kamailio-5.6.3.")
    ] = "kamailio",
    type: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="T_REQ_IN, SL_REQ_IN or RES_IN; by default T_REQ_IN, RES_IN for a response.",
        ),
    ] = "",
    source: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the message came from.")
    ] = "127.0.0.1:5060",
    destination: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="The proxy's socket it came in on.")
    ] = "127.0.0.1:5060",
    transport: Annotated[str, typer.Option(metavar="NAME", help="udp, tcp, tls ...")] = "udp",
    processor_id: Annotated[int, typer.Option(min=0, max=255, help="Whom it is for.")] = 1,
    flags: Annotated[str, typer.Option(metavar="N", help="Of the frame, such as 0x04.")] = "0",
    hash_index: Annotated[int, typer.Option(min=0, max=U32, help="Of the transaction.")] = 0,
    label: Annotated[int, typer.Option(min=0, max=U32, help="Of the transaction.")] = 0,
    cancelled_hash_index: Annotated[
        int | None,
        typer.Option(
            min=0, max=U32, help="Of the INVITE that a CANCEL found; with --cancelled-label."
        ),
    ] = None,
    cancelled_label: Annotated[
        int | None, typer.Option(min=0, max=U32, help="Of that INVITE; both set the flag 0x08.")
    ] = None,
    uac_id: Annotated[
        int, typer.Option(min=0, max=U32, help="Of the request answered by a RES_IN.")
    ] = 0,
    as_is: Annotated[
        bool, typer.Option("--as-is", help="The message's line ends are meant as they are.")
    ] = False,
    color: Color = When.AUTO,
) -> None:
    """Encode a SIP message as the event that a server sends for it.

    The bytes are exactly those of that server; what it refuses is refused, with the reason.
    A message whose lines end with LF is read as with CRLF, unless --as-is is given.

    \b
    Exit codes: 0 ok, 1 the server refuses the message, 2 usage, 3 not readable
    or no SIP message, 4 output that cannot be written.
    """
    if raw + hexdump + as_json > 1:
        raise UsageFault("--raw, --hexdump and --json are not combined")

    from seastool.cli.encoding import Order, run

    run(
        Order(
            message=message,
            form="raw" if raw else "hexdump" if hexdump else "json" if as_json else "hex",
            dialect=dialect,
            type=type,
            source=source,
            destination=destination,
            transport=transport,
            processor_id=processor_id,
            flags=flags,
            hash_index=hash_index,
            label=label,
            cancelled_hash_index=cancelled_hash_index,
            cancelled_label=cancelled_label,
            uac_id=uac_id,
            as_is=as_is,
            color=color,
        )
    )
