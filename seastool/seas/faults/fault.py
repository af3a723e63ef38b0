"""One fault: its kind, its value, and which writes it acts on."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final

from seastool.seas.faults.errors import FaultError, choice, shown
from seastool.seas.faults.parameter import Probability
from seastool.seas.faults.registry import ActsOn, FaultKind, kind_of
from seastool.seas.types import Direction

SIDES: Final = {
    Direction.TO_AS: "the proxy",
    Direction.TO_OPENSER: "the application server",
}
SYNTAX: Final = "name[=value][*count][~probability][@TYPE,TYPE]"

_CHANCE: Final = Probability()
_COUNT = re.compile(r"[0-9]{1,9}")
_LONGEST = 4096
# What stands in double quotes may hold any character, the rest of a value not *, ~, @ and ".
_FAULT = re.compile(
    r"""(?P<name>[^=*~@"]*)
    (?:=(?P<value>(?:[^"*~@]|"(?:[^"\\]|\\.)*")*))?
    (?:\*(?P<count>[^=*~@"]*))?
    (?:~(?P<probability>[^=*~@"]*))?
    (?:@(?P<types>[^=*~@"]*))?""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, as data. `str()` gives the text that `parse_fault` reads.

    value: in seconds for a time; a text is read as `parse_fault` reads it; None for the default.
    count: act so many times, then no more. probability: that it acts on a write at all.
    types: names of frame types, NAME and SOCKET_INFO; empty for all.
    Raises: FaultError, saying what can be.
    """

    name: str
    value: Any = None
    _: KW_ONLY
    count: int | None = None
    probability: float = 1.0
    types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        kind = kind_of(self.name)
        object.__setattr__(self, "value", _value(kind, self.value))
        object.__setattr__(self, "types", _types(kind, self.types))
        if self.count is not None and self.count < 1:
            raise FaultError(f"{self.name}*{self.count}: a count is 1 or more")
        if not _CHANCE.holds(self.probability):
            raise FaultError(f"{self.name}~{self.probability}: it takes {_CHANCE.allowed}")
        if self.probability != 1 and isinstance(kind.parameter, Probability):
            raise FaultError(f"{self.name} takes its probability as value: {self.name}=0.1")

    @property
    def kind(self) -> FaultKind:
        """Its declaration."""
        return kind_of(self.name)

    @property
    def chance(self) -> float:
        """How likely it is to act on a write that it is for."""
        return self.value if isinstance(self.kind.parameter, Probability) else self.probability

    def __str__(self) -> str:
        kind = self.kind
        parts = [self.name]
        if kind.parameter is not None and self.value != kind.default:
            parts.append(f"={kind.parameter.format(self.value)}")
        if self.count is not None:
            parts.append(f"*{self.count}")
        if self.probability != 1:
            parts.append(f"~{_CHANCE.format(self.probability)}")
        if self.types:
            parts.append(f"@{','.join(self.types)}")
        return "".join(parts)


def parse_fault(text: str) -> Fault:
    """The fault that a text names: ``slice=1``, ``drop=0.1@REPLY_FIN``, ``length=0*1~0.5``.

    Raises: FaultError, one line that names what is allowed.
    """
    match = _FAULT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or match["value"] == "":
        raise FaultError(
            f"{shown(text)} is no fault: write {SYNTAX}, a value that has * ~ @ in double quotes"
        )
    name, chance = match["name"], match["probability"]
    kind_of(name)
    probability = 1.0 if chance is None else _CHANCE.parse(chance)
    if probability is None:
        raise FaultError(f"{name}~{shown(chance)}: it takes {_CHANCE.allowed}")
    types = () if match["types"] is None else tuple(match["types"].split(","))
    return Fault(
        name,
        match["value"],
        count=_count(name, match["count"]),
        probability=probability,
        types=types,
    )


def _count(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _COUNT.fullmatch(text):
        raise FaultError(f"{name}*{shown(text)}: a count is a whole number, 1 or more")
    return int(text)


def _value(kind: FaultKind, given: Any) -> Any:
    parameter = kind.parameter
    if parameter is None:
        if given is not None:
            raise FaultError(f"{kind.name} takes no value")
        return None
    if given is None and kind.default is None:
        raise FaultError(f"{kind.name} takes {parameter.allowed}: {kind.example}")
    value = kind.default if given is None else given
    if isinstance(given, str):
        value = parameter.parse(given)
    if not parameter.holds(value):
        raise FaultError(f"{kind.name}={shown(str(given))}: it takes {parameter.allowed}")
    return value


def _types(kind: FaultKind, given: tuple[str, ...]) -> tuple[str, ...]:
    types = tuple(dict.fromkeys(given))
    known = [name for side in kind.sides for name in kind.names(side)]
    if types and (kind.types or kind.acts_on is ActsOn.HELLO):
        raise FaultError(f"{kind.name} takes no @TYPE, it acts on {', '.join(known)} only")
    for type in types:
        if type not in known:
            raise FaultError(f"{kind.name}@{shown(type)}: no such type{choice(type, known)}")
    return types
