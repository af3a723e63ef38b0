"""Compiled decoding: functions that read a whole structure, or one field of it."""

from __future__ import annotations

import struct as packing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seastool.wire.fields import Bytes, Field, ListOf, Nested, Numbers, SpanField, Total
from seastool.wire.source import Source, fixed_format, runs

if TYPE_CHECKING:
    from seastool.wire.structure import Structure


def compile_decoder(
    struct: type[Structure], order: str
) -> Callable[[bytes, int, int], tuple[Any, int]]:
    """decode(data, start, end) -> (record, end of the record)."""
    source = Source()
    fields = struct.fields_in(order)
    for run in runs(fields):
        _emit_group(source, run, {f.name for f in run})
    source.add("if p > e: raise IndexError")
    source.refer("Record", struct)
    source.add("r = new(Record)")
    present = {f.name for f in fields}
    for f in struct.fields:
        value = f"v_{f.name}" if f.name in present else repr(f.default)
        source.add(f"r.{f.name} = {value}")
    source.add("return r, p")
    return source.build(f"decode_{struct.__name__}{order}", "b, p, e")


def compile_reader(struct: type[Structure], path: str) -> Callable[[bytes, int, int], Any]:
    """read(data, start, end) -> the one field at `path`, or None if it is not there."""
    source = Source(span="{}")
    steps = path.split(".")
    for step in steps[:-1]:
        struct = _emit_step(source, struct, step)
    _emit_until(source, struct, steps[-1])
    source.add("if p > e: raise IndexError")
    source.add(f"return v_{steps[-1]}")
    return source.build("read_" + "".join(c if c.isalnum() else "_" for c in path), "b, p, e")


def _emit_step(source: Source, struct: type[Structure], step: str) -> type[Structure]:
    """Position p and e on a nested structure or on item 0 of a list."""
    name = step.removesuffix("[0]")
    f = _field(struct, name)
    _emit_before(source, struct, name)
    if isinstance(f, ListOf):
        _emit_first_item(source, f)
        return f.struct
    if not isinstance(f, Nested):
        raise TypeError(f"{struct.__name__}.{name} is not a structure")
    if f.when is not None:
        source.add(f"if not ({_condition(f)}): return None")
    if f.sized_by:
        source.add(f"e = p + v_{f.sized_by}")
    else:
        source.add("p, e = p + 1, p + 1 + b[p]")
    return f.struct


def _emit_first_item(source: Source, f: ListOf) -> None:
    if f.when is not None:
        source.add(f"if not ({_condition(f)}): return None")
    source.add("n = b[p]")
    source.add("if not n: return None")
    if f.sized:
        source.add("p, e = p + 1 + n, p + 1 + n + b[p + 1]")
    else:
        source.add("p += 1")


def _emit_until(source: Source, struct: type[Structure], name: str) -> None:
    f = _field(struct, name)
    _emit_before(source, struct, name)
    _emit_group(source, [f], {name})


def _emit_before(source: Source, struct: type[Structure], name: str) -> None:
    """Step over the fields before `name`, keeping only those that later ones depend on."""
    fields = struct.fields_in()
    upto = next(i for i, f in enumerate(fields) if f.name == name)
    needed = {f.when.field for f in fields if f.when is not None}
    needed |= {f.sized_by for f in fields if isinstance(f, Nested)}
    for run in runs(fields[:upto]):
        _emit_group(source, run, needed)


def _field(struct: type[Structure], name: str) -> Field:
    for f in struct.fields:
        if f.name == name:
            return f
    raise AttributeError(f"{struct.__name__} has no field {name}")


def _condition(f: Field) -> str:
    assert f.when is not None
    return f.when.source(f"v_{f.when.field}")


def _emit_group(source: Source, run: list[Field], keep: set[str]) -> None:
    first = run[0]
    if first.when is None:
        _emit_fields(source, run, keep)
        return
    source.add(f"if {_condition(first)}:")
    source.depth += 1
    _emit_fields(source, run, keep)
    source.depth -= 1
    absent = [f"v_{f.name}" for f in run if f.name in keep]
    if absent:
        source.add("else:")
        source.add(f"    {' = '.join(absent)} = None")


def _emit_fields(source: Source, run: list[Field], keep: set[str]) -> None:
    if fixed_format(run[0]) is not None:
        _emit_fixed(source, run, keep)
    elif isinstance(run[0], Nested):
        _emit_nested(source, run[0])
    elif isinstance(run[0], ListOf):
        _emit_list(source, run[0])
    else:
        _emit_bytes(source, run[0])


def _emit_fixed(source: Source, run: list[Field], keep: set[str]) -> None:
    format = "".join(fixed_format(f) or "" for f in run)
    size = packing.calcsize(">" + format)
    if not any(f.name in keep or isinstance(f, Total) for f in run):
        source.add(f"p += {size}")
        return
    if len(run) == 1 and isinstance(run[0], SpanField):
        pair = f"{source.unpacker(format)}(b, p)"
        source.add(f"v_{run[0].name} = {source.span.format(pair)}")
        source.add(f"p += {size}")
        return
    if _emit_lone_byte(source, run, keep):
        return
    targets: list[str] = []
    for f in run:
        targets += [f"s_{f.name}", f"l_{f.name}"] if isinstance(f, SpanField) else [f"v_{f.name}"]
    source.add(f"{', '.join(targets)}{',' * (len(targets) == 1)} = {source.unpacker(format)}(b, p)")
    for f in run:
        if isinstance(f, SpanField) and f.name in keep:
            pair = f"(s_{f.name}, l_{f.name})"
            source.add(f"v_{f.name} = {source.span.format(pair)}")
        if isinstance(f, Total):
            source.add(f"if v_{f.name} != e - p: raise IndexError")
    source.add(f"p += {size}")


def _emit_lone_byte(source: Source, run: list[Field], keep: set[str]) -> bool:
    """If all that is wanted of a run is one byte, take it from its place: half the price."""
    wanted = [f for f in run if f.name in keep or isinstance(f, Total)]
    if len(wanted) != 1 or fixed_format(wanted[0]) != "B":
        return False
    formats = [fixed_format(f) or "" for f in run]
    offset = packing.calcsize(">" + "".join(formats[: run.index(wanted[0])]))
    source.add(f"v_{wanted[0].name} = b[p{f' + {offset}' if offset else ''}]")
    source.add(f"p += {packing.calcsize('>' + ''.join(formats))}")
    return True


def _emit_nested(source: Source, f: Nested) -> None:
    decode = source.refer(f"decode_{f.struct.__name__}", f.struct.decoders[""])
    if f.sized_by:
        source.add(f"q = p + v_{f.sized_by}")
    else:
        source.add("q = p + 1 + b[p]")
        source.add("p += 1")
    source.add("if q > e: raise IndexError")
    source.add(f"v_{f.name}, p = {decode}(b, p, q)")
    source.add("if p != q: raise IndexError")


def _emit_list(source: Source, f: ListOf) -> None:
    decode = source.refer(f"decode_{f.struct.__name__}", f.struct.decoders[""])
    source.add(f"v_{f.name} = []")
    source.add("n = b[p]")
    source.add("p += 1")
    if not f.sized:
        source.add("for _ in range(n):")
        source.add(f"    item, p = {decode}(b, p, e)")
        source.add(f"    v_{f.name}.append(item)")
        return
    source.add("sizes = b[p:p + n]")
    source.add("p += n")
    source.add("for size in sizes:")
    source.add("    q = p + size")
    source.add("    if q > e: raise IndexError")
    source.add(f"    item, p = {decode}(b, p, q)")
    source.add("    if p != q: raise IndexError")
    source.add(f"    v_{f.name}.append(item)")


def _emit_bytes(source: Source, f: Field) -> None:
    if isinstance(f, Numbers):
        size = packing.calcsize(">" + f.format)
        source.add("n = b[p]")
        source.add(f"v_{f.name} = list(unpack_from(f'>{{n}}{f.format}', b, p + 1))")
        source.add(f"p += 1 + n * {size}")
    elif isinstance(f, Bytes) and not f.to_end:
        source.add("n = b[p]")
        source.add(f"v_{f.name} = b[p + 1:p + 1 + n]")
        source.add("p += 1 + n")
    else:
        source.add("if p > e: raise IndexError")
        source.add(f"v_{f.name} = b[p:e]")
        source.add("p = e")
