"""The live view: what decode shows of the file, at once, and nothing that stops the endpoint."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from captures_to_decode import OPENSER, ROOT, SESSION

from seastool.capture.live import Traffic
from seastool.capture.reader import read_capture
from seastool.capture.records import Address, CapturedFrame, CapturedSip
from seastool.cli.exits import UsageFault
from seastool.cli.live.options import LiveOptions
from seastool.cli.live.view import MAX_WAITING, LiveView
from seastool.cli.output import When
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, Socket

DIALECT = lookup("kamailio-5.6.3")
PING = bytes.fromhex("0000000e05ff0000000000000001")
AS, PROXY = Address(bytes((10, 0, 0, 2)), 40000), Address(bytes((10, 0, 0, 1)), 5080)


def session(traffic: Traffic, capture: Path = SESSION) -> None:
    """What an application server would tell of the session in a capture."""
    known: set[int] = set()
    now = 0
    for record in read_capture(capture):
        if not isinstance(record, CapturedFrame):
            continue
        sent, now = record.direction is Direction.TO_OPENSER, record.time_ns
        if record.connection not in known:
            known.add(record.connection)
            assert sent
            assert record.socket
            traffic.opened(
                record.connection,
                record.source,
                record.destination,
                openser_is_local=False,
                socket=record.socket,
                time_ns=now,
            )
        traffic.data(record.connection, record.data, sent=sent, time_ns=now)
    for connection in known:
        traffic.closed(connection, sent=True, reset=False, time_ns=now)


def sip_session(traffic: Traffic, capture: Path = SESSION) -> None:
    """The SIP messages of a capture, told by who has received the first one; each second call
    over a TCP connection of its own."""
    server: Address | None = None
    links: dict[str, int] = {}
    for record in read_capture(capture):
        if not isinstance(record, CapturedSip):
            continue
        server = server or record.destination
        sent = record.source == server
        ends = (record.source, record.destination)[:: 1 if sent else -1]
        when = {"sent": sent, "time_ns": record.time_ns}
        call_id = record.data.partition(b"Call-ID: ")[2].partition(b"\r\n")[0].decode()
        number = links.get(call_id)
        if number is None:
            number = links[call_id] = len(links) % 2 * -len(links)
            if number:
                up = {"openser_is_local": not sent, "socket": None, "time_ns": record.time_ns}
                traffic.opened(number, *ends, **up)
        if number:
            traffic.data(number, record.data, **when)
        else:
            traffic.datagram(*ends, record.data, **when)
    assert len(set(links.values())) > 3


def event_socket(view: LiveView) -> Callable[[bytes], None]:
    """A connection in `view`, as what takes bytes of the proxy."""
    view.opened(1, AS, PROXY, openser_is_local=False, socket=Socket.EVENT, time_ns=10**18)
    times: Iterator[int] = iter(range(10**18, 10**19, 1000))
    return lambda data: view.data(1, data, sent=False, time_ns=next(times))


@pytest.fixture
def shown(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[[], tuple[str, str]]:
    """What is on standard output and standard error since the last call."""

    def read() -> tuple[str, str]:
        sys.stderr.flush()
        out, err = capfdbinary.readouterr()
        return out.decode(), err.decode()

    return read


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, ()),
        ({"time": "absolute"}, ("--time", "absolute")),
        ({"verbose": True}, ("-v",)),
        ({"hexdump": True}, ("-x",)),
        ({"json": True}, ("--json",)),
        ({"lint": True}, ("--lint",)),
        ({"lint": True, "json": True}, ("--lint", "--json")),
        ({"filter": "type == PING"}, ("--filter", "type == PING")),
        ({"color": When.ALWAYS}, ("--color", "always")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_live_is_as_decode_shows_the_file(seastool, shown, tmp_path, options, arguments):
    path = tmp_path / "session.pcapng"
    with LiveView(LiveOptions(write=str(path), **options), DIALECT) as view:
        session(view)
    live, told = shown()
    assert told == ""
    assert live == seastool("decode", path, "--dialect", DIALECT.name, *arguments).out
    assert live.count("\n") >= 7


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({}, ()),
        ({"verbose": True}, ("-v",)),
        ({"json": True}, ("--json",)),
        ({"filter": "sip.method == OPTIONS"}, ("--filter", "sip.method == OPTIONS")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_sip_is_shown_as_decode_shows_the_file(seastool, shown, tmp_path, options, arguments):
    path = tmp_path / "session.pcapng"
    with LiveView(LiveOptions(write=str(path), **options), DIALECT) as view:
        session(view)
        sip_session(view)
    live, told = shown()
    assert told == ""
    assert live == seastool("decode", path, "--dialect", DIALECT.name, *arguments).out
    if "json" in options:
        records = [json.loads(line) for line in live.splitlines()]
        transports = [record["transport"] for record in records if record["record"] == "sip"]
        assert len(transports) == 33
        assert set(transports) == {"udp", "tcp"}


def test_a_fault_with_a_datagram_does_not_reach_the_endpoint(shown):
    with LiveView(LiveOptions()) as view:
        nowhere = Address(b"", 0)
        view.datagram(AS, nowhere, b"OPTIONS sip:x SIP/2.0\r\n\r\n", sent=True, time_ns=10**18)
    assert "a record cannot be shown" in shown()[1]


@pytest.mark.parametrize(
    ("options", "takes"),
    [({}, True), ({"quiet": True}, False), ({"quiet": True, "write": "x.pcapng"}, True)],
)
def test_whether_anything_takes_what_passes(tmp_path, monkeypatch, options, takes):
    monkeypatch.chdir(tmp_path)
    with LiveView(LiveOptions(**options)) as view:
        assert view.takes is takes


@pytest.mark.parametrize("capture", [SESSION, OPENSER], ids=lambda path: path.stem)
def test_dialect_is_detected_or_changed(shown, capture):
    with LiveView(LiveOptions(json=True)) as view:
        session(view, capture)
        assert [proxy.dialect.name for proxy in view.detections.proxies] == [
            "kamailio-5.7" if capture is SESSION else "openser-1.3.0"
        ]
        view.dialect = DIALECT
        event_socket(view)(PING)
    lines = shown()[0].splitlines()
    assert json.loads(lines[-1])["dialect"] == DIALECT.name
    assert not any("faults" in json.loads(line) for line in lines)


def test_quiet_shows_nothing_and_writes_all_the_same(seastool, shown, tmp_path):
    path = tmp_path / "session.pcapng"
    with LiveView(LiveOptions(quiet=True, write=str(path)), DIALECT) as view:
        session(view)
        view.note("the endpoint is still heard")
    assert shown() == ("", "seastool: the endpoint is still heard\n")
    assert seastool("decode", path).out.count("\n") == 50


def test_without_a_schedule_everything_is_shown_at_once(shown):
    with LiveView(LiveOptions()) as view:
        receive = event_socket(view)
        for number in range(3):
            receive(PING)
            assert shown()[0].count("PING") == 1, number


def test_what_comes_in_one_turn_is_shown_in_one_piece(shown):
    later: list[Callable[[], None]] = []
    with LiveView(LiveOptions()) as view:
        view.schedule = later.append
        receive = event_socket(view)
        for _ in range(3):
            receive(PING)
        assert (len(later), shown()[0]) == (1, "")
        later.pop()()
        assert shown()[0].count("PING") == 3
        for _ in range(MAX_WAITING - 1):
            receive(PING)
        assert shown()[0] == ""
        receive(PING)
        assert shown()[0].count("PING") == MAX_WAITING
        receive(PING)
        assert shown()[0] == ""
    assert shown()[0].count("PING") == 1


def test_a_schedule_that_is_closed_is_done_without(shown):
    def closed(function: Callable[[], None]) -> None:
        raise RuntimeError("the loop is closed")

    with LiveView(LiveOptions()) as view:
        view.schedule = closed
        event_socket(view)(PING)
        assert shown()[0].count("PING") == 1


def test_a_note_comes_behind_the_frames_before_it(shown):
    with LiveView(LiveOptions()) as view:
        view.schedule = lambda function: None
        event_socket(view)(PING)
        view.note("closed by \x1b[31mthe peer\nand so on")
        assert shown() == (
            "     4     0.000000 -> as   PING           14                       sequence 1\n",
            "seastool: closed by \\x1b[31mthe peer\nseastool: and so on\n",
        )


def test_a_record_that_cannot_be_shown_is_counted_and_told_once(shown, monkeypatch):
    with LiveView(LiveOptions()) as view:
        receive = event_socket(view)
        view.schedule = lambda function: None
        assert view._screen
        show = view._screen.view.show

        def fail(decoded):
            if decoded.captured.packet in (5, 6):
                raise ZeroDivisionError("oops")
            return show(decoded)

        monkeypatch.setattr(view._screen.view, "show", fail)
        for _ in range(5):
            receive(PING)
    out, err = shown()
    assert [int(line.split()[0]) for line in out.splitlines()] == [4, 7, 8]
    assert err.splitlines() == [
        "seastool: a record cannot be shown, about packet 5, and is left out: "
        "ZeroDivisionError: oops",
        "seastool: 2 records could not be shown",
    ]


def test_a_fault_in_following_does_not_reach_the_endpoint(shown, monkeypatch, tmp_path):
    with LiveView(LiveOptions(write=str(tmp_path / "x.pcapng"))) as view:
        receive = event_socket(view)
        with monkeypatch.context() as broken:
            broken.setattr("seastool.capture.sides.SeasSide.receive_data", None)
            for _ in range(3):
                receive(PING)
        view.closed(1, sent=True, reset=True, time_ns=10**18)
        assert view.failures == 3
    assert shown()[1].count("seastool: what passes cannot be followed: TypeError") == 1
    reader = read_capture(tmp_path / "x.pcapng", ports=[5080])
    assert len(list(reader)) == 3
    assert reader.statistics.packets == 7


def test_bytes_that_are_no_frame_are_shown_and_told_at_the_end(shown):
    with LiveView(LiveOptions()) as view:
        receive = event_socket(view)
        receive(PING + b"\xff" * 9)
        view.closed(1, sent=False, reset=False, time_ns=10**18 + 5000)
    out, err = shown()
    assert "9 bytes skipped: no frame or message begins in the bytes" in out
    assert err == (
        "seastool: lost: no frame or message begins in the bytes "
        "(once, 9 bytes, first in packet 5)\n"
    )


def test_findings(shown):
    with LiveView(LiveOptions(lint=True), DIALECT) as view:
        receive = event_socket(view)
        receive(PING)
        assert not view.findings
        receive(PING[:5] + b"\x01" + PING[6:])
        assert view.findings


@pytest.mark.parametrize(
    "options",
    [
        {"json": True, "verbose": True},
        {"json": True, "hexdump": True},
        {"quiet": True, "json": True},
        {"quiet": True, "verbose": True},
        {"quiet": True, "lint": True},
        {"write": "-", "json": True},
        {"write": "-", "filter": "type == PING"},
        {"write": ""},
        {"filter": ""},
        {"filter": "type =="},
        {"time": "yesterday"},
    ],
    ids=str,
)
def test_options_that_make_no_sense(options):
    with pytest.raises(UsageFault):
        LiveView(LiveOptions(**options))


@pytest.mark.parametrize("name", ["nowhere/x.pcapng", "."])
def test_a_file_that_cannot_be_opened(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(OSError, match=r"No such|Is a directory") as raised:
        LiveView(LiveOptions(write=str(path)))
    assert raised.value.strerror.startswith(f"--write {path}: ")


def test_a_full_disk_is_told_once_and_shows_on(shown, monkeypatch, tmp_path):
    view = LiveView(LiveOptions(write=str(tmp_path / "x.pcapng")))
    receive = event_socket(view)
    assert view._trace
    monkeypatch.setattr(view._trace.writer, "_file", open("/dev/full", "wb", buffering=0))  # noqa: SIM115
    for _ in range(3):
        receive(PING)
    told = "/dev/full: cannot be written on (no space left on device): ends at packet 3"
    with pytest.raises(OSError, match="cannot be written on") as raised:
        view.close()
    assert raised.value.strerror == f"--write {told}"
    out, err = shown()
    assert out.count("PING") == 3
    assert err == f"seastool: {told}\n"


PROGRAM = """
import sys
sys.path.insert(0, "tests/cli")
from test_live_view import LiveOptions, LiveView, session
from seastool.cli.main import app, main

@app.command("live")
def live(write: str = "", turns: int = 1, json: bool = False) -> None:
    gone = []
    with LiveView(LiveOptions(write=write or None, json=json)) as view:
        view.on_gone = lambda: gone.append(1)
        view.note("begins")
        for _ in range(turns):
            session(view)
        view.note(f"goes on, gone {len(gone)} times")

main()
"""


def program(*arguments: str, **streams: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", PROGRAM, "live", *arguments]
    surroundings = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    environment = {**surroundings, "TERM": "xterm-256color", "COLUMNS": "120"}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **streams)  # type: ignore[call-overload]


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--write", "-")], ids=str)
def test_nobody_reads_any_more(arguments):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with program(*arguments, "--turns", "3", **streams) as running:
        assert running.stdout
        assert running.stderr
        running.stderr.readline()
        running.stdout.close()
        assert running.stderr.read() == b"seastool: goes on, gone 1 times\n"
    assert running.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_no_room_for_the_output():
    with open("/dev/full", "wb") as full:
        running = program("--turns", "3", stdout=full, stderr=subprocess.PIPE)
        _, err = running.communicate()
    lines = err.decode().splitlines()
    assert "frames are not shown any longer" in lines[1]
    assert lines[2:] == [
        "seastool: goes on, gone 0 times",
        "seastool: the output cannot be written: No space left on device",
    ]
    assert running.returncode == 4


def test_packets_to_standard_output():
    running = program("--write", "-", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, _ = running.communicate()
    again = subprocess.run(
        [sys.executable, "-m", "seastool", "decode", "-"],
        input=out,
        capture_output=True,
        cwd=ROOT,
        check=True,
    )
    assert again.stdout.count(b"\n") == 50


def on_a_terminal(*arguments: str) -> str:
    main, other = pty.openpty()
    with program(*arguments, stdout=other, stderr=other):
        os.close(other)
        written = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
    os.close(main)
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_has_a_heading_colours_and_notes_in_their_place():
    lines = on_a_terminal().splitlines()
    assert lines[0] == "seastool: begins"
    assert lines[1].startswith("\x1b[1mpacket")
    assert sum("packet" in line for line in lines) == 1
    assert "app_server_1" in lines[3]
    assert lines[-1] == "seastool: goes on, gone 0 times"


def test_packets_are_not_put_on_a_terminal():
    assert on_a_terminal("--write", "-") == (
        "seastool: --write -: packets are no text; pipe them: ... | wireshark -k -i -\n"
    )


def test_a_killed_endpoint_leaves_a_readable_file(tmp_path):
    path = tmp_path / "killed.pcapng"
    arguments = ("--write", str(path), "--turns", "1000000")
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with program(*arguments, **streams) as running:
        while not path.exists() or path.stat().st_size < 20_000:
            assert running.poll() is None
            time.sleep(0.01)
        running.kill()
    reader = read_capture(path)
    assert sum(1 for _ in reader) > 50
    assert not reader.statistics.notes


def test_dialects_are_not_needed_to_be_named() -> None:
    dialect: Dialect | None = None
    with LiveView(LiveOptions(quiet=True), dialect) as view:
        assert view.dialect is None
        assert view.detections.proxies == []
        assert not view.findings
