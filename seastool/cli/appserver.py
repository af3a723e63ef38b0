"""``seastool appserver``: an application server in place of WeSIP."""

from __future__ import annotations

from typing import Final

import typer

from seastool.cli.endpoints.app_server_options import AppServerOptions
from seastool.cli.grouped import FAULTS, SHOWING, grouped
from seastool.cli.option_record import with_records

Command: Final = grouped(
    {
        "What it does": "behave delay app duration",
        "By a scenario": "scenario set_variables calls rate concurrency",
        "Connection": "connect name bind processor_id dialect probe once ready_file",
    },
    FAULTS,
    SHOWING,
)


@with_records
def appserver(wishes: AppServerOptions) -> None:
    """Be an application server: connect to a proxy and answer what it hands over.

    \b
    Examples:
      seastool appserver
      seastool appserver --connect 10.0.0.5:5080 --name app_server_1 -v
      seastool appserver --behave INVITE="reject 486" --behave MESSAGE=echo
      seastool appserver --app examples/redirect.py:Directory --write trace.pcapng
      seastool appserver --scenario answer --calls 1000 -q

    \b
    Exit codes: 0 ended by SIGTERM, --duration, or a scenario that passed; 1 a
    scenario that failed; 2 usage; 3 a scenario that is not right; 4 --once and no
    connection; 130 Ctrl-C. All of it: docs/appserver.md.
    """
    from seastool.cli.endpoints.app_server_run import run

    if code := run(wishes):
        raise typer.Exit(code)
