"""Starting: nothing heavy for help, the same command by both names."""

import subprocess
import sys
import tomllib

import pytest
from captures_to_decode import ROOT

HEAVY = (
    "scapy",
    "asyncio",
    "seastool.wire",
    "seastool.seas",
    "seastool.sip",
    "seastool.capture",
    "seastool.interop",
    "rich.progress",
)

CODE = """
import sys
sys.argv = ["seastool", *sys.argv[1:]]
from seastool.cli.main import main
try:
    main()
except SystemExit:
    pass
print("LOADED", *sys.modules)
"""


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), (), ("decode", "--help")])
def test_help_loads_nothing_heavy(arguments):
    ran = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, cwd=ROOT, check=True
    )
    loaded = ran.stdout.decode().rpartition("LOADED")[2].split()
    assert "seastool.cli.main" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_decoding_loads_neither_scapy_nor_asyncio():
    arguments = ("decode", "captures/openser-1.3.0-session.pcap")
    ran = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, cwd=ROOT, check=True
    )
    loaded = ran.stdout.decode().rpartition("LOADED")[2].split()
    assert "seastool.capture.reader" in loaded
    assert [n for n in ("scapy", "asyncio", "rich.progress", "rich.console") if n in loaded] == []


COMMANDS = (
    "completion",
    "doctor",
    "appserver",
    "openser",
    "gateway",
    "record",
    "send",
    "stats",
    "tap",
)
ACTIONS = ("uac", "reply", "cancel", "stateless")


@pytest.mark.parametrize(
    "arguments", [(), *((c,) for c in COMMANDS), *(("send", a) for a in ACTIONS)], ids=" ".join
)
def test_help_fits_80_columns_and_has_examples(seastool, arguments, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = seastool(*arguments, "--help").out
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count(f"    {' '.join(('seastool', *arguments))}") >= 1
    if arguments not in ((), ("record",), ("send",)):
        assert shown.rpartition("Options:\n")[2].strip().startswith("-h, --help")  # all in groups


def test_the_first_examples_work_as_they_stand(seastool):
    shown = seastool().out
    told = shown.partition("as they stand, in a clone of the repository:\n")[2].partition("\n\n")[0]
    examples = [line.strip() for line in told.splitlines()]
    assert len(examples) == 3
    for example in examples:
        ran = subprocess.run(
            ["bash", "-c", f'seastool() {{ "{sys.executable}" -m seastool "$@"; }}; {example}'],
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, b""), example
        assert len(ran.stdout.splitlines()) >= 13


def test_help_shows_real_examples(seastool):
    for arguments in ((), ("--help",)):
        ran = seastool(*arguments)
        assert ran.code == 0
        assert ran.out.count("\n    seastool decode") >= 2
        assert "Exit codes" in ran.out


def test_version(seastool, process):
    from seastool import __version__

    assert seastool("--version").out == f"seastool {__version__}\n"
    assert process("--version").stdout.decode() == f"seastool {__version__}\n"


def test_no_command_imports_click(seastool):
    sources = (ROOT / "seastool").rglob("*.py")
    for source in sources:
        text = source.read_text()
        assert "import click" not in text
        assert "from click" not in text


INTERRUPTED = """
import sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == sys.argv[-1]:
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
from seastool.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "during", ["seastool.cli", "seastool.cli.main", "typer", "seastool.errors"]
)
def test_ctrl_c_while_it_is_still_imported(during):
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, during], check=False, capture_output=True, cwd=ROOT
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, b"", b"")


def test_the_command_begins_where_that_is_caught():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts == {"seastool": "seastool.__main__:main"}
