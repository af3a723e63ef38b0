"""``--lint``: any view, with what is wrong with each frame under it."""

from __future__ import annotations

from seastool.capture.decoded import Decoded
from seastool.cli.decoding.view import View
from seastool.cli.findings import finding_json
from seastool.interop.finding import Finding, Severity
from seastool.interop.lint import Linter
from seastool.render.jsonl.codes import dump
from seastool.render.paint import Paint
from seastool.render.printable import printable, shown

_STYLES = {Severity.ERROR: "fault", Severity.WARNING: "warning", Severity.INFO: "dim"}
INDENT = 8


class LintView:
    """Shows records as another view does, and the findings of each."""

    def __init__(self, view: View, paint: Paint, *, json: bool) -> None:
        self._view = view
        self._paint = paint
        self._json = json
        self.linter = Linter()

    def start(self, start_ns: int) -> str:
        return self._view.start(start_ns)

    def show(self, decoded: Decoded) -> str:
        text = self._view.show(decoded)
        findings = self.linter.lint(decoded)
        if self._json:
            told = dump([finding_json(finding) for finding in findings])
            return f'{text[:-2]},"findings":{told}}}\n'
        if not findings:
            return text
        # At length, records end in an empty line: findings belong before it.
        body = text.removesuffix("\n") if text.endswith("\n\n") else text
        return body + "".join(map(self._line, findings)) + text[len(body) :]

    def _line(self, finding: Finding) -> str:
        severity = self._paint(str(finding.severity), _STYLES[finding.severity])
        where = f"{finding.path or 'frame'}, bytes {finding.span.start}..{finding.span.end}"
        text = f' "{shown(finding.text)}"' if finding.text else ""
        told = f"{finding.rule}: {printable(finding.message)} ({printable(where)}){text}"
        return f"{' ' * INDENT}{severity} {told}\n"

    @property
    def failed(self) -> bool:
        """Whether anything is wrong beyond the known habits of a server."""
        worst = self.linter.worst
        return worst is not None and worst >= Severity.WARNING
