"""``seastool gateway``: SIP on one side, SEAS on the other, in place of OpenSER."""

from __future__ import annotations

from typing import Final

import typer

from seastool.cli.gatewaying.options import GatewayWishes
from seastool.cli.grouped import FAULTS, SHOWING, grouped
from seastool.cli.option_record import with_records

Command: Final = grouped(
    {
        "Sockets": "sip seas nameserver",
        "Who gets requests": "names route routes as_timeout ring_timeout",
        "How it behaves": "like quirk dialect ping t1 no_checks strict",
        "Running": "metrics duration ready_file",
    },
    FAULTS,
    SHOWING,
)


@with_records
def gateway(wishes: GatewayWishes) -> None:
    """Be the proxy in the middle: SIP comes in, application servers decide.

    \b
    Examples:
      seastool gateway
      seastool gateway --sip 10.0.0.1:5060 --as app_server_1 --as app_server_2
      seastool gateway --route 'billing method=INVITE' --as app_server_1 -v
      seastool gateway --sip udp:10.0.0.1:5060 -q --metrics :9090

    \b
    A rule is NAME[,NAME...] with any of method=INVITE,BYE uri=PATTERN
    header=NAME:PATTERN source=NETWORK. kill -USR1 prints the statistics.

    \b
    Exit codes: 0 ended by SIGTERM or --duration; 1 a mistake with --strict, a
    quirk that ended it; 2 usage; 3 a file of rules that is not right; 4 a port
    is taken; 130 Ctrl-C. All of it: docs/gateway.md.
    """
    from seastool.cli.gatewaying.run import run

    if code := run(wishes):
        raise typer.Exit(code)
