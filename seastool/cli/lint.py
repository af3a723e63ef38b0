"""``seastool lint``: what is wrong with the frames of a capture."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from seastool.cli.exits import FINDINGS, NotSeas, UsageFault
from seastool.cli.options import Ports
from seastool.cli.output import Output, say

if TYPE_CHECKING:
    from seastool.capture.decoded import Decoded
    from seastool.interop.finding import Finding
    from seastool.interop.lint import Linter
    from seastool.seas.dialect import Dialect

SCHEMA_VERSION: Final = 1


class FailOn(StrEnum):
    """From which severity on the command fails."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def lint_command(
    capture: Annotated[
        str, typer.Argument(metavar="FILE", help="A pcap or pcapng file, - for standard input.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", "-j", help="One JSON object a line (docs/lint.md).")
    ] = False,
    fail_on: Annotated[
        FailOn, typer.Option(help="Exit with 1 on findings of that severity or above.")
    ] = FailOn.WARNING,
    rule: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only that rule; may be given again.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Not that rule; may be given again.")
    ] = None,
    list_rules: Annotated[
        bool, typer.Option("--list-rules", help="Show every rule and its severity, and exit.")
    ] = False,
    dialect: Annotated[
        str, typer.Option(metavar="NAME", help="Such as kamailio-5.6.3; by default detected.")
    ] = "",
    port: Ports = None,
) -> None:
    """Hold the SEAS frames of a capture against their own SIP text and the rules of SEAS.

    One line a finding: packet, time, severity, rule, field, bytes, text, what is wrong.
    Known faults of a server are told once, as info.
    """
    if list_rules:
        _show_rules(as_json)
        return
    if not capture:
        raise UsageFault("lint needs a capture: seastool lint FILE, or - for standard input")
    from seastool.interop.lint import Linter

    linter = Linter(_known_rules(rule), _known_rules(ignore))
    failing = _lint(capture, linter, _dialect(dialect), port or (), as_json)
    from seastool.interop.finding import Severity

    if failing is not None and failing >= Severity[fail_on.name]:
        raise typer.Exit(FINDINGS)


def _show_rules(as_json: bool) -> None:
    from seastool.interop.rules import RULES

    with Output() as output:
        for rule in RULES.values():
            if as_json:
                record = {"schema_version": SCHEMA_VERSION, "record": "rule", **rule._asdict()}
                output.write(_json({**record, "severity": str(rule.severity)}))
            else:
                output.write(f"{rule.id:<24}{rule.severity!s:<9}{rule.description}\n")


def _known_rules(ids: Iterable[str] | None) -> list[str]:
    """Raises: UsageFault for a rule that does not exist."""
    from seastool.interop.rules import RULES

    wanted = list(ids or ())
    for id in wanted:
        if id not in RULES:
            raise UsageFault(f"no rule {id!r}: see seastool lint --list-rules")
    return wanted


def _dialect(name: str) -> Dialect | None:
    from seastool.seas.dialects import UnknownDialect, lookup

    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _lint(
    capture: str,
    linter: Linter,
    dialect: Dialect | None,
    ports: Iterable[int],
    as_json: bool,
) -> Any:
    """Write the findings, and on standard error what was looked at; returns the worst severity."""
    from seastool.capture.decoded import decode_records
    from seastool.capture.detections import Detections
    from seastool.capture.reader import read_capture
    from seastool.cli.decoding.summary import lost_lines
    from seastool.cli.seas_check import check_seas

    detections = Detections()
    live = capture == "-"
    with Output(live=live) as output:
        reader = read_capture(capture, ports=ports)
        start_ns = 0
        for decoded in decode_records(reader, dialect, live=live, detections=detections):
            start_ns = start_ns or reader.statistics.start_ns or decoded.captured.time_ns
            for finding in linter.lint(decoded):
                as_text = _record if as_json else _line
                output.write(as_text(finding, decoded, start_ns))
    for proxy in detections.proxies:
        say(f"{proxy.address} speaks {proxy.detector.verdict}")
    for line in lost_lines(reader.statistics):
        say(line)
    check_seas(capture, reader.statistics)
    if not linter.frames:
        raise NotSeas(f"{capture}: its SEAS connections have no whole frame that could be checked")
    say(_summary(linter))
    return linter.worst


def _line(finding: Finding, decoded: Decoded, start_ns: int) -> str:
    """One finding for people; all of it on one line, whatever the frame holds."""
    from seastool.render.printable import printable, shown
    from seastool.render.times import seconds_text

    time = seconds_text(decoded.captured.time_ns - start_ns)
    where = f"{finding.path or decoded.type_name}@{finding.span.start}"
    parts = [
        f"{decoded.captured.packet:>6}",
        f"{time:>12}",
        f"{finding.severity!s:<7}",
        f"{finding.rule:<20}",
        printable(where),
        finding.data.hex() or "-",
        f'"{shown(finding.text)}"' if finding.text else "-",
        printable(finding.message),
    ]
    return "  ".join(parts) + "\n"


def _record(finding: Finding, decoded: Decoded, start_ns: int) -> str:
    from seastool.cli.findings import finding_json
    from seastool.render.times import iso_time

    captured = decoded.captured
    return _json(
        {
            "schema_version": SCHEMA_VERSION,
            "record": "finding",
            "packet": captured.packet,
            "time": iso_time(captured.time_ns),
            "time_ns": captured.time_ns,
            "connection": captured.connection,
            "type": decoded.type_name,
            "dialect": decoded.dialect.name,
            **finding_json(finding),
        }
    )


def _json(record: dict[str, Any]) -> str:
    import json

    return json.dumps(record) + "\n"


def _summary(linter: Linter) -> str:
    from seastool.interop.finding import Severity

    counts = [
        f"{linter.counts[severity]:,} {severity!s}{'' if linter.counts[severity] == 1 else 's'}"
        for severity in sorted(Severity, reverse=True)
    ]
    return f"{linter.frames:,} frames looked at: {', '.join(counts)}"
