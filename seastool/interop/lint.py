"""Hold frames against the rules.

`lint` looks at one frame. `Linter` looks at a capture: it tells of a known fault of a server
once, not in every frame that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Final

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, Gap
from seastool.errors import DecodeError, SeasError
from seastool.interop.action_check import check_sip_action
from seastool.interop.finding import Finding, Severity
from seastool.interop.frame_check import (
    check_action,
    check_event,
    check_name,
    check_socket_info,
    check_unfinished,
)
from seastool.interop.message_check import check_message
from seastool.interop.rebuild import check_rebuilt
from seastool.interop.report import Report
from seastool.seas.codec import frame_order
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcCancel, Action, Event, Reply, SlMsg, UacReq
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.message import Message
from seastool.seas.types import Direction

# Infos about what one side did in this frame; every other info is a habit of the server.
EVERY_TIME: Final = frozenset({"reply-status", "uac-headers", "uac-cseq-one"})


def lint(decoded: Decoded) -> list[Finding]:
    """All findings of one record of a capture, in the order of their bytes; none for SIP, and of a
    gap only that what begins there is too long."""
    captured = decoded.captured
    if isinstance(captured, Gap):
        return _unfinished(captured)
    if not isinstance(captured, CapturedFrame):
        return []
    report = Report(captured.data, captured.packet)
    if decoded.error is not None:
        _add_error(report, decoded.error)
    unit, dialect = decoded.unit, decoded.dialect
    if unit is not None:
        report.struct = type(unit)
        report.order = frame_order(dialect.layout) if captured.kind is UnitKind.FRAME else ""
    if isinstance(unit, Event):
        check_event(report, unit, decoded.message, dialect)
    elif isinstance(unit, Action):
        check_action(report, unit, dialect)
        if isinstance(unit, Reply | UacReq | SlMsg | AcCancel):
            check_sip_action(report, unit)
    elif isinstance(unit, Name):
        check_name(report, unit, dialect)
    elif isinstance(unit, SocketInfo):
        check_socket_info(report, unit, dialect)
    if decoded.message is not None:
        _check_payload(report, decoded.message)
    return sorted(report.findings, key=lambda finding: finding.span)


def _unfinished(gap: Gap) -> list[Finding]:
    """What can be said of a frame that never was whole."""
    report = Report(gap.head, gap.packet)
    if gap.direction is Direction.TO_OPENSER:
        check_unfinished(report, gap.skipped)
    return report.findings


def lint_message(payload: bytes, dialect: Dialect) -> list[Finding]:
    """All findings of an encoded message alone; spans count from its start."""
    report = Report(payload)
    try:
        _check_payload(report, Message(payload, dialect))
    except SeasError as error:
        _add_error(report, error)
    return sorted(report.findings, key=lambda finding: finding.span)


def _check_payload(report: Report, message: Message) -> None:
    since = len(report.findings)
    report.base = len(report.data) - len(message.payload)
    check_message(report, message)
    check_rebuilt(report, message, since)
    report.base = 0


def _add_error(report: Report, error: SeasError) -> None:
    data = report.data
    length = int.from_bytes(data[:4], "big")
    if isinstance(error, DecodeError) and error.path == "length":
        says = f"says {length} bytes, the frame has {len(data)}"
        report.add("length-field", "length", 0, 4, says)
        return
    at = min(error.offset, len(data)) if isinstance(error, DecodeError) else 0
    path = error.path if isinstance(error, DecodeError) else ""
    report.add("undecodable", path, at, min(at + 1, len(data)), str(error))


class Linter:
    """Lints a capture, record by record.

    rules: only these, if any. ignore: not these. Counts what it passes on, by severity.
    """

    def __init__(self, rules: Collection[str] = (), ignore: Collection[str] = ()) -> None:
        self._rules = frozenset(rules)
        self._ignore = frozenset(ignore)
        self._told: set[tuple[str, str]] = set()
        self.frames = 0
        self.counts: Counter[Severity] = Counter()

    def lint(self, decoded: Decoded) -> list[Finding]:
        """The findings of one record, but for known faults that were told before."""
        if not isinstance(decoded.captured, CapturedFrame | Gap):
            return []
        self.frames += isinstance(decoded.captured, CapturedFrame)
        found = lint(decoded)
        if any(finding.severity > Severity.INFO for finding in found) and decoded.look_again():
            found = lint(decoded)
        found = [finding for finding in found if self._wanted(finding, decoded.dialect)]
        self.counts.update(finding.severity for finding in found)
        return found

    def _wanted(self, finding: Finding, dialect: Dialect) -> bool:
        if finding.rule in self._ignore or (self._rules and finding.rule not in self._rules):
            return False
        if finding.severity > Severity.INFO or finding.rule in EVERY_TIME:
            return True
        key = finding.rule, dialect.name
        first = key not in self._told
        self._told.add(key)
        return first

    @property
    def worst(self) -> Severity | None:
        """The highest severity among the findings; None if there are none."""
        return max(self.counts, default=None)
