"""The right side of ``where``: a value, a /pattern/, a comparison, a list; compiled to a test."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import NamedTuple

from seastool.render.filters import FilterKind
from seastool.render.filters.pattern import PatternError, bounded_match
from seastool.scenario.errors import BadText, shown, suggestion
from seastool.scenario.matching.fields import FrameField
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.scope import Scope
from seastool.scenario.texts.template import Template, compile_template
from seastool.seas import frames
from seastool.sip.method import METHODS

Test = Callable[[object, Call], bool]

FLAGS = {
    "FAKED_REPLY": frames.FAKED_REPLY,
    "E2E_ACK": frames.E2E_ACK,
    "CANCEL_FOUND": frames.CANCEL_FOUND,
    "SPIRAL": frames.SPIRAL,
}
_COMPARISON = re.compile(r"(==|!=)[ \t]*(.*)", re.DOTALL)
# A header may begin with <: an order is one before a blank, a digit or a template.
_ORDER = re.compile(r"(<=|>=|<|>)(?=[ \t]|-?[0-9]|\{\{)[ \t]*(.*)", re.DOTALL)
_PATTERN = re.compile(r"/(.*)/(i?)", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}")
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Compared(NamedTuple):
    """A test on a value. shown: what it wants, for a person, given the call."""

    test: Test
    shown: Callable[[Call], str]


def number_of(value: object) -> float | int | None:
    """A value as a number; None if it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    text = str(value).strip()
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def compile_test(value: object, field: FrameField, scope: Scope) -> Compared:
    """Raises: BadText with the offset in the value of what is wrong."""
    if isinstance(value, tuple):
        return _one_of([compile_test(item, field, scope) for item in value])
    if isinstance(value, bool):
        return _present() if value else _absent()
    if not isinstance(value, str):
        return _equal(Template([str(value)]), field)
    if found := _PATTERN.fullmatch(value):
        return _matches(found)
    if found := _COMPARISON.fullmatch(value) or _ORDER.fullmatch(value):
        return _comparison(found, field, scope)
    if field.name == "flags" and value in FLAGS:
        return _flag(value)
    return _equal(compile_template(value, scope), field)


def _present() -> Compared:
    return Compared(lambda value, call: value is not None and value != "", _saying("present"))


def _absent() -> Compared:
    return Compared(lambda value, call: value is None or value == "", _saying("absent"))


def _saying(text: str) -> Callable[[Call], str]:
    return lambda call: text


def _one_of(tests: list[Compared]) -> Compared:
    return Compared(
        lambda value, call: any(one.test(value, call) for one in tests),
        lambda call: " or ".join(one.shown(call) for one in tests),
    )


def _flag(name: str) -> Compared:
    mask = FLAGS[name]
    return Compared(
        lambda value, call: isinstance(value, int) and bool(value & mask), _saying(name)
    )


def compile_pattern(text: str, at: int = 0) -> Callable[[str], re.Match[str] | None]:
    """A pattern between slashes, perhaps with an i behind. Raises: BadText."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        raise BadText(f"{shown(text)} is no pattern: write /.../", at)
    if "{{" in found[1]:
        raise BadText("a pattern takes no templates", at + text.index("{{"))
    try:
        return bounded_match(f"(?i){found[1]}" if found[2] else found[1])
    except PatternError as error:
        raise BadText(str(error), at + 1 + max(0, error.position - 4 * bool(found[2]))) from None


def _matches(found: re.Match[str]) -> Compared:
    search = compile_pattern(found[0])
    return Compared(
        lambda value, call: value is not None and search(str(value)) is not None,
        _saying(found[0]),
    )


def _equal(wanted: Template, field: FrameField, at: int = 0) -> Compared:
    constant = wanted.constant
    if field.kind is FilterKind.NUMBER:
        return _equal_number(wanted, field, at)
    if constant is not None:
        _check_word(constant, field, at)
        return Compared(lambda value, call: value == constant, _saying(constant))
    return Compared(lambda value, call: value == wanted.render(call), wanted.render)


def _equal_number(wanted: Template, field: FrameField, at: int) -> Compared:
    if wanted.constant is not None:
        number = number_of(wanted.constant)
        if number is None:
            raise BadText(f"{field.name} is a number, {shown(wanted.constant)} is text", at)
        return Compared(lambda value, call: value == number, _saying(wanted.constant))
    return Compared(
        lambda value, call: value is not None and value == number_of(wanted.render(call)),
        wanted.render,
    )


def _check_word(text: str, field: FrameField, at: int) -> None:
    """Raises: BadText for a method that SIP does not have."""
    if field.name == "sip.method" and text not in METHODS:
        cure = f"for a method of your own write /^{text}$/"
        raise BadText(f"unknown method {shown(text)}{suggestion(text, METHODS, 0)}; {cure}", at)


def _comparison(found: re.Match[str], field: FrameField, scope: Scope) -> Compared:
    sign, rest = found[1], found[2]
    try:
        wanted = compile_template(rest, scope)
        if sign in ("==", "!="):
            return _negated(_equal(wanted, field), sign) if sign == "!=" else _equal(wanted, field)
    except BadText as error:
        raise BadText(str(error), error.offset + found.start(2)) from None
    if wanted.constant is not None and number_of(wanted.constant) is None:
        raise BadText(f"{sign} compares numbers, {shown(rest)} is none", found.start(2))
    order = _ORDERS[sign]

    def test(value: object, call: Call) -> bool:
        number, limit = number_of(value), number_of(wanted.render(call))
        return number is not None and limit is not None and order(number, limit)

    return Compared(test, lambda call: f"{sign} {wanted.render(call)}")


def _negated(equal: Compared, sign: str) -> Compared:
    return Compared(
        lambda value, call: not equal.test(value, call),
        lambda call: f"{sign} {equal.shown(call)}",
    )
