"""An application server's connection to a proxy that sends what no proxy does."""

from __future__ import annotations

from random import Random

import pytest
from joined import TCP, UDP, Joined, an_app_server

from seastool.seas.codec import encode_frame
from seastool.seas.connection.app_server import Lost, Received, State, Timing
from seastool.seas.connection.commands import NEED_DATA, CloseBoth
from seastool.seas.connection.remarks import TOLD_OF_A_KIND
from seastool.seas.frames import Ping
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.types import Socket

INFO = SocketInfo(sockets=[UDP, TCP]).encode()
PING = encode_frame(Ping(sequence=7))
CUT_SHORT = bytes.fromhex("0000000a 02 01 00000000")  # a T_REQ_IN that ends behind its head


@pytest.fixture
def joined() -> Joined:
    joined = Joined()
    joined.run(1.5)
    assert joined.server.state is State.READY
    return joined


def receive(joined: Joined, data: bytes, socket: Socket = Socket.EVENT) -> None:
    joined.server.receive_data(socket, data, joined.now)
    joined.settle()


def told(server) -> list[object]:
    events = []
    while (event := server.next_event()) is not NEED_DATA:
        events.append(event)
    return events


def test_many_frames_that_do_not_decode_are_told_thrice_and_counted(joined: Joined) -> None:
    receive(joined, CUT_SHORT * 1000 + PING)
    remarks = joined.remarks()
    assert len(remarks) == TOLD_OF_A_KIND
    assert remarks[-1].endswith("more of it is only counted")
    assert joined.server.remarks.summary() == ["frames of the proxy that do not decode: 1,000"]
    assert joined.server.pings == 1


def test_a_lost_step_is_told_at_once_and_what_was_skipped_in_the_end(joined: Joined) -> None:
    receive(joined, b"\xff" * 50)
    assert "no frame begins where one should" in joined.remarks()[-1]
    receive(joined, b"\xff" * 50)
    assert len(joined.remarks()) == 1
    receive(joined, PING)
    assert "100 bytes of the proxy's event socket" in joined.remarks()[-1]
    assert joined.server.pings == 1
    assert joined.server.remarks.amounts["bytes of the proxy that are no frames"] == 100


def test_what_a_lost_connection_cuts_short_is_counted(joined: Joined) -> None:
    receive(joined, PING[:9])
    joined.server.disconnected(Socket.EVENT, "closed by the peer", joined.now)
    joined.settle()
    assert "9 bytes of the proxy's event socket" in joined.remarks()[-1]


@pytest.mark.parametrize("socket", list(Socket))
@pytest.mark.parametrize("seed", range(10))
def test_random_bytes_are_survived_and_do_not_flood(
    joined: Joined, socket: Socket, seed: int
) -> None:
    random = Random(seed)
    for _ in range(20):
        length = random.choice((0, 3, 9, random.randrange(4000), random.randrange(1 << 32)))
        head = length.to_bytes(4, "big") + bytes([random.randrange(9), 1, 0, 0, 0, 0])
        receive(joined, head + random.randbytes(random.randrange(3000)), socket)
    assert len(joined.remarks()) <= 3 * TOLD_OF_A_KIND
    assert joined.server.state is State.READY


def test_frames_before_socket_info_are_ignored() -> None:
    server = an_app_server()
    server.start(0.0)
    server.connected(Socket.EVENT, 0.0)
    server.receive_data(Socket.EVENT, PING * 100, 0.0)
    events = told(server)
    assert not [event for event in events if isinstance(event, Received)]
    assert len(events) == TOLD_OF_A_KIND
    assert server.remarks.summary() == ["frames before socket info: 100"]


def test_socket_info_before_both_names_is_not_taken() -> None:
    server = an_app_server()
    server.start(0.0)
    server.connected(Socket.EVENT, 0.0)
    server.receive_data(Socket.EVENT, INFO + PING, 0.0)
    (lost,) = told(server)
    assert isinstance(lost, Lost)
    assert "before both sockets were named" in lost.reason
    assert isinstance(server.commands()[-1], CloseBoth)
    assert server.state is State.WAITING


def test_many_sockets_without_an_address_are_told_thrice() -> None:
    bad = [ListeningSocket(protocol=1, name=b"x", address=b"\x1b[31m", port=1)] * 255
    joined = Joined()
    joined.proxy.info = SocketInfo(sockets=bad)
    joined.run(1.5)
    assert sum("no IP address" in text for text in joined.remarks()) == TOLD_OF_A_KIND
    assert len("".join(joined.remarks())) < 1000


def test_a_connection_that_lasted_is_tried_again_at_once() -> None:
    joined = Joined(server=an_app_server(timing=Timing(retry=0.5, retry_most=10.0)))
    for _ in range(3):
        joined.run(11.0)
        drop(joined)
    assert [event.retry_in for event in joined.of(Lost)] == [0.5, 0.5, 0.5]


def drop(joined: Joined) -> None:
    for peer in list(joined.proxy.peers.values()):
        joined.proxy.drop(peer, "for a test")
    joined.settle()


def test_one_that_is_lost_at_once_is_tried_more_and_more_slowly() -> None:
    joined = Joined(server=an_app_server(timing=Timing(retry=0.5, retry_most=10.0)))
    for _ in range(6):
        while joined.server.state is not State.READY:
            joined.run(0.05)
        drop(joined)
    assert [event.retry_in for event in joined.of(Lost)] == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0]
