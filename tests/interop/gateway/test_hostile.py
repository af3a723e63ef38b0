"""What nobody should send to a gateway: it goes on, its memory stays, and others are served."""

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import Counter

import pytest
from gateway_process import Farm, ends_well
from mutations import messages_of, mutations
from wire_caller import WireCaller

from seastool.net.sip.limits import Limits
from seastool.testing.loopback_ports import LOOPBACK

QUIET = ("-q", "--as", "app_server_1")
MEGABYTE = 1 << 20
DATAGRAMS = 20_000
BATCH = 100
FEW, SMALL_BATCH = 300, 25
STREAMS = 500
SEED = 4475
CONNECTIONS = 1000
SMALL = 4096  # bytes of the buffer of who does not read
MOST_FILES = 4096
GROWTH = 64 * MEGABYTE  # that all of it may take for good
HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(200)  # of TLS


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A gateway with an application server that answers: one for all, and both must end well."""
    with Farm(tmp_path_factory.mktemp("hostile"), {"app_server_1": ("-q",)}, *QUIET) as farm:
        yield farm.gateway


def is_served(gateway, name):
    """Whether calls are answered, by UDP and by TCP."""
    for transport in ("udp", "tcp"):
        with WireCaller(gateway.sip_port, transport) as caller:
            if not caller.call(f"{name}-{transport}-{caller.port}"):
                return False
    return True


def test_garbage_by_udp(served):
    with WireCaller(served.sip_port) as caller:
        garbage = list(mutations(messages_of(caller), DATAGRAMS, SEED))
        caller.send(*garbage[:BATCH])
        assert caller.fence()
        before = served.resident
        answers = Counter[int]()
        for first in range(BATCH, DATAGRAMS, BATCH):
            caller.send(*garbage[first : first + BATCH])
            assert caller.fence(), f"no answer behind datagrams {first} to {first + BATCH}"
            answers.update(int(data[8:11]) for data in caller.got)
            caller.got.clear()
    # What was sent has not all been dropped at the door, nor refused alike.
    assert all(answers[status] > 100 for status in (200, 400, 482)), answers
    assert served.resident - before < GROWTH
    assert is_served(served, "garbage")


def test_garbage_is_shown_written_and_forgotten(tmp_path):
    written = tmp_path / "garbage.pcapng"
    options = ("--t1", "10ms", "--as-timeout", "1s", "--ring-timeout", "1s")
    options += ("--as", "app_server_1", "-v", "--lint", "--write", str(written))
    with Farm(tmp_path / "farm", {"app_server_1": ()}, *options) as farm:
        with WireCaller(farm.sip_port) as caller:
            garbage = list(mutations(messages_of(caller), FEW, SEED))
            for first in range(0, FEW, SMALL_BATCH):
                caller.send(*garbage[first : first + SMALL_BATCH])
                assert caller.fence()
        told = len(farm.gateway.err)
        end = time.monotonic() + 20
        while True:  # 64 times T1, and what the application server may take
            time.sleep(0.5)
            os.kill(farm.gateway.pid, signal.SIGUSR1)
            time.sleep(0.2)
            statistics = farm.gateway.err[told:]
            assert "requests received:" in statistics
            if "transactions:" not in statistics:
                break
            told = len(farm.gateway.err)
            assert time.monotonic() < end, statistics
        assert "\x1b" not in farm.gateway.out + farm.gateway.err
    decoded = subprocess.run(
        [sys.executable, "-m", "seastool", "decode", str(written)], capture_output=True, check=False
    )
    assert decoded.returncode == 0, decoded.stderr
    assert len(decoded.stdout.splitlines()) > FEW
    assert b"Traceback" not in decoded.stderr


WRONG = {
    "binary": bytes(range(256)) * 20,
    "TLS": HELLO,
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no end of the head": b"OPTIONS sip:a@b SIP/2.0\r\n" + b"X: y\r\n" * 100_000,
    "one endless line": b"OPTIONS sip:" + b"a" * 8 * MEGABYTE,
    "a body too long": b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 99999999\r\n\r\n"
    + b"x" * 10**6,
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_what_is_no_message_ends_the_connection(served, data):
    before = served.resident
    with WireCaller(served.sip_port, "tcp") as caller:
        try:
            caller.send(data)
        except OSError:
            caller.is_closed = True
        caller.wait(lambda: False)
        assert caller.is_closed
    assert served.resident - before < GROWTH
    assert is_served(served, "wrong")


def test_garbage_by_tcp(served):
    with WireCaller(served.sip_port, "tcp") as whole:
        before = served.resident
        for data in mutations(messages_of(whole), STREAMS, SEED):
            with socket.create_connection((LOOPBACK, served.sip_port)) as connection:
                connection.sendall(data)
        assert whole.fence()
    assert served.resident - before < GROWTH
    assert is_served(served, "garbage")


def test_a_message_in_pieces_and_many_in_one(served):
    with WireCaller(served.sip_port, "tcp") as caller:
        for byte in caller.request("slowly"):
            caller.send(bytes([byte]))
        assert caller.wait(lambda: caller.statuses("slowly", "OPTIONS") == [200])
        caller.send(*(caller.request(f"many-{number}") for number in range(100)))
        assert caller.wait(lambda: len(caller.got) == 101)
        caller.send(b"\r\n\r\n", caller.request("behind"))
        assert caller.fence()


def test_half_a_message(served):
    with WireCaller(served.sip_port, "tcp") as caller:
        caller.send(caller.request("half", "INVITE", body=b"x" * 100)[:-50])
        caller.close_writing()
        assert not caller.wait(lambda: bool(caller.got), 1)
    halves = [WireCaller(served.sip_port, "tcp") for _ in range(50)]
    for half in halves:
        half.send(half.request(f"half-{half.port}", "INVITE", body=b"x" * 100)[:-50])
    assert is_served(served, "half")
    for half in halves:
        half.send(b"x" * 50)
        assert half.wait(lambda one=half: 100 in one.statuses(f"half-{one.port}", "INVITE"))
        with half:
            pass


def send_for_ever(caller, headers):
    """Up to some 50 MB of requests."""
    for first in range(0, 20_000, 50):
        some = (f"deaf-{number}" for number in range(first, first + 50))
        caller.send(*(caller.request(name, headers=headers) for name in some))


def test_a_peer_that_does_not_read(served):
    before = served.resident
    headers = "Via: SIP/2.0/UDP host.example.com;branch=z9hG4bK1\r\n" * 40  # in the answers too
    with WireCaller(served.sip_port, "tcp", patience=1, buffer=SMALL) as deaf:
        # Cut off, or not read from any more: both are well.
        with pytest.raises((ConnectionError, TimeoutError)):
            send_for_ever(deaf, headers)
        assert is_served(served, "deaf")
    assert served.resident - before < GROWTH + Limits().unsent


def test_a_thousand_connections(run_gateway, app_server):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    try:
        gateway = run_gateway("-q")
        server = app_server(gateway, "-q")
        callers = [WireCaller(gateway.sip_port, "tcp") for _ in range(CONNECTIONS)]
        try:
            for caller in callers:
                caller.send(caller.request(f"one-{caller.port}"))
            for caller in callers:
                assert caller.wait(lambda one=caller: bool(one.got))
                assert caller.statuses(f"one-{caller.port}", "OPTIONS") == [200]
            assert is_served(gateway, "many")
        finally:
            for caller in callers:
                with caller:
                    pass
        assert is_served(gateway, "after")
        ends_well(server, gateway)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
