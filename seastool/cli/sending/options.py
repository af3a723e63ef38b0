"""The options that every ``seastool send`` has, declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.endpoints import options as endpoint
from seastool.cli.exits import refuse_empty
from seastool.cli.live.options import LiveOptions

Transaction = Annotated[
    str, typer.Argument(metavar="HASH:LABEL", help="The transaction, as the list shows it.")
]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", metavar="'NAME: VALUE'", help="One more header."),
]
Body = Annotated[
    str | None, typer.Option("--body", metavar="FILE|TEXT", help="A file's content, or a text.")
]
ContentType = Annotated[
    str | None,
    typer.Option(
        "--content-type", metavar="TYPE", help="Of the body; by default as it begins with v=0."
    ),
]
MessageFile = Annotated[
    str | None,
    typer.Option("--file", "-f", metavar="FILE", help="A whole SIP message, - for standard input."),
]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Send FILE byte for byte, also what ends a real proxy."),
]
Wait = Annotated[
    str, typer.Option("--wait", metavar="TIME", help="How long to show what comes afterwards.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOptions:
    """How to connect, and what to show."""

    connect: endpoint.Connect = "127.0.0.1:5080"
    name: Annotated[
        str,
        typer.Option(metavar="NAME", help="One that the proxy's script knows and nobody uses now."),
    ] = "app_server_1"
    connect_timeout: Annotated[
        str, typer.Option(metavar="TIME", help="For each connect, and for the socket info.")
    ] = "2s"
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The proxy's, such as openser-1.3.0; by default current Kamailio's.",
        ),
    ] = None
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Ask the proxy first how it lays out actions, by one that fails (an error in "
            "its log).",
        ),
    ] = False
    bind: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[PROTO:]ADDRESS[:PORT]",
            help="Bind to these of the proxy's sockets, * for all; by default to none.",
        ),
    ] = None
    processor_id: Annotated[
        int, typer.Option(min=1, max=127, metavar="N", help="In whose name, and to bind with.")
    ] = 1
    fault: endpoint.Faults = None
    seed: endpoint.Seed = None
    show_all: Annotated[
        bool,
        typer.Option("--all", help="Show all frames, also what is sent, the opening and pings."),
    ] = False
    live: LiveOptions

    def __post_init__(self) -> None:
        refuse_empty(
            connect=self.connect,
            name=self.name,
            connect_timeout=self.connect_timeout,
            dialect=self.dialect,
            bind=self.bind,
            fault=self.fault,
        )
