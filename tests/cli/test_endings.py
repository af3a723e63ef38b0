"""How commands end: every exit code, bad input, hostile text, closed pipes, Ctrl-C."""

import contextlib
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest
from captures_to_decode import (
    HEADER,
    OPENSER,
    ROOT,
    SESSION,
    SIPP,
    event_socket,
    packet,
    ping,
    request,
    sip_request,
    tcp,
    udp,
)


def one_line(text: str) -> bool:
    return text.startswith("seastool: ") and text.count("\n") == 1 and "Traceback" not in text


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"this is no capture at all, but text", "capture"),
        (HEADER, "without packets"),
        (HEADER + packet(b"\x45\x00"), "no SEAS"),
        (HEADER[:10], ""),
    ],
)
def test_no_usable_capture(seastool, tmp_path, content, told):
    path = tmp_path / "x.pcap"
    path.write_bytes(content)
    ran = seastool("decode", path)
    assert ran.code == 3
    assert told in ran.err
    assert ran.err.splitlines()[-1].startswith("seastool: ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("name", ["nowhere.pcap", "."])
def test_unreadable(seastool, tmp_path, name):
    ran = seastool("decode", tmp_path / name)
    assert ran.code == 3
    assert one_line(ran.err)


def test_sip_without_seas_is_shown_and_said(seastool, tmp_path):
    path = tmp_path / "sip.pcap"
    path.write_bytes(HEADER + udp(sip_request()))
    ran = seastool("decode", path)
    assert ran.code == 3
    assert "MESSAGE sip:bob@example.com" in ran.out
    assert "no SEAS in it (1 packets, 1 SIP messages)" in ran.err


def test_a_capture_that_is_cut(seastool, tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(SESSION.read_bytes()[:20_000])
    ran = seastool("decode", path)
    assert ran.code == 0
    assert "T_REQ_IN" in ran.out
    assert "cut.pcap" in ran.err
    assert "packet" in ran.err


def test_losses_are_told(seastool, tmp_path):
    path = tmp_path / "gap.pcap"
    path.write_bytes(event_socket(ping(1)) + tcp(ping(5), 4000, to_server=False))
    ran = seastool("decode", path)
    assert "gap" in ran.out
    assert "lost: " in ran.err
    record = next(
        record
        for line in seastool("decode", path, "-j").out.splitlines()
        if (record := json.loads(line))["record"] == "gap"
    )
    assert record["missing"] > 0
    assert record["cause"]


def test_gzip_and_standard_input(process):
    for data in (SESSION.read_bytes(), gzip.compress(SESSION.read_bytes())):
        ran = process("decode", "-", "--type", "BIND", stdin=data)
        assert ran.returncode == 0
        assert ran.stdout.split()[0] == b"13"


@pytest.mark.parametrize(
    "arguments",
    [
        ("decode",),
        ("decode", SESSION, "--nonsense"),
        ("decode", SESSION, "--dialect", "asterisk-20"),
        ("decode", SESSION, "--type", "T_REQ"),
        ("decode", SESSION, "--socket", "third"),
        ("decode", SESSION, "--direction", "up"),
        ("decode", SESSION, "--status", "abc"),
        ("decode", SESSION, "--transaction", "5"),
        ("decode", SESSION, "--after", "tomorrow"),
        ("decode", SESSION, "--time", "swatch"),
        ("decode", SESSION, "--color", "mauve"),
        ("decode", SESSION, "--json", "-v"),
        ("decode", SESSION, "--frame", "0"),
        ("decode", SESSION, "--frame", "-1"),
        ("decode", SESSION, "--port", "0"),
        ("decode", SESSION, "--port", "65535"),
        ("decode", SESSION, "--call-id", ""),
        ("decode", SESSION, "--filter", ""),
        ("decode", SESSION, "--socket", ""),
        ("decode", "--hex", ""),
        ("decode", SESSION, "--hex", "00"),
        ("decode", "--hex", "00", "--follow"),
        ("lint", SESSION, "--port", "-1"),
        ("decode", SESSION, "--filter", "typ == PING"),
        ("encode", "x.sip", "--raw", "--json"),
        ("encode", SESSION, "--dialect", "asterisk-20"),
        ("nonsense",),
    ],
    ids=lambda arguments: "_".join(map(str, arguments[-2:])).rpartition("/")[2],
)
def test_usage(seastool, arguments):
    ran = seastool(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert ran.err


def test_a_filter_error_points_at_the_fault(seastool):
    ran = seastool("decode", SESSION, "--filter", "type == PING and lenght > 3")
    lines = ran.err.splitlines()
    assert "did you mean length?" in lines[0]
    assert lines[1] == "seastool: type == PING and lenght > 3"
    assert lines[2] == "seastool: " + " " * 17 + "^"


def test_a_frame_that_is_not_there(seastool):
    ran = seastool("decode", SESSION, "--frame", 9999)
    assert ran.code == 1
    assert one_line(ran.err)


def test_a_frame_that_is_not_there_but_the_next_one(seastool):
    ran = seastool("decode", SESSION, "--frame", 5)
    assert ran.code == 1
    assert "packet 5 ends no frame or SIP message; the next that does is 9" in ran.err


def test_one_frame_is_not_waited_for_longer_than_needed(process):
    ran = process("decode", SESSION, "--follow", "--frame", 16, "-j")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["packet"] == 16


def test_nothing_that_was_asked_for(seastool):
    ran = seastool("decode", SESSION, "--call-id", "nobody")
    assert ran.code == 0
    assert ran.out == ""
    assert one_line(ran.err)
    assert "none of the 50 frames and 33 SIP messages is what was asked for" in ran.err


@pytest.mark.parametrize("digits", ["xyz", "0", " "])
def test_hex_that_is_none(seastool, digits):
    ran = seastool("decode", "--hex", digits)
    assert ran.code == 3
    assert one_line(ran.err)


def test_hex_from_standard_input(process):
    assert process("decode", "--hex", "-", stdin=b"").returncode == 3
    surroundings = {"PYTHONIOENCODING": "utf-8:strict"}
    ran = process("decode", "--hex", "-", stdin=b"\xff\xfe", environment=surroundings)
    assert ran.returncode == 3
    assert one_line(ran.stderr.decode())
    ran = process("decode", "--hex", "-", "-j", stdin=ping(4).hex().encode() + b"\n")
    record = json.loads(ran.stdout)
    assert record["fields"]["sequence"] == 4
    assert record["connection"] is None


def test_a_frame_in_hex_that_is_not_there(seastool):
    ran = seastool("decode", "--hex", ping(1).hex(), "--frame", 2)
    assert ran.code == 1
    assert one_line(ran.err)


VIEWS = (("decode",), ("decode", "-v"), ("decode", "-j", "--summary"), ("lint", "--list-rules"))


@pytest.mark.parametrize("arguments", [*VIEWS, ("--help",)], ids=" ".join)
def test_a_full_disk_is_one_line(arguments):
    capture = [SESSION] if arguments[0] == "decode" else []
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-m", "seastool", *arguments, *capture],
            stdout=full, stderr=subprocess.PIPE, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
    assert ran.returncode == 4
    assert one_line(ran.stderr.decode())
    assert b"No space left" in ran.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", [f"decode {SESSION}", f"lint {SESSION}", "encode -"])
def test_closed_standard_streams(closed, command):
    ran = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m seastool {command} {closed}"],
        stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == (3 if command == "encode -" else 0)
    assert b"Traceback" not in ran.stderr


HOSTILE = b"sip:\x1b]0;owned\x07[/red][bold]\xff\xfe@[fe80::1]"


@pytest.mark.parametrize("view", [(), ("-v",), ("-x",), ("-j",), ("--lint",)])
@pytest.mark.parametrize("colours", ["always", "never"])
def test_nothing_on_the_wire_commands_the_terminal(seastool, tmp_path, view, colours):
    path = tmp_path / "hostile.pcap"
    sip = sip_request(uri=b"sip:bob@example.com", call_id=b"\x1b[2J[/x]\xe2\x80\xae")
    path.write_bytes(
        event_socket(request(sip), name=b"\x1b[31m[red]x")
        + udp(sip.replace(b"sip:bob@example.com", HOSTILE))
    )
    ran = seastool("decode", path, "--port", 5080, "--color", colours, *view)
    for bad in ("\x1b]", "\x1b[2J", "\x1b[31m[red]", "\x07", "\u202e", "\x00"):
        assert bad not in ran.out
        assert bad not in ran.err
    assert "[/x]" in ran.out
    assert "Traceback" not in ran.err


def test_a_hostile_file_name_is_escaped(seastool, tmp_path):
    ran = seastool("decode", tmp_path / "a\x1b[31m[bold]b")
    assert "\x1b" not in ran.err
    assert "[bold]b" in ran.err


def test_four_gigabytes_of_length(seastool, tmp_path):
    path = tmp_path / "long.pcap"
    path.write_bytes(event_socket(ping(1), b"\xff\xff\xff\xff" + ping(2)[4:], ping(3)))
    ran = seastool("decode", path)
    assert ran.code == 0
    assert "sequence 1" in ran.out
    assert "sequence 3" in ran.out
    assert "Traceback" not in ran.err


def test_a_closed_pipe_ends_quietly():
    command = f"{sys.executable} -m seastool decode {SIPP} -v | head -1; exit ${{PIPESTATUS[0]}}"
    ran = subprocess.run(
        ["bash", "-c", command], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert ran.returncode == 0
    assert ran.stderr == b""


# A job in the background is started with SIGINT ignored, and so would be all that it starts.
INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from seastool.cli.main import main
main()
"""


@contextlib.contextmanager
def following(path):
    """`seastool decode --follow`, which Ctrl-C ends, and the end of the test in any case."""
    follower = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, "decode", path, "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    with follower:
        try:
            yield follower
        finally:
            follower.kill()


def test_ctrl_c_is_130(tmp_path):
    path = tmp_path / "growing.pcap"
    path.write_bytes(SESSION.read_bytes())
    with following(path) as follower:
        assert follower.stdout is not None
        assert any(b"JAIN_PONG" in line for line in follower.stdout)
        time.sleep(0.3)
        follower.send_signal(signal.SIGINT)
        _, error = follower.communicate(timeout=20)
    assert follower.returncode == 130
    assert b"Traceback" not in error


def test_follow_shows_what_is_added(tmp_path):
    whole = OPENSER.read_bytes()
    path = tmp_path / "growing.pcap"
    path.write_bytes(whole[:9_000])
    with following(path) as follower:
        assert follower.stdout is not None
        assert b"name" in follower.stdout.readline()
        time.sleep(0.3)
        with path.open("ab") as file:
            file.write(whole[9_000:])
        for line in follower.stdout:
            if line.split()[0] == b"113":
                break
        follower.send_signal(signal.SIGINT)
        follower.communicate(timeout=20)


def in_terminal(*arguments: object, columns: int = 100, **environment: str) -> str:
    """What a command writes on a terminal of its own."""
    import fcntl
    import struct
    import termios

    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    surroundings = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
    with subprocess.Popen(
        [sys.executable, "-m", "seastool", *map(str, arguments)],
        stdout=other,
        stderr=other,
        cwd=ROOT,
        env={**surroundings, "TERM": "xterm-256color", **environment},
    ):
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


def test_a_terminal_gets_colours_headings_and_a_summary():
    out = in_terminal("decode", SESSION)
    assert "\x1b[" in out
    assert "method or status" in out.splitlines()[0]
    assert "10 transactions" in out


@pytest.mark.parametrize("columns", [60, 80, 109, 120])
def test_a_narrow_terminal_keeps_the_call_id(columns):
    out = in_terminal("decode", SESSION, "--no-summary", columns=columns, NO_COLOR="1")
    assert all(len(line) <= columns for line in out.splitlines())
    if columns > 60:
        lines = [line for line in out.splitlines() if line.startswith("    27 ")]
        assert lines[0].endswith(" c2-17953867362649326")
    said = "without bytes, transaction, uac" in out
    assert said is (columns < 110)
    faked = next(line for line in out.splitlines() if line.startswith("   106 "))
    assert "65027:1718677817" in faked or columns == 60


def test_no_color_is_respected():
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        out = in_terminal("decode", SESSION, **environment)
        assert "\x1b" not in out
        assert all(len(line) <= 100 for line in out.split("\n\n")[0].splitlines())


def test_color_always_needs_no_terminal(seastool):
    assert "\x1b[" in seastool("decode", SESSION, "--color", "always").out
    assert "\x1b" not in seastool("decode", SESSION).out


def test_a_terminal_that_knows_only_ascii(process):
    ran = process(
        "decode", "-", "-v", stdin=event_socket(request(sip_request(b"sip:b\xc3\xbcb@x"))),
        environment={"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert ran.returncode == 0
    assert ran.stdout.isascii()
