"""Compiled encoding. What does not fit raises; interpreted_encoder then says which field it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seastool.wire.fields import Bytes, Field, ListOf, Nested, Numbers, SizeOf, SpanField, Total
from seastool.wire.source import Source, fixed_format, runs

if TYPE_CHECKING:
    from seastool.wire.structure import Structure


def compile_encoder(struct: type[Structure], order: str) -> Callable[[Any], bytes]:
    """encode(record) -> bytes; raises on anything that does not fit."""
    source = Source()
    fields = struct.fields_in(order)
    for f in fields:
        if isinstance(f, Nested):
            _emit_encode_nested(source, f)
    source.add("out = []")
    for run in runs(fields):
        _emit_write_group(source, run)
    source.add("body = b''.join(out)")
    if fields and isinstance(fields[0], Total):
        source.add(f"return {source.packer('I')}(len(body) + 4) + body")
    else:
        source.add("return body")
    return source.build(f"encode_{struct.__name__}{order}", "r")


def _emit_encode_nested(source: Source, f: Nested) -> None:
    encode = source.refer(f"encode_{f.struct.__name__}", f.struct.encoders[""])
    absent = "" if f.when is None else f" if {f.when.source('r.' + f.when.field)} else b''"
    source.add(f"n_{f.name} = {encode}(r.{f.name}){absent}")


def _emit_write_group(source: Source, run: list[Field]) -> None:
    first = run[0]
    if first.when is None:
        _emit_writes(source, run)
        return
    source.add(f"if {first.when.source('r.' + first.when.field)}:")
    source.depth += 1
    _emit_writes(source, run)
    source.depth -= 1
    given = " or ".join(f"r.{f.name} is not None" for f in run)
    source.add(f"elif {given}: raise ValueError")


def _emit_writes(source: Source, run: list[Field]) -> None:
    f = run[0]
    if fixed_format(f) is not None:
        _emit_pack(source, run)
    elif isinstance(f, Nested):
        if not f.sized_by:
            source.add(f"out.append({source.packer('B')}(len(n_{f.name})))")
        source.add(f"out.append(n_{f.name})")
    elif isinstance(f, ListOf):
        encode = source.refer(f"encode_{f.struct.__name__}", f.struct.encoders[""])
        source.add(f"items = [{encode}(item) for item in r.{f.name}]")
        source.add(f"out.append({source.packer('B')}(len(items)))")
        if f.sized:
            source.add("out.append(bytes(map(len, items)))")
        source.add("out += items")
    elif isinstance(f, Numbers):
        source.add(f"n = len(r.{f.name})")
        source.add(f"out.append(pack(f'>B{{n}}{f.format}', n, *r.{f.name}))")
    else:
        if isinstance(f, Bytes) and not f.to_end:
            source.add(f"out.append({source.packer('B')}(len(r.{f.name})))")
        source.add(f"out.append(r.{f.name})")


def _emit_pack(source: Source, run: list[Field]) -> None:
    values: list[str] = []
    format = ""
    for f in run:
        if isinstance(f, Total):
            continue
        format += fixed_format(f) or ""
        if isinstance(f, SpanField):
            values.append(f"*r.{f.name}")
        elif isinstance(f, SizeOf):
            values.append(f"len(n_{f.target})")
        else:
            values.append(f"r.{f.name}")
    if format:
        source.add(f"out.append({source.packer(format)}({', '.join(values)}))")
