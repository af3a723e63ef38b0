"""Declarations interpreted: decoding with a trace of where each field lies, and the slow encoder
that says what does not fit. The compiled functions do the same and defer to these to explain."""

from __future__ import annotations

import dataclasses
import struct as packing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seastool.errors import DecodeError, Truncated
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
    SizeOf,
    Span,
    SpanField,
    Total,
)
from seastool.wire.pointer_list import parameters

if TYPE_CHECKING:
    from seastool.wire.structure import Structure


@dataclass(slots=True)
class Node:
    """One field as it lies in the data: bytes start to end (exclusive), its value, and the part
    of the SIP text it points at, if any (start, end; not checked against the text, but never
    an end before its start)."""

    name: str
    start: int
    end: int
    value: Any
    field: Field | None = None
    text: tuple[int, int] | None = None
    children: list[Node] = dataclasses.field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """The state of one structure's walk."""

    data: bytes
    position: int
    end: int
    path: str
    origins: dict[Base, int]

    def take(self, count: int, name: str) -> int:
        """Step over `count` bytes; returns where they started."""
        start = self.position
        if start + count > min(self.end, len(self.data)):
            available = max(0, min(self.end, len(self.data)) - start)
            raise Truncated(
                needed=count - available, available=available, offset=start, path=self.path + name
            )
        self.position = start + count
        return start

    def number(self, format: str, name: str) -> int:
        start = self.take(packing.calcsize(">" + format), name)
        return int(packing.unpack_from(">" + format, self.data, start)[0])


def walk(
    struct: type[Structure],
    data: bytes,
    start: int,
    end: int,
    order: str,
    origins: dict[Base, int],
    *,
    name: str = "",
    path: str = "",
) -> Node:
    """Decode `struct` from data[start:end]; what it does not use is left over (see Node.end)."""
    state = _Walk(data, start, end, path, dict(origins))
    values: dict[str, Any] = {}
    children = []
    for f in struct.fields_in(order):
        if f.when is not None and not f.when.holds(values[f.when.field]):
            values[f.name] = None
            continue
        child = _read(state, f, values)
        values[f.name] = child.value
        children.append(child)
    _point_parts(children, state.origins)
    return Node(name, start, state.position, _record(struct, values), None, None, children)


def _record(struct: type[Structure], values: Mapping[str, Any]) -> Structure:
    record = object.__new__(struct)
    for f in struct.fields:
        setattr(record, f.name, values.get(f.name, None if f.default is ... else f.default))
    return record


def _read(state: _Walk, f: Field, values: Mapping[str, Any]) -> Node:
    start = state.position
    match f:
        case Number():
            value: Any = state.number(f.format, f.name)
            return Node(f.name, start, state.position, value, f)
        case SizeOf():
            return Node(f.name, start, state.position + 1, state.number(f.format, f.name), f)
        case Total():
            return _read_total(state, f)
        case SpanField():
            return _read_span(state, f)
        case Nested():
            return _read_nested(state, f, values)
        case ListOf():
            return _read_list(state, f)
        case Numbers():
            return _read_numbers(state, f)
        case Bytes(to_end=False):
            count = state.number("B", f.name)
            at = state.take(count, f.name)
            return Node(f.name, start, state.position, state.data[at : state.position], f)
        case _:
            at = state.take(max(0, state.end - start), f.name)
            value = state.data[at : state.position]
            node = Node(f.name, start, state.position, value, f)
            if isinstance(f, Pointers):
                node.children = _pointer_nodes(f.name, value, start, state.origins.get(f.base))
            return node


def _read_total(state: _Walk, f: Total) -> Node:
    start = state.position
    value = state.number(f.format, f.name)
    if value != state.end - start:
        raise DecodeError(
            f"says {value} bytes, there are {state.end - start}",
            offset=start,
            path=state.path + f.name,
        )
    return Node(f.name, start, state.position, value, f)


def _read_span(state: _Walk, f: SpanField) -> Node:
    start = state.position
    value = Span(*(state.number(c, f.name) for c in f.format))
    origin = state.origins.get(f.base)
    text = _shift(origin, value.start, value.end)
    if f.opens is not None and origin is not None:
        state.origins[f.opens] = origin + value.start
    return Node(f.name, start, state.position, value, f, text)


def _read_nested(state: _Walk, f: Nested, values: Mapping[str, Any]) -> Node:
    start = state.position
    size = values[f.sized_by] if f.sized_by else state.number("B", f.name)
    return _read_item(state, f.struct, size, f, f.name, start)


def _read_item(
    state: _Walk, struct: type[Structure], size: int, f: Field | None, name: str, start: int
) -> Node:
    """A structure that must fill `size` bytes. start: where its Node begins (its size byte)."""
    at = state.take(size, name)
    path = f"{state.path}{name}."
    inner = walk(struct, state.data, at, at + size, "", state.origins, name=name, path=path)
    if inner.end != at + size:
        left = at + size - inner.end
        raise DecodeError(f"{left} bytes left over", offset=inner.end, path=state.path + name)
    inner.field = f
    if start < at:
        inner.children.insert(0, Node("size", start, at, size))
    inner.start = start
    return inner


def _read_list(state: _Walk, f: ListOf) -> Node:
    start = state.position
    count = state.number("B", f.name)
    children = [Node("count", start, start + 1, count)]
    items: list[Structure] = []
    sizes: list[int] = []
    if f.sized:
        at = state.take(count, f.name)
        sizes = list(state.data[at : at + count])
        children += [Node(f"size[{i}]", at + i, at + i + 1, n) for i, n in enumerate(sizes)]
    for i in range(count):
        name = f"{f.name}[{i}]"
        if f.sized:
            node = _read_item(state, f.struct, sizes[i], None, name, state.position)
        else:
            node = walk(
                f.struct,
                state.data,
                state.position,
                state.end,
                "",
                state.origins,
                name=name,
                path=f"{state.path}{name}.",
            )
            state.position = node.end
        children.append(node)
        items.append(node.value)
    return Node(f.name, start, state.position, items, f, None, children)


def _read_numbers(state: _Walk, f: Numbers) -> Node:
    start = state.position
    count = state.number("B", f.name)
    children = [Node("count", start, start + 1, count)]
    for i in range(count):
        at = state.position
        value = state.number(f.format, f"{f.name}[{i}]")
        children.append(Node(f"{f.name}[{i}]", at, state.position, value, f))
    values = [c.value for c in children[1:]]
    return Node(f.name, start, state.position, values, f, None, children)


def _pointer_nodes(list_name: str, value: bytes, start: int, origin: int | None) -> list[Node]:
    found = parameters(value)
    nodes = []
    for i, p in enumerate(found):
        at = start + 2 * i
        pair = Node(f"{list_name}[{i}]", at, at + 2, p)
        pair.children = [
            Node("name", at, at + 1, p.name_start, None, _shift(origin, p.name_start, p.name_end)),
            Node(
                "value",
                at + 1,
                at + 2,
                p.value_start,
                None,
                _shift(origin, p.value_start, p.value_end),
            ),
        ]
        nodes.append(pair)
    used = 2 * len(found)
    for i in range(used, len(value)):
        last = "end" if i == used and used else f"odd[{i - used}]"
        nodes.append(Node(last, start + i, start + i + 1, value[i]))
    return nodes


def _shift(origin: int | None, start: int, end: int) -> tuple[int, int] | None:
    return None if origin is None else (origin + start, origin + end)


def _point_parts(nodes: list[Node], origins: Mapping[Base, int]) -> None:
    """Give parts, lengths and tails the text they mean, now that their neighbours are known."""
    following: int | None = None
    for node in reversed(nodes):
        f = node.field
        if not isinstance(f, Number) or f.base is None:
            continue
        origin = origins.get(f.base)
        if origin is None:
            continue
        if f.role is Role.PART and following is not None:
            node.text = (origin + node.value, origin + max(node.value, following - 1))
        elif f.role is Role.LENGTH:
            node.text = (origin, origin + node.value)
        if f.role in (Role.PART, Role.END):
            following = node.value
