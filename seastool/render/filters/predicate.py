"""A filter as a function: the tree held against the fields, then built as closures.

A value that is missing (None) equals nothing: every test of it is false, save ``!=`` and
``not in``, which are exactly the contraries of ``==`` and ``in``.
"""

import operator
from collections.abc import Callable, Iterable
from enum import Enum

from seastool.render.filters.errors import FilterError, shown
from seastool.render.filters.fields import FilterField, FilterKind
from seastool.render.filters.parser import parse
from seastool.render.filters.pattern import PatternError, bounded_search
from seastool.render.filters.tree import (
    AllOf,
    AnyOf,
    Comparison,
    FieldName,
    Literal,
    Node,
    Not,
    Present,
)

Resolve = Callable[[str], object]
Predicate = Callable[[Resolve], bool]

_ORDERS: dict[str, Callable[[int | float, int | float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NEGATED = {"!=": "==", "not in": "in"}


def compile_filter(expression: str, fields: Iterable[FilterField]) -> Predicate:
    """Compile an expression over `fields` to a predicate.

    The predicate takes a resolver: field name -> value, or None where there is none. Values are
    int or float for a NUMBER, str, bytes or Enum for the other kinds; bytes are read as UTF-8.
    Raises: FilterError.
    """
    return _Builder(expression, fields).build(parse(expression))


class _Builder:
    def __init__(self, expression: str, fields: Iterable[FilterField]) -> None:
        self._expression = expression
        self._fields = {field.name: field for field in fields}

    def build(self, node: Node) -> Predicate:
        match node:
            case Present():
                return _present(self._field(node.field).name)
            case Comparison():
                return self._comparison(node)
            case Not():
                return _negation(self.build(node.operand))
            case AllOf():
                return _conjunction(tuple(map(self.build, node.operands)))
            case AnyOf():
                return _disjunction(tuple(map(self.build, node.operands)))

    def _field(self, name: FieldName) -> FilterField:
        field = self._fields.get(name.name)
        if field is None:
            message = f"unknown field {shown(name.name)}{_nearest(name.name, self._fields)}"
            raise self._error(message, name.offset)
        return field

    def _comparison(self, node: Comparison) -> Predicate:
        field = self._field(node.field)
        if node.operator in _NEGATED:
            positive = _NEGATED[node.operator]
            contrary = Comparison(node.field, positive, node.operator_offset, node.literals)
            return _negation(self._comparison(contrary))
        if field.kind is FilterKind.NUMBER:
            return self._number_test(node, field)
        return self._text_test(node, field)

    def _number_test(self, node: Comparison, field: FilterField) -> Predicate:
        numbers = [self._number(literal, field) for literal in node.literals]
        if node.operator in _ORDERS:
            return _number_order(field.name, _ORDERS[node.operator], numbers[0])
        if node.operator in ("==", "in"):
            return _number_among(field.name, frozenset(numbers))
        message = f"{node.operator!r} is for text, and {field.name} is a number"
        raise self._error(message, node.operator_offset)

    def _text_test(self, node: Comparison, field: FilterField) -> Predicate:
        if node.operator in _ORDERS:
            message = f"{node.operator!r} is for numbers, and {field.name} is a {field.kind}"
            raise self._error(message, node.operator_offset)
        texts = [self._text(literal, field) for literal in node.literals]
        if node.operator == "contains":
            return _text_contains(field.name, texts[0])
        if node.operator == "matches":
            return _text_matches(field.name, self._search(texts[0], node.literals[0]))
        for text, literal in zip(texts, node.literals, strict=True):
            self._check_word(text, literal, field)
        return _text_among(field.name, frozenset(texts))

    def _number(self, literal: Literal, field: FilterField) -> int | float:
        if isinstance(literal.value, str):
            message = f"{field.name} is a number, {shown(literal.source)} is text"
            raise self._error(message, literal.offset)
        return literal.value

    def _text(self, literal: Literal, field: FilterField) -> str:
        if not isinstance(literal.value, str):
            message = f"{field.name} is a {field.kind}, {shown(literal.source)} is a number"
            raise self._error(f"{message}; text needs quotes", literal.offset)
        if literal.bare and literal.value in self._fields and literal.value not in field.words:
            message = f"{shown(literal.source)} is a field, and fields are compared with values"
            raise self._error(f"{message}; text needs quotes", literal.offset)
        return literal.value

    def _check_word(self, text: str, literal: Literal, field: FilterField) -> None:
        if not field.takes(text):
            message = f"{field.name} is never {shown(text)}{_nearest(text, field.words)}"
            raise self._error(message, literal.offset)

    def _search(self, pattern: str, literal: Literal) -> Callable[[str], bool]:
        try:
            return bounded_search(pattern)
        except PatternError as error:
            plain = literal.source[1:-1] == pattern  # else escapes have moved the position
            offset = literal.offset + (1 + error.position if plain else 0)
            raise self._error(str(error), offset) from None

    def _error(self, message: str, offset: int) -> FilterError:
        return FilterError(message, expression=self._expression, offset=offset)


def _nearest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # only needed to explain an error

    near = get_close_matches(name[:80], known, n=1)
    return f", did you mean {near[0]}?" if near else ""


def _text_of(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, Enum):
        return value.name
    return str(value)


def _present(name: str) -> Predicate:
    return lambda resolve: bool(resolve(name))


def _negation(operand: Predicate) -> Predicate:
    return lambda resolve: not operand(resolve)


def _conjunction(operands: tuple[Predicate, ...]) -> Predicate:
    def holds(resolve: Resolve) -> bool:
        for operand in operands:  # noqa: SIM110  a loop costs half of all() with a generator
            if not operand(resolve):
                return False
        return True

    return holds


def _disjunction(operands: tuple[Predicate, ...]) -> Predicate:
    def holds(resolve: Resolve) -> bool:
        for operand in operands:  # noqa: SIM110
            if operand(resolve):
                return True
        return False

    return holds


def _number_order(
    name: str, order: Callable[[int | float, int | float], bool], limit: int | float
) -> Predicate:
    def holds(resolve: Resolve) -> bool:
        value = resolve(name)
        if value is None:
            return False
        if not isinstance(value, (int, float)):
            raise TypeError(f"field {name} was resolved to {value!r}, which is no number")
        return order(value, limit)

    return holds


def _number_among(name: str, numbers: frozenset[int | float]) -> Predicate:
    return lambda resolve: resolve(name) in numbers


def _text_among(name: str, texts: frozenset[str]) -> Predicate:
    def holds(resolve: Resolve) -> bool:
        value = resolve(name)
        return value is not None and _text_of(value) in texts

    return holds


def _text_contains(name: str, part: str) -> Predicate:
    def holds(resolve: Resolve) -> bool:
        value = resolve(name)
        return value is not None and part in _text_of(value)

    return holds


def _text_matches(name: str, search: Callable[[str], bool]) -> Predicate:
    def holds(resolve: Resolve) -> bool:
        value = resolve(name)
        return value is not None and search(_text_of(value))

    return holds
