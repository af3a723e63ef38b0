"""``seastool openser``: the proxy's side of SEAS, in place of OpenSER."""

from __future__ import annotations

from typing import Final

import typer

from seastool.cli.endpoints.openser_options import OpenserOptions
from seastool.cli.grouped import FAULTS, SHOWING, grouped
from seastool.cli.option_record import with_records

Command: Final = grouped(
    {
        "What it sends": "stateless source calls rate concurrency scenario set_variables",
        "How it behaves": "like quirk dialect far_end ping strict",
        "Connection": "listen name sip wait duration ready_file",
    },
    FAULTS,
    SHOWING,
)


@with_records
def openser(wishes: OpenserOptions) -> None:
    """Be a proxy: take application servers in, hand requests over, check what they do.

    \b
    Examples:
      seastool openser
      seastool openser invite.sip --like openser-1.2.0 -v
      seastool openser requests/ --calls 1000 --rate 100/s -q
      seastool openser --scenario uac --calls 1000 --rate 200/s -q

    \b
    Exit codes: 0 all was answered, the scenario passed; 1 something was not, a
    scenario that failed, a mistake with --strict; 2 usage; 3 a FILE or scenario
    that is not right; 4 the port is taken, no application server has bound;
    130 Ctrl-C. All of it: docs/openser.md.
    """
    from seastool.cli.endpoints.openser_run import run

    if code := run(wishes):
        raise typer.Exit(code)
