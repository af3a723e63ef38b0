"""The start line of a message: a request or a response."""

import re
from typing import Final, NamedTuple

from seastool.sip.grammar import Grammar
from seastool.sip.method import method_at_start
from seastool.sip.text import BLANKS, Span, fail

_VERSION: Final = b"sip/2.0"
_SHORTEST: Final = 17
_LEADING: Final = b"\r\n\0\t "
_TOKEN: Final = re.compile(rb"[^ \t\r\n]*")
_LINE: Final = re.compile(rb"[^\r\n]*")


class StartLine(NamedTuple):
    """A start line; spans count from the message's first byte.

    method: a request's, as named in the parser's table, else "OTHER"; empty in a response.
    first, second, third: method, URI, version; or version, status, reason.
    end: where the headers start.
    """

    method: str
    status: int
    first: Span
    second: Span
    third: Span
    end: int

    @property
    def is_request(self) -> bool:
        """A response has no method."""
        return bool(self.method)


def parse_start_line(text: bytes, grammar: Grammar) -> StartLine:
    """The start line, after any blanks, NULs and line ends before it.

    Raises: SipError.
    """
    size = len(text)
    start = 0
    while start < size and text[start] in _LEADING:
        start += 1
    if size - start < _SHORTEST:
        fail("message shorter than a start line can be", start)
    if text[start : start + 7].lower() == _VERSION and text[start + 7] == 0x20:
        method, first_end = "", start + 7
    else:
        method, first_end = method_at_start(text, start, grammar)
    second = first_end + 1
    second_end = _token_end(text, second)
    third = second_end
    while third < size and text[third] in BLANKS:
        third += 1
    if third == second_end or second_end >= size:
        fail("start line has no third part", second_end)
    status = 0 if method else _status(text, second, second_end)
    third_end = _version_end(text, third, size) if method else _reason_end(text, third, size)
    if method and grammar.version_checked and text[third : third + 7].lower() != _VERSION:
        fail("not SIP/2.0", third)
    return StartLine(
        method,
        status,
        (start, first_end - start),
        (second, second_end - second),
        (third, third_end - third),
        _next_line(text, third_end, size),
    )


def _token_end(text: bytes, at: int) -> int:
    token = _TOKEN.match(text, at)
    return token.end() if token else at


def _status(text: bytes, start: int, end: int) -> int:
    code = text[start:end]
    if len(code) != 3 or not code.isdigit():
        fail("status is not three digits", start)
    return int(code)


def _version_end(text: bytes, start: int, size: int) -> int:
    end = _token_end(text, start)
    rest = end
    while rest < size and text[rest] in BLANKS:
        rest += 1
    if end == start or rest >= size or text[rest] not in b"\r\n":
        fail("version is missing or not the last of its line", end)
    return end


def _reason_end(text: bytes, start: int, size: int) -> int:
    line = _LINE.match(text, start)
    end = line.end() if line else start
    if end >= size:
        fail("start line does not end", end)
    return end


def _next_line(text: bytes, at: int, size: int) -> int:
    """Past the LF, and past a CR that stands right behind it."""
    line = text.find(b"\n", at)
    following = line + 1
    if line < 0 or following >= size:
        fail("nothing follows the start line", at)
    if following + 1 < size and text[following] == 0x0D:
        following += 1
    return following
