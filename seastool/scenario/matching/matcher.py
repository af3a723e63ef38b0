"""What a frame is held against: type, transaction, fields, filter; and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from seastool.render.filters import Predicate, compile_filter
from seastool.scenario.errors import shown, suggestion
from seastool.scenario.matching.comparing import Compared, compile_pattern, compile_test
from seastool.scenario.matching.fields import (
    FIELDS,
    FRAME_TYPES,
    OTHER_TYPE,
    FrameField,
    field_named,
    filter_fields,
    types_to,
)
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.routing import exchange_keys
from seastool.scenario.reading.document import Path
from seastool.scenario.reading.model import MatchModel
from seastool.scenario.reading.report import Report
from seastool.scenario.texts.call import Call
from seastool.scenario.texts.scope import Scope


class Condition(NamedTuple):
    """One line of ``where``."""

    field: FrameField
    compared: Compared


class Capture(NamedTuple):
    """A variable, and where its value is taken from. find: the pattern with the group."""

    variable: str
    field: FrameField
    find: Callable[[str], object] | None

    def value(self, incoming: Incoming) -> str | None:
        """The value; None where the frame has none."""
        found = self.field.read(incoming)
        if found is None or self.find is None:
            return None if found is None else str(found)
        value = self.find(str(found))
        return None if value is None else str(value)


class Comparison(NamedTuple):
    """What was wanted of a field and what it was."""

    field: str
    expected: str
    got: str
    holds: bool


@dataclass(slots=True)
class Matcher:
    """What one frame has to be. types: None for any. name: what its transaction is called."""

    types: frozenset[str] | None
    of: str
    conditions: tuple[Condition, ...]
    filter: Predicate | None
    filter_text: str
    captures: tuple[Capture, ...]
    name: str

    def matches(self, incoming: Incoming, call: Call) -> bool:
        """Whether the frame is it. Raises: Unset."""
        if self.types is not None and incoming.type not in self.types:
            return False
        if self.of and not self.concerns(incoming, call):
            return False
        for field, compared in self.conditions:
            if not compared.test(field.read(incoming), call):
                return False
        return self.filter is None or self.filter(resolver(incoming))

    def concerns(self, incoming: Incoming, call: Call) -> bool:
        """Whether the frame is of the transaction that is wanted, if one is."""
        if not self.of:
            return True
        wanted = call.exchanges.get(self.of)
        if wanted is None:
            return False
        known = call.by_key
        return any(known.get(key) is wanted for key in exchange_keys(incoming.frame))

    def compare(self, incoming: Incoming, call: Call) -> list[Comparison]:
        """Each thing that was wanted beside what there is."""
        told = []
        if self.types is not None:
            wanted = " or ".join(sorted(self.types))
            told.append(Comparison("type", wanted, incoming.type, incoming.type in self.types))
        if self.of:
            holds = self.concerns(incoming, call)
            told.append(Comparison("of", self.of, self.of if holds else "another", holds))
        for field, compared in self.conditions:
            value = field.read(incoming)
            got = "nothing" if value is None else str(value)
            holds = compared.test(value, call)
            told.append(Comparison(field.name, compared.shown(call), got, holds))
        if self.filter is not None:
            holds = self.filter(resolver(incoming))
            told.append(Comparison("filter", self.filter_text, "holds" if holds else "not", holds))
        return told


def resolver(incoming: Incoming) -> Callable[[str], object]:
    """The fields of a frame for the filter language."""
    return lambda name: FIELDS[name].read(incoming)


def compile_matcher(model: MatchModel, path: Path, scope: Scope, report: Report) -> Matcher:
    """What is wrong goes into the report."""
    types = _types(model, path, scope, report)
    conditions = []
    for name, value in (model.where or {}).items():
        where = [*path, "where", name]
        with report.within(where, key=True):
            field = field_named(name, types)
            tested = report.attempt(where, compile_test, value, field, scope)
            if tested is not None:
                conditions.append(Condition(field, tested))
    if model.of:
        with report.within([*path, "of"]):
            scope.check_exchange(model.of)
    captures = [
        made
        for name, source in (model.capture or {}).items()
        if (made := _capture(name, source, [*path, "capture", name], types, report))
    ]
    return Matcher(
        types=frozenset(types) or None,
        of=model.of or "",
        conditions=tuple(conditions),
        filter=_filter(model, path, types, report),
        filter_text=model.filter or "",
        captures=tuple(captures),
        name=model.as_ or "",
    )


def name_what_comes(model: MatchModel, path: Path, scope: Scope, report: Report) -> None:
    """What the steps behind may name: captured variables, and the transaction."""
    for name in model.capture or {}:
        with report.within([*path, "capture", name], key=True):
            scope.assign(name)
    if model.as_:
        with report.within([*path, "as"]):
            scope.name_exchange(model.as_)


def _types(model: MatchModel, path: Path, scope: Scope, report: Report) -> list[str]:
    wanted = list(model.type or ())
    own = types_to(scope.role)
    for i, name in enumerate(wanted):
        if name in own or OTHER_TYPE.fullmatch(name):
            continue
        where = [*path, "type"] if len(wanted) == 1 else [*path, "type", i]
        if name in FRAME_TYPES:
            cause = f"{name} is not sent to the role {scope.role}"
        else:
            cause = f"unknown frame type {shown(name)}"
        report.tell(where, cause + suggestion(name, own))
    return [name for name in wanted if name in own or OTHER_TYPE.fullmatch(name)]


def _filter(model: MatchModel, path: Path, types: list[str], report: Report) -> Predicate | None:
    expression = model.filter
    if expression is None:
        return None
    where = [*path, "filter"]
    return report.attempt(where, compile_filter, expression, filter_fields(types))


def _capture(
    name: str, source: str, path: Path, types: list[str], report: Report
) -> Capture | None:
    words, slash, _ = source.partition("/")
    with report.within(path):
        field = field_named(words.strip(), types)
        if not slash:
            return Capture(name, field, None)
        return Capture(name, field, _group(source[len(words) :].rstrip(), len(words)))
    return None


def _group(pattern: str, at: int) -> Callable[[str], object]:
    search = compile_pattern(pattern, at)

    def find(text: str) -> object:
        found = search(text)
        return None if found is None else found[found.re.groups and 1]

    return find
