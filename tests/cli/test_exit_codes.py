"""docs/exit-codes.md: its table has every command, and the codes are the real ones."""

import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from captures_to_decode import ROOT
from typer.main import get_command

DOCUMENT = (ROOT / "docs" / "exit-codes.md").read_text(encoding="utf-8")
SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"
PROJECT = ROOT / "pyproject.toml"
MESSAGE = "options.sip"  # stands for a message that the test writes


def test_every_command_has_a_row():
    from seastool.cli.main import app

    rows = re.findall(r"^\| (.*?) \|", DOCUMENT, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"^\[?`(\w+)`", row)}
    named |= {name for row in rows for name in re.findall(r", \[`(\w+)`", row)}
    assert named == set(get_command(app).commands)


CASES = [
    (0, "decode", SESSION),
    (1, "decode", SESSION, "--frame", 99999),
    (2, "decode"),
    (2, "decode", SESSION, "--json", "-v"),
    (3, "decode", PROJECT),
    (3, "decode", "no-such-file.pcap"),
    (0, "lint", SESSION),
    (1, "lint", SESSION, "--fail-on", "info"),
    (2, "lint", SESSION, "--rule", "no-such-rule"),
    (3, "lint", PROJECT),
    (0, "ladder", SESSION),
    (1, "ladder", SESSION, "--call-id", "nobody"),
    (2, "ladder", SESSION, "--svg", "--html"),
    (3, "ladder", PROJECT),
    (0, "stats", SESSION),
    (2, "stats", SESSION, "--top", 0),
    (3, "stats", PROJECT),
    (4, "stats", SESSION, "--html", "/no/such/directory/x.html"),
    (1, "doctor", SESSION, "--fail-on", "info"),
    (2, "doctor", SESSION, "--no-such-option"),
    (3, "doctor", "no-such-file.pcap"),
    (3, "encode", "no-such-file.sip"),
    (2, "encode", PROJECT, "--dialect", "asterisk-1"),
    (0, "record", SESSION),
    (3, "record", PROJECT),
    (1, "record", SESSION, "--call-id", "nobody"),
    (2, "check", "openser"),
    (2, "gateway", "--as-timeout", "soon"),
    (2, "tap", "--listen", "nonsense"),
    (3, "openser", PROJECT),
    (3, "appserver", "--scenario", PROJECT),
    (1, "replay", SESSION, "--to", "sip:127.0.0.1:9", "--call-id", "nobody"),
    (2, "replay", SESSION),
    (3, "replay", ROOT / "LICENSE", "--to", "sip:127.0.0.1:9"),
    (2, "send", "uac", "OPTIONS"),
    (3, "send", "uac", "--file", PROJECT),
    (0, "export", "man"),
    (2, "export", "nothing"),
    (3, "export", "hep", PROJECT, "--to", "127.0.0.1:9"),
    (0, "completion", "fish"),
    (2, "completion", "tcsh"),
]


@pytest.mark.parametrize(("code", "arguments"), [(c[0], c[1:]) for c in CASES])
def test_the_code(seastool, code, arguments):
    ran = seastool(*arguments)
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err
    if code in (3, 4):
        assert ran.err
        assert all(line.startswith("seastool: ") for line in ran.err.splitlines())


def test_a_message_that_the_server_refuses_is_1(seastool, tmp_path):
    message = tmp_path / "invite.sip"
    message.write_bytes(
        b"INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bK1\r\n"
        b"From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    assert seastool("encode", message, "--dialect", "kamailio-5.6.3").code == 1
    assert seastool("encode", message, "--dialect", "openser-1.3.0").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("gateway", "--sip", "127.0.0.1:0", "--seas"),
        ("openser", MESSAGE, "--listen"),
        ("tap", "--to", "127.0.0.1:9", "--listen"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_port_that_is_taken_is_4(seastool, arguments, tmp_path):
    message = tmp_path / MESSAGE
    message.write_bytes(b"OPTIONS sip:b@x SIP/2.0\r\nCall-ID: 1\r\n\r\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = [message if one is MESSAGE else one for one in arguments]
        assert seastool(*given, f"127.0.0.1:{port}").code == 4


def test_nobody_there_is_4(seastool):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert seastool("appserver", "--connect", f"127.0.0.1:{port}", "--once").code == 4
    assert seastool("send", "uac", "OPTIONS", "sip:b@x", "--connect", f"127.0.0.1:{port}").code == 4


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_ctrl_c_is_130_and_sigterm_0(number, code, tmp_path):
    ready = tmp_path / "ready"
    command = ["gateway", "--sip", "127.0.0.1:0", "--seas", "127.0.0.1:0", "--ready-file", ready]
    process = subprocess.Popen(
        [sys.executable, "-m", "seastool", *map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not ready.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(number)
        process.wait(30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == code


def test_a_closed_pipe_is_0():
    command = f"'{sys.executable}' -m seastool decode '{SESSION}' -v | head -n 1; "
    ran = subprocess.run(
        ["bash", "-c", command + "exit ${PIPESTATUS[0]}"], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
