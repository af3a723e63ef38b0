"""The options of the live view, declared once for every command that has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seastool.cli.exits import UsageFault, refuse_empty
from seastool.cli.options import Color
from seastool.cli.output import When


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """The options as they were written. Raises: UsageFault for those that exclude each other."""

    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Each frame as a tree, with every field.")
    ] = False
    hexdump: Annotated[
        bool, typer.Option("--hexdump", "-x", help="Each frame as a map: whose is which byte.")
    ] = False
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Each frame as a JSON object, one a line.")
    ] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no frames.")] = False
    lint: Annotated[
        bool, typer.Option("--lint", help="Under each frame, what is wrong with it.")
    ] = False
    filter: Annotated[
        str | None,
        typer.Option(
            "--filter",
            metavar="EXPRESSION",
            help="Show only some frames, for instance those with 'sip.method == INVITE'.",
        ),
    ] = None
    time: Annotated[
        str,
        typer.Option("--time", metavar="STYLE", help="Times: relative, absolute (UTC) or delta."),
    ] = "relative"
    write: Annotated[
        str | None,
        typer.Option(
            "--write",
            "-w",
            metavar="FILE",
            help="Write all traffic to a pcapng file too; - for standard output instead of the "
            "list.",
        ),
    ] = None
    color: Color = When.AUTO

    def __post_init__(self) -> None:
        refuse_empty(write=self.write, filter=self.filter)
        at_length = self.verbose or self.hexdump
        if self.json and at_length:
            raise UsageFault("--json is not combined with --verbose or --hexdump")
        if self.json or at_length or self.lint or self.filter:
            if self.quiet:
                raise UsageFault(
                    "--quiet is not combined with --verbose, --hexdump, --json, --lint, --filter"
                )
            if self.write == "-":
                raise UsageFault(
                    "--write - takes standard output for the packets: it is not combined with "
                    "--verbose, --hexdump, --json, --lint, --filter"
                )

    @property
    def shows(self) -> bool:
        """Whether frames are shown at all."""
        return not self.quiet and self.write != "-"
