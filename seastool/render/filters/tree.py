"""The syntax tree of a filter: what was written, not yet held against the fields."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written. `bare` marks an unquoted word."""

    value: str | int | float
    source: str
    offset: int
    bare: bool = False


@dataclass(frozen=True, slots=True)
class FieldName:
    """The name of a field, which may not exist."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Present:
    """A field standing alone: there, and neither zero nor empty."""

    field: FieldName


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator literal``; the operators of a list are ``in`` and ``not in``."""

    field: FieldName
    operator: str
    operator_offset: int
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class AllOf:
    """Operands joined by ``and``."""

    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Operands joined by ``or``."""

    operands: tuple["Node", ...]


Node = Present | Comparison | Not | AllOf | AnyOf
