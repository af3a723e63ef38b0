"""Words that every picture of a ladder has in common; fit to be shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from seastool.ladder.model import Arrow, Call, Lifeline, Mark
from seastool.render.printable import printable
from seastool.render.times import seconds_text


def cells(text: str) -> int:
    """How many columns a text takes: wide characters two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fitted(text: str, width: int) -> str:
    """The text in at most that many columns, with dots where it was cut."""
    if cells(text) <= width:
        return text
    dots = ".." if width > 2 else ""
    taken, used = "", len(dots)
    for c in text:
        used += cells(c)
        if used > width:
            break
        taken += c
    return taken + dots


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most that many columns, between words where that can be."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cells(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, width)
        lines += whole
    return [*lines, line]


def _pieces(word: str, width: int) -> Iterator[str]:
    """A word in pieces that fit, each as long as can be; the last one may be empty."""
    start = used = 0
    for i, c in enumerate(word):
        size = cells(c)
        if used + size > width and i > start:
            yield word[start:i]
            start, used = i, 0
        used += size
    yield word[start:]


def span_text(span_ns: int | None) -> str:
    """Three or four digits and a unit: ``1.094 ms``, ``301 ms``, ``2.003 s``; nothing for None."""
    if span_ns is None:
        return ""
    milliseconds = span_ns / 1_000_000
    if abs(milliseconds) >= 1000:
        return (
            f"{milliseconds / 1000:.3f} s" if milliseconds < 1e6 else f"{milliseconds / 1000:.0f} s"
        )
    digits = 3 if abs(milliseconds) < 10 else 2 if abs(milliseconds) < 100 else 0
    return f"{milliseconds:.{digits}f} ms"


def label_of(arrow: Arrow) -> str:
    """What stands on an arrow."""
    return printable(arrow.text)


def heading_of(lifeline: Lifeline) -> list[str]:
    """Name and place of a lifeline."""
    return [printable(lifeline.name), printable(lifeline.address) or lifeline.role.value]


def mark_text(mark: Mark) -> str:
    """A mark as one line."""
    return printable(mark.text)


def title_of(call: Call) -> list[str]:
    """The title of a call: Call-ID, who calls whom, how it ended, how long, how much."""
    messages = counted(len(call.arrows), "message" if call.call_id else "frame or message")
    duration = f"{seconds_text(call.duration_ns)} s"
    if not call.call_id:
        return ["no call", messages, duration]
    parts = [call.call_id, parties_of(call), call.result or "no request", duration, messages]
    return [printable(part) for part in parts]


def parties_of(call: Call) -> str:
    """Who calls whom; as on the wire."""
    return f"{call.from_uri or '?'} -> {call.to_uri or '?'}"


def counted(count: int, noun: str) -> str:
    """``1 call``, ``2 calls``."""
    if count != 1:
        noun = "frames and messages" if noun.startswith("frame or") else f"{noun}s"
    return f"{count:,} {noun}"
