"""Options that the endpoints' commands share, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

Scenario = Annotated[
    str | None,
    typer.Option("--scenario", metavar="FILE", help="Follow a scenario (docs/scenario.md)."),
]
Variables = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A variable of the scenario."),
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
ReadyFile = Annotated[
    str | None,
    typer.Option("--ready-file", metavar="FILE", help="Written when ready, with the address."),
]
Duration = Annotated[
    str | None,
    typer.Option("--duration", metavar="TIME", help="End after that time, such as 30s."),
]
