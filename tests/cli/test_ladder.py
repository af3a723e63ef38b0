"""``seastool ladder``: what it prints, and how it ends."""

import gzip
import json
import re
import struct

import pytest
from captures_to_decode import ROOT

from seastool.ladder import mermaid, svg

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


def test_calls_by_number(seastool) -> None:
    def shown(*options: str) -> list[str]:
        out = seastool("ladder", SESSION, "--json", *options).out
        return [json.loads(line)["call_id"][:2] for line in out.splitlines()]

    every = shown()
    assert len(every) == 9
    assert shown("--calls", "2") == every[1:2]
    assert shown("--calls", "2-4") == every[1:4]
    assert shown("--calls", "8-") == every[7:]
    assert shown("--calls", "1-100") == every
    assert shown("--call-id", "u*", "--calls", "2-") == [id for id in every if id[0] == "u"][1:]


def test_marks_of_calls_left_out_are_left_out(seastool) -> None:
    page = seastool("ladder", SESSION, "--calls", "1", "--html").out
    assert 'class="notes">packet' not in page
    assert "[uac-" not in page
    rest = seastool("ladder", SESSION, "--calls", "1", "--json").out
    assert "ladder_rest" not in rest


def test_numbers_are_those_of_the_capture(seastool) -> None:
    page = seastool("ladder", SESSION, "--calls", "4-5", "--html", "--all-frames").out
    numbers = re.findall(r'<tr class="call"><td class="r">(\d*)</td>', page)
    assert numbers == ["", "4", "5"]
    lines = seastool("ladder", SESSION, "--calls", "4-5", "--json", "--all-frames").out.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [None, 4, 5]


def test_an_svg_that_is_too_high_is_refused(seastool, monkeypatch) -> None:
    monkeypatch.setattr(svg, "HIGHEST", 1500)
    ran = seastool("ladder", SESSION, "--svg")
    assert (ran.code, ran.out) == (2, "")
    told = re.fullmatch(
        r"seastool: --svg: 9 calls make a picture [0-9,]+ px high, and most programs show 1,500 "
        r"at most: choose some, such as --calls (1-[0-9]), or take --html\n",
        ran.err,
    )
    assert told, ran.err
    fits = seastool("ladder", SESSION, "--svg", "--calls", told[1])
    assert (fits.code, fits.err) == (0, "")
    assert int(re.search(r'height="(\d+)"', fits.out)[1]) <= 1500
    more = f"1-{int(told[1][2:]) + 1}"
    assert seastool("ladder", SESSION, "--svg", "--calls", more).code == 2


def test_one_call_is_drawn_however_high(seastool, monkeypatch) -> None:
    monkeypatch.setattr(svg, "HIGHEST", 100)
    ran = seastool("ladder", SESSION, "--svg", "--calls", "2")
    assert ran.code == 0
    assert ran.out.endswith("</svg>\n")
    assert "most programs show 100 at most: --html shows it" in ran.err


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


def test_a_diagram_that_mermaid_does_not_take_is_told(seastool, monkeypatch) -> None:
    assert seastool("ladder", SESSION, "--mermaid").err == ""
    monkeypatch.setattr(mermaid, "LONGEST", 1000)
    ran = seastool("ladder", SESSION, "--mermaid")
    assert ran.code == 0
    assert f"a diagram of {len(ran.out):,} characters: Mermaid takes 1,000" in ran.err


def test_html_has_the_decoded_messages(seastool) -> None:
    out = seastool("ladder", SESSION, "--call-id", CALL, "--html").out
    assert "<b>headers[0]</b>" in out
    assert "sip:callee" not in out  # of another call


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_has_the_marks_too(process, seastool, packed, name) -> None:
    options = ("--call-id", "u4-*", "--ascii")
    ran = process("ladder", name, *options, stdin=packed(SESSION.read_bytes()))
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"[uac-timed-out]" in ran.stdout
    assert ran.stdout.decode() == seastool("ladder", SESSION, *options).out


def test_standard_input_has_its_name_in_errors(process) -> None:
    ran = process("ladder", "-", stdin=b"no capture at all")
    assert ran.returncode == 3
    assert ran.stderr.startswith(b"seastool: standard input: is not a pcap")


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
        ((SESSION, "--calls", ""), 2, "--calls is empty"),
        ((SESSION, "--calls", "0"), 2, "--calls 0: numbers as in 3, 3-20 or 3-"),
        ((SESSION, "--calls", "3-2"), 2, "--calls 3-2"),
        ((SESSION, "--calls", "3,4"), 2, "--calls 3,4"),
        ((SESSION, "--calls", "10"), 1, "no call 10: 9 calls to choose from"),
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
