"""Recursive descent from tokens to a syntax tree, bounded in length and depth.

expression = conjunction { "or" conjunction }
conjunction = negation { "and" negation }
negation = "not" negation | "(" expression ")" | test
test = FIELD [ operator value | [ "not" ] "in" list ]
list = ( "(" | "[" ) value { "," value } ( ")" | "]" )
"""

from seastool.render.filters.errors import FilterError, shown
from seastool.render.filters.tokens import Token, TokenKind, tokenize
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

MAX_LENGTH = 4096  # characters; also keeps a number's digits below what int() takes
MAX_DEPTH = 50  # parentheses and nots within each other

_OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "contains", "matches")
_CLOSING = {"(": ")", "[": "]"}
_VALUES = (TokenKind.WORD, TokenKind.NUMBER, TokenKind.TEXT)


def parse(expression: str) -> Node:
    """Parse a whole expression.

    Raises: FilterError where it stops making sense, or is too long or too deep.
    """
    if len(expression) > MAX_LENGTH:
        message = f"the filter has {len(expression)} characters, at most {MAX_LENGTH} are taken"
        raise FilterError(message, expression=expression, offset=MAX_LENGTH)
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = tokenize(expression)
        self._token = next(self._tokens)
        self._depth = 0

    def whole(self) -> Node:
        if self._at_end():
            raise self._error("the filter is empty", self._token)
        node = self._expression_node()
        if not self._at_end():
            raise self._expected("'and', 'or' or the end")
        return node

    def _expression_node(self) -> Node:
        operands = [self._conjunction()]
        while self._accept("or"):
            operands.append(self._conjunction())
        return operands[0] if len(operands) == 1 else AnyOf(tuple(operands))

    def _conjunction(self) -> Node:
        operands = [self._negation()]
        while self._accept("and"):
            operands.append(self._negation())
        return operands[0] if len(operands) == 1 else AllOf(tuple(operands))

    def _negation(self) -> Node:
        if not self._token.is_keyword("not", "("):
            return self._test()
        opening = self._advance()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep", opening)
        node = Not(self._negation()) if opening.value == "not" else self._group(opening)
        self._depth -= 1
        return node

    def _group(self, opening: Token) -> Node:
        node = self._expression_node()
        if not self._accept(")"):
            if self._at_end():
                raise self._error("this parenthesis is not closed", opening)
            raise self._expected("'and', 'or' or ')'")
        return node

    def _test(self) -> Node:
        if self._token.kind is not TokenKind.WORD:
            raise self._expected("a field")
        token = self._advance()
        field = FieldName(token.source, token.offset)
        operator = self._token
        if self._accept(*_OPERATORS):
            literals: tuple[Literal, ...] = (self._literal(),)
            return Comparison(field, str(operator.value), operator.offset, literals)
        if self._accept("in"):
            return Comparison(field, "in", operator.offset, self._list())
        if self._accept("not"):
            if not self._accept("in"):
                raise self._expected("'in' after 'not'")
            return Comparison(field, "not in", operator.offset, self._list())
        return Present(field)

    def _list(self) -> tuple[Literal, ...]:
        if not self._token.is_keyword("(", "["):
            raise self._expected("a list such as (A, B)")
        closing = _CLOSING[str(self._advance().value)]
        literals = [self._literal()]
        while self._accept(","):
            literals.append(self._literal())
        if not self._accept(closing):
            raise self._expected(f"',' or '{closing}'")
        return tuple(literals)

    def _literal(self) -> Literal:
        if self._token.kind not in _VALUES:
            raise self._expected("a value")
        token = self._advance()
        return Literal(token.value, token.source, token.offset, token.kind is TokenKind.WORD)

    def _at_end(self) -> bool:
        return self._token.kind is TokenKind.END

    def _accept(self, *keywords: str) -> bool:
        if not self._token.is_keyword(*keywords):
            return False
        self._advance()
        return True

    def _advance(self) -> Token:
        token = self._token
        self._token = next(self._tokens)
        return token

    def _expected(self, what: str) -> FilterError:
        found = "the end" if self._at_end() else shown(self._token.source)
        return self._error(f"expected {what}, found {found}", self._token)

    def _error(self, message: str, token: Token) -> FilterError:
        return FilterError(message, expression=self._expression, offset=token.offset)
