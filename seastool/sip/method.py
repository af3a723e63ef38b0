"""Methods: in the start line, in CSeq, and as the list of Allow.

The names are those of the cores' tables; a method that a core does not know is "OTHER".
"""

import re
from typing import Final

from seastool.sip.grammar import Grammar
from seastool.sip.text import fail, trimmed_left

OTHER: Final = "OTHER"
METHODS: Final = (
    "INVITE",
    "CANCEL",
    "ACK",
    "BYE",
    "INFO",
    "REGISTER",
    "SUBSCRIBE",
    "NOTIFY",
    "MESSAGE",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "REFER",
    "PUBLISH",
)
_EXTENDED: Final = (*METHODS, "KDMQ", "GET", "POST", "PUT", "DELETE")
_BY_NAME: Final = {name.encode(): name for name in _EXTENDED}
_BASIC_NAMES: Final = frozenset(METHODS)
# OpenSER's start line tries these as they are written before its general method parser.
_OPENSER_FIRST: Final = frozenset({"INVITE", "CANCEL", "ACK", "BYE", "INFO"})
_METHOD_ENDS: Final = b"\0, \t\r\n"
_METHOD_RUN: Final = re.compile(rb"[A-Za-z0-9\-.%*_+~]*")
_TOKEN: Final = re.compile(rb"[A-Za-z0-9\-.!%*_+`'~]*")
_NOT_BLANK: Final = re.compile(rb"[^ \t\r\n]*")


def _known(name: bytes, grammar: Grammar) -> str:
    """By exact name in any case."""
    method = _BY_NAME.get(name.upper(), OTHER)
    return method if grammar.extended_methods or method in _BASIC_NAMES else OTHER


def method_at_start(text: bytes, start: int, grammar: Grammar) -> tuple[str, int]:
    """The method that starts a request, and its end. Raises: SipError."""
    end = _run_end(text, start)
    if end == start or text[end : end + 1] != b" ":
        fail("method is missing or not followed by a space", start)
    name = text[start:end]
    method = _known(name, grammar)
    if grammar.openser_methods and method not in _OPENSER_FIRST:
        method, _ = openser_method(text, start, end, grammar)
    return method, end


def cseq_method(text: bytes, start: int, end: int, grammar: Grammar) -> str:
    """The method of a CSeq. Raises: SipError."""
    if grammar.openser_methods:
        return openser_method(text, start, end, grammar)[0]
    return _known(text[start:end], grammar)


def _run_end(text: bytes, start: int) -> int:
    run = _NOT_BLANK.match(text, start)
    return run.end() if run else start


def openser_method(text: bytes, start: int, end: int, grammar: Grammar) -> tuple[str, int]:
    """OpenSER's own parser: a known name if a delimiter or the end follows, else OTHER.

    Raises: SipError for a character that no method has.
    """
    method = _openser_name(text[start:end], grammar)
    if method:
        stop = start + len(method)
        if stop >= end or text[stop] in _METHOD_ENDS:
            return method, stop
    run = _METHOD_RUN.match(text, start, end)
    stop = run.end() if run else start
    if stop < end and (grammar.unknown_method_ends_list or text[stop] not in _METHOD_ENDS):
        fail("character that no method has", stop)
    return OTHER, stop


def _openser_name(rest: bytes, grammar: Grammar) -> str:
    """The known name that `rest` begins with; empty if none."""
    upper = rest[:9].upper()
    if upper[:1] == b"I" and grammar.info_second_letter_free:
        upper = b"IN" + upper[2:] if len(upper) > 1 else upper
    for name in METHODS:
        if upper.startswith(name.encode()):
            if name == "REFER" and grammar.refer_ends_in_capital and rest[4:5] != b"R":
                return ""
            return name
    return ""


def parse_methods(text: bytes, start: int, end: int, grammar: Grammar) -> list[str]:
    """The methods of an Allow value, in order. Raises: SipError."""
    at = trimmed_left(text, start, end)
    found: list[str] = []
    while at < end:
        if grammar.openser_methods:
            method, at = openser_method(text, at, end, grammar)
        else:
            method, at = _ser_method(text, at, end, grammar)
        found.append(method)
        at = trimmed_left(text, at, end)
        if at >= end or (grammar.openser_methods and text[at] == 0):
            break
        if text[at] != 0x2C:
            fail("comma expected between methods", at)
        at = trimmed_left(text, at + 1, end)
    return found


def _ser_method(text: bytes, start: int, end: int, grammar: Grammar) -> tuple[str, int]:
    """A known name must be the whole token; an unknown one must be a token."""
    rest = text[start : min(end, start + 9)].upper()
    names = _EXTENDED if grammar.extended_methods else METHODS
    token = _TOKEN.match(text, start, end)
    stop = token.end() if token else start
    for name in names:
        if rest.startswith(name.encode()):
            if stop != start + len(name):
                fail("a known method runs on", start)
            return name, stop
    if stop == start:
        fail("not a method", start)
    return OTHER, stop


def parse_cseq_spans(text: bytes, start: int, end: int) -> tuple[int, int, int, int]:
    """Number start and end, method start and end. Raises: SipError."""
    number_end = _run_end(text, start)
    method = number_end
    while method < end and text[method] in b" \t":
        method += 1
    method_end = _run_end(text, method)
    if method_end >= end or method_end == method:
        fail("CSeq has no method", method)
    return start, number_end, method, method_end
