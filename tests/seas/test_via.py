"""The Via header."""

from seastool.seas.via import BRANCH, PORT, RPORT, Via, Vias
from seastool.wire import Base, Span

HEADER = b"Via: SIP/2.0/UDP 10.1.2.3:5070;branch=z9hG4bK1;rport=7\r\n"
VIA = Via(
    flags=PORT | BRANCH | RPORT,
    protocol=5,
    version=9,
    transport=13,
    transport_end=17,
    host=17,
    port=26,
    end=31,
    branch=Span(38, 8),
    rport=Span(53, 1),
    parameter_list=bytes([31, 38, 47, 53, 55]),
)
DATA = bytes.fromhex("00 01 11 4a 05 09 0d 11 11 1a 1f 2608 3501 1f262f3537")


def test_one_via() -> None:
    assert Vias(vias=[VIA]).encode() == DATA
    assert Vias.decode(DATA) == Vias(vias=[VIA])


def test_what_it_points_at() -> None:
    node = Via.trace(VIA.encode(), origins={Base.TEXT: 0, Base.HEADER: 0})
    texts = {c.name: HEADER[slice(*c.text)] for c in node.children if c.text}
    assert texts == {
        "protocol": b"SIP",
        "version": b"2.0",
        "transport": b"UDP",
        "host": b"10.1.2.3",
        "port": b"5070",
        "branch": b"z9hG4bK1",
        "rport": b"7",
    }


def test_without_a_port() -> None:
    via = Via(flags=0, protocol=5, version=9, transport=13, transport_end=17, host=17, end=26)
    assert via.encode().hex() == "0005090d11111a"
    assert Via.decode(via.encode()) == via


def test_two_in_one_header() -> None:
    data = Vias(vias=[VIA, VIA]).encode()
    assert data[:4].hex() == "00021111"
    assert Vias.decode(data).vias == [VIA, VIA]
