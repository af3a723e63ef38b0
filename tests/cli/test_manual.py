"""The manual page: docs/man/seastool.1 is what is written now, has everything, and man reads it."""

import re
import shutil
import subprocess

import pytest
from captures_to_decode import ROOT
from typer.main import get_command

from seastool.cli.main import app
from seastool.cli.manual.commands import Paragraph, all_commands, paragraphs
from seastool.cli.manual.page import escaped

PAGE = ROOT / "docs" / "man" / "seastool.1"


def test_the_committed_page_is_the_real_one(seastool, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")  # of no consequence
    ran = seastool("export", "man")
    assert (ran.code, ran.err) == (0, "")
    assert PAGE.read_text(encoding="utf-8") == ran.out, (
        "seastool export man > docs/man/seastool.1 brings it up to date"
    )


def _every_option():
    below = [("seastool", get_command(app))]
    while below:
        name, command = below.pop()
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if parameter.param_type_name == "option" and not parameter.hidden:
                    yield name, option
        below += [(f"{name} {n}", c) for n, c in getattr(command, "commands", {}).items()]


def test_every_command_and_option_is_in_it():
    page = PAGE.read_text(encoding="utf-8").replace("\\-", "-")
    parts = re.split(r"^\.SS (.*)\n", page, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    missing = [
        (name, option)
        for name, option in _every_option()
        if not re.search(rf"\\fB.*{re.escape(option)}\b", sections.get(name, page))
    ]
    assert missing == []
    assert len(sections) == len(list(all_commands(app, "seastool"))) - 1


@pytest.mark.skipif(shutil.which("man") is None, reason="needs man")
def test_man_reads_it_without_a_warning():
    environment = {"PATH": "/usr/bin:/bin", "MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(
        ["man", "--warnings", "-l", str(PAGE)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    text = re.sub(r".\x08", "", ran.stdout)
    assert "seastool send uac [OPTIONS] [METHOD] [URI]" in text
    assert "seastool decode captures/kamailio-5.6.3-session.pcap --frame 16 --hexdump" in text
    assert "--fail-on" in text


@pytest.mark.parametrize(
    ("text", "roff"),
    [("a-b", "a\\-b"), ("a\\b", "a\\eb"), ("it's `x`", "it\\(aqs \\(gax\\(ga"), ("×", "\\[u00D7]")],
)
def test_nothing_is_taken_for_a_request(text, roff):
    assert escaped(text) == roff


def test_help_texts_are_taken_apart():
    assert paragraphs("One\ntwo.\n\n\b\nExamples:\n  a\n  b\n\nLast.") == (
        Paragraph(("One", "two."), False),
        Paragraph(("Examples:", "  a", "  b"), True),
        Paragraph(("Last.",), False),
    )
