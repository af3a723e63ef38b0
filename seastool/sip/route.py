"""Route and Record-Route: a list of name-addr with brackets, each with parameters."""

from typing import NamedTuple

from seastool.sip.grammar import Grammar
from seastool.sip.parameters import ParameterList, parse_parameters
from seastool.sip.text import BACKSLASH, QUOTE, Span, fail, trimmed_left


class Route(NamedTuple):
    """One route. name: all before the bracket, blanks and quotes included."""

    name: Span
    uri: Span
    parameters: ParameterList | None

    @property
    def end(self) -> int:
        """Past its bracket, or its last parameter."""
        if self.parameters is not None and self.parameters.ends:
            return self.parameters.ends[-1]
        return sum(self.uri) + 1


def parse_routes(text: bytes, start: int, end: int, grammar: Grammar) -> list[Route]:
    """The routes of a value, in text order. Raises: SipError."""
    at = trimmed_left(text, start, end)
    routes: list[Route] = []
    while True:
        opening = find_not_quoted(text, 0x3C, at, end)
        closing = find_not_quoted(text, 0x3E, opening + 1, end)
        name, uri = (at, opening - at), (opening + 1, closing - opening - 1)
        parameters = None
        at = trimmed_left(text, closing + 1, end)
        if at < end and text[at] == 0x3B:
            at = trimmed_left(text, at + 1, end)
            if at >= end:
                fail("parameter missing behind a semicolon", at)
            parameters = parse_parameters(text, at, end, grammar)
            at = trimmed_left(text, parameters.end, end)
        routes.append(Route(name, uri, parameters))
        if at >= end:
            return routes
        if text[at] != 0x2C:
            fail("comma expected between routes", at)
        at = trimmed_left(text, at + 1, end)
        if at >= end:
            fail("route missing behind a comma", at)


def find_not_quoted(text: bytes, wanted: int, start: int, end: int) -> int:
    """Where `wanted` stands outside double quotes. Raises: SipError if nowhere."""
    at = start
    while True:
        found = text.find(wanted, at, end)
        if found < 0:
            fail("angle bracket missing", start)
        quote = text.find(QUOTE, at, found)
        if quote < 0:
            return found
        at = closing_quote(text, quote + 1, end) + 1
        if not at:
            fail("quote not closed", quote)


def closing_quote(text: bytes, start: int, end: int) -> int:
    """The next quote with no backslash right before it; -1 if none."""
    at = text.find(QUOTE, start, end)
    while at >= 0 and text[at - 1] == BACKSLASH:
        at = text.find(QUOTE, at + 1, end)
    return at
