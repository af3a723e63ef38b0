"""``seastool ladder``: what it prints, and how it ends."""

import json
import struct

import pytest
from captures_to_decode import ROOT

SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"
CALL = "c2-17953867362649326"


def sip_only(path):
    """A capture of one SIP request, and no SEAS."""
    text = b"OPTIONS sip:b@x SIP/2.0\r\nCall-ID: only\r\nCSeq: 1 OPTIONS\r\n\r\n"
    udp = struct.pack(">HHHH", 5060, 5070, 8 + len(text), 0) + text
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 7, 0x4000, 64, 17, 0)
    packet = head + b"\x0a\x00\x00\x01\x0a\x00\x00\x02" + udp
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    path.write_bytes(data + struct.pack("<IIII", 1, 0, len(packet), len(packet)) + packet)
    return path


def test_one_call(seastool) -> None:
    ran = seastool("ladder", SESSION, "--call-id", CALL)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith(f"{CALL}  sip:alice@example.com -> sip:bob@example.com  INVITE 200")
    assert len(lines) == 3 + 13
    assert lines[3].split()[:2] == ["23", "1.804059"]  # as decode and Wireshark show it
    assert "╞══ T_REQ_IN INVITE sip:bob@example.com ═" in lines[5]


def test_all_calls_have_a_title_each(seastool) -> None:
    ran = seastool("ladder", SESSION)
    blocks = ran.out.split("\n\n")
    assert len(blocks) == 9
    assert all("-17953867362649326  sip:" in block.splitlines()[0] for block in blocks)
    assert "PING" not in ran.out


def test_all_frames(seastool) -> None:
    ran = seastool("ladder", SESSION, "--all-frames", "--ascii")
    assert ran.out.startswith("no call  18 frames and messages  ")
    assert "== BIND processor 1 to udp 127.0.0.1:5060 =" in ran.out.replace("<=", "==")
    assert ran.out.isascii()


def test_calls_by_pattern_and_by_several_options(seastool) -> None:
    ran = seastool("ladder", SESSION, "--call-id", "u4-*", "--call-id", CALL, "--json")
    calls = [json.loads(line) for line in ran.out.splitlines()]
    assert [call["call_id"] for call in calls] == [CALL, "u4-17953867362649326"]
    assert {call["record"] for call in calls} == {"ladder"}


@pytest.mark.parametrize(
    ("option", "start", "end"),
    [
        ("--svg", "<svg xmlns=", "</svg>\n"),
        ("--html", "<!DOCTYPE html>\n", "</html>\n"),
        ("--mermaid", "sequenceDiagram\n", "\n"),
    ],
)
def test_pictures(seastool, option, start, end) -> None:
    ran = seastool("ladder", SESSION, "--call-id", CALL, option)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(start)
    assert ran.out.endswith(end)
    assert "T_REQ_IN INVITE sip:bob@example.com" in ran.out


def test_html_has_the_decoded_messages(seastool) -> None:
    out = seastool("ladder", SESSION, "--call-id", CALL, "--html").out
    assert "<b>headers[0]</b>" in out
    assert "sip:callee" not in out  # of another call


def test_standard_input(process) -> None:
    ran = process("ladder", "-", "--call-id", CALL, "--ascii", stdin=SESSION.read_bytes())
    assert ran.returncode == 0
    assert ran.stdout.startswith(CALL.encode())


def test_an_output_without_box_drawing(process) -> None:
    ran = process("ladder", SESSION, environment={"PYTHONIOENCODING": "latin-1"})
    assert ran.returncode == 0
    assert b"|-- INVITE sip:bob@example.com -" in ran.stdout
    assert b"\\u" not in ran.stdout


def test_sip_alone_is_drawn(seastool, tmp_path) -> None:
    ran = seastool("ladder", sip_only(tmp_path / "sip.pcap"))
    assert ran.code == 0
    assert "├── OPTIONS sip:b@x ─" in ran.out


def test_colours(seastool) -> None:
    assert "\x1b[" not in seastool("ladder", SESSION).out
    assert "\x1b[32m" in seastool("ladder", SESSION, "--color", "always").out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "ladder needs a capture"),
        ((SESSION, "--svg", "--html"), 2, "--svg and --html: one picture at a time"),
        ((SESSION, "--call-id", ""), 2, "--call-id is empty"),
        ((SESSION, "--dialect", "none-1"), 2, "none-1"),
        ((SESSION, "--call-id", "nobody"), 1, "no call with Call-ID nobody"),
        (("/nowhere.pcap",), 3, "/nowhere.pcap"),
        ((ROOT / "README.md",), 3, "is not a pcap"),
    ],
)
def test_mistakes_are_one_line(seastool, arguments, code, told) -> None:
    ran = seastool("ladder", *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith("seastool: ")
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_a_capture_with_neither(seastool, tmp_path) -> None:
    empty = tmp_path / "empty.pcap"
    empty.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
    ran = seastool("ladder", empty)
    assert ran.code == 3
    assert "a capture without packets" in ran.err


def test_help_has_all_options_in_groups(seastool, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = seastool("ladder", "--help").out
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.rpartition("Options:\n")[2].strip().startswith("-h, --help")
