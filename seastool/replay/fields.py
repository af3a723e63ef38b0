"""A SIP message as a comparison sees it: start line, headers by full name, body.

Nothing is refused: of what is no SIP the start line is what there is, and a header line without
a colon is a header without a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from seastool.sip.header_name import COMPACT

_COMPACT: Final = {short.encode(): full.encode() for short, full in COMPACT.items()}
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FOLD: Final = re.compile(rb"(?<![ \t])[ \t]*+\r?\n[ \t]++")
_RESPONSE: Final = re.compile(rb"SIP/2\.0[ \t]+([0-9]{3})(?:[ \t]+([^\r\n]*))?", re.I)
_REQUEST: Final = re.compile(rb"([^ \t\r\n]+)[ \t]+([^ \t\r\n]+)[ \t]+SIP/2\.0", re.I)
_TAG: Final = re.compile(rb";[ \t]*tag[ \t]*=[ \t]*([^ \t;,>]+)", re.I)
_BRANCH: Final = re.compile(rb";[ \t]*branch[ \t]*=[ \t]*([^ \t;,]+)", re.I)
_CSEQ: Final = re.compile(rb"([0-9]+)[ \t]+([^ \t]+)")


@dataclass(slots=True)
class Field:
    """A header. name: as it is written; key: its full name in lower case; value: folds undone."""

    name: bytes
    key: bytes
    value: bytes


class SipFields:
    """The parts of a message. status is 0 for a request, method empty for a response."""

    __slots__ = ("_firsts", "body", "fields", "method", "reason", "status", "text", "uri")

    def __init__(self, text: bytes) -> None:
        self.text = text
        text = text.lstrip(b"\r\n")
        end = _HEAD_END.search(text)
        head = text[: end.start()] if end else text
        self.body = text[end.end() :] if end else b""
        start, _, rest = head.partition(b"\n")
        self.method, self.uri, self.status, self.reason = read_start(start)
        if b"\n " in rest or b"\n\t" in rest:
            rest = _FOLD.sub(b" ", rest)
        self.fields = [_field(line) for line in rest.split(b"\n") if line.strip()]
        self._firsts = {field.key: field.value for field in reversed(self.fields)}

    @property
    def is_request(self) -> bool:
        """Whether it is one, going by its first line."""
        return not self.status

    def first(self, key: bytes) -> bytes:
        """The value of the first header of that full name in lower case; empty if there is none."""
        return self._firsts.get(key, b"")

    def all(self, key: bytes) -> list[bytes]:
        """The values of all headers of that name."""
        return [field.value for field in self.fields if field.key == key]

    @property
    def call_id(self) -> bytes:
        """Empty if there is none."""
        return self.first(b"call-id")

    @property
    def branch(self) -> bytes:
        """Of the topmost Via; empty if there is none."""
        found = _BRANCH.search(self.first(b"via").partition(b",")[0])
        return found[1] if found else b""

    @property
    def from_tag(self) -> bytes:
        """Empty if there is none."""
        return tag_of(self.first(b"from"))

    @property
    def to_tag(self) -> bytes:
        """Empty if there is none."""
        return tag_of(self.first(b"to"))

    @property
    def cseq(self) -> tuple[int, bytes]:
        """Number and method; 0 and nothing if there is none."""
        found = _CSEQ.match(self.first(b"cseq"))
        return (int(found[1][:10]), found[2]) if found else (0, b"")


def read_start(line: bytes) -> tuple[bytes, bytes, int, bytes]:
    """A start line as method, URI, status and reason; what it does not have is empty or 0."""
    if found := _RESPONSE.match(line):
        return b"", b"", int(found[1]), (found[2] or b"").rstrip()
    if found := _REQUEST.match(line):
        return found[1], found[2], 0, b""
    return line.split(b" ")[0].strip(), b"", 0, b""


def tag_of(value: bytes) -> bytes:
    """The tag of a From or To; what stands in quotes or brackets is none."""
    behind = value.rfind(b">")
    found = _TAG.search(value, max(0, behind))
    return found[1] if found else b""


def _field(line: bytes) -> Field:
    name, colon, value = line.partition(b":")
    if not colon:
        return Field(b"", b"", line.strip())
    name = name.strip()
    key = name.lower()
    return Field(name, _COMPACT.get(key, key), value.strip())
