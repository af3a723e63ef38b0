"""``seastool gateway`` as a user runs it: what it tells, shows and answers, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from endpoint_processes import ROOT, Endpoint

Start = Callable[..., Endpoint]


class Running:
    """A gateway that is ready. err: what it has told so far, read while it runs."""

    def __init__(
        self, start: Start, *arguments: object, sip: str = "127.0.0.1:0", **options: object
    ) -> None:
        self.endpoint = start("gateway", "--sip", sip, "--seas", ":0", *arguments, **options)
        self.seas, *places = self.endpoint.ready().splitlines()
        self.places = places
        ports = dict(place.split(":", 1) for place in places)
        self.udp, self.tcp = (
            int(ports[name].rpartition(":")[2]) if name in ports else 0 for name in ("udp", "tcp")
        )
        self.metrics = next((place for place in places if place.startswith("http:")), "")

    def end(self, number: signal.Signals = signal.SIGTERM) -> Endpoint:
        self.endpoint.end(number)
        return self.endpoint


class Caller:
    """A SIP user agent on a UDP or TCP socket of its own."""

    def __init__(self, port: int, *, tcp: bool = False) -> None:
        self.socket = socket.socket(type=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.transport = "TCP" if tcp else "UDP"

    def send(
        self,
        method: str = "OPTIONS",
        *,
        branch: str = "1",
        call_id: str = "",
        forwards: int = 70,
        extra: str = "",
        user: str = "bob",
    ) -> None:
        lines = (
            f"{method} sip:{user}@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/{self.transport} 127.0.0.1:{self.port};branch=z9hG4bK-{branch}",
            "From: <sip:alice@example.com>;tag=1",
            "To: <sip:bob@example.com>",
            f"Call-ID: {call_id or f'{self.port}-{branch}'}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:alice@127.0.0.1:{self.port}>",
            f"Max-Forwards: {forwards}",
            *filter(None, [extra]),
            "Content-Length: 0",
        )
        self.socket.send("".join(f"{line}\r\n" for line in (*lines, "")).encode())

    def status(self) -> int:
        """The status of the next response."""
        return int(self.socket.recv(65536).split()[1])

    def final(self) -> int:
        """The status of the next final response."""
        while (status := self.status()) < 200:
            pass
        return status


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Endpoint] = []

    def begin(*arguments: object, **options: object) -> Endpoint:
        running.append(Endpoint(tmp_path, *arguments, **options))
        return running[-1]

    yield begin
    for endpoint in running:
        endpoint.kill()


def serve(start: Start, gateway: Running, name: str, *arguments: object) -> Endpoint:
    server = start("appserver", "--connect", gateway.seas, "--name", name, "-q", *arguments)
    server.ready()
    return server


def statistics(text: str) -> list[dict[str, object]]:
    schema = json.loads((ROOT / "docs/schema/record.json").read_text(encoding="utf-8"))
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        jsonschema.validate(record, schema)
    return [record for record in records if record["record"] == "statistics"]


def test_what_passes_is_shown_and_written_and_counted(start: Start, tmp_path: Path) -> None:
    trace = tmp_path / "trace.pcapng"
    gateway = Running(start, "--write", trace, "--metrics", ":0")
    assert gateway.places[:2] == [f"udp:127.0.0.1:{gateway.udp}", f"tcp:127.0.0.1:{gateway.tcp}"]
    server = serve(start, gateway, "app_server_1")
    for tcp in (False, True):
        caller = Caller(gateway.tcp if tcp else gateway.udp, tcp=tcp)
        caller.send()
        assert caller.final() == 200
        caller.socket.close()
    page = urllib.request.urlopen(gateway.metrics, timeout=20)
    assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    samples = page.read().decode().splitlines()
    assert 'seastool_gateway_requests_total{method="OPTIONS"} 2' in samples
    assert 'seastool_gateway_responses_total{class="2xx"} 2' in samples
    assert 'seastool_gateway_events_total{server="app_server_1"} 2' in samples
    assert 'seastool_gateway_server_connected{server="app_server_1"} 1' in samples
    server.end(signal.SIGTERM)
    ended = gateway.end()
    assert ended.code == 0
    assert "requests received: OPTIONS 2; responses: 2xx 2" in ended.err
    assert "application server app_server_1: not connected, 2 events" in ended.err
    assert re.search(r"final reply after p50 [\d.]+ ms, p95 .*, p99 .*, most ", ended.err)
    assert ended.out.count("SIP udp") == ended.out.count("SIP tcp") == 2
    assert ended.out.count("T_REQ_IN") == ended.out.count("REPLY_FIN") == 2
    decoded = subprocess.run(
        [sys.executable, "-m", "seastool", "decode", trace],
        capture_output=True,
        text=True,
        check=True,
    )
    assert decoded.stdout == ended.out
    if shutil.which("tshark"):
        _read_by_tshark(trace, ended.out)


def _read_by_tshark(trace: Path, shown: str) -> None:
    def lines(wanted: str, *fields: str) -> list[str]:
        columns = [word for field in fields for word in ("-e", field)]
        command = ["tshark", "-r", trace, "-Y", wanted, "-T", "fields", *columns]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert lines("_ws.malformed or tcp.analysis.flags", "frame.number") == []
    numbers = [line.split()[0] for line in shown.splitlines() if " SIP udp " in line]
    assert lines("udp and sip", "frame.number") == numbers


def test_statistics_are_told_by_a_signal_and_at_the_end(start: Start, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    with shown.open("w") as output:
        gateway = Running(start, "--json", stdout=output)
    caller = Caller(gateway.udp)
    caller.send()
    assert caller.final() == 500  # nobody is there: at once
    gateway.endpoint.process.send_signal(signal.SIGUSR1)
    while '"statistics"' not in shown.read_text(encoding="utf-8"):
        time.sleep(0.01)
        assert gateway.endpoint.process.poll() is None
    caller.send(branch="2")
    assert caller.final() == 500
    ended = gateway.end(signal.SIGINT)
    assert ended.code == 130
    first, last = statistics(shown.read_text(encoding="utf-8"))
    assert (first["requests"], last["requests"]) == ({"OPTIONS": 1}, {"OPTIONS": 2})
    assert last["faked"] == [{"status": 500, "cause": "no application server", "count": 2}]
    assert ended.err.count("calls: 0 tried") == 2
    assert "no application server is there, 500 is answered" in ended.err


def test_a_name_that_no_rule_has(start: Start) -> None:
    gateway = Running(start, "-q", "--as", "wanted")
    host, _, port = gateway.seas.rpartition(":")
    with socket.create_connection((host, int(port))) as other:
        other.sendall(b"\x05other")
        caller = Caller(gateway.udp)
        for turn in range(20):  # of the gateway's loop, at least
            caller.send(branch=str(turn))
            assert caller.final() == 500
        ended = gateway.end()
    told = "'other' is not a name that the script knows: no --as or --route has it [unknown-name]"
    assert told in ended.err
    assert "no application server is there by the name wanted, 500 is answered" in ended.err


def test_a_server_that_is_silent(start: Start) -> None:
    gateway = Running(start, "-q", "--as", "mute", "--as", "speaker", "--as-timeout", "300ms")
    serve(start, gateway, "mute", "--behave", "silent")
    caller = Caller(gateway.udp)
    caller.send(branch="alone")
    assert caller.final() == 500  # the time is over, and there is no other
    serve(start, gateway, "speaker")
    caller.send(branch="two")
    assert caller.final() == 200  # by the second
    ended = gateway.end()
    assert ended.out == ""
    assert "answered with 500 by the gateway itself: 1 (application server silent)" in ended.err
    assert "mute has not answered OPTIONS" in ended.err
    assert "the next one gets it" in ended.err


def test_a_server_that_leaves(start: Start) -> None:
    gateway = Running(start, "-q", "--as", "mute", "--as", "late", "--as-timeout", "60s")
    mute = serve(start, gateway, "mute", "--behave", "silent")
    late = serve(start, gateway, "late", "--delay", "60s")
    caller = Caller(gateway.udp)
    caller.send("INVITE")
    assert caller.status() == 100
    mute.kill()
    assert caller.status() == 180  # by the next, as the first had said nothing
    late.kill()
    assert caller.status() == 500
    ended = gateway.end()
    assert "mute is gone and has not answered INVITE" in ended.err
    assert "answered with 500 by the gateway itself: 1 (application server left)" in ended.err


def test_it_rings_for_ever(start: Start) -> None:
    gateway = Running(start, "-q", "--ring-timeout", "300ms")
    serve(start, gateway, "late", "--delay", "30s")
    caller = Caller(gateway.udp)
    caller.send("INVITE")
    assert [caller.status(), caller.status(), caller.status()] == [100, 180, 408]
    ended = gateway.end()
    assert "answered with 408 by the gateway itself: 1 (ring time-out)" in ended.err
    assert "calls: 1 tried, 0 answered, 0 refused, 1 failed" in ended.err


def test_rules_choose(start: Start, tmp_path: Path) -> None:
    routes = tmp_path / "routes"
    routes.write_text("# of the file\nbusy header=X-Tenant:^acme$\n", encoding="utf-8")
    gateway = Running(
        start, "-q", "--route", "absent,gone uri=carol@", "--routes", routes, "--as", "polite"
    )
    serve(start, gateway, "busy", "--behave", "reject 486")
    serve(start, gateway, "polite")
    caller = Caller(gateway.udp)
    for branch, more, status in (
        ("1", {}, 200),
        ("2", {"extra": "X-Tenant: acme"}, 486),
        ("3", {"extra": "X-Tenant: acmee"}, 200),
        ("4", {"user": "carol", "extra": "X-Tenant: acme"}, 500),
    ):
        caller.send(branch=branch, **more)
        assert caller.final() == status, branch
    ended = gateway.end()
    assert "answered with 500 by the gateway itself: 1 (no application server)" in ended.err


@pytest.mark.parametrize("checks", [True, False])
def test_what_is_turned_away(start: Start, checks: bool) -> None:
    gateway = Running(start, "-q", *([] if checks else ["--no-checks"]))
    serve(start, gateway, "as", "--delay", "500ms")
    caller = Caller(gateway.udp)
    caller.send(forwards=0)
    assert caller.final() == (483 if checks else 200)
    caller.send(branch="a", call_id="forked")
    caller.send(branch="b", call_id="forked")
    assert [caller.final(), caller.final()] == ([482, 200] if checks else [200, 200])
    ended = gateway.end()
    assert ("turned away by the gateway: 1 (Too Many Hops)" in ended.err) is checks
    assert ("turned away by the gateway: 1 (Request Merged)" in ended.err) is checks


def test_strict_ends_at_the_first_mistake(start: Start) -> None:
    gateway = Running(start, "--strict", "-q")
    serve(start, gateway, "as", "--fault", "duplicate=1@REPLY_FIN")
    caller = Caller(gateway.udp)
    caller.send()
    assert caller.final() == 200
    assert gateway.endpoint.end() == 1
    assert "[reply-second-final]" in gateway.endpoint.err


def test_it_ends_by_itself_and_frees_its_ports(start: Start) -> None:
    gateway = Running(start, "-q", "--duration", "100ms", sip="udp:127.0.0.1:0")
    assert gateway.endpoint.end() == 0
    assert (gateway.tcp, len(gateway.places)) == (0, 1)
    with socket.socket(type=socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", gateway.udp))


def test_it_ends_quietly_when_nobody_reads_what_it_shows(start: Start) -> None:
    reader, writer = os.pipe()
    gateway = Running(start, stdout=writer)
    os.close(writer)
    os.close(reader)
    Caller(gateway.udp).send()
    assert gateway.endpoint.end() == 0
    assert "requests received: OPTIONS 1" in gateway.endpoint.err


@pytest.mark.parametrize("option", ["--sip", "--seas", "--metrics"])
def test_a_port_that_is_taken(seastool: Callable[..., object], option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        ports = {"--sip": ":0", "--seas": ":0", option: where}
        ran = seastool("gateway", "-q", *(word for pair in ports.items() for word in pair))
    assert ran.code == 4
    assert ran.err.startswith(f"seastool: {option}")
    assert f"{where}: address already in use" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--sip", "tls:127.0.0.1:5061"), "--sip tls:127.0.0.1:5061: there are udp: and tcp:"),
        (("--sip", "example.com:5060"), "--sip example.com:5060: it is ADDRESS:PORT"),
        (("--sip", ""), "--sip is empty"),
        (("--seas", "127.0.0.1:65535"), "the event port is 1 to 65534"),
        (("--as", ""), "--as is empty"),
        (("--as", "x" * 256), "--as: a name has at most 255 bytes, not 256"),
        (("--route", "a method"), "it is no condition"),
        (("--route", "a uri=("), "--route: route 'a uri=(': uri '('"),
        (("--as-timeout", "0s"), "--as-timeout 0s: it is a time above 0"),
        (("--ring-timeout", "soon"), "--ring-timeout: "),
        (("--t1", "0"), "--t1 0: it is a time above 0"),
        (("--nameserver", "dns.example.com"), "--nameserver dns.example.com: it is ADDRESS:PORT"),
        (("--metrics", "9090"), "--metrics 9090: it is HOST:PORT"),
        (("--ping", "0s"), "--ping 0s: it is PERIOD"),
        (("--like", "asterisk"), "asterisk"),
        (("--fault", "nonsense"), "--fault "),
        (("--json", "-v"), "--json is not combined"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else "",
)
def test_options_that_make_no_sense(seastool, arguments: tuple[str, ...], told: str) -> None:
    ran = seastool("gateway", *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_rules_that_are_not_right(seastool, tmp_path: Path) -> None:
    path = tmp_path / "routes"
    path.write_text("as1\n\nas2 method=\n", encoding="utf-8")
    for file, told in ((path, f"{path}:3: "), (tmp_path / "none", "no such file")):
        ran = seastool("gateway", "--routes", file)
        assert ran.code == 3
        assert told in ran.err.lower()


def test_options_become_what_the_gateway_is_made_with(seastool, monkeypatch, tmp_path) -> None:
    made: list[dict[str, object]] = []

    class NoGateway:
        def __init__(self, **given: object) -> None:
            made.append(given)

        def stop(self) -> None:
            """Nothing runs."""

        async def start(self) -> None:
            raise OSError(98, "none")

    monkeypatch.setattr("seastool.cli.gatewaying.session.Gateway", NoGateway)
    trace = tmp_path / "x.pcapng"
    options = ("--nameserver", "::1", "--nameserver", "10.0.0.1:5353", "--t1", "5s")
    for arguments in (("-q",), ("-q", "--write", trace), ()):
        assert seastool("gateway", *arguments, *options, "--sip", "tcp:[::1]:5070").code == 4
    assert [given["traffic"] is None for given in made] == [True, False, False]
    assert [tuple(one) for one in made[0]["sip"]] == [(2, "::1", 5070)]
    chosen = made[0]["options"]
    assert chosen.nameservers == ["::1", "10.0.0.1:5353"]
    assert (chosen.timing.t1, chosen.timing.t2) == (5.0, 5.0)
    assert chosen.routing.names == frozenset()


def test_hostile_bytes_are_told_in_one_line_each(start: Start) -> None:
    gateway = Running(start)
    caller = Caller(gateway.udp)
    for data in (b"\x1b[2J\r\n\r\n", b"OPTIONS \x1b]0;x\x07 SIP/2.0\r\nCall-ID: \x1b[1m\r\n\r\n"):
        caller.socket.send(data)
    caller.send()
    assert caller.final() in (400, 500)
    time.sleep(0.05)
    ended = gateway.end()
    assert "\x1b" not in ended.err + ended.out
