"""``seastool doctor``: what it prints, and how it ends."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PREPARED = ROOT / "tests" / "interop" / "doctor" / "prepared"
CAPTURES = ROOT / "captures"
ZERO = PREPARED / "length-zero.sip"
TRACE = PREPARED / "content-length-zero.pcapng"


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_message_that_is_refused(seastool):
    ran = seastool("doctor", ZERO, "--dialect", "kamailio-5.6.3")
    assert ran.code == 1
    assert "does not hand it on" in ran.out
    assert 'remove_hf("Content-Length"); msg_apply_changes();' in ran.out
    assert "kamailio-5.6.3 hands over 0" in ran.err


def test_a_message_that_is_taken(seastool):
    ran = seastool("doctor", ZERO, "--dialect", "kamailio-5.0.8")
    assert ran.code == 0
    assert "hands it to the application server" in ran.out


def test_without_a_dialect_all_servers_are_told(seastool):
    ran = seastool("doctor", ZERO)
    assert ran.code == 1
    assert "taken" in ran.out
    assert "refused   kamailio-5.3.9, 5.4.7, 5.5.3 to 6.2" in ran.out
    found = records(seastool("doctor", ZERO, "--json").out)
    assert [one["taken"] for one in found] == [True, False]
    assert all(one["servers"] for one in found)


def test_json_of_a_message(seastool):
    (found,) = records(seastool("doctor", ZERO, "--dialect", "kamailio-5.6.3", "--json").out)
    assert found["record"] == "prediction"
    assert (found["taken"], found["event_length"]) == (False, None)
    (reason,) = found["reasons"]
    assert reason["cause"] == "content-length-zero"
    assert reason["text"] == "Content-Length: 0\r\n"
    start = reason["start"]
    assert ZERO.read_bytes()[start : start + reason["length"]] == b"Content-Length: 0\r\n"


def test_several_files_and_standard_input(seastool, monkeypatch):
    ran = seastool("doctor", ZERO, PREPARED / "cancel.sip", "--dialect", "kamailio-5.6.3")
    assert "2 messages: kamailio-5.6.3 hands over 1" in ran.err
    data = io.TextIOWrapper(io.BytesIO(ZERO.read_bytes()))
    monkeypatch.setattr(sys, "stdin", data)
    assert seastool("doctor", "-", "--dialect", "kamailio-5.6.3").code == 1


def test_a_capture_on_standard_input(seastool, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TRACE.read_bytes())))
    ran = seastool("doctor", "-")
    assert ran.code == 1
    assert "1. error content-length-zero" in ran.out


def test_a_folder(seastool, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.sip").write_bytes(ZERO.read_bytes())
    (tmp_path / "sub" / "b.pcapng").write_bytes(TRACE.read_bytes())
    (tmp_path / "empty.txt").write_bytes(b"")
    ran = seastool("doctor", tmp_path, "--dialect", "kamailio-5.6.3")
    assert ran.code == 1
    assert "a.sip: OPTIONS" in ran.out
    assert "b.pcapng: " in ran.out
    assert "left out: " in ran.err
    (tmp_path / "nothing").mkdir()
    assert seastool("doctor", tmp_path / "nothing").code == 3
    (tmp_path / "nothing" / "x").write_bytes(b"\0" * 100)
    assert seastool("doctor", tmp_path / "nothing").code == 3


def test_line_ends_of_an_editor_are_put_right_and_told(seastool, tmp_path):
    path = tmp_path / "a.sip"
    path.write_bytes(ZERO.read_bytes().replace(b"\r\n", b"\n"))
    ran = seastool("doctor", path, "--dialect", "kamailio-5.6.3")
    assert ran.code == 1
    assert "end with LF" in ran.err
    raw = seastool("doctor", path, "--dialect", "kamailio-5.6.3", "--raw")
    assert (raw.code, "end with LF" in raw.err) == (0, False)  # with a bare LF the length encodes


def test_stateless_relaying_needs_less(seastool):
    message = PREPARED / "no-from-early.sip"
    assert seastool("doctor", message, "--dialect", "openser-1.3.0").code == 1
    assert seastool("doctor", message, "--dialect", "openser-1.3.0", "--stateless").code == 0


def test_a_capture(seastool):
    ran = seastool("doctor", TRACE)
    assert ran.code == 1
    assert "1. error content-length-zero" in ran.out
    assert 'SIP byte 256, "Content-Length: 0\\r\\n"' in ran.out
    assert "cure" in ran.out
    assert "is read as kamailio-5.6.3" in ran.err
    (found,) = records(seastool("doctor", TRACE, "--json").out)
    assert (found["record"], found["rank"], found["count"]) == ("diagnosis", 1, 1)
    (symptom,) = found["symptoms"]
    assert bytes.fromhex(symptom["bytes"]) == b"Content-Length: 0\r\n"
    assert symptom["call_id"] == "call-1"
    assert symptom["time"].endswith("Z")


def test_what_follows_from_what_is_told(seastool):
    path = PREPARED / "as-left-killed.pcapng"
    ran = seastool("doctor", path)
    assert "1. error as-left" in ran.out
    assert "2. error as-not-connected" in ran.out
    assert "follows   from as-left" in ran.out
    found = records(seastool("doctor", path, "--json").out)
    assert [one["follows"] for one in found] == [[], ["as-left"]]


def test_a_good_capture(seastool):
    ran = seastool("doctor", CAPTURES / "kamailio-5.6.3-sipp-uac.pcap")
    assert ran.code == 0
    assert "nothing found" in ran.out


def test_the_requests_of_a_capture(seastool):
    ran = seastool("doctor", TRACE, "--messages", "--dialect", "kamailio-5.6.3")
    assert ran.code == 1
    assert "2 messages: kamailio-5.6.3 hands over 1" in ran.err
    assert "packet 15: " in ran.out or "packet" in ran.out


def test_the_dialect_may_be_told(seastool):
    ran = seastool("doctor", TRACE, "--dialect", "openser-1.3.0")
    assert "is read as openser-1.3.0" in ran.err
    assert "layout-mismatch" in ran.out


def test_fail_on_and_ignore(seastool):
    path = PREPARED / "pings-lost.pcapng"
    assert seastool("doctor", path).code == 1
    assert seastool("doctor", path, "--fail-on", "error").code == 0
    ran = seastool("doctor", path, "--ignore", "pings-lost")
    assert (ran.code, "nothing found" in ran.out) == (0, True)
    path = PREPARED / "uac-cseq-one.pcapng"
    assert seastool("doctor", path).code == 0
    assert seastool("doctor", path, "--fail-on", "info").code == 1


def test_the_list_of_causes(seastool):
    ran = seastool("doctor", "--list-causes")
    assert ran.code == 0
    assert ran.out.count("\n") > 100
    assert "content-length-zero       error" in ran.out
    found = records(seastool("doctor", "--list-causes", "--json").out)
    fields = "cause severity title meaning evidence cure reference"
    assert set(fields.split()) <= set(found[0])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "needs a target"),
        (("missing.sip",), 3, "cannot be read"),
        ((ZERO, "--dialect", "kamailio-9"), 2, "no dialect"),
        ((TRACE, "--ignore", "nonsense"), 2, "no cause"),
        (("127.0.0.1:5080", ZERO), 2, "by itself"),
        (("127.0.0.1:70000",), 2, ""),
        (("127.0.0.1:1", "--wait", "soon"), 2, "--wait"),
        (("127.0.0.1:1",), 4, ""),
        ((ROOT / "tests" / "golden" / "odd-kamailio-5.6.3.jsonl.gz",), 3, ""),
    ],
)
def test_how_it_ends(seastool, arguments, code, told):
    ran = seastool("doctor", *arguments)
    assert ran.code == code
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_what_is_neither(seastool, tmp_path):
    for data in (b"", b"   \n", bytes(200), b"\xd4\xc3\xb2\xa1"):
        path = tmp_path / "x"
        path.write_bytes(data)
        ran = seastool("doctor", path)
        assert ran.code == 3
        assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n",
        "# Notes\n\nVia: a\nCall-ID: b\nCSeq: 1 OPTIONS\n",
        "From: a@example.com\nTo: b@example.com\nSubject: lunch\n\nVia Paris?\n",
    ],
)
def test_any_other_text_is_no_message(seastool, tmp_path, text):
    path = tmp_path / "notes.txt"
    path.write_text(text)
    ran = seastool("doctor", path)
    assert (ran.code, ran.out) == (3, "")
    assert "neither a SIP message nor a capture" in ran.err
    (tmp_path / "a.sip").write_bytes(ZERO.read_bytes())
    ran = seastool("doctor", tmp_path)
    assert "left out: " in ran.err
    assert "notes.txt" not in ran.out


def test_a_message_whose_first_line_is_damaged_is_one(seastool, tmp_path):
    path = tmp_path / "a.sip"
    path.write_bytes(b"OPTIONS sip:bob" + ZERO.read_bytes()[ZERO.read_bytes().index(b"\r\n") :])
    ran = seastool("doctor", path)
    assert ran.code == 1
    assert "start-line" in ran.out or "the line" in ran.out


def test_files_that_vanish_from_a_folder_are_left_out(seastool, tmp_path, monkeypatch):
    from seastool.cli.doctoring import run

    (tmp_path / "a.sip").write_bytes(ZERO.read_bytes())
    (tmp_path / "b.sip").write_bytes(ZERO.read_bytes())
    (tmp_path / "c.pcap").write_bytes(TRACE.read_bytes())
    look = run._look_at

    def late(target, *more):
        if not target.name.endswith("a.sip"):
            os.remove(target.name)
        look(target, *more)

    monkeypatch.setattr(run, "_look_at", late)
    ran = seastool("doctor", tmp_path, "--dialect", "kamailio-5.6.3")
    assert ran.code == 1
    assert "a.sip: OPTIONS" in ran.out
    assert ran.err.count("left out: ") == 2


def test_files_that_vanish_before_they_are_opened(seastool, tmp_path, monkeypatch):
    from seastool.cli.doctoring import run

    (tmp_path / "a.sip").write_bytes(ZERO.read_bytes())
    monkeypatch.setattr(
        run, "_in_folder", lambda folder: [str(tmp_path / n) for n in ("a.sip", "b")]
    )
    ran = seastool("doctor", tmp_path, "--dialect", "kamailio-5.6.3")
    assert (ran.code, ran.err.count("left out: ")) == (1, 1)


def test_a_capture_of_sip_alone_tells_nothing(seastool, tmp_path):
    from seastool.capture.pcapng_writer import PcapngWriter
    from seastool.capture.records import Address

    here, there = Address(bytes([192, 0, 2, 1]), 5060), Address(bytes([192, 0, 2, 9]), 5060)
    request = ZERO.read_bytes()
    kept = [line for line in request.split(b"\r\n") if line[:4] in (b"Via:", b"Call", b"CSeq")]
    for server, told in (
        ("kamailio (5.6.3 (x86_64/linux))", "500 of a seas module"),
        ("x", "--port"),
    ):
        head = b"SIP/2.0 500 Server Internal Error!\r\nServer: " + server.encode()
        path = tmp_path / "sip.pcapng"
        with path.open("wb") as file:
            writer = PcapngWriter(file)
            writer.datagram(here, there, request, sent=False, time_ns=10**18)
            answer = b"\r\n".join([head, *kept, b"", b""])
            writer.datagram(here, there, answer, sent=True, time_ns=10**18 + 10**6)
        ran = seastool("doctor", path)
        assert (ran.code, ran.out) == (3, "")
        assert "no SEAS in it" in ran.err
        assert told in ran.err


def test_text_from_the_wire_is_escaped(seastool, tmp_path):
    path = tmp_path / "evil.sip"
    path.write_bytes(ZERO.read_bytes().replace(b"sip:bob", b"sip:\x1b[31m"))
    ran = seastool("doctor", path, "--dialect", "kamailio-5.6.3")
    assert "\x1b" not in ran.out + ran.err
    trace = tmp_path / "evil.pcapng"
    trace.write_bytes(TRACE.read_bytes().replace(b"sip:bob@192.0.2.1", b"sip:\x1b[31m@92.0.2"))
    ran = seastool("doctor", trace)
    assert "\x1b" not in ran.out + ran.err


def test_a_live_look_at_nobody(seastool):
    ran = seastool("doctor", "127.0.0.1:1", "--wait", "0.1s")
    assert ran.code == 4
    assert "port-refused" in ran.out
    look, diagnosis = records(seastool("doctor", "127.0.0.1:1", "--json").out)
    assert (look["record"], look["opened"]) == ("look", [])
    assert diagnosis["cause"] == "port-refused"
