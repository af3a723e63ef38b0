"""Ladders as one HTML page that needs nothing else: no network, no library.

A click on an arrow, or the arrow keys then, show the message decoded. All text from the wire is
escaped, and the page's own policy lets no script run but the one at its end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import escape
from typing import Final, NamedTuple

from seastool.ladder.contents import content_lines
from seastool.ladder.model import Arrow, Call, Ladder, Mark, Severity
from seastool.ladder.packing import packed
from seastool.ladder.page import SWITCH, page_head
from seastool.ladder.page_style import TAGS, ladder_script, ladder_style
from seastool.ladder.svg import call_picture
from seastool.ladder.words import (
    counted,
    label_of,
    mark_text,
    parties_of,
    span_text,
)
from seastool.render.paint import Paint
from seastool.render.printable import printable
from seastool.render.times import iso_time, seconds_text

MOST_OPEN: Final = 600  # messages: with more, a page opens too slowly, and its calls are packed
_MOST_VERDICTS: Final = 8
_MOST_TOLD: Final = 10  # marks of one call in the list
_STYLED: Final = re.compile("\x1b\\[([0-9;]+)m(.*?)\x1b\\[0m")
_CLASSES: Final = {Severity.INFO: "faint", Severity.WARNING: "warn", Severity.ERROR: "bad"}
_NO_SCRIPT: Final = (
    '<noscript><p class="notes">Without its script the page shows the list alone: '
    "its calls are packed. A page of fewer calls (--calls) is not.</p></noscript>\n"
)


class _Shown(NamedTuple):
    """A call on the page. number: as people count; empty for what belongs to no call."""

    number: str
    call: Call


def ladder_html(
    ladder: Ladder, *, name: str = "", others: bool = False, most_open: int = MOST_OPEN
) -> Iterator[str]:
    """The page in pieces of text.

    name: of the capture. others: what belongs to no call, too. The messages are those of
    `Arrow.decoded`; where there is none, a click shows the arrow's own facts.
    most_open: messages; a page with more opens with the list of calls alone.
    """
    calls = [_Shown("", ladder.others)] if others and ladder.others.arrows else []
    calls += [_Shown(str(n), call) for n, call in enumerate(ladder.calls, ladder.first)]
    title, script = f"Ladder {printable(name)}".rstrip(), ladder_script()
    yield page_head(title, ladder_style(), script)
    told = counted(len(ladder.calls), "call")
    yield f"<header><h1>{escape(title)}</h1><p>{told}</p>{SWITCH}</header>\n<main>\n"
    for line in _notes(ladder):
        yield f'<p class="notes">{escape(line)}</p>\n'
    is_packed = len(calls) > 1 and sum(len(one.call.arrows) for one in calls) > most_open
    if is_packed:
        yield _NO_SCRIPT
    yield '<p class="notes" id="trouble" hidden></p>\n'
    if len(calls) > 1:
        yield _tools(ladder)
        yield from _table(calls, ladder.start_ns)
    yield from (_packed if is_packed else _open)(calls, ladder.start_ns)
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>\n"


def _open(calls: list[_Shown], start_ns: int) -> Iterator[str]:
    for number, (_, call) in enumerate(calls):
        yield from _call(number, call, start_ns)
    for number, (_, call) in enumerate(calls):
        yield from _messages(number, call, start_ns)


def _packed(calls: list[_Shown], start_ns: int) -> Iterator[str]:
    for number, (_, call) in enumerate(calls):
        picture = "".join(_call(number, call, start_ns))
        yield from packed(f"p{number}", picture, _messages(number, call, start_ns))


def _notes(ladder: Ladder) -> list[str]:
    notes = [f"packet {m.packet}: {mark_text(m)}" for m in ladder.marks]
    return notes + [f"left out: {n:,} {what}" for what, n in ladder.dropped.items()]


def _tools(ladder: Ladder) -> str:
    """What narrows the list: a text, the marks, a result."""
    counts = Counter(call.result or "no request" for call in ladder.calls)
    styles = {call.result or "no request": _result_class(call) for call in ladder.calls}
    verdicts = "".join(
        f'<button type="button" class="verdict {styles[result]}" data-find="{_shown(result)}">'
        f"{_shown(result)} · {count:,}</button>"
        for result, count in counts.most_common(_MOST_VERDICTS)
    )
    return (
        '<div id="tools" hidden><input id="find" type="search" aria-label="Find calls" '
        'placeholder="Call-ID, URI, result, mark"><label><input id="marked" type="checkbox"> '
        f'with marks only</label>{verdicts}<span id="found" class="faint"></span></div>\n'
    )


def _table(calls: list[_Shown], start_ns: int) -> Iterator[str]:
    """One line a call, with a link to it."""
    yield (
        '<div class="scroll"><table><thead><tr>'
        '<th class="r">#</th><th>Call-ID</th><th>from, to</th><th>result</th>'
        '<th class="r">starts at</th><th class="r">takes</th><th class="r">messages</th>'
        '<th class="r">marks</th></tr></thead><tbody>\n'
    )
    for at, (number, call) in enumerate(calls):
        yield (
            f'<tr class="call"><td class="r">{number}</td>'
            f'<td><a class="to" href="#c{at}">{_shown(call.call_id or "no call")}</a></td>'
            f"<td>{_shown(parties_of(call)) if call.call_id else ''}</td>"
            f'<td class="{_result_class(call)}">{_shown(_result_of(call))}</td>'
            f'<td class="r">{seconds_text(call.start_ns - start_ns)}</td>'
            f'<td class="r">{span_text(call.duration_ns)}</td>'
            f'<td class="r">{len(call.arrows):,}</td>{_marks(call)}</tr>\n'
        )
    yield "</tbody></table></div>\n"


def _marks(call: Call) -> str:
    """How many; what they say, the worst first, is told where the mouse rests, and searched."""
    if not call.marks:
        return '<td class="r marks"></td>'
    order = list(Severity)
    marks = sorted(call.marks, key=lambda mark: -order.index(mark.severity))
    told = [f"packet {mark.packet}: {mark_text(mark)}" for mark in marks[:_MOST_TOLD]]
    told += [f"and {len(marks) - _MOST_TOLD:,} more"] if len(marks) > _MOST_TOLD else []
    title = escape("\n".join(told))
    return f'<td class="r marks {_worst(call.marks)}" title="{title}">{len(marks)}</td>'


def _result_of(call: Call) -> str:
    return (call.result or "no request") if call.call_id else ""


def _worst(marks: list[Mark]) -> str:
    severities = {mark.severity for mark in marks}
    return "bad" if Severity.ERROR in severities else "warn" if severities else ""


def _result_class(call: Call) -> str:
    if not call.call_id:
        return ""
    return "good" if 200 <= call.final_status < 300 else "bad"


def _call(number: int, call: Call, start_ns: int) -> Iterator[str]:
    picture = call_picture(call, start_ns, link=f"m{number}-")
    heading = _shown(call.call_id or "no call")
    yield f'<section class="call" id="c{number}"><h2>{heading}</h2>\n<p>'
    if call.call_id:
        result = f'<span class="{_result_class(call)}">{_shown(call.result or "no request")}</span>'
        yield f"{_shown(parties_of(call))} · {result} · "
    yield f"{seconds_text(call.duration_ns)} s · {counted(len(call.arrows), 'message')}</p>\n"
    yield (
        f'<div class="scroll"><svg class="ladder" xml:space="preserve" '
        f'width="{picture.width:.0f}" height="{picture.height:.0f}" '
        f'viewBox="0 0 {picture.width:.0f} {picture.height:.0f}" role="group" '
        f'aria-label="Ladder">\n{picture.body}</svg></div></section>\n'
    )


def _messages(number: int, call: Call, start_ns: int) -> Iterator[str]:
    marks = call.placed_marks()
    for i, arrow in enumerate(call.arrows):
        facts = "".join(
            f"<dt>{name}</dt><dd>{escape(text)}</dd>"
            for name, text in _facts(call, arrow, start_ns)
        )
        for mark in marks.get(i, ()):
            style = _CLASSES[mark.severity]
            facts += f'<dt>{mark.severity}</dt><dd class="{style}">{escape(mark_text(mark))}</dd>'
        yield (
            f'<article class="message" id="m{number}-{i}"><a class="close" href="#c{number}">'
            f"Close</a><h3>{escape(label_of(arrow))}</h3><dl>{facts}</dl>{_content(arrow)}"
            "</article>\n"
        )


def _facts(call: Call, arrow: Arrow, start_ns: int) -> Iterator[tuple[str, str]]:
    source, target = (call.lifelines[i] for i in (arrow.source, arrow.target))
    yield "packet", str(arrow.packet)
    yield "time", f"{seconds_text(arrow.time_ns - start_ns)} s, {iso_time(arrow.time_ns)}"
    yield "way", printable(f"{source.name} ({source.address}) -> {target.name} ({target.address})")
    yield "what", f"{arrow.type_name}, {arrow.size:,} bytes"
    if arrow.transaction:
        yield "transaction", arrow.transaction
    if arrow.answers is not None:
        packet = call.arrows[arrow.answers].packet
        yield "answers", f"packet {packet}, after {span_text(arrow.answer_ns)}"
    if arrow.follows is not None:
        packet = call.arrows[arrow.follows].packet
        yield "passes on", f"packet {packet}, after {span_text(arrow.follow_ns)}"


def _content(arrow: Arrow) -> str:
    if arrow.decoded is None:
        return ""
    lines = "\n".join(content_lines(arrow.decoded, Paint(True)))
    return f"<pre>{coloured(lines)}</pre>"


def coloured(text: str) -> str:
    """Escaped text with an element for each style of `seastool.render.paint`: in what comes from
    the wire there is no ESC any more, so each is one of its own."""
    return _STYLED.sub(_element, escape(text, quote=False))


def _element(found: re.Match[str]) -> str:
    tag = TAGS.get(found[1])
    return f"<{tag}>{found[2]}</{tag}>" if tag else found[2]


def _shown(text: str) -> str:
    return escape(printable(text))
