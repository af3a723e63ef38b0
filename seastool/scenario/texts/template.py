"""Texts with ``{{ name }}`` in them, compiled when the scenario is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from seastool.scenario.errors import BadText, shown, suggestion
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.scope import Read, Scope

Part = str | Read

_OPEN = re.compile(r"\{\{")
_CLOSE = re.compile(r"\}\}")
_PRIMARY = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_]\w*(?:\.\w+)*)\s*(?:\(\s*(?P<argument>[^()]*?)\s*\))?
    |'(?P<single>[^']*)'|"(?P<double>[^"]*)")\s*""",
    re.VERBOSE,
)
_FILTER = re.compile(r"\|\s*(?P<name>[A-Za-z_]\w*)\s*(?:\(\s*(?P<argument>[^()]*?)\s*\))?\s*")


def _added(text: str, number: int) -> str:
    try:
        return str(int(text) + number)
    except ValueError:
        raise BadText(f"{shown(text)} is no number that add could add to") from None


_FILTERS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "length": lambda text: str(len(text)),
}


class Template:
    """Literal text and what is put in between."""

    __slots__ = ("constant", "parts")

    def __init__(self, parts: list[Part]) -> None:
        self.parts = tuple(_joined(parts))
        fixed = all(isinstance(part, str) for part in self.parts)
        self.constant: str | None = "".join(map(str, self.parts)) if fixed else None

    def render(self, call: Call) -> str:
        """The text for a call. Raises: Unset."""
        if self.constant is not None:
            return self.constant
        return "".join([part if type(part) is str else part(call) for part in self.parts])  # type: ignore[operator]


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Neighbouring literals as one."""
    literal = ""
    for part in parts:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
            literal = ""
        yield part
    if literal:
        yield literal


Literal = Callable[[str], str]


def compile_template(text: str, scope: Scope, literal: Literal = str) -> Template:
    """literal: what is done to the text itself and to variables that never change.

    Raises: BadText with the offset of what is wrong.
    """
    parts: list[Part] = []
    at = 0
    while found := _OPEN.search(text, at):
        parts.append(literal(text[at : found.start()]))
        part, at = _expression(text, found.end(), scope, literal)
        parts.append(part)
    parts.append(literal(text[at:]))
    return Template(parts)


def _expression(text: str, start: int, scope: Scope, literal: Literal) -> tuple[Part, int]:
    """What stands between the braces, and where the text goes on."""
    found = _PRIMARY.match(text, start)
    if found is None:
        raise BadText("a name is missing here; for the braces write {{ '{{' }}", start - 2)
    part = _primary(found, scope, literal)
    at = found.end()
    while filter := _FILTER.match(text, at):
        part = _filtered(part, filter)
        at = filter.end()
    close = _CLOSE.match(text, at)
    if close is None:
        if not _CLOSE.search(text, at):
            raise BadText("this {{ is not closed; for the braces write {{ '{{' }}", start - 2)
        rest = text[at:].partition("}}")[0].strip()
        raise BadText(f"{shown(rest)} where '|' or '}}}}' belongs", at)
    return part, close.end()


def _primary(found: re.Match[str], scope: Scope, literal: Literal) -> Part:
    name = found["name"]
    if name is None:
        return str(found["single"] if found["single"] is not None else found["double"])
    if found["argument"] is not None:
        return scope.function(name, found["argument"], found.start("name"))
    constant = scope.constant(name)
    return scope.reader(name, found.start("name")) if constant is None else literal(constant)


def _filtered(part: Part, found: re.Match[str]) -> Part:
    change = _filter_named(found)
    if isinstance(part, str):
        return change(part)
    read = part
    return lambda call: change(read(call))


def _filter_named(found: re.Match[str]) -> Callable[[str], str]:
    name, argument = found["name"], found["argument"]
    if name == "add":
        if not argument or not re.fullmatch(r"-?[0-9]{1,9}", argument):
            raise BadText("add takes a number, such as add(1)", found.start("name"))
        number = int(argument)
        return lambda text: _added(text, number)
    if name not in _FILTERS or argument is not None:
        known = suggestion(name, [*_FILTERS, "add"])
        raise BadText(f"unknown filter {shown(name)}{known}", found.start("name"))
    return _FILTERS[name]
