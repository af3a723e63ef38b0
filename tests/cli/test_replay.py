"""``seastool replay``: against sipp, against ourselves, and what it says when it cannot."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from endpoint_processes import Endpoint

from seastool.cli.replaying.showing import headline, message_lines
from seastool.render.jsonl.schema import record_schema
from seastool.render.paint import Paint
from seastool.replay.comparing import Difference
from seastool.replay.result import MessageDifference

ROOT = Path(__file__).parents[2]
TRACE = ROOT / "captures" / "kamailio-5.6.3-sipp-uac.pcap"
CALLS = 20
needs_sipp = pytest.mark.skipif(shutil.which("sipp") is None, reason="sipp is not installed")
Run = Callable[..., Any]


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def callee(folder: Path, *, tcp: bool = False, change: tuple[str, str] = ("", "")) -> Iterator[str]:
    """sipp's own `uas`, with a text of its scenario replaced; gives its address."""
    port = free_port(socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
    scenario = subprocess.run(["sipp", "-sd", "uas"], capture_output=True, check=False).stdout
    assert change[0].encode() in scenario
    file = folder / "uas.xml"
    file.write_bytes(scenario.replace(*(text.encode() for text in change)))
    command = ["sipp", "-sf", file, "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    process = subprocess.Popen(
        [*command, "-t", "t1" if tcp else "u1"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, tcp=tcp)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int, *, tcp: bool) -> None:
    """Until somebody has the port."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as one:
            try:
                if tcp:
                    one.connect(("127.0.0.1", port))
                    return
                one.bind(("127.0.0.1", port))
            except OSError:
                if not tcp:
                    return
        time.sleep(0.02)
    raise AssertionError("sipp does not listen")


@contextmanager
def silent(*answers: bytes) -> Iterator[str]:
    """A UDP socket that says nothing; gives its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{one.getsockname()[1]}"


@needs_sipp
@pytest.mark.parametrize(("tcp", "speed"), [(False, "1"), (False, "max"), (True, "max")])
def test_sipp_answers_as_kamailio_did(seastool: Run, tmp_path: Path, tcp: bool, speed: str) -> None:
    with callee(tmp_path, tcp=tcp) as place:
        to = f"sip:{place}" + (";transport=tcp" if tcp else "")
        ran = seastool("replay", TRACE, "--to", to, "--speed", speed)
    assert ran.code == 0, ran
    assert not ran.out
    assert "as recorded: 20 calls, 60 messages sent, 60 compared, 0 differences" in ran.err


@needs_sipp
def test_one_changed_response_is_that_difference(seastool: Run, tmp_path: Path) -> None:
    change = ("SIP/2.0 180 Ringing", "SIP/2.0 183 Session Progress")
    with callee(tmp_path, change=change) as place:
        ran = seastool("replay", TRACE, "--to", f"sip:{place}", "--speed", "max", "--calls", 2)
        options = ("--color", "always", "--call-id", "1-*")
        coloured = seastool("replay", TRACE, "--to", f"sip:{place}", *options)
    assert ran.code == 1
    lines = ran.out.splitlines()
    heads = [line for line in lines if not line.startswith("  ")]
    assert heads == [
        "1-25526@127.0.0.1: step 3, packet 27: different: status: expected 180, got 183",
        "2-25526@127.0.0.1: step 3, packet 46: different: status: expected 180, got 183",
    ]
    assert "  - SIP/2.0 180 Ringing" in lines
    assert "  + SIP/2.0 183 Session Progress" in lines
    assert "    CSeq: 1 INVITE" in lines
    assert "2 differences" in ran.err
    assert "\x1b[32m  + SIP/2.0 183 Session Progress\x1b[0m" in coloured.out


def test_what_came_is_fit_for_a_terminal() -> None:
    plain = Paint(False)
    expected, got = b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 200 \x1b[31mOK\r\nX: [/x]\xff\r\n\r\n"
    differences = [Difference("reason", "OK", "\\x1b[31mOK")]
    one = MessageDifference("a\x1b@b", 2, 0, "different", differences, expected, got)
    told = [headline(one, plain), *message_lines(one, plain)]
    assert told == [
        "a\\x1b@b: step 2: different: reason: expected OK, got \\x1b[31mOK",
        "  - SIP/2.0 200 OK",
        "  + SIP/2.0 200 \\x1b[31mOK",
        "  + X: [/x]\\xff",
    ]
    gone = MessageDifference("a@b", 2, 7, "missing", [], expected)
    assert headline(gone, plain) == "a@b: step 2, packet 7: missing: SIP/2.0 200 OK"
    assert list(message_lines(gone, plain)) == ["  - SIP/2.0 200 OK"]
    new = MessageDifference("a@b", 2, 0, "unexpected", [], b"", got)
    assert headline(new, plain) == "a@b: step 2: unexpected: SIP/2.0 200 \\x1b[31mOK"


@needs_sipp
def test_of_a_long_message_the_first_lines_are_shown() -> None:
    one, other = ("\n".join(f"{n % 50}{what}" for n in range(60_000)) for what in "ab")
    difference = MessageDifference("c", 1, 1, "different", [], one.encode(), other.encode())
    lines = list(message_lines(difference, Paint(False)))
    assert len(lines) <= 2100
    assert lines[-1].endswith("(59,000 lines more)")


def test_json_records_are_of_the_schema(seastool: Run, tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    options = ("--speed", "max", "--calls", 3, "--json", "--compare", "headers")
    with callee(tmp_path, change=("180 Ringing", "183 Progress")) as place:
        ran = seastool("replay", TRACE, "--to", f"sip:{place}", *options)
        shown = seastool("replay", TRACE, "--to", f"sip:{place}", *options, "--messages")
    records = [json.loads(line) for line in ran.out.splitlines()]
    validator = jsonschema.Draft202012Validator(record_schema())
    for record in [*records, *map(json.loads, shown.out.splitlines()[-3:])]:
        validator.validate(record)
    assert {record["record"] for record in records} == {"difference", "replay"}
    last = records[-1]
    assert (last["ok"], last["calls"], last["asked"], last["sent"]) == (False, 3, 3, 9)
    changed = [one for one in records[:-1] if one["packet"] == 27]
    assert changed[0]["differences"][0]["where"] == "status"
    assert changed[0]["got"].startswith("SIP/2.0 183 ")
    missing = [one for one in records[:-1] if one["what"] == "missing"]
    assert len(missing) == 3  # sipp gives no 100
    kinds = [json.loads(line)["record"] for line in shown.out.splitlines()]
    assert kinds.count("sip") == 3 * 6


@needs_sipp
def test_calls_rate_loop_and_call_id(seastool: Run, tmp_path: Path) -> None:
    with callee(tmp_path) as place:
        to = ("replay", TRACE, "--to", f"sip:{place}", "--speed", "max")
        assert "100 calls, 300 messages" in seastool(*to, "--calls", 100, "--rate", "500/s").err
        assert "40 calls, 120 messages" in seastool(*to, "--loop", 2).err
        assert "1 calls, 3 messages" in seastool(*to, "--call-id", "7-25526@127.0.0.1").err
        assert "2 calls" in seastool(*to, "--call-id", "7-*", "--call-id", "8-*").err
        ran = seastool(*to, "--call-id", "nobody")
        assert ran.code == 1
        assert "no call with Call-ID nobody among 20" in ran.err


@needs_sipp
def test_what_passes_is_written(seastool: Run, tmp_path: Path) -> None:
    file = tmp_path / "live.pcapng"
    with callee(tmp_path) as place:
        ran = seastool(
            *("replay", TRACE, "--to", f"sip:{place}", "--speed", "max", "-q"),
            *("--write", file, "--calls", 1, "--ready-file", tmp_path / "ready"),
        )
    assert ran.code == 0
    decoded = seastool("decode", file, "--json").out.splitlines()
    texts = [json.loads(line)["text"] for line in decoded]
    assert len(texts) == 6
    assert texts[0].startswith(f"INVITE sip:service@{place} SIP/2.0")
    local = (tmp_path / "ready").read_text().strip()
    assert json.loads(decoded[0])["source"] == local
    again = seastool("replay", file, "--to", f"sip:127.0.0.1:{free_port()}")
    assert again.code == 4  # it is a trace itself


@needs_sipp
def test_a_log_of_sipp_is_a_trace(seastool: Run, tmp_path: Path) -> None:
    log = tmp_path / "messages.log"
    with callee(tmp_path) as place:
        subprocess.run(
            [
                *("sipp", "-sn", "uac", place, "-i", "127.0.0.1", "-p", str(free_port())),
                *("-m", "3", "-nostdin", "-trace_msg", "-message_file", log),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            cwd=tmp_path,
        )
    with callee(tmp_path) as place:
        ran = seastool("replay", log, "--to", f"sip:{place}", "--compare", "full")
    assert ran.code == 0, ran
    assert "3 calls, 9 messages sent, 9 compared, 0 differences" in ran.err


def test_both_sides_of_a_seas_capture(tmp_path: Path) -> None:
    proxy = Endpoint(tmp_path, "replay", TRACE, "--to", "seas:127.0.0.1:0", "--speed", "20")
    try:
        place = proxy.ready()
        server = Endpoint(tmp_path, "replay", TRACE, "--to", f"proxy:{place}", "--speed", "20")
        try:
            assert server.end() == 0, server.err
        finally:
            server.kill()
        assert proxy.end() == 0, proxy.err
    finally:
        proxy.kill()
    for one in (proxy, server):
        assert "as recorded: 20 calls, 60 messages sent, 60 compared, 0 differences" in one.err


@pytest.mark.parametrize("kind", ["", ";transport=tcp"])
def test_nobody_listens(seastool: Run, kind: str) -> None:
    place = f"127.0.0.1:{free_port()}"
    ran = seastool("replay", TRACE, "--to", f"sip:{place}{kind}")
    assert ran.code == 4
    assert ran.err.splitlines() == [
        f"seastool: {'tcp' if kind else 'udp'}:{place}: connection refused"
    ]


def test_nobody_answers(seastool: Run) -> None:
    with silent() as place:
        options = ("--speed", "max", "--wait", "100ms", "--calls", 1)
        ran = seastool("replay", TRACE, "--to", f"sip:{place}", *options)
    assert ran.code == 4
    assert ran.err.endswith(f"seastool: udp:{place}: nothing came back\n")
    assert "missing: SIP/2.0 180 Ringing" in ran.out


def test_ctrl_c_tells_what_was_done(tmp_path: Path) -> None:
    with silent() as place:
        run = Endpoint(tmp_path, "replay", TRACE, "--to", f"sip:{place}", "--wait", "30s")
        try:
            run.ready()
            time.sleep(0.3)
            code = run.end(signal.SIGINT)
        finally:
            run.kill()
    assert code == 130
    assert "not as recorded: " in run.err
    assert "of 20 calls" in run.err
    assert "a call was left before its end: interrupted" in run.err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--to", "bob@example.com"], 2, "it is sip:HOST:PORT, seas:HOST:PORT or proxy:HOST:PORT"),
        (["--to", "sip:bob@example.com"], 2, "it is sip:HOST:PORT, with ;transport=tcp for TCP"),
        (["--to", "sip:127.0.0.1:0"], 2, "the port is 1 to 65535"),
        (["--to", "sip:127.0.0.1:99999"], 2, "it is HOST:PORT"),
        (["--to", "sip:x;transport=tls"], 2, "it is "),
        (["--to", "seas:127.0.0.1:65535"], 2, "the event port is 1 to 65534"),
        (["--to", ""], 2, "--to is empty"),
        (["--to", "sip:127.0.0.1", "--speed", "fast"], 2, "it is a number such as 1"),
        (["--to", "sip:127.0.0.1", "--speed", "0"], 2, "it is a number such as 1"),
        (["--to", "sip:127.0.0.1", "--speed", "nan"], 2, "it is a number such as 1"),
        (["--to", "sip:127.0.0.1", "--compare", "all"], 2, "it is status, headers, full"),
        (["--to", "sip:127.0.0.1", "--rate", "5"], 2, "--rate: "),
        (["--to", "sip:127.0.0.1", "--wait", "5"], 2, "--wait: "),
        (["--to", "sip:127.0.0.1", "--wait", "0"], 2, "--wait 0: it is a time above 0"),
        (["--to", "seas:127.0.0.1:0", "--begin", "0"], 2, "--begin 0: it is a time above 0"),
        (["--to", "sip:127.0.0.1", "--wait", ""], 2, "--wait is empty"),
        (["--to", "sip:127.0.0.1", "--from", ""], 2, "--from is empty"),
        (["--to", "sip:127.0.0.1", "--user", "alice"], 2, "it is NAME:PASSWORD"),
        (["--to", "sip:127.0.0.1", "--calls", "2", "--loop", "2"], 2, "only one of --calls"),
        (["--to", "seas:127.0.0.1:0", "--user", "a:b"], 2, "--user is for --to sip:"),
        (["--to", "sip:no such name"], 4, "no such name"),
        (["--to", "sip:127.0.0.1", "--from", "192.0.2.1:0"], 4, "--from 192.0.2.1:0: "),
        (["--to", "proxy:127.0.0.1:9", "--begin", "100ms"], 4, "no proxy has taken us"),
        (["--to", "seas:127.0.0.1:0", "--begin", "100ms"], 4, "no application server has bound"),
    ],
)
def test_what_cannot_be_is_one_line(
    seastool: Run, arguments: list[str], code: int, message: str
) -> None:
    ran = seastool("replay", TRACE, *arguments)
    assert ran.code == code, ran
    assert message in ran.err.splitlines()[-1]
    assert not ran.out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("text", b"no trace at all\n", "no SIP message in it"),
        ("empty", b"", ""),
        ("missing", None, "cannot be"),
        ("answers", b"SIP/2.0 200 OK\r\nCall-ID: a\r\n\r\n", "what the client sent"),
    ],
)
def test_what_is_no_trace(
    seastool: Run, tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    ran = seastool("replay", file, "--to", "sip:127.0.0.1:9")
    assert ran.code == 3, ran
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_help_loads_no_sockets() -> None:
    code = (
        "import sys; sys.argv = ['seastool', 'replay', '--help']\n"
        "from seastool.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert not {'asyncio', 'seastool.replay', 'seastool.net'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
