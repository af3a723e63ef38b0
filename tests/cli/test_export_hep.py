"""``seastool export hep``: to sockets of our own, and to Kamailio's module for HOMER."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from captures_to_decode import ROOT

from seastool.capture.reader import CapturedFrame, CapturedSip, read_capture
from seastool.render.hep import HepPacket, Kind, decode_hep, hep_length
from seastool.testing import kamailio

SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"
OPENSER = ROOT / "captures" / "openser-1.3.0-session.pcap"
CALL = b"c2-17953867362649326"


class Server:
    """A capture server that keeps what it gets; `packets` ends it."""

    def __init__(self, kind: socket.SocketKind) -> None:
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind(("127.0.0.1", 0))
        self._udp = kind is socket.SOCK_DGRAM
        self.port = self._socket.getsockname()[1]
        self._data: list[bytes] = []
        if self._udp:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            self._thread = threading.Thread(target=self._receive)
        else:
            self._socket.listen()
            self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _receive(self) -> None:
        while (data := self._socket.recv(65536)) != b"end":
            self._data.append(data)

    def _accept(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            stream = b"".join(iter(lambda: connection.recv(65536), b""))
        while stream:
            size = hep_length(stream)
            self._data.append(stream[:size])
            stream = stream[size:]

    def packets(self) -> list[HepPacket]:
        if self._udp:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
                ours.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()
        return [decode_hep(data) for data in self._data]


def check(packets: list[HepPacket], capture: Path, capture_id: int, password: bytes) -> None:
    """Every SIP message and frame of the capture, once, as it was."""
    left = list(packets)
    for record in read_capture(capture):
        if not isinstance(record, CapturedFrame | CapturedSip):
            continue
        sip = [] if isinstance(record, CapturedFrame) else [record.data]
        if isinstance(record, CapturedFrame) and b"SIP/2.0" in record.data:
            sip = [left[0].payload]
            assert sip[0] in record.data
        logs = [None] if isinstance(record, CapturedFrame) else []
        for want in (*sip, *logs):
            packet = left.pop(0)
            assert packet.kind == (Kind.LOG if want is None else Kind.SIP)
            assert packet.payload == want if want else json.loads(packet.payload)
            if want is None:
                told = json.loads(packet.payload)
                assert (told["packet"], told["length"]) == (record.packet, len(record.data))
            ends = packet.source, packet.source_port, packet.destination, packet.destination_port
            assert ends == (
                record.source.packed,
                record.source.port,
                record.destination.packed,
                record.destination.port,
            )
            assert packet.time_ns == record.time_ns // 1000 * 1000
            assert packet.protocol == (17 if getattr(record, "transport", "") == "udp" else 6)
            assert (packet.capture_id, packet.password) == (capture_id, password)
    assert not left


@pytest.mark.parametrize("capture", [SESSION, OPENSER], ids=lambda p: p.name)
def test_by_udp(seastool, capture: Path) -> None:
    server = Server(socket.SOCK_DGRAM)
    ran = seastool("export", "hep", capture, "--to", f":{server.port}", "--capture-id", 7)
    packets = server.packets()
    counts = Counter(packet.kind for packet in packets)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        f"seastool: {len(packets)} packets sent to udp 127.0.0.1:{server.port}: "
        f"{counts[Kind.SIP]} SIP, {counts[Kind.LOG]} frames\n"
    )
    assert min(counts.values()) > 30
    check(packets, capture, 7, b"")


def test_by_tcp_with_a_key(seastool) -> None:
    server = Server(socket.SOCK_STREAM)
    ran = seastool("export", "hep", SESSION, "--to", f"tcp:127.0.0.1:{server.port}",
                   "--password", "secret")  # fmt: skip
    assert ran.code == 0
    check(server.packets(), SESSION, 2001, b"secret")


def test_a_call_is_joined_by_its_call_id(seastool) -> None:
    """The frames of a call, those without SIP included, and nothing of another one."""
    server = Server(socket.SOCK_DGRAM)
    seastool("export", "hep", SESSION, "--to", f":{server.port}")
    packets = server.packets()
    for packet in packets:
        if packet.kind == Kind.SIP:
            assert packet.correlation in packet.payload
            assert packet.correlation
    logs = {
        json.loads(packet.payload)["packet"]: (json.loads(packet.payload)["type"], packet)
        for packet in packets
        if packet.kind == Kind.LOG
    }
    assert logs[27][1].correlation == CALL
    faked, failure = logs[106], logs[95]
    assert (faked[0], failure[0]) == ("RES_IN", "AC_RES_FAIL")
    asked = {
        json.loads(packet.payload)["fields"]["uac_id"]: packet.correlation
        for kind, packet in logs.values()
        if kind == "UAC_REQ"
    }
    for _, packet in (faked, failure):
        assert packet.correlation == asked[json.loads(packet.payload)["fields"]["uac_id"]]
    assert {packet.correlation for kind, packet in logs.values() if kind == "PING"} == {b""}


def test_live_from_standard_input() -> None:
    """What is there is sent while the capture still goes on."""
    server = Server(socket.SOCK_DGRAM)
    import sys

    data = SESSION.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-m", "seastool", "export", "hep", "-", "--to", f":{server.port}"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdin
        process.stdin.write(data[: len(data) * 3 // 4])
        process.stdin.flush()
        end = time.monotonic() + 20
        while len(server._data) < 50:
            assert time.monotonic() < end
            time.sleep(0.01)
        process.communicate(data[len(data) * 3 // 4 :])
    assert process.returncode == 0
    check(server.packets(), SESSION, 2001, b"")


def test_not_faster_than_told(seastool) -> None:
    server = Server(socket.SOCK_DGRAM)
    start = time.monotonic()
    seastool("export", "hep", OPENSER, "--to", f":{server.port}", "--rate", 200)
    sent = len(server.packets())
    assert time.monotonic() - start > (sent - 0.1 * 200 - 1) / 200


def test_what_is_long_goes_without_fields_by_udp(seastool, tmp_path: Path) -> None:
    from seastool import encode
    from seastool.capture.pcapng_writer import PcapngWriter
    from seastool.capture.records import Address
    from seastool.seas.types import Socket

    sip = (
        b"OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
        b"From: <sip:a@h>;tag=a1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c9\r\n"
        b"CSeq: 1 OPTIONS\r\n" + b"Route: <sip:h;lr>\r\n" * 40 + b"\r\n"
    )
    path = tmp_path / "long.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        ends = Address(b"\x0a\0\0\1", 5080), Address(b"\x0a\0\0\2", 40000)
        writer.opened(1, *ends, openser_is_local=True, socket=Socket.EVENT, time_ns=10**18)
        writer.data(1, encode(sip), sent=True, time_ns=10**18 + 1000)
    for transport, kind, has_fields in (
        ("udp", socket.SOCK_DGRAM, False),
        ("tcp", socket.SOCK_STREAM, True),
    ):
        server = Server(kind)
        ran = seastool("export", "hep", path, "--to", f"{transport}::{server.port}")
        assert ran.code == 0
        first, log = server.packets()
        assert first.payload == sip
        assert ("fields" in json.loads(log.payload)) is has_fields
        assert ("1 frame sent without fields" in ran.err) is not has_fields


def test_dry_run(seastool) -> None:
    ran = seastool("export", "hep", SESSION, "--to", "nowhere.invalid:9060", "--dry-run")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert len(lines) == 112
    assert lines[0].endswith("-> 127.0.0.1:5080  -  name")
    assert "SIP  udp 127.0.0.1:5999 -> 127.0.0.1:5060  c2-17953867362649326  INVITE" in ran.out
    assert "112 packets would be sent to udp nowhere.invalid:9060: 62 SIP, 50 frames" in ran.err


def test_a_reader_that_has_seen_enough() -> None:
    import sys

    with subprocess.Popen(
        [sys.executable, "-m", "seastool", "export", "hep", SESSION, "--to", ":9", "--dry-run"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        told = process.stderr.read().decode()
    assert process.returncode == 0
    assert told.startswith("seastool: 112 packets would be sent")
    assert len(told.splitlines()) == 1


def test_a_server_that_leaves(seastool) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def leave() -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()

    thread = threading.Thread(target=leave)
    thread.start()
    port = listener.getsockname()[1]
    ran = seastool("export", "hep", SESSION, "--to", f"tcp::{port}", "--rate", 200)
    thread.join()
    listener.close()
    assert ran.code == 4
    assert f"tcp 127.0.0.1:{port}: " in ran.err.splitlines()[-1]


def unused(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_nobody_is_there(seastool, transport: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    ran = seastool("export", "hep", OPENSER, "--to", f"{transport}:127.0.0.1:{unused(kind)}")
    assert ran.code == 4
    assert re.search("refused", ran.err)
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "a capture and a server"),
        ((SESSION,), 2, "a capture and a server"),
        ((SESSION, "--to", ""), 2, "--to is empty"),
        ((SESSION, "--to", "sctp:h:9060"), 2, "HOST:PORT"),
        ((SESSION, "--to", "h"), 2, "HOST:PORT"),
        ((SESSION, "--to", ":9060", "--dialect", "asterisk"), 2, "no dialect 'asterisk'"),
        ((SESSION, "--to", "a..b:9060"), 2, "a..b"),
        (("/dev/null", "--to", ":9060", "--dry-run"), 3, "/dev/null"),
        (("no-such-file", "--to", ":9060", "--dry-run"), 3, "no-such-file"),
    ],
)
def test_what_is_refused(seastool, arguments, code: int, told: str) -> None:
    ran = seastool("export", "hep", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert told in ran.err
    assert ran.err.splitlines()[-1].startswith(("seastool: ", "Error: "))
    assert "Traceback" not in ran.err
    assert " packets " not in ran.err


class Breaking(io.BytesIO):
    """Standard input that fails in the middle."""

    @property
    def buffer(self) -> Breaking:
        return self

    def read1(self, size: int | None = -1) -> bytes:
        data = super().read1(4096)
        if self.tell() > 30_000:
            raise OSError(5, "Input/output error")
        return data


def test_an_input_that_breaks_is_told_last(seastool, monkeypatch) -> None:
    monkeypatch.setattr("sys.stdin", Breaking(SESSION.read_bytes()))
    ran = seastool("export", "hep", "-", "--to", ":9", "--dry-run")
    assert ran.code == 3
    first, *_, last = ran.err.splitlines()
    count = len(ran.out.splitlines())
    assert 0 < count < 112
    assert first.startswith(f"seastool: {count} packets would be sent to udp 127.0.0.1:9: ")
    assert last == "seastool: standard input: cannot be read: input/output error"


CONFIGURATION = """#!KAMAILIO
debug=0
log_stderror=yes
children=1
auto_aliases=no
disable_tcp=yes
disable_core_dump=yes
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "db_text.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "text://FOLDER")
modparam("sipcapture", "capture_on", 0)
modparam("sipcapture", "hep_capture_on", 1)
modparam("sipcapture", "nonsip_hook", 1)
event_route[sipcapture:request] {
  xlog("L_ERR", "GOT $hep(version) $hep(0x001) $hep(0x002) $hep(0x003) $hep(0x007) $hep(0x004) "
    "$hep(0x008) $hep(0x009) $hep(0x00a) $hep(0x00b) $hep(0x00c) $hep(0x00e) "
    "$(hep(0x00f){s.md5})\\n");
  return 0;
}
request_route { drop; }
"""


@contextmanager
def homer(folder: Path) -> Iterator[tuple[int, Path]]:
    """Kamailio as a capture server: its port and its log."""
    try:
        program = kamailio.kamailio_program()
    except kamailio.NotInstalled as error:
        pytest.fail(str(error)) if os.environ.get("CI") == "true" else pytest.skip(str(error))
    port = kamailio.free_ports(1)
    configuration, log = folder / "kamailio.cfg", folder / "log"
    configuration.write_text(CONFIGURATION.replace("FOLDER", str(folder)))
    command = [program, "-DD", "-E", "-f", configuration, "-w", folder, "-Y", folder]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, "-m", "64", "-l", f"udp:127.0.0.1:{port}"],
            stderr=file, stdout=file, start_new_session=True,
        )  # fmt: skip
    try:
        bound = f"0100007F:{port:04X}"
        end = time.monotonic() + 20
        while bound not in Path("/proc/net/udp").read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.02)
        yield port, log
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_module_of_kamailio_for_homer(seastool, tmp_path: Path) -> None:
    """An implementation that is not ours reads every chunk as it was meant."""
    server = Server(socket.SOCK_DGRAM)
    told = ("--capture-id", 77, "--password", "secret", "--rate", 500)
    seastool("export", "hep", SESSION, "--to", f":{server.port}", *told)
    want = [
        f"GOT 3 2 {p.protocol} {socket.inet_ntoa(p.source)} {p.source_port} "
        f"{socket.inet_ntoa(p.destination)} {p.destination_port} {p.time_ns // 10**9} "
        f"{p.time_ns % 10**9 // 1000} {p.kind} 77 secret {hashlib.md5(p.payload).hexdigest()}"
        for p in server.packets()
    ]
    with homer(tmp_path) as (port, log):
        ran = seastool("export", "hep", SESSION, "--to", f":{port}", *told)
        assert ran.code == 0
        end = time.monotonic() + 10
        while log.read_text("utf-8", "replace").count("GOT 3") < len(want):
            assert time.monotonic() < end
            time.sleep(0.02)
        got = re.findall("GOT 3 .*", log.read_text("utf-8", "replace"))
    assert got == want
    assert len(got) == 112
