"""A SIP message as a template: CRLF at line ends, the empty line, Content-Length counted."""

from __future__ import annotations

import re

from seastool.scenario.texts.call import Call
from seastool.scenario.texts.scope import BUILT_IN, Scope
from seastool.scenario.texts.template import Part, Template, compile_template
from seastool.sip.parts import bytes_of

_LINE_END = re.compile(r"\r\n|\n")
_BLANK_LINE = re.compile(r"\n\r?\n")
_AUTO = re.compile(
    r"^(content-length|l)([ \t]*:[ \t]*)auto[ \t]*\r\n", re.IGNORECASE | re.MULTILINE
)
_EMPTY_LINE = "\r\n\r\n"


class MessageText:
    """A SIP message to be.

    counts: whether it uses the number of CSeq, which then counts on.
    """

    __slots__ = ("_bare", "_body", "_head", "_rest", "_whole", "counts")

    def __init__(self, template: Template) -> None:
        self.counts = BUILT_IN["cseq"] in template.parts
        head, body = _split(list(template.parts))
        self._body = Template(body)
        before, name, after = _auto_length(head)
        self._head = Template([*before, name])
        self._rest = Template([*after, "\r\n"])
        constant = self._body.constant
        self._whole: Template | None = None
        self._bare: Template | None = None
        if not name:
            self._whole = Template([*before, *after, "\r\n", *body])
        elif constant is not None:
            length = str(len(bytes_of(constant)))
            self._whole = Template([*before, name, length, "\r\n", *after, "\r\n", constant])
        if name and constant == "":
            self._bare = Template([*before, *after, "\r\n"])

    def render(self, call: Call, *, bare: bool = False) -> bytes:
        """The message. bare: an automatic Content-Length of 0 is left out. Raises: Unset."""
        if self._whole is not None:
            template = self._bare if bare and self._bare else self._whole
            return bytes_of(template.render(call))
        body = bytes_of(self._body.render(call))
        head, rest = self._head.render(call), self._rest.render(call)
        if not body and bare:
            return bytes_of(head[: head.rfind("\r\n") + 2] + rest)
        return bytes_of(f"{head}{len(body)}\r\n{rest}") + body


def compile_message(text: str, scope: Scope) -> MessageText:
    """Raises: BadText with the offset of what is wrong."""
    head_only = text.rstrip("\r\n")
    whole = text if _BLANK_LINE.search(head_only) else head_only
    return MessageText(compile_template(whole, scope, crlf))


def crlf(text: str) -> str:
    """The text with all its line ends CRLF."""
    return _LINE_END.sub("\r\n", text)


def _split(parts: list[Part]) -> tuple[list[Part], list[Part]]:
    """Head and body; the head ends with its last line, without the empty one."""
    for i, part in enumerate(parts):
        if isinstance(part, str) and (at := part.find(_EMPTY_LINE)) >= 0:
            return [*parts[:i], part[: at + 2]], [part[at + 4 :], *parts[i + 1 :]]
    last = parts[-1] if parts else ""
    if isinstance(last, str):
        return [*parts[:-1], f"{last}\r\n"], []
    return [*parts, "\r\n"], []


def _auto_length(head: list[Part]) -> tuple[list[Part], str, list[Part]]:
    """What stands before an automatic Content-Length, its name, what stands behind."""
    for i, part in enumerate(head):
        if isinstance(part, str) and (found := _AUTO.search(part)):
            before, after = part[: found.start()], part[found.end() :]
            return [*head[:i], before], found[1] + found[2], [after, *head[i + 1 :]]
    return head, "", []
