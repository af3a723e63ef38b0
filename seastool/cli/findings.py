"""A finding of lint as JSON, wherever it is written."""

from __future__ import annotations

from seastool.interop.finding import Finding
from seastool.render.printable import text_of


def finding_json(finding: Finding) -> dict[str, object]:
    """The fields of a finding (docs/lint.md)."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "path": finding.path,
        "start": finding.span.start,
        "length": finding.span.length,
        "bytes": finding.data.hex(),
        "text": text_of(finding.text),
        "message": finding.message,
    }
