"""The `structure` decorator: annotated fields become a slots dataclass that decodes and encodes."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform

from seastool.errors import DecodeError
from seastool.wire import fields as spec
from seastool.wire.decoder import compile_decoder, compile_reader
from seastool.wire.encoder import compile_encoder
from seastool.wire.fields import Base, Field
from seastool.wire.interpreted_encoder import encode_fields
from seastool.wire.interpreter import Node, walk
from seastool.wire.source import FAILURES

S = TypeVar("S", bound="Structure")
F = TypeVar("F")
Decoder = Callable[[bytes, int, int], tuple[Any, int]]
Encoder = Callable[[Any], bytes]

NO_ORDER = ""


class _ByOrder(dict[str, F]):
    """The functions of a structure by wire order, each compiled when it is first asked for: a run
    needs few of them. An order that the structure does not have is its own order."""

    def __init__(self, struct: type[Structure], compile: Callable[[type[Structure], str], F]):
        super().__init__()
        self._struct = struct
        self._compile = compile

    def __missing__(self, order: str) -> F:
        if order != NO_ORDER and order not in self._struct.orders:
            self[order] = self[NO_ORDER]
        else:
            self[order] = self._compile(self._struct, order)
        return self[order]


class Structure:
    """Base of every declared record.

    fields: the declaration, in wire order.
    orders: other wire orders of the same fields by name (a server generation that moved them);
    a field left out of one is not on the wire there and has its default.
    """

    __slots__ = ()
    fields: ClassVar[tuple[Field, ...]] = ()
    orders: ClassVar[Mapping[str, tuple[Field, ...]]] = {}
    decoders: ClassVar[dict[str, Decoder]] = {}
    encoders: ClassVar[dict[str, Encoder]] = {}

    def __eq__(self, other: object) -> bool:
        """The same structure and fields; those that encoding computes do not count."""
        if type(other) is not type(self):
            return NotImplemented
        names = [f.name for f in self.fields if not isinstance(f, spec.SizeOf | spec.Total)]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in self.fields)
        return f"{type(self).__name__}({values})"

    @classmethod
    def fields_in(cls, order: str = NO_ORDER) -> tuple[Field, ...]:
        """The fields as they stand on the wire in that order."""
        return cls.orders.get(order, cls.fields)

    @classmethod
    def decode(
        cls, data: bytes, start: int = 0, end: int | None = None, order: str = NO_ORDER
    ) -> Self:
        """A record from data[start:end], all of it.

        Raises: DecodeError with the offset in `data` and the path of the field.
        """
        stop = len(data) if end is None else end
        try:
            record, position = cls.decoders[order](data, start, stop)
        except FAILURES:
            position = -1
        if position != stop or stop > len(data):
            return cls.trace(data, start, end, order).value  # type: ignore[no-any-return]
        return record  # type: ignore[no-any-return]

    @classmethod
    def trace(
        cls,
        data: bytes,
        start: int = 0,
        end: int | None = None,
        order: str = NO_ORDER,
        origins: Mapping[Base, int] | None = None,
    ) -> Node:
        """The same, interpreted: a tree that says where each field lies and, given where the
        bases are in the text (`origins`), which text it points at.

        Raises: DecodeError.
        """
        stop = len(data) if end is None else end
        node = walk(cls, data, start, stop, order, dict(origins or {}))
        if node.end != stop:
            raise DecodeError(f"{stop - node.end} bytes left over", offset=node.end)
        return node

    def encode(self, order: str = NO_ORDER) -> bytes:
        """The bytes. Sizes and counts are computed from what they count.

        Raises: EncodeError with the path of the field that does not fit.
        """
        try:
            return self.encoders[order](self)
        except (*FAILURES, TypeError, AttributeError, ValueError):
            return encode_fields(self, order)


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        spec.u8,
        spec.u16,
        spec.u32,
        spec.i32,
        spec.part,
        spec.end,
        spec.tail,
        spec.length_from,
        spec.span,
        spec.size_of,
        spec.total_length,
        spec.nested,
        spec.sized,
        spec.sized_list,
        spec.counted_list,
        spec.numbers,
        spec.counted_bytes,
        spec.rest,
        spec.padding,
        spec.pointers,
    ),
)
def structure(**orders: str) -> Callable[[type[S]], type[S]]:
    """Make a declared class a record.

    orders: name="field field ..." for each other wire order.
    """

    def make(declared: type[S]) -> type[S]:
        fields = _collect(declared)
        record = _dataclass(declared, fields)
        record.fields = tuple(fields.values())
        record.orders = {
            name: tuple(fields[f] for f in text.split()) for name, text in orders.items()
        }
        record.decoders = _ByOrder(record, compile_decoder)
        record.encoders = _ByOrder(record, compile_encoder)
        return record

    return make


def reader(struct: type[Structure], path: str) -> Callable[[bytes, int, int], Any]:
    """A function (data, start, end) that reads one field and skips over the rest.

    path: "tag", "uri.user", "vias[0].branch". The function returns None where a condition or
    an empty list leaves the field out, and a span as a plain (start, length).
    Raises (the function): IndexError or struct.error on short data; it is for data that its
    owner bounds.
    """
    return compile_reader(struct, path)


def _collect(declared: type[Structure]) -> dict[str, Field]:
    """The bases' fields, then the class's own; one declared again keeps its place."""
    fields = {f.name: f for f in declared.fields}
    for name in inspect.get_annotations(declared):
        value = declared.__dict__.get(name)
        if isinstance(value, Field):
            fields[name] = dataclasses.replace(value, name=name)
    return fields


def _dataclass(declared: type[S], fields: Mapping[str, Field]) -> type[S]:
    for name in inspect.get_annotations(declared):
        if name in fields:
            setattr(declared, name, _dataclass_field(fields[name]))
    return dataclasses.dataclass(slots=True, kw_only=True, eq=False, repr=False)(declared)


def _dataclass_field(field: Field) -> Any:
    if field.default is ...:
        return dataclasses.field()
    return dataclasses.field(default=field.default)
