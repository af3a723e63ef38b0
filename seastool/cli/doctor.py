"""``seastool doctor``: why calls fail, or will, and what to do about it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from seastool.cli.doctoring.options import DoctorWishes
from seastool.cli.grouped import grouped
from seastool.cli.option_record import with_records

Command: Final = grouped(
    {
        "Messages": "stateless raw messages",
        "Captures": "port",
        "Live": "name wait probe no_call",
        "All": "dialect as_json fail_on ignore list_causes",
    },
)


@with_records
def doctor(
    wishes: DoctorWishes,
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TARGET...",
            help="SIP messages, captures, folders of them, - for standard input; or HOST:PORT.",
        ),
    ] = None,
) -> None:
    """Predict whether a server hands a message to the application server; say
    why the calls of a capture failed; look at a live proxy.

    \b
    Examples:
      seastool doctor invite.sip --dialect kamailio-5.6.3
      seastool doctor invite.sip
      seastool doctor trace.pcap
      seastool doctor 10.0.0.5:5080 --name app_server_1

    \b
    Each cause comes with its evidence (packet, frame, byte) and the cure.
    `see protocol: NAME` is what seastool export protocol --section NAME prints.
    Exit codes: 0 nothing found, 1 something, 2 usage, 3 unreadable or neither
    SIP nor SEAS, 4 a proxy that is not there. All of it: docs/doctor.md.
    """
    from seastool.cli.doctoring.run import run

    if code := run(wishes, targets or []):
        raise typer.Exit(code)
