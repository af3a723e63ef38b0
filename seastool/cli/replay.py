"""``seastool replay``: what was recorded, once more, and what is different this time."""

from __future__ import annotations

from typing import Final

import typer

from seastool.cli.grouped import SHOWING, grouped
from seastool.cli.option_record import with_records
from seastool.cli.replaying.options import ReplayWishes

Command: Final = grouped(
    {
        "What is played": "to call_id calls loop",
        "How fast": "speed rate concurrency",
        "What is compared": "compare wait",
        "Connection": "from_ user begin seed ready_file",
    },
    {"What it shows": f"messages {SHOWING['What it shows']}"},
)


@with_records
def replay(wishes: ReplayWishes) -> None:
    """Play one side of a recording once more, and show where the other side differs.

    \b
    Examples:
      seastool replay trace.pcap --to sip:10.0.0.5:5060
      seastool replay trace.pcap --to 'sip:10.0.0.5;transport=tcp' --speed max
      seastool replay messages.log --to sip:10.0.0.5 --calls 1000 --rate 50/s
      seastool replay trace.pcap --to seas:127.0.0.1:5080 --compare headers

    \b
    Exit codes: 0 all as recorded; 1 differences, or fewer calls than asked for;
    2 usage; 3 TRACE is no recording; 4 nobody is there or no such name; 130
    Ctrl-C. All of it: docs/replay.md.
    """
    from seastool.cli.replaying.run import run

    if code := run(wishes):
        raise typer.Exit(code)
