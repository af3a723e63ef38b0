"""``seastool export``: what it writes and refuses; what tshark makes of it is tested in
tests/render/wireshark."""

import subprocess
import sys

import pytest
from captures_to_decode import ROOT

from seastool import __version__
from seastool.render.protocol import write_protocol
from seastool.render.wireshark import write_dissector, write_reference
from seastool.seas.dialects import lookup


def test_the_dissector_is_written(seastool):
    ran = seastool("export", "wireshark")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == write_dissector(None, __version__)
    assert ran.out.startswith("-- SEAS for Wireshark and tshark")


def test_the_dialect_that_it_starts_with(seastool):
    ran = seastool("export", "wireshark", "--dialect", "OpenSER-1.3.0")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == write_dissector(lookup("openser-1.3.0"), __version__)
    assert ran.out != write_dissector(None, __version__)


def test_the_filters_instead(seastool):
    ran = seastool("export", "wireshark", "--fields")
    assert (ran.code, ran.out, ran.err) == (0, write_reference(), "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--dialect", "asterisk-1"), "no dialect 'asterisk-1'"),
        (("--dialect", ""), "--dialect"),
        (("--fields", "--dialect", "kamailio"), "--fields and --dialect are not combined"),
    ],
)
def test_what_is_refused(seastool, arguments, told):
    ran = seastool("export", "wireshark", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert told in ran.err


def test_the_protocol_or_a_section_of_it(seastool):
    ran = seastool("export", "protocol")
    assert (ran.code, ran.out, ran.err) == (0, write_protocol(), "")
    ran = seastool("export", "protocol", "--section", "ack and cancel")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("## ACK and CANCEL\n")
    assert "\n## " not in ran.out


@pytest.mark.parametrize(
    ("section", "told"),
    [("Prices", "no section 'Prices'; it has Connections, "), ("", "--section is empty")],
)
def test_a_section_that_is_not_there(seastool, section, told):
    ran = seastool("export", "protocol", "--section", section)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert told in ran.err


def test_without_a_format_it_says_which_there_are(seastool):
    ran = seastool("export")
    assert ran.code == 2
    assert "wireshark  A dissector" in ran.err


@pytest.mark.parametrize("arguments", [(), ("wireshark",)])
def test_help_fits_80_columns_and_loads_nothing_heavy(seastool, arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    ran = seastool("export", *arguments, "--help")
    assert ran.code == 0
    assert "Examples:" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    code = "import sys; import seastool.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=True)
    assert b"seastool.render.wireshark" not in loaded.stdout
    assert b"seastool.seas" not in loaded.stdout
