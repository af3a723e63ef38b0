"""Contact: ``*``, or a list of addresses with or without brackets, each with parameters."""

import re
from typing import Final, NamedTuple

from seastool.sip.grammar import ContactTail, Grammar
from seastool.sip.parameters import ParameterList, parse_parameters
from seastool.sip.route import closing_quote
from seastool.sip.text import (
    BACKSLASH,
    BLANKS,
    QUOTE,
    Span,
    fail,
    trimmed_left,
    trimmed_right,
)

_NAME_STOP: Final = re.compile(rb'[ \t<:;"]')
_URI_STOP: Final = re.compile(rb'[,;"<>\\]')
_HOOKS: Final = {
    b"q": "q",
    b"expires": "expires",
    b"received": "received",
    b"methods": "methods",
}


class Contact(NamedTuple):
    """One contact. known: q, expires, received, methods: name to end, quotes included."""

    name: Span
    uri: Span
    parameters: ParameterList | None
    known: dict[str, Span]


def parse_contacts(text: bytes, start: int, end: int, grammar: Grammar) -> list[Contact] | None:
    """The contacts of a value, in text order; None for ``*``. Raises: SipError."""
    at = trimmed_left(text, start, end)
    if at >= end:
        fail("Contact is empty", at)
    if text[at] == 0x2A:
        if grammar.contact_star_alone and end - at > 1:
            fail("something follows the *", at + 1)
        return None
    bound, contacts = end, []
    while True:
        name_start = at
        at, end = _skip_name(text, at, end, grammar)
        name = (name_start, trimmed_right(text, name_start, at) - name_start)
        uri_start = at
        at = _skip_uri(text, at, end)
        uri = _uri(text, uri_start, at)
        _check(text, uri, bound, grammar)
        parameters, known = None, {}
        if at < end and text[at] == 0x3B:
            at = trimmed_left(text, at + 1, end)
            if at >= end:
                fail("parameter missing behind a semicolon", at)
            parameters = parse_parameters(text, at, end, grammar)
            known = _known(text, parameters)
            at = parameters.end
        contacts.append(Contact(name, uri, parameters, known))
        if at >= end:
            return contacts
        at = trimmed_left(text, at + 1, end)
        if at >= end:
            fail("contact missing behind a comma", at)


def _skip_name(text: bytes, start: int, end: int, grammar: Grammar) -> tuple[int, int]:
    """Where the URI or its bracket starts, and where the contacts end."""
    at, blank = start, -1
    while stop := _NAME_STOP.search(text, at, end):
        at = stop.start()
        found = text[at]
        if found == 0x3C:
            return at, end
        if found == QUOTE:
            at = closing_quote(text, at + 1, end)
            if at < 0:
                fail("quote not closed", start)
        elif found in BLANKS:
            blank = at
        elif found == 0x3A or grammar.contact_semicolon_ends_name:
            if blank < 0:
                return start, end
            longer = grammar.contact_tail is ContactTail.LONGER
            return blank, min(end + blank - start, len(text)) - 1 if longer else end - 1
        at += 1
    return fail("no URI in a contact", start)


def _skip_uri(text: bytes, start: int, end: int) -> int:
    """The comma or semicolon behind the URI, or the end.

    Within quotes a backslash takes the force of the next quote, bracket or backslash, however
    far away that is.
    """
    at, quoted, escaped, bracketed = start, False, False, False
    while stop := _URI_STOP.search(text, at, end):
        at = stop.start()
        found = text[at]
        if found in b",;":
            if not quoted and not bracketed:
                return at
        elif escaped:
            escaped = False
        elif found == QUOTE:
            quoted = not quoted
        elif quoted:
            escaped = found == BACKSLASH
        elif found == 0x3C:
            if bracketed:
                fail("second bracket", at)
            bracketed = True
        elif found == 0x3E:
            if not bracketed:
                fail("closing bracket first", at)
            bracketed = False
        at += 1
    if quoted or bracketed:
        fail("bracket or quote not closed", start)
    return end


def _uri(text: bytes, start: int, end: int) -> Span:
    """Without brackets and the blanks around it."""
    end = trimmed_right(text, start, end)
    if end - start >= 2 and text[start] == 0x3C and text[end - 1] == 0x3E:
        start, end = start + 1, end - 1
    start = trimmed_left(text, start, end)
    return start, trimmed_right(text, start, end) - start


def _check(text: bytes, uri: Span, bound: int, grammar: Grammar) -> None:
    start, length = uri
    if grammar.contact_empty_refused and (length == 0 or start + length > bound):
        fail("contact without a URI", start)
    if grammar.contact_short_refused and length < 3:
        fail("contact's URI is too short", start)


def _known(text: bytes, found: ParameterList) -> dict[str, Span]:
    known: dict[str, Span] = {}
    for parameter, end in zip(found.parameters, found.ends, strict=True):
        name = _HOOKS.get(text[parameter.name_start : parameter.name_end].lower())
        if name:
            known[name] = (parameter.name_start, end - parameter.name_start)
    return known
