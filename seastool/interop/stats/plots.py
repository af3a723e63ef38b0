"""Plots as inline SVG: bars over time, bars over the logarithm of a time, bars by name.

Colours are classes; every bar has a title, which browsers show and screen readers read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from seastool.histogram import A_DECADE, Histogram
from seastool.interop.stats.series import Series
from seastool.ladder.words import span_text
from seastool.render.times import SECOND

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 34
_STEP: Final = A_DECADE // 6  # buckets that are one bar: six a decade
_ROW: Final = 22


def over_time(series: Series, names: Sequence[tuple[str, str]]) -> str:
    """Bars by interval. names: of counts and the class of each; one is drawn over the other."""
    columns = [(name, style, series.counts(name)) for name, style in names]
    count = max((len(values) for *_, values in columns), default=0)
    most = max((max(values, default=0) for *_, values in columns), default=0)
    if not most:
        return ""
    width = (WIDTH - LEFT - RIGHT) / count
    interval = series.width_ns
    parts = list(_axis(most))
    for name, style, values in columns:
        for at, value in enumerate(values):
            if value:
                start, end = at * interval, (at + 1) * interval
                title = f"{value:,} {name}, {_seconds(start)} to {_seconds(end)}"
                parts.append(_bar(LEFT + at * width, width, value / most, style, title))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_tick(LEFT + share * width * count, _seconds(round(share * count * interval))))
    return _svg("".join(parts), f"counts by {_seconds(interval)}")


def over_span(times: Histogram, style: str, label: str) -> str:
    """A histogram over the logarithm of the time, with its p50, p95 and p99."""
    bars = list(_bars(times))
    if not bars:
        return ""
    low, high = bars[0][0], bars[-1][1]
    most = max(count for *_, count in bars)
    per_log = (WIDTH - LEFT - RIGHT) / math.log(high / low)

    def place(seconds: float) -> float:
        return LEFT + math.log(min(max(seconds, low), high) / low) * per_log

    parts = list(_axis(most))
    for start, end, count in bars:
        if count:
            title = f"{count:,} from {_span(start)} to {_span(end)}"
            parts.append(_bar(place(start), place(end) - place(start), count / most, style, title))
    parts += _decades(low, high, place)
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        value = times.quantile(share)
        parts.append(
            f'<line class="mark" x1="{place(value):.1f}" x2="{place(value):.1f}" y1="{TOP}" '
            f'y2="{HEIGHT - BOTTOM}"><title>{name} {_span(value)}</title></line>'
        )
    return _svg("".join(parts), label)


def by_name(rows: Sequence[tuple[str, int, str]], label: str) -> str:
    """Bars from left to right. rows: a text, a count, a class. Texts are escaped here."""
    if not rows:
        return ""
    most = max(count for _, count, _ in rows)
    left, right = 260, 70
    parts = []
    for at, (name, count, style) in enumerate(rows):
        y = at * _ROW
        width = max(1.5, (WIDTH - left - right) * count / most)
        shown = name if len(name) <= 36 else f"{name[:34]}.."
        parts.append(
            f"<g><title>{escape(name)}: {count:,}</title>"
            f'<text x="{left - 8}" y="{y + 15}" text-anchor="end">{escape(shown)}</text>'
            f'<rect class="{style}" x="{left}" y="{y + 4}" width="{width:.1f}" height="14"/>'
            f'<text x="{left + width + 6:.1f}" y="{y + 15}">{count:,}</text></g>'
        )
    return _svg("".join(parts), label, len(rows) * _ROW + 4)


def _bars(times: Histogram) -> Iterator[tuple[float, float, int]]:
    """Start, end and count of each bar, from the first with something to the last."""
    found: list[tuple[float, float, int]] = []
    bound_before, seen_before = 0.0, 0
    for bound, seen in times.cumulative(_STEP):
        start = bound_before or bound / 10 ** (_STEP / A_DECADE)
        found.append((start, bound, seen - seen_before))
        bound_before, seen_before = bound, seen
    if times.count > seen_before:
        found.append(
            (bound_before, bound_before * 10 ** (_STEP / A_DECADE), times.count - seen_before)
        )
    filled = [at for at, (*_, count) in enumerate(found) if count]
    if filled:
        yield from found[max(0, filled[0] - 1) : filled[-1] + 2]


def _decades(low: float, high: float, place: object) -> Iterator[str]:
    assert callable(place)
    for power in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1):
        yield _tick(place(10.0**power), _span(10.0**power))
    if math.ceil(math.log10(low) - 1e-9) > math.floor(math.log10(high) + 1e-9):
        yield _tick(place(low), _span(low))
        yield _tick(place(high), _span(high))


def _axis(most: int) -> Iterator[str]:
    """Lines for the counts, at most four."""
    step = _round_step(most)
    for value in range(0, most + 1, step):
        y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most
        yield (
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>'
        )


def _round_step(most: int) -> int:
    rough = max(1, most / 4)
    power = 10 ** math.floor(math.log10(rough))
    return next(int(power * by) for by in (1, 2, 5, 10) if power * by >= rough)


def _bar(x: float, width: float, share: float, style: str, title: str) -> str:
    height = max(1.5, (HEIGHT - TOP - BOTTOM) * share)
    gap = min(1.0, width / 5)
    return (
        f'<rect class="{style}" x="{x:.2f}" y="{HEIGHT - BOTTOM - height:.1f}" '
        f'width="{max(0.5, width - gap):.2f}" height="{height:.1f}">'
        f"<title>{escape(title)}</title></rect>"
    )


def _tick(x: float, text: str) -> str:
    anchor = "start" if x < LEFT + 12 else "end" if x > WIDTH - RIGHT - 12 else "middle"
    return (
        f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{HEIGHT - BOTTOM}" '
        f'y2="{HEIGHT - BOTTOM + 5}"/>'
        f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 19}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(body: str, label: str, height: int = HEIGHT) -> str:
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}">{body}</svg>'
    )


def _seconds(span_ns: int) -> str:
    seconds = span_ns / SECOND
    if seconds >= 7200:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 60:.3g} min" if seconds >= 180 else f"{seconds:.4g} s"


def _span(seconds: float) -> str:
    """A round time without digits behind the point that say nothing."""
    number, _, unit = span_text(round(seconds * SECOND)).partition(" ")
    return f"{float(number):.4g} {unit}"
