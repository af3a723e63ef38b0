"""JSON writers made from the declarations: Python source for each structure, that reads the bytes
and returns the text of its object at once, without a record or a tree in between.

A writer is called with (b, p, e, t, x, h, c): the bytes, where the structure starts and ends in
them, the SIP text, what makes a JSON string of a piece of that text, where the header (or what
counts as one) starts in the text, and the `Codes` of the dialect. It returns the JSON, where the
structure ended, and how far into the text its pieces reach. What does not fit raises one of
FAILURES; the caller then asks `fields`, which can tell.
"""

from __future__ import annotations

import struct as packing

from seastool.render.jsonl.codes import Kept, dump, flagged
from seastool.render.jsonl.source import FAILURES, FIXED, MessageWriter, Source, Writer, runs
from seastool.wire import Structure
from seastool.wire.fields import (
    Base,
    Bytes,
    Field,
    ListOf,
    Nested,
    Number,
    Numbers,
    Pointers,
    Role,
    SpanField,
    Total,
)

_ORIGINS = {Base.TEXT: "0", Base.HEADER: "h", Base.URI: "u"}


def compile_writer(
    struct: type[Structure], order: str = "", message: MessageWriter | None = None
) -> Writer:
    """A writer of a structure. message: what writes an encoded message, for frames."""
    source = Source(message)
    fields = struct.fields_in(order)
    source.add("m = 0")
    if any(isinstance(f, Total) for f in fields):
        source.add("begin = p")
    for run in runs(fields):
        _emit_run(source, run)
    for f in _parts(fields):
        _emit_part(source, f)
    source.add("if p > e: raise IndexError")
    inner = "".join(_piece(f, first=f is fields[0]) for f in fields)
    source.add(f"return f'{{{{{inner}}}}}', p, m")
    return source.build(f"write_{struct.__name__}{order}")


def _emit_run(source: Source, run: list[Field]) -> None:
    first = run[0]
    if first.when is None:
        _emit_fields(source, run)
        return
    source.add(f"j_{first.name} = ''")
    if _is_part(first):
        source.add(f"v_{first.name} = None")
    source.add(f"if {first.when.source('v_' + first.when.field)}:")
    source.depth += 1
    _emit_fields(source, run)
    source.depth -= 1


def _emit_fields(source: Source, run: list[Field]) -> None:
    f = run[0]
    if isinstance(f, FIXED):
        _emit_fixed(source, run)
    elif isinstance(f, Nested):
        _emit_nested(source, f)
    elif isinstance(f, ListOf):
        _emit_list(source, f)
    elif isinstance(f, Numbers):
        _emit_numbers(source, f)
    elif isinstance(f, Pointers):
        _emit_pointers(source, f)
    else:
        assert isinstance(f, Bytes)
        _emit_bytes(source, f)


def _emit_fixed(source: Source, run: list[Field]) -> None:
    """Read the numbers of a run at once, then write what is not a part."""
    format = "".join(f.format for f in run if isinstance(f, FIXED))
    targets: list[str] = []
    for f in run:
        targets += [f"s_{f.name}", f"l_{f.name}"] if isinstance(f, SpanField) else [f"v_{f.name}"]
    if format == "B":
        source.add(f"{targets[0]} = b[p]")
    else:
        unpack = f"unpack_{format}"
        source.names[unpack] = packing.Struct(">" + format).unpack_from
        source.add(f"{', '.join(targets)}{',' * (len(targets) == 1)} = {unpack}(b, p)")
    source.add(f"p += {packing.calcsize('>' + format)}")
    for f in run:
        if isinstance(f, SpanField):
            _emit_span(source, f)
        elif isinstance(f, Total):
            source.add(f"if v_{f.name} != e - begin: raise IndexError")
            _emit_value(source, f, f"{{v_{f.name}}}")
        elif not _is_part(f):
            _emit_number(source, f)


def _emit_span(source: Source, f: SpanField) -> None:
    plain = f'"start":{{s_{f.name}}},"length":{{l_{f.name}}}'
    origin = _ORIGINS.get(f.base)
    if origin is None:
        _emit_value(source, f, f"{{{{{plain}}}}}")
        return
    source.add(f"a = {origin} + s_{f.name}")
    source.add(f"q = a + l_{f.name}")
    source.add("if q > m: m = q")
    if f.opens is Base.URI:
        source.add("u = a")
    _emit_value(source, f, f'{{{{{plain},"text":{{x(t[a:q])}}}}}}')


def _emit_number(source: Source, f: Field) -> None:
    if not isinstance(f, Number) or not (f.bits or f.names):
        _emit_value(source, f, f"{{v_{f.name}}}")
    elif f.bits:
        table = f"bits_{f.name}"
        bits = f.bits
        source.names[table] = Kept[int](lambda value: dump(flagged(bits, value)))
        _emit_value(source, f, f"{{{table}[v_{f.name}]}}")
    else:
        source.names[f"table_{f.name}"] = f.names
        source.add(f"k = c.tables[table_{f.name}]")
        _emit_value(source, f, f"{{k[v_{f.name}]}}")


def _emit_value(source: Source, f: Field, template: str) -> None:
    """Assign the field's `"name":value`, with the comma that goes before it."""
    source.add(f"j_{f.name} = f',\"{f.name}\":{template}'")


def _emit_part(source: Source, f: Field) -> None:
    """Parts are written last field first, since each ends where the next one starts."""
    assert isinstance(f, Number)
    if f.when is not None:
        source.add(f"if v_{f.name} is not None:")
        source.depth += 1
    if f.role is Role.END:
        _emit_value(source, f, f"{{v_{f.name}}}")
    else:
        source.add(f"a = {_ORIGINS[f.base or Base.TEXT]} + v_{f.name}")
        if f.role is Role.PART:
            source.add(f"q = {_ORIGINS[f.base or Base.TEXT]} + n - 1")
        elif f.role is Role.LENGTH:
            source.add(f"q = a; a -= v_{f.name}")
        else:
            source.add("q = len(t)")
        source.add("if q > m: m = q")
        source.add("k = x(t[a:q]) if q > a else EMPTY")
        word = "length" if f.role is Role.LENGTH else "start"
        _emit_value(source, f, f'{{{{"{word}":{{v_{f.name}}},"text":{{k}}}}}}')
    if f.role in (Role.PART, Role.END):
        source.add(f"n = v_{f.name}")
    if f.when is not None:
        source.depth -= 1


def _emit_nested(source: Source, f: Nested) -> None:
    source.names[f"write_{f.name}"] = compile_writer(f.struct)
    if f.sized_by:
        source.add(f"q = p + v_{f.sized_by}")
    else:
        source.add("q = p + 1 + b[p]")
        source.add("p += 1")
    source.add("if q > e: raise IndexError")
    source.add(f"k, p, r = write_{f.name}(b, p, q, t, x, h, c)")
    source.add("if p != q: raise IndexError")
    source.add("if r > m: m = r")
    _emit_value(source, f, "{k}")


def _emit_list(source: Source, f: ListOf) -> None:
    source.names[f"write_{f.name}"] = compile_writer(f.struct)
    source.add("items = []")
    source.add("n = b[p]")
    source.add("p += 1")
    if f.sized:
        source.add("sizes = b[p:p + n]")
        source.add("p += n")
        source.add("for size in sizes:")
        source.add("    q = p + size")
        source.add("    if q > e: raise IndexError")
    else:
        source.add("for _ in range(n):")
        source.add("    q = e")
    source.add(f"    k, p, r = write_{f.name}(b, p, q, t, x, h, c)")
    if f.sized:
        source.add("    if p != q: raise IndexError")
    source.add("    if r > m: m = r")
    source.add("    items.append(k)")
    source.add("k = ','.join(items)")
    _emit_value(source, f, "[{k}]")


def _emit_numbers(source: Source, f: Numbers) -> None:
    size = packing.calcsize(">" + f.format)
    source.names[f"table_{f.name}"] = f.names
    source.add("n = b[p]")
    source.add(f"k = c.tables[table_{f.name}]")
    source.add(f"k = ','.join([k[v] for v in unpack_from(f'>{{n}}{f.format}', b, p + 1)])")
    source.add(f"p += 1 + n * {size}")
    _emit_value(source, f, "[{k}]")


def _emit_pointers(source: Source, f: Pointers) -> None:
    source.add("if p > e: raise IndexError")
    source.add(f"j_{f.name} = ''")
    source.add("if p < e:")
    source.depth += 1
    source.add(f"k, r = write_parameters(b[p:e], t, x, {_ORIGINS[f.base]})")
    source.add("if r > m: m = r")
    source.add("p = e")
    _emit_value(source, f, "{k}")
    source.depth -= 1


def _emit_bytes(source: Source, f: Bytes) -> None:
    if f.to_end:
        source.add("if p > e: raise IndexError")
        source.add("a, p = p, e")
    else:
        source.add("a = p + 1")
        source.add("p = a + b[p]")
    absent = "a == p" if f.to_end else "False"
    source.add(f"j_{f.name} = ''")
    source.add(f"if not {absent}:")
    source.depth += 1
    if f.shows == "message":
        source.add("k = write_message(b, a, p, c)")
    elif f.shows == "address":
        source.add("k = c.address[b[a:p]]")
    elif f.shows == "padding":
        source.add("k = b[a:p].hex().join('\"\"')")
    else:
        source.add("k = quote_bytes(b[a:p])")
    source.add(f"j_{f.name} = f',\"{_json_name(f)}\":{{k}}'")
    source.depth -= 1


def _json_name(f: Field) -> str:
    return "message" if isinstance(f, Bytes) and f.shows == "message" else f.name


def _is_part(f: Field) -> bool:
    """Whether the field's text can only be told when those after it are known."""
    return isinstance(f, Number) and f.role is not Role.PLAIN


def _parts(fields: tuple[Field, ...]) -> list[Field]:
    return [f for f in reversed(fields) if _is_part(f)]


def _piece(f: Field, *, first: bool) -> str:
    """Where the field stands in the object; the first one goes without its comma."""
    return f"{{j_{f.name}[1:]}}" if first else f"{{j_{f.name}}}"


__all__ = ["FAILURES", "Writer", "compile_writer"]
