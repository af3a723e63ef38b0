"""Parameters of Contact, Route and Record-Route: ``;name=value``."""

import re
from typing import Final, NamedTuple

from seastool.sip.grammar import Grammar
from seastool.sip.text import QUOTE, Parameter, fail, trimmed_left

_NAME: Final = re.compile(rb"[^ \t\r\n,=;]*")
_TOKEN: Final = re.compile(rb"[^ \t\r\n,;]*")
_APOSTROPHE: Final = 0x27


class ParameterList(NamedTuple):
    """Parameters in text order. end: where they stop, a comma, a `>` or the end.

    ends: for each parameter, where the proxy counts it to end, its quotes included.
    """

    parameters: list[Parameter]
    ends: list[int]
    end: int


def parse_parameters(text: bytes, start: int, end: int, grammar: Grammar) -> ParameterList:
    """The parameters from `start`, behind the first semicolon and blanks. Raises: SipError."""
    found: list[Parameter] = []
    ends: list[int] = []
    at = start
    while True:
        name_start = at
        at = _run_end(_NAME, text, at, end)
        name_end, value = at, (-1, -1)
        parameter_end = name_end
        at = trimmed_left(text, at, end)
        if at < end and text[at] == 0x3D:
            at = trimmed_left(text, at + 1, end)
            value, at = _value(text, at, end, grammar)
            parameter_end = at
            at = trimmed_left(text, at, end)
        found.append(Parameter(name_start, name_end, *value))
        ends.append(parameter_end)
        if at >= end or text[at] in b",>":
            return ParameterList(found, ends, at)
        if text[at] != 0x3B:
            fail("semicolon expected between parameters", at)
        at = trimmed_left(text, at + 1, end)
        if at >= end:
            fail("parameter missing behind a semicolon", at)


def _run_end(run: re.Pattern[bytes], text: bytes, start: int, end: int) -> int:
    found = run.match(text, start, end)
    return found.end() if found else start


def _value(text: bytes, at: int, end: int, grammar: Grammar) -> tuple[tuple[int, int], int]:
    """Start and end of a value, quotes left out, and where it is over."""
    if at >= end:
        if not grammar.parameter_empty_value:
            fail("value missing", at)
        return (at, at), at
    quote = text[at]
    if quote == QUOTE or (quote == _APOSTROPHE and grammar.parameter_single_quotes):
        closing = text.find(quote, at + 1, end)
        if closing < 0:
            fail("quote not closed", at)
        return (at + 1, closing), closing + 1
    stop = _run_end(_TOKEN, text, at, end)
    if stop == at:
        fail("value missing", at)
    return (at, stop), stop
