"""The findings of one frame, as they are collected."""

from __future__ import annotations

from seastool.interop.finding import Finding, Severity
from seastool.interop.rules import RULES
from seastool.render.tree import leaves
from seastool.wire import Span, Structure


class Report:
    """Collects. `base` is where in the frame the positions given to `add` count from; `text`
    is the SIP text that text positions count from. struct, order: what the frame was decoded as,
    for `field`."""

    __slots__ = ("_fields", "base", "data", "findings", "order", "packet", "struct", "text")

    def __init__(self, data: bytes, packet: int | None = None) -> None:
        self.data = data
        self.packet = packet
        self.base = 0
        self.text = b""
        self.findings: list[Finding] = []
        self.struct: type[Structure] | None = None
        self.order = ""
        self._fields: dict[str, tuple[int, int]] = {}

    def place(self, path: str) -> tuple[int, int]:
        """Where a field of the frame lies; all of the frame if it has no such field."""
        if not self._fields and self.struct is not None:
            root = self.struct.trace(self.data, order=self.order)
            self._fields = {name: (node.start, node.end) for name, node in leaves(root)}
        return self._fields.get(path, (0, len(self.data)))

    def field(self, rule: str, path: str, message: str, *, text: bytes = b"") -> None:
        """A fault of a field of the frame, outside of its encoded message."""
        self.add(rule, path, *self.place(path), message, text=text)

    def add(
        self,
        rule: str,
        path: str,
        start: int,
        end: int,
        message: str,
        *,
        text: tuple[int, int] | bytes = b"",
        severity: Severity | None = None,
    ) -> None:
        """A fault of the bytes start to end. text: that text, or where it is in `self.text`."""
        start, end = start + self.base, end + self.base
        if isinstance(text, tuple):
            text = self.text[max(0, text[0]) : max(0, text[1])]
        usual = RULES[rule].severity
        found = Finding(
            rule,
            usual if severity is None else severity,
            path,
            Span(start, end - start),
            self.data[start:end],
            text,
            message,
            self.packet,
        )
        self.findings.append(found)

    def covers(self, start: int, end: int) -> bool:
        """Whether some finding already is about any of these bytes."""
        start, end = start + self.base, end + self.base
        return any(f.span.start < end and start < f.span.end for f in self.findings)

    def span(
        self,
        path: str,
        at: tuple[int, int],
        found: tuple[int, int],
        expected: tuple[int, int],
        limit: int,
        *,
        wide: bool = False,
    ) -> None:
        """Hold a start and end against those of the text, all from the text's start.

        limit: where the text, or the header, ends. wide: the field has 16 bits a number.
        """
        if found == expected:
            return
        message = f"is {found[0]}..{found[1]}, the text says {expected[0]}..{expected[1]}"
        rule = span_rule(found, expected, limit)
        if not wide and (rule == "span-wrapped" or expected[1] > 0xFF):
            rule = "span-wrapped"
        self.add(rule, path, *at, message, text=expected)


def span_rule(found: tuple[int, int], expected: tuple[int, int], limit: int) -> str:
    """Which rule a wrong start and end (exclusive) break."""
    offs = found[0] - expected[0], (found[1] - found[0]) - (expected[1] - expected[0])
    if max(map(abs, offs)) == 1:
        return "span-off-by-one"
    if all(off % 256 == 0 for off in offs):
        return "span-wrapped"
    if found[1] > limit or found[0] > limit:
        return "span-out-of-bounds"
    return "span-wrong"
