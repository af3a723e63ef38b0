"""Readers of a few fields of a structure at once, made from its declaration: for the list, which
shows five of them and must not pay for the rest."""

from __future__ import annotations

import struct as packing
from collections.abc import Callable
from typing import Any

from seastool.wire import Structure
from seastool.wire.fields import Bytes, Field, Nested, Number, SizeOf, SpanField, Total

_FIXED = (Number, SpanField, SizeOf, Total)
FAILURES = (IndexError, packing.error)


def compile_columns(
    struct: type[Structure], order: str, names: tuple[str, ...]
) -> Callable[[bytes, int], tuple[Any, ...]]:
    """A function (data, start) -> the values of `names`, in that order, and where the last of
    them in wire order ends.

    A span is two values, start and length. Bytes to the end of the structure are the offset at
    which they start; a field that a condition leaves out is None. The bytes are not checked to
    be a whole structure.
    Raises (the function): FAILURES where the bytes end too early.
    """
    fields = struct.fields_in(order)
    last = max(i for i, f in enumerate(fields) if f.name in names)
    needed = {f.when.field for f in fields if f.when} | set(names)
    scope: dict[str, Any] = {}
    lines = [line for f in fields[: last + 1] for line in _lines(f, needed, scope)]
    results = ", ".join(_result(f) for name in names for f in fields if f.name == name)
    source = "\n    ".join(["def read(b, p):", *lines, f"return {results}, p"])
    exec(compile(source, f"<seastool.render {struct.__name__}>", "exec"), scope)
    function: Callable[[bytes, int], tuple[Any, ...]] = scope["read"]
    function.__doc__ = source
    return function


def _result(f: Field) -> str:
    return f"s_{f.name}, l_{f.name}" if isinstance(f, SpanField) else f"v_{f.name}"


def _lines(f: Field, needed: set[str], scope: dict[str, Any]) -> list[str]:
    """Source that reads a field, or steps over it."""
    lines = _read(f, scope) if f.name in needed else [f"p += {_size(f)}"]
    if f.when is None:
        return lines
    absent = [f"{target} = None" for target in _result(f).split(", ")]
    condition = f.when.source(f"v_{f.when.field}")
    return [*absent, f"if {condition}:", *(f"    {line}" for line in lines)]


def _read(f: Field, scope: dict[str, Any]) -> list[str]:
    if isinstance(f, Bytes) and f.to_end:
        return [f"v_{f.name} = p"]
    if not isinstance(f, _FIXED):
        raise TypeError(f"{f.name} is not a column")
    scope[f"unpack_{f.format}"] = packing.Struct(">" + f.format).unpack_from
    comma = "" if isinstance(f, SpanField) else ","
    return [f"{_result(f)}{comma} = unpack_{f.format}(b, p)", f"p += {_size(f)}"]


def _size(f: Field) -> str:
    """The size of a field as source, where it stands at p."""
    if isinstance(f, _FIXED):
        return str(packing.calcsize(">" + f.format))
    if (isinstance(f, Bytes) and not f.to_end) or (isinstance(f, Nested) and not f.sized_by):
        return "1 + b[p]"
    raise TypeError(f"cannot step over {f.name}")
