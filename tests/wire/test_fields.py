"""Each field kind: its bytes, its value, and its way back."""

import pytest

from seastool.errors import DecodeError, EncodeError, Truncated
from seastool.wire import (
    Base,
    Below,
    Bit,
    Span,
    Structure,
    counted_bytes,
    counted_list,
    end,
    i32,
    length_from,
    nested,
    numbers,
    padding,
    part,
    pointers,
    reader,
    rest,
    size_of,
    sized,
    sized_list,
    span,
    structure,
    tail,
    total_length,
    u8,
    u16,
    u32,
)


@structure()
class Integers(Structure):
    a: int = u8()
    b: int = u16()
    c: int = u32()
    d: int = i32()


@structure()
class Spans(Structure):
    narrow: Span = span(Base.HEADER)
    wide: Span = span(Base.TEXT, format="HH")
    mixed: Span = span(Base.TEXT, format="HB")


@structure()
class Optional(Structure):
    flags: int = u8(bits={"x": 1, "y": 2})
    x: Span | None = span(Base.HEADER, when=Bit("flags", 1), default=None)
    y: int | None = u16(when=Bit("flags", 2), default=None)
    no_y: int | None = u8(when=Bit("flags", 2, negated=True), default=None)
    small: int | None = u8(when=Below("flags", 4), default=None)


@structure()
class Item(Structure):
    value: int = u8()
    more: bytes = pointers(Base.HEADER)


@structure()
class Pair(Structure):
    left: int = u8()
    right: int = u8()


@structure()
class Holder(Structure):
    size: int = size_of("inner")
    mark: int = u8(default=7)
    inner: Item = nested(Item, "size")
    own: Item | None = sized(Item, when=Bit("mark", 8), default=None)


@structure()
class Lists(Structure):
    items: list[Item] = sized_list(Item)
    pairs: list[Pair] = counted_list(Pair)
    words: list[int] = numbers("I")
    padding: bytes = padding()


@structure()
class Texts(Structure):
    name: bytes = counted_bytes()
    rest: bytes = rest()


@structure(swapped="length second first", short="length first")
class Framed(Structure):
    length: int = total_length()
    first: int = u8(default=9)
    second: int = u16(default=0)


@structure()
class Wider(Framed):
    first: int = u8(default=5)
    third: bytes = rest(default=b"")


EXAMPLES = [
    (Integers(a=1, b=2, c=3, d=-4), "01 0002 00000003 fffffffc"),
    (
        Spans(narrow=Span(1, 2), wide=Span(300, 400), mixed=Span(0x102, 3)),
        "0102 012c0190 010203",
    ),
    (Optional(flags=0x80, no_y=5), "80 05"),
    (Optional(flags=3, x=Span(8, 9), y=0x0A0B, small=1), "03 0809 0a0b 01"),
    (Holder(inner=Item(value=3, more=b"\1\2\3")), "04 07 03 010203"),
    (
        Holder(mark=8, inner=Item(value=3), own=Item(value=4, more=b"\5")),
        "01 08 03 02 04 05",
    ),
    (Lists(items=[], pairs=[], words=[]), "00 00 00"),
    (
        Lists(
            items=[Item(value=1), Item(value=2, more=b"ab")],
            pairs=[Pair(left=3, right=4)],
            words=[5, 6],
            padding=b"!",
        ),
        "02 01 03  01 026162  01 0304  02 00000005 00000006 21",
    ),
    (Texts(name=b"ab", rest=b"cde"), "02 6162 636465"),
    (Texts(name=b"", rest=b""), "00"),
    (Framed(first=1, second=2), "00000007 01 0002"),
    (Wider(second=2, third=b"xyz"), "0000000a 05 0002 78797a"),
]


@pytest.mark.parametrize(("record", "text"), EXAMPLES)
def test_encodes_to_these_bytes_and_back(record: Structure, text: str) -> None:
    data = bytes.fromhex(text)
    assert record.encode() == data
    assert type(record).decode(data) == record
    assert type(record).trace(data).value == record


@pytest.mark.parametrize(("record", "text"), EXAMPLES)
def test_every_byte_belongs_to_one_leaf_of_the_trace(record: Structure, text: str) -> None:
    data = bytes.fromhex(text)

    def leaves(node):
        return [leaf for child in node.children for leaf in leaves(child)] or [node]

    claimed = [
        at for leaf in leaves(type(record).trace(data)) for at in range(leaf.start, leaf.end)
    ]
    assert claimed == list(range(len(data)))


@pytest.mark.parametrize(("record", "text"), EXAMPLES)
def test_data_cut_anywhere_is_a_decode_error_or_a_shorter_record(
    record: Structure, text: str
) -> None:
    data = bytes.fromhex(text)
    for size in range(len(data)):
        try:
            shorter = type(record).decode(data[:size])
        except DecodeError:
            continue
        assert shorter.encode() == data[:size]


def test_decode_takes_a_window_of_the_data() -> None:
    assert Texts.decode(b"##\x01abc##", 2, 6) == Texts(name=b"a", rest=b"bc")


def test_a_window_beyond_the_data_is_truncated() -> None:
    with pytest.raises(DecodeError):
        Integers.decode(b"\0" * 11, 0, 20)
    with pytest.raises(DecodeError):
        Texts.decode(b"\0abc", 0, 20)


def test_orders_move_and_leave_out_fields() -> None:
    assert Framed(first=1, second=2).encode("swapped").hex(" ", 1) == "00 00 00 07 00 02 01"
    assert Framed.decode(bytes.fromhex("0000000700 02 01"), order="swapped") == (
        Framed(first=1, second=2)
    )
    assert Framed.decode(bytes.fromhex("0000000503"), order="short") == Framed(first=3, second=0)
    assert Framed(first=3, second=8).encode("short").hex() == "0000000503"


def test_an_order_that_a_structure_does_not_have_is_its_own_order() -> None:
    assert Wider().encode("nonesuch") == Wider().encode()


def test_a_field_declared_again_keeps_its_place() -> None:
    assert [f.name for f in Wider.fields] == ["length", "first", "second", "third"]
    assert Wider().first == 5
    assert Framed().first == 9


def test_computed_fields_are_not_compared() -> None:
    assert Framed.decode(Framed(second=1).encode()) == Framed(second=1)


@pytest.mark.parametrize(
    ("struct", "text", "path", "offset"),
    [
        (Integers, "01 00", "b", 1),
        (Integers, "01 0002 00000003 fffffffc 00", "", 11),
        (Spans, "01", "narrow", 1),
        (Spans, "0102 01", "wide", 2),
        (Holder, "02 07 03", "inner", 2),
        (Holder, "00 07", "inner.value", 2),
        (Holder, "01 08 03 02 04", "own", 4),
        (Lists, "02 01", "items", 1),
        (Lists, "01 00 00", "items[0].value", 2),
        (Lists, "00 02 01 02 03", "pairs[1].right", 5),
        (Lists, "00 00 02 00000001 0000", "words[1]", 7),
        (Texts, "05 61", "name", 1),
        (Framed, "00000008 01 0002", "length", 0),
    ],
)
def test_an_error_says_where(struct: type[Structure], text: str, path: str, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        struct.decode(bytes.fromhex(text))
    assert (caught.value.path, caught.value.offset) == (path, offset)


def test_truncated_says_how_much() -> None:
    with pytest.raises(Truncated) as caught:
        Integers.decode(b"\0\0\0\0\0")
    assert (caught.value.needed, caught.value.available) == (2, 2)


@pytest.mark.parametrize(
    ("record", "path"),
    [
        (Integers(a=256, b=0, c=0, d=0), "a"),
        (Integers(a=0, b=-1, c=0, d=0), "b"),
        (Integers(a=0, b=0, c="x", d=0), "c"),
        (Integers(a=0, b=0, c=None, d=0), "c"),
        (Spans(narrow=Span(0, 300), wide=Span(0, 0), mixed=Span(0, 0)), "narrow"),
        (Spans(narrow=None, wide=Span(0, 0), mixed=Span(0, 0)), "narrow"),
        (Optional(flags=3, x=Span(0, 0), small=1), "y"),
        (Optional(flags=0x80, no_y=1, small=1), "small"),
        (Optional(flags=None, no_y=1), "flags"),
        (Holder(inner=Item(value=0, more=b"x" * 255)), "size"),
        (Holder(inner=Item(value=300)), "inner.value"),
        (Holder(inner=None), "inner"),
        (Holder(mark=8, inner=Item(value=3)), "own"),
        (Lists(items=[Item(value=1), Item(value=999)], pairs=[], words=[]), "items[1].value"),
        (Lists(items=[Item(value=1)] * 256, pairs=[], words=[]), "items"),
        (Lists(items=[b"x"], pairs=[], words=[]), "items[0]"),
        (Lists(items=[], pairs=[], words=[0, 1 << 32]), "words[1]"),
        (Lists(items=[], pairs=None, words=[]), "pairs"),
        (Lists(items=[], pairs=[], words=[], padding=None), "padding"),
        (Texts(name=b"x" * 256, rest=b""), "name"),
        (Texts(name=b"", rest=5), "rest"),
        (Texts(name=5, rest=b""), "name"),
        (Texts(name=b"", rest="text"), "rest"),
    ],
)
def test_what_does_not_fit_is_an_encode_error_with_its_path(record: Structure, path: str) -> None:
    with pytest.raises(EncodeError) as caught:
        record.encode()
    assert caught.value.path == path


def test_parts_point_at_the_text_between_them() -> None:
    @structure()
    class Parts(Structure):
        whole: Span = span(Base.TEXT, opens=Base.HEADER)
        size: int = length_from(Base.HEADER)
        user: int = part(Base.HEADER)
        host: int = part(Base.HEADER)
        end: int = end(Base.HEADER)
        body: int = tail(Base.TEXT)
        list: bytes = pointers(Base.HEADER)

    node = Parts.trace(bytes.fromhex("0a14 04 0007 0e 0020 0104060a"), origins={Base.TEXT: 100})
    texts = {child.name: child.text for child in node.children}
    assert texts == {
        "whole": (110, 130),
        "size": (110, 114),
        "user": (110, 116),
        "host": (117, 123),
        "end": None,
        "body": None,
        "list": None,
    }
    parameter, last, odd = node.children[-1].children
    assert [(n.name, n.text) for n in parameter.children] == [
        ("name", (111, 113)),
        ("value", (114, 115)),
    ]
    assert (last.name, odd.name) == ("end", "odd[1]")


def test_reader_refuses_paths_that_are_not_there() -> None:
    with pytest.raises(AttributeError):
        reader(Pair, "middle")
    with pytest.raises(TypeError):
        reader(Pair, "left.right")
