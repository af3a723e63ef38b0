"""The options of ``seastool doctor``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from seastool.cli.exits import refuse_empty
from seastool.cli.options import Ports


class FailOn(StrEnum):
    """From which severity on the command fails."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorWishes:
    """As they were written."""

    dialect: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Of the server, such as kamailio-5.6.3. For messages: all known ones unless "
            "told; for captures and live: found out.",
        ),
    ] = ""
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="One JSON object a line (docs/doctor.md).")
    ] = False
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 1 for causes of that severity or above.")
    ] = FailOn.WARNING
    ignore: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Not that cause; may be given again."),
    ] = None
    list_causes: Annotated[
        bool, typer.Option("--list-causes", help="Show every cause there is, and exit.")
    ] = False
    stateless: Annotated[
        bool, typer.Option("--stateless", help="The script relays by as_relay_sl().")
    ] = False
    raw: Annotated[
        bool, typer.Option("--raw", help="A message's line ends are meant as they are.")
    ] = False
    messages: Annotated[
        bool,
        typer.Option("--messages", help="Predict each SIP request of a capture instead."),
    ] = False
    port: Ports = None
    name: Annotated[
        str, typer.Option(metavar="NAME", help="To connect with: one that the script relays to.")
    ] = "app_server_1"
    wait: Annotated[
        str, typer.Option(metavar="TIME", help="How long to look, for pings and events.")
    ] = "3s"
    probe: Annotated[
        bool,
        typer.Option("--probe", help="Ask for the layout by a UAC_REQ without a From tag."),
    ] = False
    no_call: Annotated[
        bool, typer.Option("--no-call", help="Send no OPTIONS over SIP to see whether BINDs take.")
    ] = False

    def __post_init__(self) -> None:
        refuse_empty(ignore=self.ignore, name=self.name, wait=self.wait)
