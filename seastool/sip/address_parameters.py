"""The parameters of To, From, Refer-To and Remote-Party-ID.

Two generations of the same parser: OpenSER's keeps a value start for parameters without a value
and refuses a tag without one; Kamailio's does neither.
"""

import re
from typing import Final, NamedTuple

from seastool.sip.grammar import AddressComma, Grammar
from seastool.sip.text import BACKSLASH, NUL, QUOTE, Parameter, Span, fail, line_break

_SPECIAL: Final = re.compile(rb'[ \t\r\n\0\\";=,]')
_SPECIALS: Final = b' \t\r\n\0\\";=,'
_TAG_BEGINNINGS: Final = (b"t", b"ta", b"tag")

_BEFORE_NAME, _NAME, _BEFORE_EQUAL, _BEFORE_VALUE, _TOKEN, _QUOTED, _BEHIND = range(7)


class AddressParameters(NamedTuple):
    """Parameters in text order, the last tag's value, and where the next header starts."""

    parameters: list[Parameter]
    tag: Span | None
    end: int


class _Parser:
    """One run. name, value: the parameter being read; -1 where it has none yet."""

    __slots__ = ("found", "grammar", "name_end", "name_start", "tag", "text", "value_start")

    def __init__(self, text: bytes, grammar: Grammar) -> None:
        self.text = text
        self.grammar = grammar
        self.found: list[Parameter] = []
        self.tag: Span | None = None
        self.name_start = self.name_end = self.value_start = -1

    @property
    def is_tag(self) -> bool:
        return self.text[self.name_start : self.name_end].lower() == b"tag"

    def add(self, value_end: int) -> None:
        """Close the parameter; a value start of -1 means it has no value."""
        parameter = Parameter(self.name_start, self.name_end, self.value_start, value_end)
        self.found.append(parameter)
        if self.is_tag:
            start = self.value_start
            self.tag = (start, value_end - start) if start >= 0 else None

    def add_without_value(self, at: int) -> None:
        """Close one that a semicolon or the end met before its value."""
        if not self.grammar.openser_parameters:
            self.add(-1)
            return
        if self.is_tag:
            fail("tag without a value", at)
        self.value_start = at
        self.add(at)

    def end_name(self, at: int) -> None:
        """A semicolon or NUL right behind a name."""
        self.name_end = at
        if self.grammar.openser_parameters:
            name = self.text[self.name_start : at].lower()
            if name in _TAG_BEGINNINGS:
                fail("tag without a value", at)

    def close(self, state: int, at: int, line_end: int) -> None:
        """The header ends. line_end: where its line does, -1 if that is forgotten."""
        grammar = self.grammar
        if state == _NAME:
            self.name_end, state = at, _BEFORE_EQUAL
        if state == _BEFORE_EQUAL or (state == _BEFORE_VALUE and grammar.openser_parameters):
            if grammar.openser_parameters and self.is_tag:
                fail("tag without a value", at)
            self.add(-1)
        elif state == _BEFORE_VALUE:
            own_line = grammar.empty_value_at_line_end and line_end >= 0
            self.value_start = line_end if own_line else at
            self.add(self.value_start)
        elif state == _TOKEN:
            self.add(at)
        elif state != _BEHIND:
            fail("parameters end too early", at)

    def comma(self, state: int, at: int) -> bool:
        """Whether a comma is to be read as a character of its state."""
        rule = self.grammar.address_comma
        if rule is AddressComma.ORDINARY:
            return True
        if state in (_BEFORE_VALUE, _TOKEN) and self.is_tag:
            return False
        if rule is AddressComma.REFUSED:
            fail("comma in a parameter", at)
        return True


def parse_address_parameters(
    text: bytes, start: int, end: int, grammar: Grammar
) -> AddressParameters:
    """Parameters from the first semicolon at `start`. Raises: SipError."""
    run = _Parser(text, grammar)
    state, at, line_end = _BEHIND, start, -1
    while at < end:
        found = text[at]
        if found not in _SPECIALS or (found == 0x2C and state != _QUOTED and run.comma(state, at)):
            if state == _BEFORE_NAME:
                run.name_start, run.value_start, state = at, -1, _NAME
            elif state == _BEFORE_VALUE:
                run.value_start, state = at, _TOKEN
            elif state in (_BEFORE_EQUAL, _BEHIND):
                fail("character not expected between parameters", at)
            stop = _SPECIAL.search(text, at + 1, end)
            at = stop.start() if stop else end
            continue
        if found in b" \t":
            if state == _NAME:
                run.name_end, state = at, _BEFORE_EQUAL
            elif state == _TOKEN:
                run.add(at)
                state = _BEHIND
        elif found == 0x3D:
            if state == _NAME:
                run.name_end = at
            elif state not in (_BEFORE_EQUAL, _QUOTED):
                fail("= not expected", at)
            if state != _QUOTED:
                state = _BEFORE_VALUE
        elif found == 0x3B:
            state = _semicolon(run, state, at)
        elif found == QUOTE:
            if state == _BEFORE_VALUE:
                run.value_start, state = at + 1, _QUOTED
            elif state == _QUOTED:
                run.add(at - 1 if grammar.quoted_value_loses_last else at)
                state = _BEHIND
            else:
                fail("quote not expected", at)
        elif found == BACKSLASH:
            if state != _QUOTED or not grammar.quoted_value_escapes:
                fail("backslash in a parameter", at)
            if at + 1 < end and text[at + 1] not in b"\r\n":
                at += 1
        elif found in b"\r\n":
            if state == _NAME:
                run.name_end, state = at, _BEFORE_EQUAL
            elif state == _TOKEN:
                run.add(at)
                state = _BEHIND
            elif state == _QUOTED:
                fail("line ends within quotes", at)
            refused = b"\0\\," if grammar.address_comma is AddressComma.REFUSED else b"\0\\"
            line_end = at
            at, is_fold = line_break(text, at, end, refused)
            if not is_fold:
                if at < end and text[at] in b"\r\n":
                    line_end = -1  # the empty line behind the last header undoes it
                break
            line_end = -1
            continue
        elif found == NUL:
            state = _nul(run, state, at)
            break
        at += 1
    run.close(state, at, line_end)
    return AddressParameters(run.found, run.tag, at)


def _semicolon(run: _Parser, state: int, at: int) -> int:
    """The state behind a semicolon, the parameter before it closed."""
    if state == _QUOTED:
        return state
    if state == _NAME:
        run.end_name(at)
        run.add_without_value(at)
    elif state == _BEFORE_EQUAL:
        run.add_without_value(at)
    elif state == _BEFORE_VALUE:
        if run.grammar.openser_parameters and run.is_tag:
            fail("tag without a value", at)
        run.value_start = at
        run.add(at)
    elif state == _TOKEN:
        run.add(at)
    elif state == _BEFORE_NAME:
        fail("parameter without a name", at)
    return _BEFORE_NAME


def _nul(run: _Parser, state: int, at: int) -> int:
    """The state in which a NUL ends the header."""
    if state in (_QUOTED, _BEFORE_NAME):
        fail("NUL in a parameter", at)
    if state == _NAME:
        run.end_name(at)
        state = _BEFORE_EQUAL
    if run.grammar.openser_parameters and state in (_BEFORE_EQUAL, _BEFORE_VALUE):
        run.add_without_value(at)
        return _BEHIND
    if state == _TOKEN:
        run.add(at)
        return _BEHIND
    return state
