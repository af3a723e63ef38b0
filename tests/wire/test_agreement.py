"""The compiled functions against the interpreter: for every declared structure and both layouts
they agree on any bytes, and whatever decodes encodes to the same bytes."""

import struct as packing
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seastool.errors import DecodeError
from seastool.seas import address, digest, frames, handshake, header, message, uri, values, via
from seastool.wire import Span, Structure, reader
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
from seastool.wire.interpreted_encoder import encode_fields
from seastool.wire.source import FAILURES

MODULES = (address, digest, frames, handshake, header, message, uri, values, via)
STRUCTURES = sorted(
    {
        thing
        for module in MODULES
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, Structure) and thing is not Structure
    },
    key=lambda struct: struct.__name__,
)
CASES = [
    pytest.param(struct, order, id=f"{struct.__name__}{order and '-' + order}")
    for struct in STRUCTURES
    for order in ("", *struct.orders)
]
LIMITS = {"B": (0, 255), "H": (0, 0xFFFF), "I": (0, 0xFFFFFFFF), "i": (-(1 << 31), (1 << 31) - 1)}

every_structure = pytest.mark.parametrize(("struct", "order"), CASES)
examples = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_every_declaration_is_among_them() -> None:
    names = {struct.__name__ for struct in STRUCTURES}
    assert len(names) >= 35
    assert names >= {"TReqIn", "Bind", "AcResFail", "SocketInfo", "Uri", "Vias", "Digest"}


@st.composite
def records(draw: st.DrawFn, struct: type[Structure], order: str = "") -> Structure:
    """Any record of a structure, its conditions met."""
    found: dict[str, object] = {}
    for f in struct.fields_in(order):
        there = f.when is None or f.when.holds(found[f.when.field])  # type: ignore[arg-type]
        if there and not isinstance(f, SizeOf | Total):
            found[f.name] = draw(_value(f))
    return struct(**found)


def _value(f: Field) -> st.SearchStrategy[object]:
    match f:
        case Number():
            return _number(f.format)
        case SpanField():
            return st.builds(Span, *(_number(c) for c in f.format))
        case Nested():
            return records(f.struct)
        case ListOf():
            return st.lists(records(f.struct), max_size=3)
        case Numbers():
            return st.lists(_number(f.format), max_size=4)
        case Bytes(to_end=False):
            return st.binary(max_size=20)
        case _:
            return st.binary(max_size=9)


def _number(format: str) -> st.SearchStrategy[int]:
    low, high = LIMITS[format]
    return st.integers(low, min(high, 31)) | st.integers(low, high)


@st.composite
def near_misses(draw: st.DrawFn, struct: type[Structure], order: str) -> bytes:
    """A record's bytes with a few of them changed, added or taken, the total length mended."""
    data = bytearray(draw(records(struct, order)).encode(order))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        change = draw(st.sampled_from(["set", "cut", "insert", "end"]))
        if change == "set" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif change == "cut":
            del data[at : at + draw(st.integers(1, 4))]
        elif change == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=4))
        else:
            del data[at:]
    return _mended(bytes(data), struct) if draw(st.booleans()) else bytes(data)


def _mended(data: bytes, struct: type[Structure]) -> bytes:
    if isinstance(struct.fields[0], Total) and len(data) >= 4:
        return packing.pack(">I", len(data)) + data[4:]
    return data


def any_bytes(struct: type[Structure], order: str) -> st.SearchStrategy[bytes]:
    arbitrary = st.binary(max_size=60).map(lambda data: _mended(data, struct))
    return st.binary(max_size=60) | arbitrary | near_misses(struct, order)


@every_structure
@examples
@given(data=st.data())
def test_decoders_agree(struct: type[Structure], order: str, data: st.DataObject) -> None:
    raw = data.draw(any_bytes(struct, order))
    fault = _fault(lambda: struct.trace(raw, order=order))
    assert _fault(lambda: struct.decode(raw, order=order)) == fault
    assert _compiled_takes(struct, order, raw) == (fault is None)
    if fault is not None:
        assert 0 <= fault[1] <= len(raw)
        return
    record, end = struct.decoders[order](raw, 0, len(raw))
    assert end == len(raw)
    assert record == struct.trace(raw, order=order).value == struct.decode(raw, order=order)
    assert record.encode(order) == raw
    assert encode_fields(record, order) == raw


def _fault(decode: Callable[[], object]) -> tuple[str, int] | None:
    """Path and offset of the error; None if it decodes."""
    try:
        decode()
    except DecodeError as error:
        return error.path, error.offset
    return None


def _compiled_takes(struct: type[Structure], order: str, raw: bytes) -> bool:
    try:
        return struct.decoders[order](raw, 0, len(raw))[1] == len(raw)
    except FAILURES:
        return False


@every_structure
@examples
@given(data=st.data())
def test_records_come_back(struct: type[Structure], order: str, data: st.DataObject) -> None:
    record = data.draw(records(struct, order))
    raw = record.encode(order)
    assert encode_fields(record, order) == raw
    assert struct.decode(raw, order=order) == record


@every_structure
@examples
@given(data=st.data())
def test_a_window_is_all_that_is_looked_at(
    struct: type[Structure], order: str, data: st.DataObject
) -> None:
    raw = data.draw(any_bytes(struct, order))
    before, after = data.draw(st.binary(max_size=5)), data.draw(st.binary(max_size=40))
    within, start, end = before + raw + after, len(before), len(before) + len(raw)
    fault = _fault(lambda: struct.decode(raw, order=order))
    found = _fault(lambda: struct.decode(within, start, end, order))
    if fault is None:
        assert struct.decode(within, start, end, order) == struct.decode(raw, order=order)
    else:
        assert found == (fault[0], fault[1] + start)


def _paths(struct: type[Structure]) -> Iterator[str]:
    for f in struct.fields:
        yield f.name
        if isinstance(f, Nested | ListOf):
            step = f.name if isinstance(f, Nested) else f"{f.name}[0]"
            yield from (f"{step}.{path}" for path in _paths(f.struct))


READERS = {struct: {path: reader(struct, path) for path in _paths(struct)} for struct in STRUCTURES}


def _follow(record: object, path: str) -> object:
    for step in path.split("."):
        name = step.removesuffix("[0]")
        record = getattr(record, name)
        if step != name and record is not None:
            record = record[0] if record else None  # type: ignore[index]
        if record is None:
            return None
    return record


@pytest.mark.parametrize("struct", STRUCTURES, ids=lambda struct: struct.__name__)
@examples
@given(data=st.data())
def test_readers_agree_with_the_whole_record(struct: type[Structure], data: st.DataObject) -> None:
    record = data.draw(records(struct))
    raw = record.encode()
    after = data.draw(st.binary(max_size=8))
    decoded = struct.decode(raw)
    for path, read in READERS[struct].items():
        assert read(raw + after, 0, len(raw)) == _follow(decoded, path), path


@pytest.mark.parametrize("struct", STRUCTURES, ids=lambda struct: struct.__name__)
@examples
@given(data=st.data())
def test_readers_fail_in_two_ways_only(struct: type[Structure], data: st.DataObject) -> None:
    raw = data.draw(st.binary(max_size=40) | near_misses(struct, ""))
    for read in READERS[struct].values():
        try:
            read(raw, 0, len(raw))
        except FAILURES:
            continue
