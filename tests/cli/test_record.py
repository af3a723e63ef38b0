"""``seastool record``: its output is a scenario, its ends are those of every command."""

import subprocess
import sys
from pathlib import Path

import pytest
from captures_to_decode import (
    HEADER,
    OPENSER,
    SESSION,
    SIPP,
    event_socket,
    ping,
    request,
    sip_request,
    udp,
)

from seastool.scenario.loader import load_scenario, parse_scenario


@pytest.mark.parametrize("role", ["openser", "appserver"])
@pytest.mark.parametrize("capture", [SESSION, SIPP, OPENSER], ids=lambda path: path.stem)
def test_what_is_recorded_loads(seastool, tmp_path, capture, role):
    ran = seastool("record", capture, "--role", role)
    assert (ran.code, ran.err) == (0, "")
    path = tmp_path / "scenario.yaml"
    path.write_text(ran.out)
    scenario = load_scenario(str(path))
    assert scenario.role == role
    assert scenario.title == capture.stem


def test_the_role_is_openser_unless_told(seastool):
    assert "\nrole: openser\n" in seastool("record", OPENSER).out


def test_one_call(seastool):
    ran = seastool("record", SIPP, "--call-id", "3-25526@127.0.0.1")
    assert ran.out.count("\n  # packet ") == 6
    several = seastool(
        "record", SIPP, "--call-id", "3-25526@127.0.0.1", "--call-id", "4-25526@127.0.0.1"
    )
    assert several.out.count("\n  # packet ") == 12


def test_delays(seastool):
    assert "- delay: 1500ms" in seastool("record", SESSION).out
    assert "- delay" not in seastool("record", SESSION, "--no-delays").out


def test_the_dialect(seastool):
    assert "\ndialect: openser-1.3.0\n" in seastool("record", OPENSER).out
    ran = seastool("record", OPENSER, "--dialect", "openser-1.2.0")
    assert "\ndialect: openser-1.2.0\n" in ran.out


def test_standard_input(process):
    done = process("record", "-", stdin=OPENSER.read_bytes())
    assert done.returncode == 0
    scenario = parse_scenario(done.stdout.decode())
    assert scenario.title == "standard input"


def test_a_second_application_server_is_told_of(seastool, tmp_path):
    path = tmp_path / "a.pcap"
    other = event_socket(request(sip_request(call_id=b"other")), name=b"second")
    first = event_socket(request(sip_request(call_id=b"one")), name=b"first")
    path.write_bytes(first + moved(other[len(HEADER) :]))
    ran = seastool("record", path)
    assert ran.code == 0
    assert "# Recorded of first: 1 frames sent, 0 expected." in ran.out
    assert "left out: the application server second; --as-name second records it" in ran.err
    assert "Recorded of second" in seastool("record", path, "--as-name", "second").out


def test_what_a_cut_capture_lacks_is_told(seastool, tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(Path(OPENSER).read_bytes()[:-99])
    ran = seastool("record", path)
    assert ran.code == 0
    assert ran.err.count("\n") == 1
    assert "cut.pcap: the file ends " in ran.err


def moved(packets: bytes) -> bytes:
    """The same packets with another port of the application server."""
    return packets.replace((40000).to_bytes(2, "big"), (40001).to_bytes(2, "big"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--call-id", "nobody"], "none of its 32 frames belongs to nobody"),
        (["--as-name", "nobody"], "no frames of nobody in it; there is app_server_1"),
    ],
)
def test_what_is_not_there(seastool, options, message):
    ran = seastool("record", OPENSER, *options)
    assert (ran.code, ran.out) == (1, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--call-id", ""], "--call-id is empty"),
        (["--dialect", "kamailio-9"], "no dialect"),
        (["--role", "proxy"], "proxy"),
    ],
)
def test_usage(seastool, options, message):
    ran = seastool("record", OPENSER, *options)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_file_that_is_not_there(seastool):
    ran = seastool("record", "no.pcap")
    assert ran.code == 3
    assert "no.pcap" in ran.err


def test_a_capture_without_seas(seastool, tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(HEADER + udp(sip_request()))
    ran = seastool("record", path)
    assert (ran.code, ran.out) == (3, "")
    assert "no SEAS in it (1 packets, 1 SIP messages)" in ran.err


def test_a_capture_of_pings(seastool, tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(event_socket(ping(1), ping(2)))
    ran = seastool("record", path)
    assert ran.code == 1
    assert "nothing but pings and binds in it" in ran.err


LOADED = """
import sys
from seastool.cli.main import main
sys.argv = ["seastool", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print([name for name in ("pydantic", "yaml", "seastool.scenario") if name in sys.modules])
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_starting_loads_neither_pydantic_nor_yaml(arguments):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, check=True
    )
    assert done.stdout.splitlines()[-1] == b"[]"
