"""Whether a message is as it was recorded, at one of three levels; docs/replay.md has the rules."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from seastool.render.printable import shown
from seastool.replay.fields import Field, SipFields, read_start
from seastool.replay.shapes import body_shape, list_shape, text_shape, uri_shape

Level = Literal["status", "headers", "full"]
LEVELS: Final[tuple[Level, ...]] = ("status", "headers", "full")
_LONGEST: Final = 160
_MOST: Final = 100
_NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as recorded. where: `status`, a header's name, `body line 4` ...; expected and
    got are fit to be shown."""

    where: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}, got {self.got}"


def compare(expected: bytes, got: bytes, level: Level = "status") -> list[Difference]:
    """The differences of a message from the recorded one, the first hundred; none if it is as
    recorded as far as the level asks. Neither needs to be right SIP."""
    if level == "status":
        return _start(expected, got)
    one, other = SipFields(expected), SipFields(got)
    found = _start(expected, got)
    if level == "full":
        found += _reason(one, other)
    found += _uri(one, other)
    found += _names(one, other)
    found += _values(one, other, level)
    if level == "full":
        found += _order(one, other)
        found += _body(one, other)
    return found[:_MOST]


def _start(expected: bytes, got: bytes) -> list[Difference]:
    method, _, status, _ = read_start(expected.lstrip(b"\r\n").partition(b"\n")[0])
    other_method, _, other_status, _ = read_start(got.lstrip(b"\r\n").partition(b"\n")[0])
    if (method, status) == (other_method, other_status):
        return []
    where = "status" if status else "method"
    return [Difference(where, _called(method, status), _called(other_method, other_status))]


def _called(method: bytes, status: int) -> str:
    return str(status) if status else _cut(method)


def _reason(expected: SipFields, got: SipFields) -> list[Difference]:
    if expected.is_request or got.is_request or expected.reason == got.reason:
        return []
    return [Difference("reason", _cut(expected.reason), _cut(got.reason))]


def _uri(expected: SipFields, got: SipFields) -> list[Difference]:
    same = uri_shape(expected.uri) == uri_shape(got.uri)
    if same or expected.status or got.status:
        return []
    return [Difference("Request-URI", _cut(expected.uri), _cut(got.uri))]


def _by_key(fields: list[Field]) -> dict[bytes, list[Field]]:
    """The headers that are compared. Content-Length is not: it follows from the body."""
    found: dict[bytes, list[Field]] = {}
    for field in fields:
        if field.key != b"content-length":
            found.setdefault(field.key, []).append(field)
    return found


def _names(expected: SipFields, got: SipFields) -> Iterator[Difference]:
    """Headers that one has and the other has not, in order of first appearance."""
    there, here = _by_key(expected.fields), _by_key(got.fields)
    for key, fields in there.items():
        if key not in here:
            yield Difference(_cut(fields[0].name), _value(fields), _NOTHING)
    for key, fields in here.items():
        if key not in there:
            yield Difference(_cut(fields[0].name), _NOTHING, _value(fields))


def _values(expected: SipFields, got: SipFields, level: Level) -> Iterator[Difference]:
    shape = text_shape if level == "full" else list_shape
    there, here = _by_key(expected.fields), _by_key(got.fields)
    for key, fields in there.items():
        others = here.get(key)
        if others is None:
            continue
        values, other_values = [f.value for f in fields], [f.value for f in others]
        if values != other_values and shape(key, values) != shape(key, other_values):
            yield Difference(_cut(fields[0].name), _value(fields), _value(others))


def _order(expected: SipFields, got: SipFields) -> list[Difference]:
    """The order of the names both have, where it differs."""
    there, here = list(_by_key(expected.fields)), list(_by_key(got.fields))
    there, here = [k for k in there if k in here], [k for k in here if k in there]
    if there == here:
        return []
    return [Difference("header order", _cut(b" ".join(there)), _cut(b" ".join(here)))]


def _body(expected: SipFields, got: SipFields) -> Iterator[Difference]:
    lines = body_shape(expected.first(b"content-type"), expected.body)
    others = body_shape(got.first(b"content-type"), got.body)
    if [line for line, _ in lines] == [line for line, _ in others]:
        return
    matcher = difflib.SequenceMatcher(
        None, [line for line, _ in lines], [line for line, _ in others], autojunk=False
    )
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        there = b" ".join(raw for _, raw in lines[start:end])
        here = b" ".join(raw for _, raw in others[other_start:other_end])
        where = f"body line {start + 1}"
        yield Difference(where, _cut(there) or _NOTHING, _cut(here) or _NOTHING)


def _value(fields: list[Field]) -> str:
    return _cut(b", ".join(field.value for field in fields)) or "an empty value"


def _cut(text: bytes) -> str:
    told = shown(text[: _LONGEST + 1])
    return told if len(told) <= _LONGEST else told[:_LONGEST] + "..."
