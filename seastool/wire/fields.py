"""The field specifiers: what one line of a declaration can say.

All integers are big-endian. A field object is pure data; the interpreter, the
compiler and the views read it. `name` is filled in by `structure`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from seastool.wire.structure import Structure


class Span(NamedTuple):
    """A start and a length, in bytes; the field says from which base."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """Exclusive."""
        return self.start + self.length


class Base(Enum):
    """What a start counts from."""

    PAYLOAD = "payload"
    TEXT = "SIP text"
    HEADER = "header"
    URI = "URI"


class Role(Enum):
    """What a number means to a reader of the text."""

    PLAIN = "plain"
    PART = "part"  # a start; the text runs to the next PART or END, less one
    END = "end"  # one past the last part's end
    LENGTH = "length"  # the text is this long, from the base
    TAIL = "tail"  # a start; the text runs to the end of the message


class Bit(NamedTuple):
    """Present when the earlier number `field` has a bit of `mask` set (`negated`: has none)."""

    field: str
    mask: int
    negated: bool = False

    def holds(self, value: int) -> bool:
        return bool(value & self.mask) != self.negated

    def source(self, value: str) -> str:
        """The condition as Python source, for the compiler."""
        return f"not {value} & {self.mask}" if self.negated else f"{value} & {self.mask}"


class Below(NamedTuple):
    """Present when the earlier number `field` is less than `limit`."""

    field: str
    limit: int

    def holds(self, value: int) -> bool:
        return value < self.limit

    def source(self, value: str) -> str:
        return f"{value} < {self.limit}"


Condition = Bit | Below


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """What all kinds share."""

    doc: str = ""
    when: Condition | None = None
    default: Any = ...
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Number(Field):
    """One integer. format: a struct code (B, H, I, i). names: the table its values are named by.
    bits: what its bits are called."""

    format: str
    names: str = ""
    bits: Mapping[str, int] = field(default_factory=dict)
    base: Base | None = None
    role: Role = Role.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpanField(Field):
    """A start and a length. opens: the base that this start becomes for what follows."""

    base: Base
    format: str = "BB"
    opens: Base | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SizeOf(Field):
    """u8: the size in bytes of the field `target`, which comes later. Computed when encoding."""

    target: str
    format: str = "B"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Total(Field):
    """u32: the size of the whole structure, these bytes included. Always first; computed."""

    format: str = "I"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nested(Field):
    """A structure. sized_by: a SizeOf field, or empty: a u8 size stands right before it."""

    struct: type[Structure]
    sized_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListOf(Field):
    """u8 count, then structures; `sized`: count x u8 sizes stand before them."""

    struct: type[Structure]
    sized: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Numbers(Field):
    """u8 count, then that many integers of `format`."""

    format: str
    names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bytes(Field):
    """Bytes: counted by a u8 before them, or (`to_end`) all that is left.
    shows: "text", "address", "sip", "message" or "padding", for the views."""

    to_end: bool
    shows: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pointers(Field):
    """The u8 pointers of a parameter list, all that is left. Kept as bytes: name start, value
    start of each, then one end; `parameters` reads them."""

    base: Base


def u8(**options: Any) -> Any:
    """One byte."""
    return Number(format="B", **options)


def u16(**options: Any) -> Any:
    """Two bytes."""
    return Number(format="H", **options)


def u32(**options: Any) -> Any:
    """Four bytes."""
    return Number(format="I", **options)


def i32(**options: Any) -> Any:
    """Four bytes, two's complement."""
    return Number(format="i", **options)


def part(base: Base, **options: Any) -> Any:
    """u8 start of a part that runs to the next part or end of the structure, less one byte."""
    return Number(format="B", base=base, role=Role.PART, **options)


def end(base: Base, **options: Any) -> Any:
    """u8, one past the end of the part before."""
    return Number(format="B", base=base, role=Role.END, **options)


def tail(base: Base, **options: Any) -> Any:
    """u16 start of what runs to the end of the text."""
    return Number(format="H", base=base, role=Role.TAIL, **options)


def length_from(base: Base, **options: Any) -> Any:
    """u8 length of the text at the base itself."""
    return Number(format="B", base=base, role=Role.LENGTH, **options)


def span(base: Base, **options: Any) -> Any:
    """u8 start and u8 length, unless `format` says wider."""
    return SpanField(base=base, **options)


def size_of(target: str, **options: Any) -> Any:
    """u8 size of a later field."""
    return SizeOf(target=target, default=0, **options)


def total_length(default: int = 0, **options: Any) -> Any:
    """u32 size of the whole structure; whatever it is set to, the size is what is encoded."""
    return Total(default=default, **options)


def nested(struct: type[Structure], sized_by: str, **options: Any) -> Any:
    """A structure whose size an earlier field gave."""
    return Nested(struct=struct, sized_by=sized_by, **options)


def sized(struct: type[Structure], **options: Any) -> Any:
    """u8 size and a structure of that many bytes."""
    return Nested(struct=struct, **options)


def sized_list(struct: type[Structure], **options: Any) -> Any:
    """u8 count, count x u8 sizes, and the structures."""
    return ListOf(struct=struct, sized=True, **options)


def counted_list(struct: type[Structure], **options: Any) -> Any:
    """u8 count and that many structures, each of which knows its own end."""
    return ListOf(struct=struct, sized=False, **options)


def numbers(format: str, **options: Any) -> Any:
    """u8 count and that many integers."""
    return Numbers(format=format, **options)


def counted_bytes(**options: Any) -> Any:
    """u8 length and that many bytes."""
    return Bytes(to_end=False, **options)


def rest(**options: Any) -> Any:
    """All bytes that are left."""
    return Bytes(to_end=True, **options)


def padding(**options: Any) -> Any:
    """Bytes that nothing accounts for: kept, so that what was decoded encodes the same."""
    return Bytes(to_end=True, shows="padding", default=b"", **options)


def pointers(base: Base, **options: Any) -> Any:
    """A parameter list to the end of the structure; no bytes at all if there are none."""
    return Pointers(base=base, default=b"", **options)
