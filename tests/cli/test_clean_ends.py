"""Ctrl-C and SIGTERM in each state of each endpoint: summary, exit code, nothing left behind."""

from __future__ import annotations

import re
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from endpoint_processes import Endpoint

from seastool.capture.reader import read_capture
from seastool.seas.codec import encode_frame
from seastool.seas.frames import Bind, Ping
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.types import Layout

Start = Callable[..., Endpoint]
INT, TERM = signal.SIGINT, signal.SIGTERM
CODES = {INT: 130, TERM: 0}
UDP = ListeningSocket(protocol=1, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
INFO = SocketInfo(sockets=[UDP]).encode()
PING = encode_frame(Ping(sequence=1))
BIND = encode_frame(
    Bind(processor_id=1, family=2, address=b"\x7f\0\0\1", protocol=1, port=5060), Layout.B
)
INVITE = (
    "INVITE sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bKo\r\n"
    "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"
    "Call-ID: o\r\nCSeq: 1 INVITE\r\n"
    "Contact: <sip:alice@127.0.0.1:5990>\r\n"
    "Max-Forwards: 70\r\n\r\n"
)
SLOWEST = 20  # seconds to an end: at most 3 of them are waiting, but test machines are slow


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def begin(*arguments: object) -> Endpoint:
            endpoint = Endpoint(tmp_path, *arguments)
            running.callback(endpoint.kill)
            return endpoint

        yield begin


@pytest.fixture
def invite_file(tmp_path: Path) -> Path:
    path = tmp_path / "invite.sip"
    path.write_bytes(INVITE.encode())
    return path


class RogueProxy:
    """Two ports that accept, and say nothing unless a test does."""

    def __enter__(self) -> RogueProxy:
        while True:
            one = socket.create_server(("127.0.0.1", 0))
            try:
                other = socket.create_server(("127.0.0.1", one.getsockname()[1] + 1))
            except OSError:
                one.close()
                continue
            self._sockets = [one, other]
            self.place = f"127.0.0.1:{one.getsockname()[1]}"
            return self

    def __exit__(self, *_: object) -> None:
        for one in self._sockets:
            one.close()

    def accept(self) -> list[socket.socket]:
        """Both connections of an application server, named."""
        for listening in self._sockets:
            listening.settimeout(30)
        pair = [listening.accept()[0] for listening in self._sockets]
        for one in pair:
            one.recv(100)
        self._sockets += pair
        return pair


def ended(endpoint: Endpoint, number: signal.Signals) -> int:
    code = endpoint.end(number, seconds=SLOWEST)
    for sign in ("was destroyed", "never retrieved", "xception", "socket.send()"):
        assert sign not in endpoint.err, endpoint.err
    return code


def the_number(pattern: str, endpoint: Endpoint) -> int:
    found = re.search(pattern, endpoint.err)
    assert found, endpoint.err
    return int(found[1].strip(",").replace(",", ""))


def told(endpoint: Endpoint, text: str) -> None:
    """Wait for a line on its standard error, which is read up to there."""
    assert endpoint.process.stderr is not None
    for line in endpoint.process.stderr:
        if text in line:
            return
    raise AssertionError(f"ended without {text!r}")


@pytest.mark.parametrize("number", CODES)
def test_a_server_that_waits_to_try_again(start: Start, number: signal.Signals) -> None:
    server = start("appserver", "--connect", "127.0.0.1:1")
    told(server, "next try in")
    assert ended(server, number) == CODES[number]
    assert "no event came" in server.err


def test_a_server_that_waits_for_socket_info(start: Start) -> None:
    with RogueProxy() as rogue:
        server = start("appserver", "--connect", rogue.place)
        rogue.accept()
        assert ended(server, TERM) == 0
        assert "no event came" in server.err


def test_a_server_in_the_middle_of_its_binds(start: Start) -> None:
    with RogueProxy() as rogue:
        server = start("appserver", "--connect", rogue.place)
        event, action = rogue.accept()
        sockets = [replace(UDP, address=b"127.0.0.%d" % n) for n in range(1, 11)]
        event.sendall(SocketInfo(sockets=sockets).encode())
        assert event.recv(100)
        server.process.send_signal(TERM)
        while event.recv(100):
            pass
        assert action.recv(100) == b""
        assert server.end(seconds=SLOWEST) == 0


def held_back(start: Start, rogue: RogueProxy) -> Endpoint:
    """A server that has something to send, and a fault that does not let it."""
    server = start("appserver", "--connect", rogue.place, "--fault", "delay=3600s@JAIN_PONG")
    event, _ = rogue.accept()
    event.sendall(INFO)
    server.ready()
    event.sendall(PING)
    assert server.process.stdout is not None
    for line in server.process.stdout:
        if "PING" in line:
            return server
    raise AssertionError("ended without a ping")


def test_what_cannot_be_sent_is_told(start: Start) -> None:
    with RogueProxy() as rogue:
        server = held_back(start, rogue)
        assert ended(server, INT) == 130
        assert "14 bytes were not sent" in server.err


def test_a_second_signal_ends_it_at_once(start: Start) -> None:
    with RogueProxy() as rogue:
        server = held_back(start, rogue)
        server.process.send_signal(TERM)
        time.sleep(0.6)  # what comes at once counts as the same signal
        assert server.end(TERM, seconds=SLOWEST) == -TERM


@pytest.mark.parametrize("number", CODES)
def test_both_under_load(start: Start, invite_file: Path, number: signal.Signals) -> None:
    load = ("--calls", 100_000, "--rate", "300/s", "-q")
    proxy = start("openser", invite_file, "--listen", ":0", *load)
    server = start("appserver", "--connect", proxy.ready(), "--delay", "300ms", "-q")
    server.ready()
    time.sleep(1)  # for some that are answered, and some that wait
    assert ended(server, number) == CODES[number]
    requests = the_number(r", requests ([\d,]+)", server)
    unanswered = the_number(r"requests left unanswered: ([\d,]+)", server)
    assert ended(proxy, number) == (130 if number is INT else 1)
    assert 0 < unanswered < requests
    assert f"answered (200: {requests - unanswered:,})" in proxy.err


def test_a_proxy_that_waits(start: Start, invite_file: Path) -> None:
    proxy = start("openser", invite_file, "--listen", ":0")
    proxy.ready()
    assert ended(proxy, TERM) == 1
    assert "nothing was sent" in proxy.err
    assert "nothing happened" in proxy.err


def test_a_proxy_that_has_not_sent_all(start: Start, invite_file: Path) -> None:
    proxy = start("openser", invite_file, "--listen", ":0", "--calls", 2, "--rate", "1/m", "--json")
    server = start("appserver", "--connect", proxy.ready(), "-q")
    server.ready()
    assert proxy.process.stdout is not None
    for line in proxy.process.stdout:
        if "REPLY_FIN" in line:
            break
    assert ended(proxy, TERM) == 1
    assert "1 sent, 1 answered (200: 1)" in proxy.err
    assert "ended before all were sent" in proxy.err


def test_a_proxy_in_a_scenario(start: Start) -> None:
    load = ("--calls", 100_000, "--rate", "200/s", "-q")
    proxy = start("openser", "--scenario", "uac", "--listen", ":0", *load)
    server = start("appserver", "--connect", proxy.ready(), "--scenario", "answer", "-q")
    server.ready()
    time.sleep(0.7)
    assert ended(proxy, INT) == 130
    assert "calls passed" in proxy.err
    assert ended(server, INT) == 130
    assert "calls passed" in server.err


def test_a_proxy_that_cannot_send(start: Start, invite_file: Path) -> None:
    proxy = start("openser", invite_file, "--listen", ":0", "--fault", "delay=3600s@T_REQ_IN")
    server = start("appserver", "--connect", proxy.ready(), "-q")
    server.ready()
    time.sleep(1)
    assert ended(proxy, TERM) == 1
    assert "unsent bytes" in proxy.err
    assert "1 without a final reply" in proxy.err


@pytest.mark.parametrize("writes", ["openser", "appserver"])
def test_a_trace_that_cannot_be_written_on(start: Start, tmp_path: Path, writes: str) -> None:
    trace = tmp_path / "trace.pcapng"
    options = {name: ["-q"] for name in ("openser", "appserver")}
    options[writes] += ["--write", str(trace)]
    proxy = start("openser", "--listen", ":0", "--ping", "50ms", *options["openser"])
    server = start("appserver", "--connect", proxy.ready(), *options["appserver"])
    server.ready()
    one, other = (proxy, server) if writes == "openser" else (server, proxy)
    size = trace.stat().st_size
    limit = resource.RLIMIT_FSIZE
    resource.prlimit(one.process.pid, limit, (size, resource.getrlimit(limit)[1]))
    told(one, "cannot be written on (file too large)")
    assert other.process.poll() is None
    assert ended(one, TERM) == 4
    assert f"seastool: the output cannot be written: --write {trace}: " in one.err
    assert ended(other, TERM) == 0
    assert list(read_capture(trace))
