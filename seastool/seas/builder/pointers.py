"""The pointers of parameter lists, as the real module computes them
(docs/protocol.md: Parameter lists).

Three kinds: lists whose parameters were parsed one by one; those of Contact and routes, which it
turns round before use; and the URI's, which it finds by itself.
"""

from collections.abc import Sequence
from typing import Protocol

from seastool.seas.dialect import Dialect, Quirk
from seastool.sip.text import QUOTE, Span
from seastool.wire import pointer_bytes

_SEMICOLON = 0x3B
_EQUAL = 0x3D


class Spans(Protocol):
    """What a parameter of any kind has."""

    @property
    def name_start(self) -> int: ...
    @property
    def name_end(self) -> int: ...
    @property
    def value_start(self) -> int: ...
    @property
    def value_end(self) -> int: ...


def parameter_pointers(text: bytes, parameters: Sequence[Spans], dialect: Dialect) -> bytes:
    """The list of To, From, Refer-To, Remote-Party-ID and Via."""
    if not parameters:
        return b""
    return _pointers(text, parameters, parameters[-1], dialect)


def turned_pointers(text: bytes, parameters: Sequence[Spans], dialect: Dialect) -> bytes:
    """The list of Contact, Route and Record-Route.

    The module turns the parser's list round and takes its old head for the last parameter; so
    a parser that keeps text order gets a list turned the wrong way.
    """
    if not parameters:
        return b""
    if dialect.grammar.parameters_last_first:
        return _pointers(text, parameters, parameters[-1], dialect)
    return _pointers(text, parameters[::-1], parameters[0], dialect)


def _pointers(text: bytes, parameters: Sequence[Spans], last: Spans, dialect: Dialect) -> bytes:
    takes_quotes = Quirk.QUOTED_POINTERS_TAKE_QUOTES in dialect.quirks
    pairs = []
    for parameter, following in zip(parameters, [*parameters[1:], None], strict=True):
        if parameter.value_start >= 0:
            value = parameter.value_start
        elif following is not None:
            value = following.name_start
        else:
            value = parameter.name_end + 1
        if takes_quotes and text[value - 1] == QUOTE:
            value -= 1
        pairs.append((parameter.name_start, value))
    end = last.value_end if last.value_start >= 0 else last.name_end
    if takes_quotes and text[end : end + 1] == b'"':
        end += 1
    return pointer_bytes(pairs, end + 1)


def uri_pointers(text: bytes, uri_start: int, parameters: Span | None) -> bytes:
    """The list of a URI's parameters; starts count from the URI.

    The module looks one byte past the parameters, and not at the first byte of each.
    """
    if parameters is None or not parameters[1]:
        return b""
    start, size = parameters
    base = start - uri_start + 1
    found = [base - 1]
    at = 0
    while at < size:
        at += 1
        byte = text[start + at]
        if byte == _SEMICOLON:
            found += [base + at, base + at]
        elif byte == _EQUAL:
            found.append(base + at)
            while at < size and text[start + at] != _SEMICOLON:
                at += 1
            if text[start + at] == _SEMICOLON:
                found.append(base + at)
    found.append(base + at)
    if len(found) % 2 == 0:
        found.append(base + at)
    return bytes([pointer & 0xFF for pointer in found])
