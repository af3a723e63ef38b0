"""``seastool encode``: the golden frames from their own text, and every form of output."""

import json

import pytest
from captures_to_decode import request, sip_request

from seastool.seas.dialects import lookup


@pytest.fixture
def message(tmp_path):
    path = tmp_path / "message.sip"
    path.write_bytes(sip_request())
    return path


OPTIONS = ("--dialect", "kamailio-5.6.3", "--hash-index", "5", "--label", "6")


def test_hex(seastool, message):
    ran = seastool("encode", message, *OPTIONS)
    assert bytes.fromhex(ran.out) == request(sip_request())
    assert ran.code == 0


def test_raw(process, message):
    ran = process("encode", message, "--raw", *OPTIONS)
    assert ran.stdout == request(sip_request())


def test_standard_input(process):
    ran = process("encode", "-", *OPTIONS, stdin=sip_request())
    assert bytes.fromhex(ran.stdout.decode()) == request(sip_request())


def test_hexdump(seastool, message):
    out = seastool("encode", message, "--hexdump", *OPTIONS).out
    assert out.startswith("0000  00 00 ")
    assert "VIA[0].vias[0].host" in out


def test_json(seastool, message):
    record = json.loads(seastool("encode", message, "--json", *OPTIONS).out)
    assert record["record"] == "encoded"
    assert bytes.fromhex(record["hex"]) == request(sip_request())
    assert record["fields"]["hash_index"] == 5


def test_what_is_encoded_decodes(seastool, message):
    digits = seastool(
        "encode", message, "--source", "[2001:db8::1]:5071", "--destination", ":5062",
        "--transport", "tcp", "--processor-id", "9", "--flags", "0x04",
    ).out  # fmt: skip
    told = json.loads(seastool("decode", "--hex", digits.strip(), "--json").out)["fields"]
    assert told["source_address"] == "2001:db8::1"
    assert told["source_port"] == 5071
    assert told["destination_address"] == "127.0.0.1"
    assert told["destination_port"] == 5062
    assert told["protocol"]["name"] == "TCP"
    assert told["processor_id"] == 9
    assert told["flags"]["names"] == ["E2E_ACK"]


def test_a_response_is_a_res_in(seastool, tmp_path):
    path = tmp_path / "ok.sip"
    path.write_bytes(
        sip_request().replace(b"MESSAGE sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK")
    )
    told = json.loads(seastool("encode", path, "--json", "--uac-id", 77).out)["fields"]
    assert told["type"]["name"] == "RES_IN"
    assert told["uac_id"] == 77
    assert told["status"] == 200


def test_refused_by_the_server(seastool, tmp_path):
    path = tmp_path / "zero.sip"
    path.write_bytes(sip_request().replace(b"\r\n\r\n", b"\r\nContent-Length: 0\r\n\r\n"))
    ran = seastool("encode", path, "--dialect", "kamailio-5.6.3")
    assert ran.code == 1
    assert "refuses" in ran.err
    assert ran.err.count("\n") == 1
    assert seastool("encode", path, "--dialect", "kamailio-5.0").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ("--source", "here"),
        ("--source", "1.2.3.4:99999"),
        ("--transport", "pigeon"),
        ("--type", "PING"),
        ("--flags", "many"),
        ("--flags", "0x100000000"),
        ("--processor-id", "256"),
        ("--type", "RES_IN"),
        ("--flags", "0x08"),
        ("--cancelled-label", "3"),
        ("--cancelled-hash-index", "3"),
        ("--cancelled-hash-index", "3", "--cancelled-label", "4", "--type", "SL_REQ_IN"),
    ],
)
def test_options_that_make_no_sense(seastool, message, options):
    ran = seastool("encode", message, *options)
    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_a_response_is_no_request(seastool, tmp_path):
    path = tmp_path / "ok.sip"
    path.write_bytes(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n")
    for type in ("T_REQ_IN", "SL-REQ-IN"):
        ran = seastool("encode", path, "--type", type)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == f"seastool: --type {type}: {path} is a response: RES_IN\n"


def test_a_cancel_names_its_invite(seastool, tmp_path):
    path = tmp_path / "cancel.sip"
    path.write_bytes(sip_request().replace(b"MESSAGE", b"CANCEL"))
    ids = ("--cancelled-hash-index", "7", "--cancelled-label", "8")
    outs = {seastool("encode", path, "-j", *ids, *flags).out for flags in ((), ("--flags", "8"))}
    (out,) = outs
    told = json.loads(out)["fields"]
    assert told["flags"]["names"] == ["CANCEL_FOUND"]
    assert (told["cancelled_hash_index"], told["cancelled_label"]) == (7, 8)


def test_a_text_file_is_read_with_the_line_ends_of_the_wire(seastool, tmp_path):
    path = tmp_path / "lf.sip"
    path.write_bytes(sip_request().replace(b"\r\n", b"\n"))
    ran = seastool("encode", path, *OPTIONS)
    assert bytes.fromhex(ran.out) == request(sip_request())
    assert ran.err.count("\n") == 1
    assert "its lines end with LF; read as CRLF" in ran.err
    left = seastool("encode", path, "--as-is", *OPTIONS)
    assert bytes.fromhex(left.out).endswith(path.read_bytes())
    assert left.err == ""


@pytest.mark.parametrize(
    "content",
    [None, b"", b"x" * 200_000, b"\xd4\xc3\xb2\xa1\2\0SIP/2.0", bytes(9), b"hello\nSIP/2.0\n"],
)
def test_no_message(seastool, tmp_path, content):
    path = tmp_path / "none.sip"
    if content is not None:
        path.write_bytes(content)
    ran = seastool("encode", path)
    assert ran.code == 3
    assert ran.err.count("\n") == 1


def test_dialects_differ(seastool, tmp_path):
    path = tmp_path / "register.sip"
    path.write_bytes(sip_request().replace(b"MESSAGE", b"REGISTER"))
    codes = {
        name: json.loads(seastool("encode", path, "--dialect", name, "-j").out)["fields"][
            "message"
        ]["info"]["code"]
        for name in ("kamailio-5.6.3", "openser-1.3.0")
    }
    assert codes["kamailio-5.6.3"]["number"] == lookup("kamailio-5.6.3").methods["REGISTER"]
    assert codes["openser-1.3.0"]["number"] == lookup("openser-1.3.0").methods["REGISTER"]


@pytest.mark.parametrize("option", ["--hash-index", "--label", "--uac-id"])
def test_a_number_over_32_bits_is_a_usage_error(process, message, option):
    ran = process("encode", message, option, "4294967296")
    assert ran.returncode == 2
    assert b"Traceback" not in ran.stderr
