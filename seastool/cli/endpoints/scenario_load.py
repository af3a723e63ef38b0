"""How many calls a scenario has, and how fast: options of either side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.exits import refuse_empty


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """As they were written."""

    calls: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many calls; by default as the scenario says."),
    ] = None
    rate: Annotated[
        str | None, typer.Option(metavar="N/s", help="How many begin a second, such as 100/s.")
    ] = None
    concurrency: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many at a time at most.")
    ] = None

    def __post_init__(self) -> None:
        refuse_empty(rate=self.rate)

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return bool(self.calls or self.rate or self.concurrency)
