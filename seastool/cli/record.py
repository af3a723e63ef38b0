"""``seastool record``: a capture made into a scenario that can be edited and run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seastool.cli.exits import NotThere, UsageFault, refuse_empty
from seastool.cli.options import Ports
from seastool.cli.output import Output, say

if TYPE_CHECKING:
    from seastool.capture.reader import CaptureReader
    from seastool.scenario.recording.session import Session
    from seastool.seas.dialect import Dialect


class Role(StrEnum):
    """Which side the scenario plays."""

    OPENSER = "openser"
    APPSERVER = "appserver"


def record(
    capture: Annotated[
        str, typer.Argument(metavar="FILE", help="A pcap or pcapng file, - for standard input.")
    ],
    role: Annotated[
        Role, typer.Option(help="The side that the scenario is to play; the other is expected.")
    ] = Role.OPENSER,
    call_id: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only that call; may be given again."),
    ] = None,
    as_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of which application server; by default the first."),
    ] = None,
    delays: Annotated[
        bool, typer.Option("--delays/--no-delays", help="Keep pauses before what is sent.")
    ] = True,
    dialect: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Such as kamailio-5.6.3; by default detected."),
    ] = None,
    port: Ports = None,
) -> None:
    """Write a scenario (docs/scenario.md) of one side of a capture to standard output.

    Call-IDs, tags, branches, transactions, addresses and lengths become variables; what the other
    side sent is expected. Names, pings and binds are left to the connection.

    \b
    Examples:
      seastool record trace.pcap > scenario.yaml
      seastool record trace.pcap --role appserver --call-id 1-23@10.0.0.9
      seastool openser --scenario scenario.yaml -v

    \b
    Exit codes: 0 ok, 1 nothing in it is to be recorded, 2 usage, 3 not readable
    or not SEAS, 4 output that cannot be written.
    """
    refuse_empty(call_id=call_id, as_name=as_name, dialect=dialect)
    from seastool.capture.reader import read_capture
    from seastool.scenario.recording.recorder import record_scenario

    reader = read_capture(capture, ports=port or ())
    session = _session(reader, capture, role, as_name or "", call_id or [], _dialect(dialect))
    title = "standard input" if capture == "-" else Path(capture).stem
    with Output() as output:
        output.write(record_scenario(session, role.value, title, delays=delays))
    _tell_lost(reader)
    for name in sorted(session.others):
        say(f"left out: the application server {name}; --as-name {name} records it")


def _session(
    reader: CaptureReader,
    capture: str,
    role: Role,
    as_name: str,
    call_ids: list[str],
    dialect: Dialect | None,
) -> Session:
    """Raises: NotSeas for a capture without SEAS, NotThere if nothing in it is wanted."""
    from seastool.capture.decoded import decode_records
    from seastool.cli.seas_check import check_seas
    from seastool.scenario.recording.session import NothingRecorded, read_session

    try:
        return read_session(decode_records(reader, dialect), role.value, as_name, call_ids)
    except NothingRecorded as error:
        _tell_lost(reader)
        check_seas(capture, reader.statistics)
        raise NotThere(f"{capture}: {error}") from None


def _tell_lost(reader: CaptureReader) -> None:
    """Say what the capture does not hold whole."""
    from seastool.cli.decoding.summary import lost_lines

    for line in lost_lines(reader.statistics):
        say(line)


def _dialect(name: str | None) -> Dialect | None:
    from seastool.seas.dialects import UnknownDialect, lookup

    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None
