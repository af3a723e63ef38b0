"""An expression cut into tokens, each with its position."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from seastool.render.filters.errors import FilterError, shown

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<number>-?[0-9][0-9A-Za-z_.]*)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<symbol>==|!=|<=|>=|&&|\|\||[<>!~()\[\],])""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"-?[0-9]+")
_HEXADECIMAL = re.compile(r"-?0[xX][0-9a-fA-F]+")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}

_KEYWORDS = frozenset({"and", "or", "not", "in", "contains", "matches"})
_ALIASES = {"&&": "and", "||": "or", "!": "not", "~": "matches"}
_HINTS = {
    '"': "this quote is not closed",
    "'": "this quote is not closed",
    "=": "equality is written ==",
    "&": "write 'and' or &&",
    "|": "write 'or' or ||",
    "\u201c": "strings take straight quotes",
    "\u201d": "strings take straight quotes",
}


class TokenKind(Enum):
    """The sorts of token; KEYWORD also covers the operator signs."""

    WORD = "word"
    KEYWORD = "keyword"
    NUMBER = "number"
    TEXT = "text"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `value` is what it means, `source` how it is written, `offset` where."""

    kind: TokenKind
    value: str | int | float
    source: str
    offset: int

    def is_keyword(self, *names: str) -> bool:
        """Tell whether this is one of the given keywords or signs."""
        return self.kind is TokenKind.KEYWORD and self.value in names


def tokenize(expression: str) -> Iterator[Token]:
    """Yield the tokens of `expression`, an END token last.

    Raises: FilterError at a character that starts no token, and for a bad number.
    """
    offset = 0
    while offset < len(expression):
        match = _TOKEN.match(expression, offset)
        if match is None:
            raise _unexpected(expression, offset)
        if match.lastgroup != "space":
            yield _token(expression, match)
        offset = match.end()
    yield Token(TokenKind.END, "", "", len(expression))


def _token(expression: str, match: re.Match[str]) -> Token:
    source, offset = match.group(), match.start()
    match match.lastgroup:
        case "number":
            return Token(TokenKind.NUMBER, _number(expression, source, offset), source, offset)
        case "text":
            return Token(TokenKind.TEXT, _ESCAPE.sub(_unescape, source[1:-1]), source, offset)
        case "word" if source not in _KEYWORDS:
            return Token(TokenKind.WORD, source, source, offset)
        case _:
            return Token(TokenKind.KEYWORD, _ALIASES.get(source, source), source, offset)


def _number(expression: str, source: str, offset: int) -> int | float:
    if _INTEGER.fullmatch(source):
        return int(source)
    if _HEXADECIMAL.fullmatch(source):
        return int(source, 16)
    if _DECIMAL.fullmatch(source):
        return float(source)
    message = f"{shown(source)} is not a number; text needs quotes"
    raise FilterError(message, expression=expression, offset=offset)


def _unescape(match: re.Match[str]) -> str:
    hexadecimal, character = match.groups()
    if hexadecimal is not None:
        return chr(int(hexadecimal, 16))
    # An escape that means nothing here keeps its backslash, so that a pattern's \d needs only one.
    return _ESCAPED.get(character, match.group())


def _unexpected(expression: str, offset: int) -> FilterError:
    character = expression[offset]
    hint = _HINTS.get(character, "text such as 'openser->as' needs quotes")
    message = f"unexpected {shown(character)}: {hint}"
    return FilterError(message, expression=expression, offset=offset)
