"""Ladders as a Mermaid sequence diagram, for Markdown pages and issue trackers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.ladder.model import Arrow, Call, Endpoint, Ladder, Lifeline
from seastool.ladder.words import label_of, mark_text, span_text, title_of
from seastool.render.printable import printable
from seastool.render.times import seconds_text

LONGEST: Final = 50_000  # characters that Mermaid takes as it comes (its maxTextSize)
_PLAIN = frozenset(" !()*+,-./:=?@[]_'")
_DIRECTIVES = ("wrap:", "nowrap:")


def ladder_mermaid(ladder: Ladder, *, others: bool = False) -> Iterator[str]:
    """One diagram, in lines; each of several calls has its title as a note. Responses are dotted.

    Every character that could mean something to Mermaid is written as its code.
    """
    calls = [ladder.others] if others and ladder.others.arrows else []
    calls += ladder.calls
    names: dict[int, str] = {}
    known: list[Endpoint] = []  # which keeps them alive, and so their ids apart
    yield "sequenceDiagram\n"
    for call in calls:
        for line in call.lifelines:
            if id(line.endpoint) not in names:
                names[id(line.endpoint)] = f"e{len(names) + 1}"
                known.append(line.endpoint)
                yield f"    participant {names[id(line.endpoint)]} as {_heading(line)}\n"
    for call in calls:
        yield from _call(call, names, ladder.start_ns, titled=len(calls) > 1)


def _heading(lifeline: Lifeline) -> str:
    name, address = escaped(lifeline.name), escaped(lifeline.address)
    return f"{name}<br/>{address}" if address else name


def _call(call: Call, names: dict[int, str], start_ns: int, *, titled: bool) -> Iterator[str]:
    ends = [names[id(line.endpoint)] for line in call.lifelines]
    if titled and ends:
        over = ",".join(dict.fromkeys((ends[0], ends[-1])))
        yield f"    Note over {over}: {'  '.join(map(escaped, title_of(call)))}\n"
    marks = call.placed_marks()
    for i, arrow in enumerate(call.arrows):
        source, target = ends[arrow.source], ends[arrow.target]
        yield f"    {source}{_line(arrow)}{target}: {_label(arrow, start_ns)}\n"
        for mark in marks.get(i, ()):
            over = ",".join(dict.fromkeys((source, target)))
            yield f"    Note over {over}: {escaped(mark_text(mark))}\n"


def _line(arrow: Arrow) -> str:
    if arrow.is_retransmission:
        return "--)" if arrow.status else "-)"
    return "-->>" if arrow.status else "->>"


def _label(arrow: Arrow, start_ns: int) -> str:
    parts = [label_of(arrow)]
    if arrow.transaction:
        parts.append(arrow.transaction)
    times = seconds_text(arrow.time_ns - start_ns)
    if arrow.follow_ns is not None:
        times += f", passes on after {span_text(arrow.follow_ns)}"
    if arrow.answer_ns is not None:
        times += f", answers after {span_text(arrow.answer_ns)}"
    return "<br/>".join(escaped(part) for part in (*parts, f"{arrow.packet}: {times}"))


def escaped(text: str) -> str:
    """Text in which Mermaid sees nothing of its own: no end of statement, comment, tag, entity.

    Mermaid takes no empty text: it is a dash here.
    """
    plain = _PLAIN - {":"} if text.strip().lower().startswith(_DIRECTIVES) else _PLAIN
    told = "".join(
        c if c.isalnum() or c in plain or not c.isascii() else f"#{ord(c)};"
        for c in printable(text)
    )
    return told if told.strip() else "-"
