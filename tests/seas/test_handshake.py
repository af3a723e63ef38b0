"""Names and socket info, as on the wire."""

import pytest

from seastool.errors import DecodeError
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo


def test_a_name() -> None:
    data = b"\x0capp_server_1"
    assert Name.decode(data) == Name(name=b"app_server_1")
    assert Name(name=b"app_server_1").encode() == data


def test_socket_info_of_a_real_server() -> None:
    one = "09 3132372e302e302e31 09 3132372e302e302e31 13c4"
    data = bytes.fromhex(f"10 02 01 {one} 02 {one}")
    assert len(data) == 48
    info = SocketInfo.decode(data)
    local = {"name": b"127.0.0.1", "address": b"127.0.0.1", "port": 5060}
    assert info == SocketInfo(
        sockets=[ListeningSocket(protocol=1, **local), ListeningSocket(protocol=2, **local)]
    )
    assert info.encode() == data


def test_socket_info_without_sockets() -> None:
    assert SocketInfo.decode(b"\x10\0") == SocketInfo(sockets=[])


def test_socket_info_cut_short_says_where() -> None:
    with pytest.raises(DecodeError) as caught:
        SocketInfo.decode(bytes.fromhex("10 01 01 09 3132"))
    assert (caught.value.path, caught.value.offset) == ("sockets[0].name", 4)
