"""Headers that are one value: CSeq, Content-Length, Expires, Retry-After."""

import re
from typing import Final, NamedTuple

from seastool.sip.grammar import ExpiresText, Grammar
from seastool.sip.method import cseq_method, parse_cseq_spans
from seastool.sip.text import LWS, Span, fail, trimmed_left, trimmed_right

_BITS_32: Final = 0xFFFFFFFF
_SIGN_BIT: Final = 0x80000000
_TOO_LONG: Final = 0x7FFFFFFF // 10
_LONGEST_EXPIRES: Final = 10
_DIGITS: Final = re.compile(rb"[0-9]*")
_OLD_BLANKS: Final = re.compile(rb"(?:[ \t]|\n(?=[ \t]))*")
_LINE_END: Final = re.compile(rb"[ \t]*\r?\n")
_RETRY_AFTER: Final = re.compile(rb"([0-9]{1,10})([ \t;\r\n(])")


class CSeq(NamedTuple):
    """CSeq: the number, as 32 bits, where it and the method are, and the next header's start."""

    method: str
    number: int
    number_text: Span
    method_text: Span
    end: int


class Counted(NamedTuple):
    """A number and where the next header starts."""

    value: int
    end: int


class Expires(NamedTuple):
    """Seconds, as 32 bits, and the text that they were read from."""

    value: int
    text: Span


def parse_cseq(text: bytes, start: int, grammar: Grammar) -> CSeq:
    """CSeq's value at `start`, with its line end. Raises: SipError."""
    number, number_end, method, method_end = parse_cseq_spans(text, start, len(text))
    name = cseq_method(text, method, method_end, grammar)
    return CSeq(
        name,
        _number(text[number:number_end], number, grammar),
        (number, number_end - number),
        (method, method_end - method),
        _line_end(text, _blanks_end(text, method_end)),
    )


def _blanks_end(text: bytes, start: int) -> int:
    found = LWS.match(text, start)
    return found.end() if found else start


def _line_end(text: bytes, at: int) -> int:
    if text[at : at + 2] == b"\r\n":
        return at + 2
    if text[at : at + 1] == b"\n":
        return at + 1
    return fail("line end expected", at)


def _number(digits: bytes, offset: int, grammar: Grammar) -> int:
    if grammar.number_bounded:
        digits = digits.removeprefix(b"+")
        short = digits.lstrip(b"0") or b"0"
        if (digits and not digits.isdigit()) or len(short) > 10 or int(short) > _BITS_32:
            fail("not a number of 32 bits", offset)
        return int(short)
    if digits and not digits.isdigit():
        fail("not a number", offset)
    return _modulo(digits)


def _modulo(digits: bytes) -> int:
    """A run of digits as a 32-bit machine counts it, however long."""
    value = 0
    for at in range(0, len(digits), 9):
        part = digits[at : at + 9]
        value = (value * 10 ** len(part) + int(part)) & _BITS_32
    return value


def parse_content_length(text: bytes, start: int, grammar: Grammar) -> Counted:
    """Content-Length's value at `start`, with its line end. Raises: SipError."""
    at = _match_end(_OLD_BLANKS, text, start)
    stop = _match_end(_DIGITS, text, at)
    if stop == at:
        fail("no number", at)
    value = _length_value(text[at:stop], at, grammar)
    if grammar.content_length_folds:
        return Counted(value, _folded_line_end(text, stop))
    return Counted(value, _line_end(text, _match_end(_OLD_BLANKS, text, stop)))


def _match_end(run: re.Pattern[bytes], text: bytes, start: int) -> int:
    found = run.match(text, start)
    return found.end() if found else start


def _length_value(digits: bytes, offset: int, grammar: Grammar) -> int:
    if grammar.content_length_bounded:
        value = 0
        for digit in digits:
            if value >= _TOO_LONG:
                fail("Content-Length too large", offset)
            value = value * 10 + digit - 0x30
        return value
    if grammar.content_length_signed:
        value = 0
        for digit in digits:
            value = (value * 10 + digit - 0x30) & _BITS_32
            if value & _SIGN_BIT:
                fail("Content-Length too large", offset)
        return value
    return _modulo(digits)


def _folded_line_end(text: bytes, at: int) -> int:
    """The end of a value that only folds and blanks may follow."""
    while line := _LINE_END.match(text, at):
        at = line.end()
        if text[at : at + 1] not in (b" ", b"\t"):
            return at
    return fail("line end expected", at)


def parse_expires(text: bytes, start: int, end: int, grammar: Grammar) -> Expires:
    """The value of Expires. Raises: SipError."""
    style = grammar.expires_text
    at = trimmed_left(text, start, end)
    stop = end if style is ExpiresText.UNTRIMMED else trimmed_right(text, at, end)
    if at >= stop:
        fail("Expires is empty", at)
    if style is ExpiresText.LENIENT and stop - at > _LONGEST_EXPIRES:
        return Expires(0, (at, stop - at))
    digits = _match_end(_DIGITS, text[:stop], at)
    value = _modulo(text[at:digits])
    if digits == stop:
        return Expires(value, (at, stop - (start if style is ExpiresText.UNTRIMMED else at)))
    if style is ExpiresText.DIGITS:
        fail("Expires is not a number", digits)
    if text[digits] in b" \t\r\n":
        return Expires(value, (at, digits - at))
    return Expires(value, (at, 0 if style is ExpiresText.UNTRIMMED else stop - at))


def parse_retry_after(text: bytes, start: int, grammar: Grammar) -> Counted:
    """Retry-After's value at `start`, with its line end. Raises: SipError."""
    number = _RETRY_AFTER.match(text, _blanks_end(text, start))
    if number is None or (number[2] == b"(" and not grammar.retry_after_comment):
        fail("no number", start)
    at = number.end(1)
    while (line := text.find(b"\n", at)) >= 0:
        at = line + 1
        if grammar.retry_after_swallows_cr and text[at : at + 1] == b"\r":
            at += 1
        if text[at : at + 1] not in (b" ", b"\t"):
            return Counted(_modulo(number[1]), at)
    return fail("line end expected", at)
