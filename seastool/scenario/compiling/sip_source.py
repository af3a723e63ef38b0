"""SIP texts of a scenario: in the file itself, or in files beside it."""

from __future__ import annotations

import re
from collections.abc import Callable

from seastool.scenario.errors import BadText
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.message_text import MessageText, compile_message
from seastool.scenario.texts.scope import Scope

_START = re.compile(r"\s*(?:SIP/2\.0 ([0-9]{3})|([A-Z]{2,20}) )")


class SipSource:
    """Compiles them. title: method or status of the one that was last."""

    def __init__(self, scope: Scope, report: Report, read_file: Callable[[str], str]) -> None:
        self._scope = scope
        self._report = report
        self._read = read_file
        self.title = ""

    def message(self, sip: str | None, file: str | None, path: Path) -> MessageText | None:
        """The message of the keys `sip` or `file`; None if there is neither."""
        self.title = ""
        if sip is not None and file is not None:
            self._report.tell([*path, "file"], "sip and file are both there", key=True)
        if sip is not None:
            self._name(sip)
            return self._report.attempt([*path, "sip"], compile_message, sip, self._scope)
        if file is None:
            return None
        return self._report.attempt([*path, "file"], self._of_file, file)

    def _of_file(self, name: str) -> MessageText:
        text = self._read(name)
        self._name(text)
        try:
            return compile_message(text, self._scope)
        except BadText as error:
            before = text[: error.offset]
            line, column = before.count("\n") + 1, error.offset - before.rfind("\n")
            raise BadText(f"{name}:{line}:{column}: {error}") from None

    def _name(self, text: str) -> None:
        found = _START.match(text)
        self.title = (found[1] or found[2]) if found else "a text"
