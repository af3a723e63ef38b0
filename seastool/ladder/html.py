"""Ladders as one HTML page that needs nothing else: no network, no library.

A click on an arrow, or the arrow keys then, show the message decoded. All text from the wire is
escaped, and the page's own policy lets no script run but the one at its end.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Final

from seastool.ladder.contents import content_lines
from seastool.ladder.model import Arrow, Call, Ladder, Mark, Severity
from seastool.ladder.page_style import TAGS, page_script, page_style
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

_STYLED: Final = re.compile("\x1b\\[([0-9;]+)m(.*?)\x1b\\[0m")
_CLASSES: Final = {Severity.INFO: "faint", Severity.WARNING: "warn", Severity.ERROR: "bad"}


def ladder_html(ladder: Ladder, *, name: str = "", others: bool = False) -> Iterator[str]:
    """The page in pieces of text.

    name: of the capture. others: what belongs to no call, too. The messages are those of
    `Arrow.decoded`; where there is none, a click shows the arrow's own facts.
    """
    calls = [ladder.others] if others and ladder.others.arrows else []
    calls += ladder.calls
    title, script = f"Ladder {printable(name)}".rstrip(), page_script()
    yield _head(title, script)
    told = counted(len(ladder.calls), "call")
    yield (
        f"<header><h1>{escape(title)}</h1><p>{told}</p>"
        '<button id="theme" type="button" hidden>Dark</button></header>\n<main>\n'
    )
    for line in _notes(ladder):
        yield f'<p class="notes">{escape(line)}</p>\n'
    if len(calls) > 1:
        yield from _table(calls, ladder.start_ns)
    for number, call in enumerate(calls):
        yield from _call(number, call, ladder.start_ns)
    for number, call in enumerate(calls):
        yield from _messages(number, call, ladder.start_ns)
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>\n"


def _head(title: str, script: str) -> str:
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{page_style()}</style>\n</head>\n<body>\n"
    )


def _notes(ladder: Ladder) -> list[str]:
    notes = [f"packet {m.packet}: {mark_text(m)}" for m in ladder.marks]
    return notes + [f"left out: {n:,} {what}" for what, n in ladder.dropped.items()]


def _table(calls: list[Call], start_ns: int) -> Iterator[str]:
    """One line a call, with a link to it."""
    yield (
        '<div class="scroll"><table><thead><tr>'
        '<th class="r">#</th><th>Call-ID</th><th>from, to</th><th>result</th>'
        '<th class="r">starts at</th><th class="r">takes</th><th class="r">messages</th>'
        '<th class="r">marks</th></tr></thead><tbody>\n'
    )
    for number, call in enumerate(calls):
        marks = f'<td class="r {_worst(call.marks)}">{len(call.marks) or ""}</td>'
        yield (
            f'<tr><td class="r">{number + 1}</td>'
            f'<td><a href="#c{number}">{_shown(call.call_id or "no call")}</a></td>'
            f"<td>{_shown(parties_of(call)) if call.call_id else ''}</td>"
            f'<td class="{_result_class(call)}">{_shown(call.result)}</td>'
            f'<td class="r">{seconds_text(call.start_ns - start_ns)}</td>'
            f'<td class="r">{span_text(call.duration_ns)}</td>'
            f'<td class="r">{len(call.arrows):,}</td>{marks}</tr>\n'
        )
    yield "</tbody></table></div>\n"


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
