"""``seastool stats``: what it prints and writes, and how it ends."""

import json

import pytest
from captures_to_decode import ROOT

SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"


def test_tables(seastool) -> None:
    ran = seastool("stats", SESSION)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("14.692 s, 144 packets, 83 frames and messages, 4 calls (0.272/s)\n")
    assert "\n  app_server_1      24       26      7\n" in ran.out
    assert "\x1b" not in ran.out


def test_rich_tables_have_the_same_cells(seastool) -> None:
    plain, rich = (seastool("stats", SESSION, *o).out for o in ((), ("--color", "always")))
    assert "\x1b[" in rich
    words = set(plain.replace(":", " ").replace(",", " ").split())
    shown = set(rich.replace(":", " ").replace(",", " ").replace("\x1b[0m", " ").split())
    texts = " ".join(shown)
    assert [word for word in words if word not in texts] == []


def test_json_and_top(seastool) -> None:
    ran = seastool("stats", SESSION, "--json", "--top", 1)
    told = json.loads(ran.out)
    assert (ran.code, told["record"], told["packets"]) == (0, "stats", 144)
    assert [one["name"] for one in told["talkers"]["senders"]] == ["127.0.0.1:5060"]


def test_a_page_beside_the_tables_and_instead(seastool, tmp_path) -> None:
    path = tmp_path / "report.html"
    ran = seastool("stats", SESSION, "--html", path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == seastool("stats", SESSION).out
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>\n")
    assert "kamailio-5.6.3-session.pcap" in page
    assert seastool("stats", SESSION, "--html", "-").out == page


def test_standard_input(process) -> None:
    ran = process("stats", "-", "--json", stdin=SESSION.read_bytes())
    assert json.loads(ran.stdout)["packets"] == 144


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "stats needs a capture"),
        ((SESSION, "--json", "--html", "-"), 2, "--json and --html -"),
        ((SESSION, "--html", ""), 2, "--html"),
        ((SESSION, "--top", "0"), 2, "--top"),
        ((SESSION, "--dialect", "ser-0"), 2, "ser-0"),
        (("nowhere.pcap",), 3, "nowhere.pcap"),
        ((ROOT / "README.md",), 3, "README.md"),
        ((SESSION, "--html", "/nowhere/report.html"), 4, "--html /nowhere/report.html: No such"),
    ],
)
def test_how_it_ends(seastool, arguments, code, told) -> None:
    ran = seastool("stats", *arguments)
    assert ran.code == code
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
