"""Expressions over variables, in the filter language: ``code != 200 and rounds < 5``.

The left side is a variable, or a transaction's ``invite.to_tag``; so may a bare word on the right
be. Two numbers compare as numbers, all else as text. Nothing is evaluated but this.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from seastool.render.filters import FilterError
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
from seastool.scenario.errors import BadText
from seastool.scenario.matching.comparing import number_of
from seastool.scenario.texts.call import Call, Unset
from seastool.scenario.texts.scope import Read, Scope

Holds = Callable[[Call], bool]

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Expression:
    """A compiled expression. text: as it was written."""

    __slots__ = ("_holds", "_names", "text")

    def __init__(self, text: str, holds: Holds, names: dict[str, Read]) -> None:
        self.text = text
        self._holds = holds
        self._names = names

    def holds(self, call: Call) -> bool:
        """Whether it holds for a call."""
        return self._holds(call)

    def told(self, call: Call) -> list[tuple[str, str]]:
        """The variables in it and their values."""
        return [(name, value_of(read, call) or "") for name, read in self._names.items()]


def compile_expression(text: str, scope: Scope) -> Expression:
    """Raises: FilterError, BadText with the offset of what is wrong."""
    builder = _Builder(text, scope)
    return Expression(text, builder.build(parse(text)), builder.names)


def value_of(read: Read, call: Call) -> str | None:
    """A variable's value; None if it has none yet."""
    try:
        return read(call)
    except Unset:
        return None


class _Builder:
    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self.names: dict[str, Read] = {}

    def build(self, node: Node) -> Holds:
        match node:
            case Present():
                read = self._read(node.field)
                return lambda call: value_of(read, call) not in (None, "", "0", "false")
            case Comparison():
                return self._comparison(node)
            case Not():
                inner = self.build(node.operand)
                return lambda call: not inner(call)
            case AllOf():
                every = [self.build(one) for one in node.operands]
                return lambda call: all(holds(call) for holds in every)
            case AnyOf():
                some = [self.build(one) for one in node.operands]
                return lambda call: any(holds(call) for holds in some)

    def _read(self, field: FieldName) -> Read:
        constant = self._scope.constant(field.name)
        if constant is None:
            read = self._scope.reader(field.name, field.offset)
        else:
            read = _always(constant)
        self.names[field.name] = read
        return read

    def _comparison(self, node: Comparison) -> Holds:
        left = self._read(node.field)
        if node.operator == "matches":
            return self._matches(left, node.literals[0])
        right = [self._value(literal) for literal in node.literals]
        match node.operator:
            case "==" | "in":
                return lambda call: any(_equal(left, one, call) for one in right)
            case "!=" | "not in":
                return lambda call: not any(_equal(left, one, call) for one in right)
            case "contains":
                return lambda call: right[0](call) in (value_of(left, call) or "")
        return self._order(left, right[0], node.operator)

    def _order(self, left: Read, right: Read, sign: str) -> Holds:
        order = _ORDERS[sign]

        def holds(call: Call) -> bool:
            one, other = number_of(value_of(left, call)), number_of(right(call))
            if one is None or other is None:
                raise BadText(f"{sign} compares numbers: {self._text}")
            return order(one, other)

        return holds

    def _value(self, literal: Literal) -> Read:
        """A value, or another variable's."""
        source = literal.source
        if literal.bare and self._scope.knows(source):
            return self._read(FieldName(source, literal.offset))
        if literal.bare and "." in source:
            return self._read(FieldName(source, literal.offset))  # raises, saying what is wrong
        return _always(str(literal.value))

    def _matches(self, left: Read, literal: Literal) -> Holds:
        try:
            search = bounded_search(str(literal.value))
        except PatternError as error:
            raise FilterError(str(error), expression=self._text, offset=literal.offset) from None
        return lambda call: search(value_of(left, call) or "")


def _always(text: str) -> Read:
    return lambda call: text


def _equal(left: Read, right: Read, call: Call) -> bool:
    one, other = value_of(left, call), value_of(right, call)
    if one is None or other is None:
        return False
    if one == other:
        return True
    number = number_of(one)
    return number is not None and number == number_of(other)
