"""Digest credentials: Authorization and Proxy-Authorization."""

import re
from typing import Final

from seastool.sip.grammar import Grammar
from seastool.sip.text import QUOTE, Span, fail, trimmed_left

_SCHEME: Final = b"digest"
_TOKEN: Final = re.compile(rb"[^ \t\r\n,]*")
_NAMES: Final = (
    b"username",
    b"realm",
    b"nonce",
    b"response",
    b"cnonce",
    b"opaque",
    b"algorithm",
    b"uri",
    b"qop",
    b"nc",
)
_RUNNING_ON: Final = (
    (b"real", b"m", "realm"),
    (b"nonc", b"e", "nonce"),
    (b"resp", b"onse", "response"),
)
_BIT_SET: Final = bytes(code | 0x20 for code in range(256))
_SHORTEST_NAME: Final = 4
_LONGEST_LOOK: Final = 16


def is_digest(text: bytes, start: int, end: int, grammar: Grammar) -> bool:
    """Whether the scheme is Digest, which is all that the real parsers read."""
    at = trimmed_left(text, start, end)
    behind = at + len(_SCHEME)
    return (
        behind < end
        and text[at:behind].lower() == _SCHEME
        and text[behind] in grammar.digest_scheme_ends
    )


def parse_digest(text: bytes, start: int, end: int) -> dict[str, Span]:
    """The known parameters of a Digest value, without quotes; the last of a name counts.

    Raises: SipError.
    """
    at = trimmed_left(text, start, end) + len(_SCHEME) + 1
    found: dict[str, Span] = {}
    while True:
        at = trimmed_left(text, at, end)
        name, equal = _name(text, at, end)
        at = trimmed_left(text, equal + 1, end)
        if at >= end:
            fail("value missing", at)
        value, at = _value(text, at, end)
        if name:
            found[name] = value
        comma = text.find(b",", at, end)
        if comma < 0:
            return found
        at = comma + 1


def _name(text: bytes, start: int, end: int) -> tuple[str, int]:
    """A known name, else an empty one, and where its = is."""
    at = start
    if end - start >= _SHORTEST_NAME:
        folded = text[start : min(end, start + _LONGEST_LOOK)].translate(_BIT_SET)
        name, at = _known_name(folded)
        at += start
        if name:
            behind = trimmed_left(text, at, end)
            if text[behind : behind + 1] == b"=":
                return name, behind
    equal = text.find(b"=", at, end)
    if equal < 0:
        fail("no = behind a name", start)
    return "", equal


def _known_name(folded: bytes) -> tuple[str, int]:
    """The known name at the start and its end; without one, how far was looked.

    Names are compared in fours of bytes, and the comparisons of ``realm``, ``nonce`` and
    ``response`` run on into each other, each four bytes further on.
    """
    for name in _NAMES:
        if folded.startswith(name):
            return name.decode("ascii"), len(name)
    at = 0
    for first, rest, known in _RUNNING_ON:
        if at or folded.startswith(first):
            at += 4
            if folded.startswith(rest, at):
                return known, at + len(rest)
    return "", at


def _value(text: bytes, at: int, end: int) -> tuple[Span, int]:
    if text[at] == QUOTE:
        closing = text.find(QUOTE, at + 1, end)
        if closing < 0:
            fail("quote not closed", at)
        return (at + 1, closing - at - 1), closing + 1
    token = _TOKEN.match(text, at, end)
    stop = token.end() if token else at
    if stop == at:
        fail("value missing", at)
    return (at, stop - at), stop
