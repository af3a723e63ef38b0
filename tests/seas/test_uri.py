"""The URI structure."""

import pytest

from seastool.errors import DecodeError
from seastool.seas.uri import HOST, PARAMETERS, SIP, USER, Uri
from seastool.wire import Base, Node, Span, parameters

REQUEST_LINE = b"INVITE sip:bob@example.com;transport=udp;lr SIP/2.0\r\n"
DATA = bytes.fromhex("07 24 55 21 04 08 14 25 14 0d 22 02 14 1e 22 25 25")


def _texts(node: Node) -> dict[str, bytes]:
    return {c.name: REQUEST_LINE[slice(*c.text)] for c in node.children if c.text}


def test_a_real_one() -> None:
    uri = Uri.decode(DATA)
    assert uri == Uri(
        uri=Span(7, 36),
        flags1=SIP | USER | HOST | PARAMETERS,
        flags2=0x21,
        user=4,
        host=8,
        parameters=20,
        end=37,
        transport_param=Span(20, 13),
        lr_param=Span(34, 2),
        parameter_list=bytes.fromhex("14 1e 22 25 25"),
    )
    assert uri.encode() == DATA


def test_what_it_points_at() -> None:
    node = Uri.trace(DATA, origins={Base.TEXT: 0, Base.HEADER: 0})
    assert _texts(node) == {
        "uri": b"sip:bob@example.com;transport=udp;lr",
        "user": b"bob",
        "host": b"example.com",
        "parameters": b"transport=udp;lr",
        "transport_param": b"transport=udp",
        "lr_param": b"lr",
    }


def test_its_parameters() -> None:
    text = REQUEST_LINE[7:]
    found = [
        (text[p.name_start : p.name_end], text[p.value_start : p.value_end])
        for p in parameters(Uri.decode(DATA).parameter_list)
    ]
    assert found == [(b"transport", b"udp"), (b"lr", b"")]


def test_nothing_but_the_end() -> None:
    uri = Uri(uri=Span(0, 0), flags1=0, flags2=0, end=1)
    assert uri.encode().hex() == "0000000001"
    assert Uri.decode(uri.encode()) == uri


@pytest.mark.parametrize("size", range(12))
def test_cut_short(size: int) -> None:
    with pytest.raises(DecodeError):
        Uri.decode(DATA[:size])
