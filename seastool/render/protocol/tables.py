"""Declared structures as tables in Markdown: a row a field."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Final

from seastool.seas.types import Layout
from seastool.wire import Below, Bit, Structure
from seastool.wire.fields import (
    Bytes,
    Field,
    ListOf,
    Nested,
    Number,
    Numbers,
    Pointers,
    Role,
    SizeOf,
    SpanField,
    Total,
)

WIDTHS: Final = {"B": "u8", "H": "u16", "I": "u32", "i": "i32"}
SIZES: Final = {"B": 1, "H": 2, "I": 4, "i": 4}
NAMED_BY: Final = {
    "transport": "a [transport](#transports)",
    "method": "a [method](#methods)",
    "method_or_status": "a [method](#methods), or the status",
    "method_mask": "bit 0 is [method](#methods) 1, and so on",
    "header": "a [header type](#header-types)",
    "mime": "a [media type](#media-types)",
}
ROLES: Final = {
    Role.PART: "start in {}; runs to the next start or end, less 1",
    Role.END: "in {}",
    Role.LENGTH: "length, from the start of the {}",
    Role.TAIL: "start in {}; runs to its end",
}


def section(struct: type[Structure], title: str, level: str = "###") -> Iterator[str]:
    """A heading, what the structure is, its fields, and where they stand in layout A."""
    yield f"{level} {title}\n\n"
    yield f"{about(struct)}\n\n"
    yield "| at | bytes | field | there if | what |\n|---|---|---|---|---|\n"
    for at, field in _placed(struct.fields):
        cells = (at, _bytes(field), f"`{field.name}`", _condition(struct, field), _meaning(field))
        yield f"| {' | '.join(cells)} |\n"
    yield "\n"
    other = struct.orders.get(Layout.A)
    if other:
        named = ", ".join(f"{_bytes(field)} `{field.name}`" for field in other)
        yield f"In layout A: {named}.\n\n"


def about(struct: type[Structure]) -> str:
    """What its docstring says, on one line."""
    return " ".join((inspect.getdoc(struct) or "").split())


def _placed(fields: Sequence[Field]) -> Iterator[tuple[str, Field]]:
    """Each field with the offset in the structure, as long as nothing before it varies."""
    at = 0
    fixed = True
    for field in fields:
        fixed = fixed and field.when is None
        yield (str(at) if fixed else ""), field
        size = _size(field)
        fixed = fixed and size > 0
        at += size


def _size(field: Field) -> int:
    """In bytes; 0 where it varies."""
    match field:
        case Number() | SizeOf() | Total():
            return SIZES[field.format]
        case SpanField():
            return sum(SIZES[code] for code in field.format)
    return 0


def _bytes(field: Field) -> str:
    match field:
        case Number() | SizeOf() | Total():
            return WIDTHS[field.format]
        case SpanField():
            return " ".join(WIDTHS[code] for code in field.format)
        case Nested():
            return _linked(field.struct) if field.sized_by else f"u8 n, n: {_linked(field.struct)}"
        case ListOf():
            sizes = "n × u8, " if field.sized else ""
            return f"u8 n, {sizes}n × {_linked(field.struct)}"
        case Numbers():
            return f"u8 n, n × {WIDTHS[field.format]}"
        case Pointers():
            return "[list](#parameter-lists)"
        case Bytes():
            return "the rest" if field.to_end else "u8 n, n bytes"
    raise TypeError(f"{field.name} is of a kind that the reference does not have")


def _linked(struct: type[Structure]) -> str:
    return f"[{struct.__name__}](#{struct.__name__.lower()})"


def _condition(struct: type[Structure], field: Field) -> str:
    match field.when:
        case Bit(name, mask, negated):
            return f"`{name}` {'without' if negated else 'has'} {_bit(struct, name, mask)}"
        case Below(name, limit):
            return f"`{name}` < {limit}"
    return ""


def _bit(struct: type[Structure], name: str, mask: int) -> str:
    number = next(f for f in struct.fields if f.name == name)
    bits = number.bits if isinstance(number, Number) else {}
    called = next((f" `{bit}`" for bit, value in bits.items() if value == mask), "")
    return f"0x{mask:02x}{called}"


def _meaning(field: Field) -> str:
    if field.name == "type" and field.default is not ...:
        return f"{int(field.default)} `{field.default.name}`"
    told = [_kind(field), field.doc]
    return "; ".join(part for part in told if part).strip()


def _kind(field: Field) -> str:
    match field:
        case Number() if field.bits:
            return ", ".join(f"0x{mask:02x} `{bit}`" for bit, mask in field.bits.items())
        case Number() if field.base is not None:
            return ROLES[field.role].format(field.base.value)
        case Number() | Numbers():
            return NAMED_BY.get(field.names, "")
        case SpanField():
            return f"start and length, in {field.base.value}"
        case SizeOf():
            return f"size of `{field.target}`"
        case Total():
            return "of the whole frame, these bytes included"
        case Nested() if field.sized_by:
            return f"as many bytes as `{field.sized_by}` says"
        case Pointers():
            return f"starts in {field.base.value}"
        case Bytes() if field.shows == "padding" and not field.doc:
            return "kept as it is, mostly nothing"
    return ""
