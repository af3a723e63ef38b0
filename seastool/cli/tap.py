"""``seastool tap``: between a proxy and its application servers, to see and to change."""

from __future__ import annotations

from typing import Final

import typer

from seastool.cli.grouped import SHOWING, grouped
from seastool.cli.option_record import with_records
from seastool.cli.tapping.options import TapWishes

Command: Final = grouped(
    {
        "Connections": "listen to duration ready_file",
        "What it changes": "script fault fault_side seed dialect",
    },
    {"What it shows": f"leg {SHOWING['What it shows']}"},
)


@with_records
def tap(wishes: TapWishes) -> None:
    """Stand between a proxy and its application servers: pass all on, show it,
    write it, change it.

    \b
    Examples:
      seastool tap --listen :6080 --to 10.0.0.5:5080
      seastool tap --listen :6080 --to 10.0.0.5:5080 -q --write trace.pcapng
      seastool tap --to 10.0.0.5:5080 --fault 'drop=0.1@T_REQ_IN' --seed 1
      seastool tap --to 10.0.0.5:5080 --script change.py -v

    \b
    Application servers connect to --listen in place of the proxy.
    Exit codes: 0 ended by SIGTERM or --duration; 2 usage, a script that does not
    load; 4 a port is taken; 130 Ctrl-C. All of it: docs/tap.md.
    """
    from seastool.cli.tapping.run import run

    if code := run(wishes):
        raise typer.Exit(code)
