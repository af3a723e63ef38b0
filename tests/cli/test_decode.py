"""``seastool decode`` on real captures: every view, every choice."""

import json

import pytest
from captures_to_decode import EXPECTED, OPENSER, SESSION, SIPP, event_socket, ping

KAMAILIO = ("--dialect", "kamailio-5.6.3")


def expected(name: str) -> str:
    return (EXPECTED / name).read_bytes().decode()


@pytest.mark.parametrize("capture", [SESSION, OPENSER], ids=lambda path: path.stem)
def test_list(seastool, capture):
    ran = seastool("decode", capture)
    assert ran.out == expected(capture.stem.removesuffix("-session") + "-list.txt")
    assert ran.err == ""
    assert ran.code == 0


@pytest.mark.parametrize("frame", [75, 106])
@pytest.mark.parametrize(
    ("option", "suffix"), [((), "-tree.txt"), (("-x",), "-bytes.txt"), (("-j",), ".jsonl")]
)
def test_one_frame(seastool, frame, option, suffix):
    ran = seastool("decode", SESSION, *KAMAILIO, "--frame", frame, *option)
    assert ran.out == expected(f"kamailio-5.6.3-frame-{frame}{suffix}")
    assert ran.code == 0


def test_every_frame_of_the_session_is_listed(seastool):
    from collections import Counter

    told = [json.loads(line) for line in seastool("decode", SIPP, "--json").out.splitlines()]
    counts = Counter(record["type"] for record in told if "type" in record)
    assert counts == {
        "name": 2,
        "socket info": 1,
        "BIND": 1,
        "PING": 3,
        "JAIN_PONG": 3,
        "T_REQ_IN": 60,
        "REPLY_PROV": 20,
        "REPLY_FIN": 40,
    }


def test_json_lines_have_what_is_documented(seastool):
    for line in seastool("decode", SESSION, "--json", "--summary").out.splitlines():
        record = json.loads(line)
        assert record["schema_version"] == 1
        kinds = ("frame", "name", "socket_info", "sip", "gap", "summary")
        assert record["record"] in kinds
        if record["record"] != "summary":
            assert record["time"].endswith("Z")
            assert isinstance(record["time_ns"], int)
            assert record["packet"] > 0
        if record["record"] == "frame":
            assert record["fields"]["length"] == record["length"] or record["type"] == "name"
            assert "faults" not in record


def test_verbose_and_hexdump_together(seastool):
    ran = seastool("decode", SESSION, "-n", 106, "-v", "-x", *KAMAILIO)
    assert "  408" in ran.out
    assert "0000  00 00 00 21              length" in ran.out


def packets(ran) -> list[int]:
    return [int(line.split()[0]) for line in ran.out.splitlines()]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (("--type", "ac_res_fail"), [95]),
        (("--type", "SOCKET_INFO", "--type", "name"), [4, 9, 11]),
        (("--direction", "to-openser", "--socket", "event"), [4, 13]),
        (("--direction", "as->openser", "--type", "bind"), [13]),
        (("--method", "bye"), [42, 43, 85, 87]),
        (("--status", "487"), [65, 67, 120, 122]),
        (("--status", "4xx", "--type", "RES_IN"), [106, 118, 122]),
        (("--call-id", "c9-17953867362649326"), [126, 129, 131]),
        (("--transaction", "40263:199472189"), [27, 29, 32, 40]),
        (("--as-name", "app_server_1", "--socket", "action", "--before", "0.2"), [9]),
        (("--after", "13"), [135, 137, 138]),
        (("--after", "2026-11-22T22:32:29Z"), [135, 137, 138]),
        (("--after", "2026-11-22T23:32:29+01:00"), [135, 137, 138]),
        (("--filter", 'type == T_REQ_IN and sip.method == "INVITE"'), [27, 50]),
        (("--filter", "sip.to_tag == tt1 and sip.status == 180"), None),
        (("--filter", "error == 2"), [95]),
        (("--filter", "uac_id in (81, 82) and direction == 'openser->as'"), [106, 112, 122]),
        (("--filter", "time.delta > 1.4 and not type == SIP"), None),
        (("--filter", 'sip.transport == "UDP" and sip.cseq == 1 and type == SL_REQ_IN'), [129]),
        (("--type", "gap"), []),
        (("--type", "SIP udp", "--before", "0.4"), [15, 19]),
        (("--type", "sip-tcp"), []),
        (("--status", "4Xx", "--type", "RES_IN"), [106, 118, 122]),
    ],
)
def test_choice(seastool, options, numbers):
    ran = seastool("decode", SESSION, *options)
    assert ran.code == 0
    if numbers is None:
        assert packets(ran)
    else:
        assert packets(ran) == numbers


@pytest.mark.parametrize("style", ["relative", "absolute", "delta"])
def test_time_styles(seastool, style):
    line = seastool("decode", SESSION, "--time", style, "--type", "BIND").out
    assert {"relative": " 0.101027 ", "absolute": " 2026-11-22T22:32:16.064674Z ", "delta": ""}[
        style
    ] in line


def test_summary(seastool):
    out = seastool("decode", SESSION, "--summary", "--type", "BIND").out
    assert "144 packets, 2 SEAS connections, 10 transactions" in out
    assert "RES_IN 7" in out
    assert "127.0.0.1:5080 speaks kamailio-" in out
    assert "layout B" in out
    assert "speaks kamailio-5.6.3, as its Server header says" in out
    assert "gives the same bytes: kamailio-3.1 to 5.6.4, 5.7 to 5.7.1" in out
    assert all(len(line) <= 80 for line in out.splitlines() if "records" in line)
    told = json.loads(seastool("decode", SESSION, "--summary", "-j").out.splitlines()[-1])
    assert told["records"]["T_REQ_IN"] == 7
    assert told["transactions"] == 10
    assert told["proxies"][0]["reasons"]


def test_lint_stands_under_its_frame(seastool):
    ran = seastool("decode", SESSION, "--lint", "--type", "UAC_REQ", "--filter", "uac_id == 80")
    lines = ran.out.splitlines()
    assert lines[0].split()[0] == "93"
    assert any("uac-headers" in line and line.startswith("        ") for line in lines[1:])
    assert ran.code == 0
    record = json.loads(
        seastool("decode", SESSION, "--lint", "-j", "--filter", "uac_id == 80").out.split("\n")[0]
    )
    assert record["findings"][0]["rule"] == "uac-headers"


def test_lint_fails_on_a_broken_frame(seastool, tmp_path):
    broken = bytes.fromhex("0000001d 02 01 00000000 01 04 7f000001 04 7f000001 13c4 13c4 ffffffff")
    path = tmp_path / "broken.pcap"
    path.write_bytes(event_socket(ping(1), broken, ping(2)))
    ran = seastool("decode", path, "--lint")
    assert ran.code == 1
    assert "does not decode" in ran.out


@pytest.mark.parametrize(
    ("digits", "told"),
    [
        (
            "00000021 04 01 00000002 00 00 00 0000 0000 0000a495 4c736c10 00000051 00000198",
            "FAKED_REPLY",
        ),
        ("0000001e 05 00000050 00000002 10 46726f6d20746167206d697373696e67", "From tag missing"),
        ("00:00:00:0e:05:ff:00:00:00:00:00:00:00:07", "PING"),
    ],
)
def test_frames_in_hex(seastool, digits, told):
    ran = seastool("decode", "--hex", digits)
    assert told in ran.out
    assert ran.code == 0


@pytest.mark.parametrize("options", [(), ("-j",)])
def test_hex_without_a_whole_frame(seastool, options):
    ran = seastool("decode", "--hex", "0000000801ff0000", *options)
    assert "needs 2 more bytes" in ran.out
    assert (ran.code, ran.err) == (3, "seastool: --hex: not one whole frame in it\n")


def test_frames_in_hex_one_behind_the_other(seastool):
    ran = seastool("decode", "--hex", ping(1).hex() + ping(2).hex(), "--json")
    assert [json.loads(line)["fields"]["sequence"] for line in ran.out.splitlines()] == [1, 2]


def test_frames_in_hex_of_a_side(seastool):
    digits = "0000000a 07 01 00000000"
    ran = seastool("decode", "--hex", digits, "--socket", "event", "--direction", "to-openser")
    assert "UNBIND" in ran.out
