"""The program while it is laid out."""

from __future__ import annotations

from typing import Any

from seastool.scenario.operations.program import Operation
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.report import Report


class Layout:
    """Operations in a row, each knowing its index and its place in the file."""

    def __init__(self, report: Report) -> None:
        self.program: list[Operation] = []
        self._report = report

    def at(self, path: Path, title: str) -> dict[str, Any]:
        """What the next operation has in common with all."""
        place = self._report.document.key_place(path)
        return {"index": len(self.program), "place": place, "title": title}

    def add(self, operation: Operation) -> None:
        """Put it behind the others."""
        self.program.append(operation)
