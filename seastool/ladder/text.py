"""Ladders as text: box drawing or ASCII, one line an arrow, its marks below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from seastool.ladder.model import Arrow, Call, Kind, Ladder, Mark, Severity
from seastool.ladder.text_layout import layout_of
from seastool.ladder.words import (
    cells,
    fitted,
    heading_of,
    label_of,
    mark_text,
    span_text,
    title_of,
    wrapped,
)
from seastool.render.paint import Paint, status_style
from seastool.render.times import seconds_text


class Signs(NamedTuple):
    """The characters of a picture. Of three, the first is for SIP, the second for SEAS, the third
    for SIP that is sent again."""

    line: str
    dashes: str
    crossings: str
    from_left: str
    from_right: str
    heads: str
    turn: str
    mark: str


UNICODE: Final = Signs("│", "─═╌", "┼╪┼", "├╞├", "┤╡┤", "◄►", "┐", "▲")
ASCII: Final = Signs("|", "-=.", "+++", "|||", "|||", "<>", ".", "^")
_STYLES: Final = {Severity.INFO: "dim", Severity.WARNING: "warning", Severity.ERROR: "fault"}
MAX_LABEL: Final = 1000  # columns, wherever it is written: one label widens every line of a call
MAX_HEADING: Final = 100
_LEAST_MARK: Final = 20  # columns that a mark has, however narrow the terminal


def ladder_text(
    ladder: Ladder,
    *,
    ascii: bool = False,
    width: int = 0,
    paint: Paint | None = None,
    others: bool = False,
) -> Iterator[str]:
    """The calls one after the other, a piece of text each.

    ascii: no other characters; those of the messages are escaped. width: of the terminal, to which
    labels are cut; 0 never cuts. others: what belongs to no call, before them.
    """
    calls = [ladder.others] if others and ladder.others.arrows else []
    for i, call in enumerate([*calls, *ladder.calls]):
        drawing = _Drawing(call, ladder.start_ns, ascii, width, paint or Paint(False))
        text = "\n".join(drawing.lines()) + "\n"
        yield f"\n{text}" if i else text


class _Drawing:
    """One call, drawn. All texts in it are fit to be shown."""

    def __init__(self, call: Call, start_ns: int, ascii: bool, width: int, paint: Paint) -> None:
        self._call = call
        self._signs = ASCII if ascii else UNICODE
        self._ascii = ascii
        self._width = width
        self._paint = paint
        self._labels = [self._word(label_of(arrow)) for arrow in call.arrows]
        self._headings = [
            [self._word(t, MAX_HEADING) for t in heading_of(line)] for line in call.lifelines
        ]
        self._times = [seconds_text(arrow.time_ns - start_ns) for arrow in call.arrows]
        self._layout = layout_of(call, self._labels, self._headings, self._times, width)

    def _word(self, text: str, most: int = MAX_LABEL) -> str:
        if self._ascii:
            text = text.encode("ascii", "backslashreplace").decode()
        return fitted(text, most)

    def lines(self) -> Iterator[str]:
        for line in self._title():
            yield self._paint(line, "heading")
        if not self._call.arrows:
            return
        for row in range(2):
            yield self._heading(row)
        marks = self._call.placed_marks()
        for i, arrow in enumerate(self._call.arrows):
            yield self._row(i, arrow)
            for mark in marks.get(i, ()):
                yield from self._mark(mark)

    def _title(self) -> Iterator[str]:
        """The parts of the title, on as many lines as they need."""
        line = ""
        for part in title_of(self._call):
            joined = f"{line}  {self._word(part)}" if line else self._word(part)
            if line and self._width and cells(joined) > self._width:
                yield fitted(line, self._width)
                joined = self._word(part)
            line = joined
        yield fitted(line, self._width) if self._width else line

    def _heading(self, row: int) -> str:
        """Names or addresses at their lifelines; the last one begins before its lifeline, if it
        would not fit behind."""
        layout, texts = self._layout, [heading[row] for heading in self._headings]
        line = self._columns("packet", "time", "passed on", "answered") if row else ""
        for i, place in enumerate(layout.places):
            text = texts[i]
            if i + 1 < len(texts):
                text = fitted(text, layout.places[i + 1] - place - 2)
            elif self._width:
                place = max(cells(line) + 2, min(place, self._width - cells(text)))
            line += " " * (place - cells(line)) + text
        return self._cut(line)

    def _columns(self, packet: str, time: str, follow: str, answer: str) -> str:
        layout = self._layout
        line = f"{packet:>6} {time:>{layout.time}}"
        if layout.spans:
            line += f" {follow:>9} {answer:>9}"
        return line

    def _row(self, i: int, arrow: Arrow) -> str:
        layout = self._layout
        spans = span_text(arrow.follow_ns), span_text(arrow.answer_ns)
        left = self._columns(str(arrow.packet), self._times[i], *spans).ljust(layout.places[0])
        before, label, after = self._picture(arrow, self._labels[i])
        used = cells(left) + cells(before) + cells(label) + cells(after)
        if self._width and used > self._width:
            return fitted(f"{left}{before}{label}{after}", self._width)
        line = f"{left}{before}{self._painted(label, arrow)}{after}"
        if layout.names and arrow.transaction:
            gap = " " * max(2, layout.end + 3 - used)
            line += f"{gap}{self._paint(arrow.transaction, 'dim')}"
        return line.rstrip()

    def _painted(self, label: str, arrow: Arrow) -> str:
        if arrow.status:
            return self._paint(label, status_style(arrow.status))
        return self._paint(label, "fault" if arrow.kind is Kind.GAP else "request")

    def _picture(self, arrow: Arrow, label: str) -> tuple[str, str, str]:
        """The lifelines with the arrow: what stands before its label, the label, the rest."""
        signs, layout = self._signs, self._layout
        base = layout.places[0]
        line = [" "] * (layout.end - base + 1)
        for place in layout.places:
            line[place - base] = signs.line
        source, target = (layout.places[i] - base for i in (arrow.source, arrow.target))
        style = 2 if arrow.is_retransmission else int(arrow.kind is not Kind.SIP)
        if source == target:
            return self._turning(line, source, style, label)
        low, high = sorted((source, target))
        for at in range(low + 1, high):
            row = signs.crossings if line[at] == signs.line else signs.dashes
            line[at] = row[style]
        if source < target:
            line[low], line[high - 1] = signs.from_left[style], signs.heads[1]
        else:
            line[high], line[low + 1] = signs.from_right[style], signs.heads[0]
        label = fitted(label, max(0, high - low - 6))
        if not label:
            return "".join(line), "", ""
        return _split(line, low + 3, label)

    def _turning(self, line: list[str], at: int, style: int, label: str) -> tuple[str, str, str]:
        """An arrow from a lifeline to itself."""
        signs = self._signs
        following = next((i for i in range(at + 1, len(line)) if line[i] == signs.line), len(line))
        if following - at < 6:
            return "".join(line), "", ""
        line[at : at + 3] = [signs.from_left[style], signs.heads[0], signs.turn]
        return _split(line, at + 3, fitted(label, max(0, following - at - 5)))

    def _mark(self, mark: Mark) -> Iterator[str]:
        sign = f"{self._signs.mark:>6} "
        room = self._width - len(sign) if self._width else 1 << 30
        for line in wrapped(self._word(mark_text(mark)), max(_LEAST_MARK, room)):
            yield f"{sign}{self._paint(line, _STYLES[mark.severity])}"
            sign = " " * len(sign)

    def _cut(self, text: str) -> str:
        text = text.rstrip()
        return fitted(text, self._width) if self._width else text


def _split(line: list[str], at: int, label: str) -> tuple[str, str, str]:
    """The line with a label, and a blank on both of its sides, laid over it."""
    before, after = "".join(line[:at]), "".join(line[at + cells(label) + 2 :])
    return f"{before} ", label, f" {after}"
