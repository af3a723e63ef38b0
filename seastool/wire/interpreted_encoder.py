"""Encoding field by field: the slow way, which can say what does not fit."""

from __future__ import annotations

import struct as packing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seastool.errors import EncodeError
from seastool.wire.fields import (
    Bytes,
    Field,
    ListOf,
    Nested,
    Number,
    Numbers,
    SizeOf,
    SpanField,
    Total,
)

if TYPE_CHECKING:
    from seastool.wire.structure import Structure


def encode_fields(record: Structure, order: str, path: str = "") -> bytes:
    """The bytes of a record, field by field.

    Raises: EncodeError naming the field that does not fit.
    """
    fields = [f for f in record.fields_in(order) if _present(record, f, path)]
    inner = {f.name: _encode_inner(record, f, path) for f in fields if isinstance(f, Nested)}
    body = b"".join(_write(record, f, inner, path) for f in fields)
    if fields and isinstance(fields[0], Total):
        return packing.pack(">I", len(body) + 4) + body
    return body


def _present(record: Structure, f: Field, path: str) -> bool:
    if f.when is None:
        return True
    try:
        announced = f.when.holds(getattr(record, f.when.field))
    except TypeError:
        return False  # the field it depends on is wrong itself, and says so when written
    given = getattr(record, f.name) is not None
    if announced != given:
        fault = "is missing, but announced by" if announced else "is given, but not announced by"
        raise EncodeError(f"{fault} {f.when.field}", path=path + f.name)
    return announced


def _encode_inner(record: Structure, f: Nested, path: str) -> bytes:
    return _encode_item(getattr(record, f.name), f.struct, path + f.name)


def _encode_item(item: Any, struct: type[Structure], where: str) -> bytes:
    if not isinstance(item, struct):
        raise EncodeError(f"expected a {struct.__name__}", path=where, value=item)
    return encode_fields(item, "", where + ".")


def _write(record: Structure, f: Field, inner: Mapping[str, bytes], path: str) -> bytes:
    value = getattr(record, f.name)
    where = path + f.name
    try:
        return _write_value(f, value, inner, where)
    except (TypeError, ValueError):
        raise EncodeError(f"{value!r} is no value for it", path=where, value=value) from None


def _write_value(f: Field, value: Any, inner: Mapping[str, bytes], where: str) -> bytes:
    match f:
        case Total():
            return b""
        case SizeOf():
            return _pack(f.format, len(inner[f.target]), where)
        case Number():
            return _pack(f.format, value, where)
        case SpanField():
            start, length = value
            return _pack(f.format[0], start, where) + _pack(f.format[1], length, where)
        case Nested():
            size = b"" if f.sized_by else _pack("B", len(inner[f.name]), where)
            return size + inner[f.name]
        case ListOf():
            return _write_list(f, value, where)
        case Numbers():
            return _pack("B", len(value), where) + b"".join(
                _pack(f.format, n, f"{where}[{i}]") for i, n in enumerate(value)
            )
        case Bytes(to_end=False):
            return _pack("B", len(value), where) + memoryview(value)
        case _:
            return b"".join((value,))


def _write_list(f: ListOf, value: list[Structure], where: str) -> bytes:
    items = [_encode_item(item, f.struct, f"{where}[{i}]") for i, item in enumerate(value)]
    count = _pack("B", len(items), where)
    sizes = b""
    if f.sized:
        sizes = b"".join(_pack("B", len(b), f"{where}[{i}]") for i, b in enumerate(items))
    return count + sizes + b"".join(items)


def _pack(format: str, value: Any, where: str) -> bytes:
    try:
        return packing.pack(">" + format, value)
    except packing.error as error:
        raise EncodeError(f"{value!r} does not fit: {error}", path=where, value=value) from None
