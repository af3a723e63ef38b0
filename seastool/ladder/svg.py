"""Ladders as SVG: a picture of its own, or one for a page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Final, NamedTuple

from seastool.ladder.model import Arrow, Call, Kind, Ladder, Mark, Severity
from seastool.ladder.svg_style import DARK, LIGHT, base_style, theme_style
from seastool.ladder.words import (
    cells,
    heading_of,
    label_of,
    mark_text,
    span_text,
    title_of,
    wrapped,
)
from seastool.render.times import seconds_text

CHAR: Final = 7.35  # a little more than a column of 12 px takes in any of the fonts
BOLD: Final = 8.0  # the same of a name
LINE: Final = 15
MARGIN: Final = 14
LABEL: Final = 56  # columns of a label, after which it goes on in the next line
BELOW: Final = 60  # the same of marks, which are written smaller
SMALL: Final = 0.92
HIGHEST: Final = 32_767  # px: what most programs that draw or convert an SVG have for a limit
LEAST_GAP: Final = 170
TITLE: Final = 24
PAD: Final = 7
_CLASSES: Final = {Severity.INFO: "faint", Severity.WARNING: "warn", Severity.ERROR: "bad"}
_COLUMNS: Final = (("packet", 7), ("time", 13), ("passed on", 11), ("answered", 11))


class Picture(NamedTuple):
    """One call as the inside of an SVG. Units: px."""

    width: float
    height: float
    body: str


@dataclass(slots=True)
class Row:
    """One arrow: the lines of its label, and those below it with the class of each."""

    label: list[str]
    below: list[tuple[str, str]]

    @property
    def height(self) -> int:
        """From the row before to the next."""
        return PAD + LINE * (len(self.label) + len(self.below)) + 12

    @property
    def columns(self) -> float:
        """Of its longest line."""
        below = (cells(line) * SMALL for line, _ in self.below)
        return max((*map(cells, self.label), *below))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The calls of one SVG, each with its title above it. Units: px."""

    drawn: list[tuple[Picture, list[str]]]

    @property
    def width(self) -> float:
        """That of the widest picture or title."""
        titles = [BOLD * 1.1 * cells(t) + 2 * MARGIN for _, lines in self.drawn for t in lines]
        return max([200.0, *(picture.width for picture, _ in self.drawn), *titles])

    @property
    def height(self) -> float:
        """All of it."""
        return MARGIN + sum(map(_height, self.drawn))

    def fitting(self, height: float) -> int:
        """How many of the pictures, from the first on, fit into that height."""
        heights = itertools.accumulate(map(_height, self.drawn), initial=MARGIN)
        return sum(1 for top in heights if top <= height) - 1


def _height(drawn: tuple[Picture, list[str]]) -> float:
    picture, title = drawn
    return picture.height + TITLE * len(title) + MARGIN


def svg_sheet(ladder: Ladder, *, others: bool = False) -> Sheet:
    """The calls below one another. others: what belongs to no call, first."""
    calls = [ladder.others] if others and ladder.others.arrows else []
    return Sheet(
        [(call_picture(call, ladder.start_ns), _title(call)) for call in (*calls, *ladder.calls)]
    )


def ladder_svg(ladder: Ladder, *, others: bool = False) -> Iterator[str]:
    """One SVG with the calls below one another, each under its title, in pieces of text.

    others: what belongs to no call, first. Long labels go on in further lines; nothing is cut.
    """
    return sheet_svg(svg_sheet(ladder, others=others))


def sheet_svg(sheet: Sheet) -> Iterator[str]:
    """The SVG of a sheet, in pieces of text."""
    width, height = sheet.width, sheet.height
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ladder" xml:space="preserve" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">\n'
        f"<style>{base_style()}{theme_style(LIGHT)}"
        f"@media (prefers-color-scheme:dark){{{theme_style(DARK)}}}</style>\n"
        f'<rect class="paper" width="100%" height="100%"/>\n'
    )
    top = float(MARGIN)
    for picture, lines in sheet.drawn:
        for line in lines:
            yield f'<text class="title" x="{MARGIN}" y="{top + 16:.0f}">{escape(line)}</text>\n'
            top += TITLE
        yield f'<g transform="translate(0 {top:.0f})">\n{picture.body}</g>\n'
        top += picture.height + MARGIN
    yield "</svg>\n"


def _title(call: Call) -> list[str]:
    first, *rest = title_of(call)
    return [line for part in (first, "  ".join(rest)) for line in wrapped(part, 110)]


def call_picture(call: Call, start_ns: int, link: str = "") -> Picture:
    """One call. link: before the number of an arrow, the fragment that its row leads to."""
    return _Drawing(call, start_ns, link).picture()


class _Drawing:
    def __init__(self, call: Call, start_ns: int, link: str) -> None:
        self._call = call
        self._start_ns = start_ns
        self._link = link
        marks = call.placed_marks()
        self._rows = [_row(arrow, marks.get(i, [])) for i, arrow in enumerate(call.arrows)]
        self._headings = [
            [piece for text in heading_of(line) for piece in wrapped(text, 30)]
            for line in call.lifelines
        ]
        self._columns: list[float] = []
        right = float(MARGIN)
        for _, width in _COLUMNS:
            right += width * CHAR
            self._columns.append(right)
        self._places, self._width = self._placed(right + 28)

    def _placed(self, left: float) -> tuple[list[float], float]:
        """The lifelines, so that every label has room between those that it joins."""
        heads = [max(cells(text) for text in texts) * BOLD for texts in self._headings]
        gaps = [max(LEAST_GAP, (a + b) / 2 + 20) for a, b in itertools.pairwise(heads)]
        after = max(40.0, heads[-1] / 2) if heads else 40.0
        needs: dict[tuple[int, int], float] = {}
        for arrow, row in zip(self._call.arrows, self._rows, strict=True):
            low, high = sorted((arrow.source, arrow.target))
            needs[low, high] = max(needs.get((low, high), 0), row.columns)
        for (low, high), columns in sorted(needs.items(), key=lambda n: n[0][1] - n[0][0]):
            need = columns * CHAR + 44
            if low == high == len(gaps):
                after = max(after, need + 20)
            else:
                last = max(high - 1, low)
                gaps[last] += max(0.0, need - sum(gaps[low : last + 1]))
        places = [left + (heads[0] / 2 if heads else 0)]
        for gap in gaps:
            places.append(places[-1] + gap)
        return places, places[-1] + after + MARGIN

    def picture(self) -> Picture:
        tall = max((len(texts) for texts in self._headings), default=0) * 16 + 12
        rows: list[str] = []
        top = float(tall)
        for i, (arrow, row) in enumerate(zip(self._call.arrows, self._rows, strict=True)):
            rows.append(self._draw(i, arrow, row, top))
            top += row.height
        bottom = top + 8
        lines = "".join(
            f'<line class="life" x1="{x:.1f}" y1="{tall - 6}" x2="{x:.1f}" y2="{bottom:.0f}"/>\n'
            for x in self._places[: len(self._headings)]
        )
        body = f"{lines}{self._heads(tall)}{''.join(rows)}"
        return Picture(self._width, bottom + 6, body)

    def _heads(self, tall: int) -> str:
        drawn = []
        for x, texts in zip(self._places, self._headings, strict=False):
            for row, text in enumerate(texts):
                style = "faint" if row else "name"
                y = tall - 12 - 16 * (len(texts) - 1 - row)
                drawn.append(_text(x, y, text, style, "middle"))
        for x, (name, _) in zip(self._columns, _COLUMNS, strict=True):
            drawn.append(_text(x, tall - 12, name, "faint small", "end"))
        return "".join(drawn)

    def _draw(self, i: int, arrow: Arrow, row: Row, top: float) -> str:
        at = top + PAD + LINE * len(row.label) + 3  # the height of the arrow itself
        time = seconds_text(arrow.time_ns - self._start_ns)
        told = (str(arrow.packet), time, span_text(arrow.follow_ns), span_text(arrow.answer_ns))
        parts = [
            _text(x, at + 4, text, "faint" if column else "", "end")
            for column, (x, text) in enumerate(zip(self._columns, told, strict=True))
            if text
        ]
        parts.append(self._arrow(arrow, at))
        x, anchor = self._middle(arrow)
        style = f"halo {_status_class(arrow)}".rstrip()
        for n, text in enumerate(row.label):
            y = at - 7 - LINE * (len(row.label) - 1 - n)
            parts.append(_text(x, y, text, style, anchor))
        for n, (text, kind) in enumerate(row.below):
            parts.append(_text(x, at + 15 + LINE * n, text, f"halo small {kind}", anchor))
        if not self._link:
            return "".join(parts)
        ground = (
            f'<rect class="hit" x="0" y="{top:.0f}" width="{self._width:.0f}" '
            f'height="{row.height}"/>\n'
        )
        return f'<a href="#{self._link}{i}" class="row">{ground}{"".join(parts)}</a>\n'

    def _middle(self, arrow: Arrow) -> tuple[float, str]:
        source, target = self._places[arrow.source], self._places[arrow.target]
        if source == target:
            return source + 34, "start"
        return (source + target) / 2, "middle"

    def _arrow(self, arrow: Arrow, y: float) -> str:
        source, target = self._places[arrow.source], self._places[arrow.target]
        kind = arrow.kind.value
        again = " again" if arrow.is_retransmission else ""
        if source == target:
            path = f"M{source:.1f} {y - 8:.0f}h24v10H{source + 9:.1f}"
            line = f'<path class="{kind} line{again}" d="{path}"/>\n'
            return line + _head(target, y + 2, -1, kind)
        way = 1 if target > source else -1
        end = target - 9 * way
        line = (
            f'<line class="{kind} line{again}" x1="{source:.1f}" y1="{y:.0f}" '
            f'x2="{end:.1f}" y2="{y:.0f}"/>\n'
        )
        return line + _head(target, y, way, kind)


def _row(arrow: Arrow, marks: list[Mark]) -> Row:
    below = [(arrow.transaction, "faint")] if arrow.transaction else []
    for mark in marks:
        kind = _CLASSES[mark.severity]
        below += [(line, kind) for line in wrapped(f"▲ {mark_text(mark)}", BELOW)]
    return Row(wrapped(label_of(arrow), LABEL), below)


def _status_class(arrow: Arrow) -> str:
    if arrow.kind is Kind.GAP or arrow.status >= 400:
        return "bad"
    if arrow.status >= 300:
        return "warn"
    return "good" if arrow.status >= 200 else ""


def _head(x: float, y: float, way: int, kind: str) -> str:
    back = x - 10 * way
    points = f"{x:.1f},{y:.0f} {back:.1f},{y - 4.5:.1f} {back:.1f},{y + 4.5:.1f}"
    return f'<polygon class="{kind} head" points="{points}"/>\n'


def _text(x: float, y: float, text: str, style: str, anchor: str) -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:.1f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>\n'
