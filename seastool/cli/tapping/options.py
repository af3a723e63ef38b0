"""The options of ``seastool tap``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from seastool.cli.endpoints.options import Duration, Faults, ReadyFile, Seed
from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.live.options import LiveOptions


class FaultSide(StrEnum):
    """Whose writes get the faults."""

    AS = "as"
    OPENSER = "openser"


class LegWish(StrEnum):
    """Which connection is shown."""

    PASSED = "passed"
    AS = "as"
    OPENSER = "openser"


@dataclass(frozen=True, slots=True, kw_only=True)
class TapWishes:
    """As they were written."""

    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where application servers connect: event port; actions on PORT+1. Port 0: two "
            "free ones.",
        ),
    ] = "127.0.0.1:6080"
    to: Annotated[
        str,
        typer.Option(metavar="HOST:PORT", help="The proxy's event port; actions go to PORT+1."),
    ] = "127.0.0.1:5080"
    script: Annotated[
        str | None,
        typer.Option(metavar="FILE.py", help="Python that looks at frames and may change them."),
    ] = None
    fault: Faults = None
    fault_side: Annotated[
        FaultSide,
        typer.Option("--fault-side", help="Whose writes get the faults."),
    ] = FaultSide.OPENSER
    seed: Seed = None
    dialect: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The proxy's; by default as its frames show."),
    ] = None
    leg: Annotated[
        LegWish,
        typer.Option(
            help="Show what is passed on, or one of the two connections as it is there.",
        ),
    ] = LegWish.PASSED
    duration: Duration = None
    ready_file: ReadyFile = None
    live: LiveOptions

    def __post_init__(self) -> None:
        refuse_empty(
            listen=self.listen,
            to=self.to,
            script=self.script,
            fault=self.fault,
            dialect=self.dialect,
            duration=self.duration,
            ready_file=self.ready_file,
        )
        if self.seed is not None and not self.fault:
            raise UsageFault("--seed is for the chance in a --fault")
