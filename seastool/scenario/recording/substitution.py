"""SIP texts of a capture as templates: what is new in each call becomes a variable."""

from __future__ import annotations

import re
from collections.abc import Iterator

from seastool.scenario.recording.addresses import Addresses
from seastool.scenario.recording.yaml_text import fits_block
from seastool.sip import parts as sip_parts

Span = tuple[int, int, str]

# Of the decoded head, for their spans; `seastool.sip.parts` gives values.
_CALL_ID = re.compile(r"^(?:call-id|i)[ \t]*:[ \t]*([^\s]+)", re.IGNORECASE | re.MULTILINE)
_TAGS = {
    name: re.compile(rf"^(?:{name}|{name[0]})[ \t]*:[^\r\n]*?;[ \t]*tag=([^;,\s>]+)", re.I | re.M)
    for name in ("from", "to")
}
_VIA = re.compile(r"^(?:via|v)[ \t]*:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_BRANCH = re.compile(r";[ \t]*branch=([^;,\s]+)", re.IGNORECASE)
_CSEQ = re.compile(r"^cseq[ \t]*:[ \t]*([0-9]+)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(r"^(?:content-length|l)[ \t]*:[ \t]*([0-9]+)(?=\r\n)", re.I | re.M)
_EMPTY_LINE = "\r\n\r\n"


class Substitution:
    """The values met so far, and how a template says each."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._known: dict[tuple[str, str, str], str] = {}  # by kind, call of a tag, value
        self._made: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def learn(self, text: bytes, name: str) -> None:
        """A message of the other side came, of the transaction `name`; its values are known by
        that name from now on."""
        call_id = sip_parts.call_id(text) or ""
        if sip_parts.status(text) is None:
            self._learn("call_id", "", call_id, f"{name}.call_id")
            self._learn("tag", call_id, sip_parts.tag(text, "From"), f"{name}.from_tag")
            self._learn("branch", "", sip_parts.branch(text), f"{name}.branch")
        self._learn("tag", call_id, sip_parts.tag(text, "To"), f"{name}.to_tag")

    def _learn(self, kind: str, scope: str, value: str | None, expression: str) -> None:
        if value:
            self._known.setdefault((kind, scope, value), f"{{{{ {expression} }}}}")

    def template(
        self, text: bytes, name: str = "", answers: tuple[str, int | None] = ("", None)
    ) -> str | None:
        """A message of this side's own as a template with bare line ends; None where that cannot
        be, for it has no empty line.

        name: what its transaction will be called. answers: the one that a response is for, and
        the number of its CSeq.
        """
        told = sip_parts.text_of(text)
        end = told.find(_EMPTY_LINE)
        if end < 0 or told.startswith("\r\n"):
            return None
        head, body = told[: end + 2], told[end + 4 :]
        spans = [*self._ids(head, answers), *self._length(head, body)]
        taken = [(start, stop) for start, stop, _ in spans]
        for start, stop, variable in self._addresses.find(head):
            if not any(a < stop and start < b for a, b in taken):
                spans.append((start, stop, f"{{{{ {variable} }}}}"))
        if name and (branch := sip_parts.branch(text)):
            self._learn("branch", "", branch, f"{name}.branch")
        made = _put_in(head, spans)
        if not body.strip("\r\n"):  # line ends at the end of a text say nothing by themselves
            return f"{made}\n{''.join(map(_bytes, body))}" if body else made
        return f"{made}\n{self._plain(body)}"

    def uri(self, uri: str) -> str:
        """A URI with its addresses as variables."""
        return self._plain(uri)

    def _plain(self, text: str) -> str:
        found = [(a, b, f"{{{{ {name} }}}}") for a, b, name in self._addresses.find(text)]
        return _put_in(text, found)

    def _ids(self, head: str, answers: tuple[str, int | None]) -> Iterator[Span]:
        call_id = ""
        if found := _CALL_ID.search(head):
            call_id = found[1]
            yield (*found.span(1), self._say("call_id", "", call_id))
        for pattern in _TAGS.values():
            if found := pattern.search(head):
                yield (*found.span(1), self._say("tag", call_id, found[1]))
        for i, via in enumerate(_VIA.finditer(head)):
            for found in _BRANCH.finditer(head, *via.span()):
                known = self._known.get(("branch", "", found[1]))
                if known or not i:
                    yield (*found.span(1), known or "{{ branch }}")
        name, number = answers
        if number is not None and (found := _CSEQ.search(head)):
            more = int(found[1][:10]) - number
            yield (*found.span(1), f"{{{{ {name}.cseq{f' | add({more})' if more else ''} }}}}")

    def _say(self, kind: str, scope: str, value: str) -> str:
        """The expression of a value; one that is met first here is made by the scenario."""
        known = self._known.get((kind, scope, value))
        if known is None:
            known = self._made.get((kind, value)) or self._make(kind, value)
            self._known[kind, scope, value] = known
        return known

    def _make(self, kind: str, value: str) -> str:
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        made = f"{{{{ {kind} }}}}" + (f"-{count}" if count > 1 else "")
        self._made[kind, value] = made
        return made

    def _length(self, head: str, body: str) -> Iterator[Span]:
        found = _LENGTH.search(head)
        if found and int(found[1]) == len(sip_parts.bytes_of(body)):
            yield (*found.span(1), "auto")


def _put_in(text: str, spans: list[Span]) -> str:
    """The text with the spans replaced, and all else as it has to stand in a block."""
    made, at = [], 0
    for start, end, expression in sorted(spans):
        made += [literal(text[at:start]), expression]
        at = end
    made.append(literal(text[at:]))
    return _first_blank("".join(made))


def literal(text: str) -> str:
    """Text as a template that gives the same: what a block cannot hold goes as bytes, and a
    brace that something stands behind is quoted."""
    return "\n".join(
        "".join(_told(line[i], line[i + 1 : i + 2]) for i in range(len(line)))
        for line in text.split("\r\n")
    )


def _told(character: str, following: str) -> str:
    if not fits_block(character):
        return _bytes(character)
    alone = following and following != "{" and fits_block(following)
    return "{{ '{' }}" if character == "{" and not alone else character


def _bytes(character: str) -> str:
    return f"{{{{ bytes({sip_parts.bytes_of(character).hex()}) }}}}"


def _first_blank(text: str) -> str:
    """A blank at the start would be taken for indentation."""
    return f"{_bytes(text[0])}{text[1:]}" if text[:1] in (" ", "\t") else text
