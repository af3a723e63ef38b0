"""Authorization and Proxy-Authorization."""

from seastool.seas.digest import NC, NONCE, QOP, REALM, URI, USERNAME, Digest
from seastool.seas.uri import Uri
from seastool.wire import Span

WHERE = Uri(uri=Span(50, 5), flags1=0x11, flags2=0, host=4, end=6)


def test_in_the_order_of_the_flags() -> None:
    digest = Digest(
        flags1=USERNAME | REALM | NONCE | URI,
        flags2=QOP | NC,
        username=Span(1, 2),
        realm=Span(3, 4),
        nonce=Span(5, 6),
        uri=WHERE,
        qop=Span(7, 8),
        nc=Span(9, 10),
    )
    data = bytes.fromhex("0f 03 0102 0304 0506 06 3205 11 00 04 06 0708 090a")
    assert digest.encode() == data
    assert Digest.decode(data) == digest


def test_nothing_known() -> None:
    assert Digest.decode(b"\0\0") == Digest(flags1=0, flags2=0)
    assert Digest.decode(b"\0\0\xff").padding == b"\xff"
