"""One file, several threads: every byte once, whichever end is the first to tell of it."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seastool import encode_frame
from seastool.capture.live import Traffic
from seastool.capture.records import Address
from seastool.seas.frames import JainPong
from seastool.seas.types import Socket
from seastool.testing import TrafficFile

PROXY = Address(b"\x7f\0\0\1", 5080)
SERVER = Address(b"\x7f\0\0\1", 40010)
PONGS = [encode_frame(JainPong(processor_id=1, sequence=number)) for number in range(8)]


def open_both(proxy: Traffic, server: Traffic, now: int = 1) -> None:
    proxy.opened(3, PROXY, SERVER, openser_is_local=True, socket=Socket.ACTION, time_ns=now)
    server.opened(9, SERVER, PROXY, openser_is_local=False, socket=Socket.ACTION, time_ns=now)


@given(chance=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_every_byte_is_written_once(tmp_path_factory, chance: random.Random) -> None:
    file = TrafficFile(tmp_path_factory.mktemp("traffic") / "t.pcapng")
    proxy, server = file.ear(), file.ear()
    open_both(proxy, server)
    stream = b"\x0capp_server_1" + b"".join(PONGS)
    sent = received = 0
    while sent < len(stream) or received < len(stream):
        take = chance.randint(1, 20)
        if chance.random() < 0.5 and sent < len(stream):
            server.data(9, stream[sent : sent + take], sent=True, time_ns=5)
            sent += take
        elif received < len(stream):
            proxy.data(3, stream[received : received + take], sent=False, time_ns=4)
            received += take
    for connection, ear in ((9, server), (3, proxy)):
        for way in (True, False):
            ear.closed(connection, sent=way, reset=False, time_ns=6)
    file.close()
    records = file.records()
    assert [one.type_name for one in records] == ["name", *["JAIN_PONG"] * len(PONGS)]
    assert b"".join(one.captured.data for one in records) == stream


def test_addresses_that_are_used_again(tmp_path: Path) -> None:
    file = TrafficFile(tmp_path / "t.pcapng")
    proxy, server = file.ear(), file.ear()
    said = b"\x0capp_server_1" + PONGS[0]
    for now in (1, 10):
        open_both(proxy, server, now)
        server.data(9, said, sent=True, time_ns=now + 1)
        proxy.data(3, said, sent=False, time_ns=now + 2)
        server.closed(9, sent=True, reset=True, time_ns=now + 3)
        proxy.closed(3, sent=False, reset=True, time_ns=now + 3)
    file.close()
    assert [one.type_name for one in file.records()] == ["name", "JAIN_PONG"] * 2
    server.data(9, b"more", sent=True, time_ns=30)
    server.datagram(SERVER, PROXY, b"more", sent=True, time_ns=30)
    assert len(file.records()) == 4
