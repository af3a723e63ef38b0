"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from seastool.cli.exits import MAX_EVENT_PORT
from seastool.cli.output import When

Ports = Annotated[
    list[int] | None,
    typer.Option(
        "--port",
        metavar="PORT",
        min=1,
        max=MAX_EVENT_PORT,
        help="An event port that is SEAS whatever it carries.",
    ),
]
Color = Annotated[When, typer.Option("--color", "--colour", help="Colours.", case_sensitive=False)]
