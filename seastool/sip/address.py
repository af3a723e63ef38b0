"""To, From, Refer-To, Remote-Party-ID: one address and its parameters."""

import re
from dataclasses import dataclass, field
from typing import Final

from seastool.sip.address_parameters import parse_address_parameters
from seastool.sip.grammar import Grammar
from seastool.sip.text import BACKSLASH, NUL, QUOTE, Parameter, Span, fail, line_break

_SPECIAL: Final = re.compile(rb'[ \t\r\n\0\\<>";]')
_SPECIALS: Final = b' \t\r\n\0\\<>";'


_START, _QUOTED, _QUOTED_END, _TOKEN, _TOKEN_BLANK, _BRACKET = range(6)
_ENCLOSED, _ENCLOSED_END, _URI_OR_TOKEN, _URI_END, _END = range(6, 11)


@dataclass(slots=True)
class Address:
    """An address; spans count from the text's start.

    display: the name, with its quotes if it has any. tag: value of the last tag parameter,
    without quotes. end: where the next header starts.
    """

    uri: Span = (0, 0)
    display: Span | None = None
    tag: Span | None = None
    parameters: list[Parameter] = field(default_factory=list)
    end: int = 0


def parse_address(text: bytes, start: int, end: int, grammar: Grammar) -> Address:
    """The address at text[start:end], which must hold the line end.

    Raises: SipError.
    """
    state, at = _START, start
    display_start = display_end = uri_start = uri_end = mark = start
    parameters_start = -1
    while at < end:
        found = text[at]
        if found not in _SPECIALS:
            if state == _START:
                uri_start = display_start = at
                state = _URI_OR_TOKEN
            elif state == _BRACKET:
                uri_start, state = at, _ENCLOSED
            elif state in (_URI_END, _TOKEN_BLANK):
                state = _TOKEN
            elif state in (_QUOTED_END, _ENCLOSED_END, _END):
                fail("text behind the address", at)
            stop = _SPECIAL.search(text, at, end)
            at = stop.start() if stop else end
            continue
        if found in b" \t":
            if state == _ENCLOSED:
                uri_end, state = at, _ENCLOSED_END
            elif state == _URI_OR_TOKEN:
                mark, state = at, _URI_END
            elif state == _TOKEN:
                mark, state = at, _TOKEN_BLANK
        elif found == 0x3C:
            if state in (_URI_OR_TOKEN, _TOKEN):
                display_end = at
            elif state in (_URI_END, _TOKEN_BLANK):
                display_end = mark
            elif state not in (_START, _QUOTED, _QUOTED_END):
                fail("bracket not expected", at)
            if state != _QUOTED:
                state = _BRACKET
        elif found == 0x3E:
            if state == _ENCLOSED:
                uri_end = at
            elif state not in (_ENCLOSED_END, _QUOTED):
                fail("closing bracket not expected", at)
            if state != _QUOTED:
                state = _END
        elif found == QUOTE:
            if state == _START:
                display_start, state = at, _QUOTED
            elif state == _QUOTED:
                display_end, state = at + 1, _QUOTED_END
            else:
                fail("quote not expected", at)
        elif found == BACKSLASH:
            if state != _QUOTED:
                fail("backslash outside quotes", at)
            at += 1
        elif found == 0x3B:
            if state == _URI_OR_TOKEN:
                uri_end, state = at, _END
            elif state == _URI_END:
                uri_end, state = mark, _END
            if state == _END:
                parameters_start = at
                break
            if state not in (_QUOTED, _ENCLOSED) and not (
                state == _TOKEN and grammar.display_name_semicolon
            ):
                fail("semicolon not expected", at)
        elif found in b"\r\n":
            if state == _URI_OR_TOKEN:
                mark, state = at, _URI_END
            elif state == _TOKEN:
                if not grammar.display_name_fold:
                    mark, state = at, _TOKEN_BLANK
            elif state not in (_URI_END, _TOKEN_BLANK, _QUOTED_END, _END):
                fail("line ends within the address", at)
            at, is_fold = line_break(text, at, end)
            if not is_fold:
                break
            continue
        elif found == NUL:
            if state in (_URI_OR_TOKEN, _URI_END):
                uri_end, state = at, _END
            elif state != _END:
                fail("NUL within the address", at)
            break
        at += 1
    if state in (_URI_END, _URI_OR_TOKEN):
        uri_end = mark if state == _URI_END else at
    elif state != _END:
        fail("address is not complete", at)
    address = Address((uri_start, uri_end - uri_start), end=at)
    if display_end > display_start:
        address.display = (display_start, display_end - display_start)
    if parameters_start >= 0:
        address.parameters, address.tag, address.end = parse_address_parameters(
            text, parameters_start, end, grammar
        )
    return address
