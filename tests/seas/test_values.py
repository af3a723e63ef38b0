"""Headers whose body is a value."""

import pytest

from seastool.errors import DecodeError
from seastool.seas.values import Accept, Allow, ContentLength, ContentType, CSeq, Expires
from seastool.wire import Span, Structure


@pytest.mark.parametrize(
    ("text", "record"),
    [
        (
            "01 0000000b 0602 0906",
            CSeq(method_code=1, number=11, number_text=Span(6, 2), method=Span(9, 6)),
        ),
        ("08 00000057 00000000", ContentLength(size=8, value=87, padding=bytes(4))),
        ("04 00000057", ContentLength(size=4, value=87)),
        ("00030003", ContentType(mime=0x30003)),
        ("02 00010001 00ff00ff", Accept(mimes=[0x10001, 0xFF00FF])),
        ("00", Accept(mimes=[])),
        ("00000e10 0904", Expires(value=3600, text=Span(9, 4))),
        ("00003fff", Allow(methods=0x3FFF)),
    ],
)
def test_values(text: str, record: Structure) -> None:
    data = bytes.fromhex(text)
    assert type(record).decode(data) == record
    assert record.encode() == data


@pytest.mark.parametrize("struct", [CSeq, ContentLength, ContentType, Expires, Allow])
def test_bytes_that_nothing_accounts_for_are_kept(struct: type[Structure]) -> None:
    data = bytes(range(30))
    assert struct.decode(data).encode() == data


def test_more_mime_types_announced_than_there_are() -> None:
    with pytest.raises(DecodeError) as caught:
        Accept.decode(bytes.fromhex("02 00010001"))
    assert (caught.value.path, caught.value.offset) == ("mimes[1]", 5)
