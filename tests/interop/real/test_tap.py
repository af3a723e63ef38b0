"""`seastool tap` between a real Kamailio and `seastool appserver`, called by sipp."""

import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from app_server_process import SeastoolProcess
from kamailio import Kamailio

from seastool.capture.reader import CapturedFrame, read_capture
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Socket
from seastool.testing.loopback_ports import LOOPBACK, free_ports

CALLS, RATE = 200, 50
FILTER = "tcp portrange {}-{}"
LONGER = """
from seastool.seas.frames import Reply, TReqIn

def on_frame(frame, context):
    if isinstance(frame, Reply | TReqIn):
        text = context.sip(frame).replace(b"\\r\\n", b"\\r\\nX-Tap: yes\\r\\n", 1)
        return context.with_sip(frame, text)
"""


class TapProcess(SeastoolProcess):
    """A tap in front of a proxy; `seas` is where an application server connects to."""

    def __init__(self, directory: Path, kamailio: Kamailio, *options: str) -> None:
        self.port = free_ports(2)
        self.seas = f"{LOOPBACK}:{self.port}"
        listen = ("--listen", self.seas, "--to", kamailio.seas)
        super().__init__(directory, "tap", *listen, *options)


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[Callable[..., TapProcess]]:
    """Start a tap for a proxy, with options, and wait until it is ready."""
    started: list[TapProcess] = []

    def start(kamailio: Kamailio, *options: str) -> TapProcess:
        one = TapProcess(tmp_path / f"tap{len(started)}", kamailio, *options)
        started.append(one)
        one.start()
        one.wait_ready()
        return one

    yield start
    for one in started:
        one.kill()
        print(f"--- {one}\n{one.err}")
    assert not any("Traceback" in one.err for one in started)


class Sniffer:
    """Wireshark's dumpcap on loopback. `works` only where that is allowed, mostly to root."""

    def __init__(self, directory: Path, port: int) -> None:
        self.path = directory / "sniffed.pcapng"
        self._log = directory / "dumpcap.txt"
        self._process: subprocess.Popen[bytes] | None = None
        if (program := shutil.which("dumpcap")) is not None:
            ports = FILTER.format(port, port + 1)
            command = [program, "-i", "lo", "-f", ports, "-w", str(self.path)]
            with self._log.open("wb") as told:
                self._process = subprocess.Popen(command, stdout=told, stderr=told)
        self.works = self._process is not None and self._begins()

    def _begins(self) -> bool:
        assert self._process is not None
        end = time.monotonic() + 10
        while "File:" not in self._log.read_text("utf-8", "replace"):
            if self._process.poll() is not None or time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def stop(self) -> None:
        """Have it write what it has."""
        if self._process is not None and self._process.poll() is None:
            time.sleep(0.3)  # packets come to it in batches
            self._process.send_signal(signal.SIGINT)
            self._process.wait(10)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture
def sniff(tmp_path: Path) -> Iterator[Callable[[int], Sniffer]]:
    """Listen on a port and the next."""
    running: list[Sniffer] = []

    def start(port: int) -> Sniffer:
        running.append(Sniffer(tmp_path, port))
        return running[-1]

    yield start
    for one in running:
        one.kill()


def streams(path: Path) -> dict[tuple[Socket | None, Direction | None], list[bytes]]:
    """The units of a capture in order, by socket and direction; all of it must be whole."""
    found: dict[tuple[Socket | None, Direction | None], list[bytes]] = {}
    for record in read_capture(path):
        assert isinstance(record, CapturedFrame), record
        found.setdefault((record.socket, record.direction), []).append(record.data)
    return found


def test_200_calls_at_50_a_second_and_what_is_written(
    kamailio, app_server, tap, sipp, sniff, tmp_path
):
    ours, own = tmp_path / "tap.pcapng", tmp_path / "own.pcapng"
    between = tap(kamailio, "--leg", "as", "--write", str(ours))
    sniffer = sniff(between.port)
    server = app_server(between, "--behave", "answer", "--quiet", "--write", str(own))
    result = sipp("uac", calls=CALLS, rate=RATE).run()
    assert (result.code, result.successful, result.failed) == (0, CALLS, 0), result.report
    assert kamailio.troubles == []
    assert server.end() == 0, server.err
    sniffer.stop()
    assert between.end() == 0, between.err
    written = streams(ours)
    assert sum(map(len, written.values())) > 6 * CALLS
    assert written == streams(own)
    if sniffer.works:
        assert written == streams(sniffer.path)
    assert "application server 'app_server_1' is gone: closed by the application server" in (
        between.err
    )
    counted = Counter[Direction | None]()
    for record in read_capture(ours):
        if isinstance(record, CapturedFrame) and record.kind is UnitKind.FRAME:
            counted[record.direction] += 1
    for direction in Direction:
        assert f"{direction}: {counted[direction]:,} frames" in between.err


def test_calls_with_a_script_that_makes_every_frame_longer(
    kamailio, app_server, tap, sipp, tmp_path
):
    script, written = tmp_path / "longer.py", tmp_path / "tap.pcapng"
    script.write_text(LONGER)
    between = tap(kamailio, "--script", str(script), "--quiet", "--write", str(written))
    server = app_server(between, "--behave", "answer", "--quiet")
    result = sipp("uac", calls=30, rate=RATE).run()
    assert (result.code, result.successful, result.failed) == (0, 30, 0), result.report
    assert kamailio.troubles == []
    assert server.end() == 0, server.err
    assert between.end(signal.SIGINT) == 130, between.err
    assert "script: changed 180" in between.err  # INVITE, ACK and BYE, 180 and 200 twice
    changed = [one for units in streams(written).values() for one in units if b"X-Tap" in one]
    assert len(changed) == 180
