"""Diagnoses of a capture."""

from __future__ import annotations

import io
from typing import IO

from seastool.capture.decoded import decode_records
from seastool.capture.reader import CaptureReader, read_capture
from seastool.cli.decoding.summary import lost_lines
from seastool.cli.doctoring.options import DoctorWishes
from seastool.cli.doctoring.showing import Showing
from seastool.cli.exits import NotSeas
from seastool.cli.message_file import name_of
from seastool.cli.output import say
from seastool.interop.doctor.connections import read_connections
from seastool.interop.doctor.examination import examine
from seastool.interop.doctor.requests import count_refused
from seastool.interop.doctor.symptom import Diagnosis
from seastool.interop.doctor.trace import Trace, gather
from seastool.seas.dialect import Dialect


def examine_capture(
    name: str,
    source: str | IO[bytes],
    wishes: DoctorWishes,
    dialect: Dialect | None,
    showing: Showing,
) -> None:
    """Why the calls of a capture failed. Raises: NotSeas, CaptureError."""
    connections = read_connections(source)
    if isinstance(source, io.BytesIO):
        source.seek(0)
    ports = wishes.port or ()
    reader = read_capture(source, ports=ports)
    trace = gather(decode_records(reader, dialect), connections, dialect=dialect, ports=ports)
    found = examine(trace)
    _check_seas(name, trace, reader, found)
    if not showing.as_json:
        showing.line(f"{name_of(name)}: {_looked_at(trace)}")
    shown = showing.diagnoses(name_of(name), found, trace.start_ns)
    if not shown and not showing.as_json:
        showing.line("   nothing found")
    for proxy in trace.proxies:
        known = "" if proxy.is_known else ", as a guess"
        say(f"{proxy.detected.address} is read as {proxy.dialect.name}{known}")
    for what, count in sorted(trace.dropped.items()):
        say(f"not looked at: {count:,} {what}")
    for line in lost_lines(reader.statistics):
        say(line)


def _check_seas(name: str, trace: Trace, reader: CaptureReader, found: list[Diagnosis]) -> None:
    if trace.proxies or found:
        return
    statistics = reader.statistics
    if not statistics.packets:
        raise NotSeas(f"{name_of(name)}: a capture without packets")
    refused = count_refused(trace)
    told = (
        f"{refused:,} requests got the 500 of a seas module: either no application server was "
        "connected or the capture lacks both SEAS ports"
        if refused
        else "if a port carries it nevertheless, name it with --port"
    )
    raise NotSeas(
        f"{name_of(name)}: no SEAS in it ({statistics.packets:,} packets, "
        f"{statistics.sip_messages:,} SIP messages); {told}"
    )


def _looked_at(trace: Trace) -> str:
    frames = sum(len(proxy.frames) for proxy in trace.proxies)
    proxies = "1 proxy" if len(trace.proxies) == 1 else f"{len(trace.proxies)} proxies"
    return f"{frames:,} frames of {proxies}, {len(trace.sip):,} SIP messages"
