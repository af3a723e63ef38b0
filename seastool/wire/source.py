"""Declarations compiled to Python source, as dataclasses and attrs do: no interpretation on the
hot path. A compiled function does no explaining: on bad input it raises one of FAILURES or
returns the wrong end, and its caller asks the interpreter what was wrong."""

from __future__ import annotations

import struct as packing
from collections.abc import Callable
from typing import Any

from seastool.wire.fields import Field, Number, SizeOf, Span, SpanField, Total

FAILURES = (IndexError, packing.error)


class Source:
    """Lines of a function being written, and the objects it refers to.

    span: what makes a span of a (start, length).
    """

    def __init__(self, span: str = "tuple_new(Span, {})") -> None:
        self.span = span
        self.lines: list[str] = []
        self.names: dict[str, Any] = {
            "Span": Span,
            "tuple_new": tuple.__new__,
            "new": object.__new__,
            "unpack_from": packing.unpack_from,
            "pack": packing.pack,
        }
        self.depth = 1

    def add(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def refer(self, name: str, value: Any) -> str:
        """Make an object known to the function under a name."""
        self.names[name] = value
        return name

    def unpacker(self, format: str) -> str:
        return self.refer(f"unpack_{format}", packing.Struct(">" + format).unpack_from)

    def packer(self, format: str) -> str:
        return self.refer(f"pack_{format}", packing.Struct(">" + format).pack)

    def build(self, name: str, arguments: str) -> Callable[..., Any]:
        text = "\n".join([f"def {name}({arguments}):", *self.lines])
        exec(compile(text, f"<seastool.wire {name}>", "exec"), self.names)
        function: Callable[..., Any] = self.names[name]
        function.__doc__ = text
        return function


def fixed_format(f: Field) -> str | None:
    """The struct format of a field of fixed size, else None."""
    return f.format if isinstance(f, Number | SpanField | SizeOf | Total) else None


def runs(fields: tuple[Field, ...]) -> list[list[Field]]:
    """Fields in groups: those of fixed size that stand together, under one condition or none,
    are read at once."""
    groups: list[list[Field]] = []
    for f in fields:
        before = groups[-1][-1] if groups else None
        if (
            before is not None
            and fixed_format(f)
            and fixed_format(before)
            and f.when == before.when
        ):
            groups[-1].append(f)
        else:
            groups.append([f])
    return groups
