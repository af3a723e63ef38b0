"""``seastool tap`` as a user runs it: what it shows, writes and changes, and how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest
from endpoint_processes import ROOT, Endpoint

Start = Callable[..., Endpoint]
OPTIONS = (
    "OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK1\r\n"
    "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: tapped\r\n"
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n"
)
SCRIPT = """
from seastool.seas.frames import Reply, TReqIn

def on_frame(frame, context):
    if isinstance(frame, Reply):
        return context.with_sip(frame, frame.text.replace(b"200 OK", b"299 Tapped"))
    if isinstance(frame, TReqIn):
        raise KeyError(context.message(frame).call_id)

def on_open(context):
    context.note(f"hello {context.as_name}")
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    running: list[Endpoint] = []

    def begin(*arguments: object, **options: object) -> Endpoint:
        running.append(Endpoint(tmp_path, *arguments, **options))
        return running[-1]

    yield begin
    for endpoint in running:
        endpoint.kill()


def one_call(start: Start, tmp_path: Path, *arguments: object) -> tuple[Endpoint, Endpoint]:
    """A proxy that hands over one request, a tap, an application server behind it. The proxy,
    which has ended, and the tap."""
    message = tmp_path / "options.sip"
    message.write_bytes(OPTIONS.encode())
    proxy = start("openser", message, "--listen", ":0", "-q")
    tap = start("tap", "--listen", ":0", "--to", proxy.ready(), *arguments)
    server = start("appserver", "--connect", tap.ready(), "-q")
    proxy.end()
    server.end(signal.SIGTERM)
    return proxy, tap


def test_what_passes_is_shown_written_and_counted(start: Start, tmp_path: Path) -> None:
    trace = tmp_path / "trace.pcapng"
    faults = ("--fault", "slice=9@FRAME", "--fault-side", "as", "--seed", 1)
    proxy, tap = one_call(start, tmp_path, "--write", trace, *faults)
    assert proxy.code == 0, proxy.err
    assert tap.end(signal.SIGTERM) == 0
    assert [word for word in ("T_REQ_IN", "REPLY_FIN", "socket info") if word in tap.out] == [
        "T_REQ_IN",
        "REPLY_FIN",
        "socket info",
    ]
    assert "application server 'app_server_1' is connected" in tap.err
    assert "connections: 2 (1 event, 1 action); application servers: 1" in tap.err
    assert "openser->as: 1 frame, " in tap.err
    assert "slice=9@FRAME: applied 2 times, 2 writes looked at" in tap.err
    decoded = subprocess.run(
        [sys.executable, "-m", "seastool", "decode", trace],
        capture_output=True,
        text=True,
        check=True,
    )
    assert decoded.stdout == tap.out


def test_a_script_and_json(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    proxy, tap = one_call(start, tmp_path, "--script", script, "--json")
    assert "1 sent, 1 answered (299: 1)" in proxy.err
    tap.process.send_signal(signal.SIGINT)
    out, err = tap.process.communicate(timeout=30)
    assert tap.process.returncode == 130
    schema = json.loads((ROOT / "docs/schema/record.json").read_text(encoding="utf-8"))
    records = [json.loads(line) for line in out.splitlines()]
    for record in records:
        jsonschema.validate(record, schema)
    assert "299 Tapped" in out
    assert "seastool: hello app_server_1\n" in err
    assert err.count("Traceback") == 1
    assert "raise KeyError(context.message(frame).call_id)" in err
    assert "KeyError: 'tapped'" in err
    assert "script: changed 1, errors 1" in err


def test_statistics_by_signal_and_an_end_by_time(start: Start) -> None:
    tap = start("tap", "--listen", ":0", "--duration", "500ms")
    tap.ready()
    tap.process.send_signal(signal.SIGUSR1)
    assert tap.end() == 0
    assert tap.err.count("connections: 0 (0 event, 0 action)") == 2


def test_a_proxy_that_is_not_there_is_told_and_it_stays(start: Start) -> None:
    tap = start("tap", "--listen", ":0", "--to", "127.0.0.1:9")
    host, port = tap.ready().split(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as client:
            client.settimeout(20)
            with pytest.raises(ConnectionResetError):
                client.recv(1)
    time.sleep(0.05)
    assert tap.end(signal.SIGTERM) == 0
    assert tap.err.count("the proxy is not there (127.0.0.1:9: connection refused)") == 1
    assert "connections: 0 (0 event, 0 action), 3 refused" in tap.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "No such file or directory"),
        ("def on_frame(:", "line 1: invalid syntax"),
        ("import nowhere_to_be_found", "line 1: ModuleNotFoundError: No module named"),
        ("x = 1\nx / 0", "script.py line 2: ZeroDivisionError"),
        ("def hello(): pass", "it has none of the functions on_frame, on_hello"),
        ("def on_frames(f, c): pass", "on_frames is never called; there are on_frame,"),
    ],
)
def test_scripts_that_do_not_load(seastool, tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "script.py"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    ran = seastool("tap", "--listen", ":0", "--script", path)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"seastool: --script {path}: ")
    assert told in ran.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--fault", "late-pong=5s"), "the proxy cannot have it; --fault-side as is for"),
        (("--fault", "drop@REPLY_FIN"), "the proxy never writes REPLY_FIN"),
        (("--fault", "drpo"), "drpo"),
        (("--seed", "1"), "--seed is for the chance in a --fault"),
        (("--to", ":5080", "--listen", ":5080"), "it would connect to itself"),
        (("--to", ":0"), "the event port is 1 to 65534"),
        (("--script", ""), "--script is empty"),
        (("--dialect", "kamalio"), "kamalio"),
        (("--leg", "other"), "other"),
    ],
)
def test_options_that_make_no_sense(seastool, arguments: tuple[str, ...], told: str) -> None:
    ran = seastool("tap", *arguments)
    assert ran.code == 2
    assert told in ran.err


def test_a_port_that_is_taken(seastool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = seastool("tap", "--listen", f":{taken.getsockname()[1]}")
    assert ran.code == 4
    assert "address already in use; --listen :0 takes two free ports" in ran.err
