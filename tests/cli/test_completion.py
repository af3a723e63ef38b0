"""``seastool completion``: its script in a real bash; what zsh and fish ask is answered."""

import os
import shutil
import subprocess
import sys

import pytest
from captures_to_decode import ROOT

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@pytest.fixture
def with_seastool(tmp_path):
    """Surroundings in which `seastool` is this interpreter's."""
    program = tmp_path / "seastool"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seastool "$@"\n')
    program.chmod(0o755)
    return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "NO_COLOR": "1"}


TAB = """
source <(seastool completion bash)
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
function=$(complete -p seastool | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" seastool
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("seastool", "deco"), ["decode"]),
        (("seastool", "decode", "--so"), ["--socket"]),
        (("seastool", "send", ""), ["uac", "reply", "cancel", "stateless"]),
        (("seastool", "ladder", "--color", ""), ["auto", "always", "never"]),
        (("seastool", "decode", "capt"), [""]),  # then bash completes files
    ],
    ids=" ".join,
)
def test_bash_offers(with_seastool, words, offered):
    ran = subprocess.run(
        ["bash", "--norc", "-c", TAB, "bash", *words],
        env=with_seastool,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.stdout.split("\n")[:-1] == offered


def test_bash_falls_back_to_files(seastool):
    assert "complete -o default " in seastool("completion", "bash").out


@pytest.mark.parametrize(
    ("shell", "asked", "told"),
    [
        ("zsh", "seastool deco", '"decode":"Show what is in a capture."'),
        ("fish", "seastool deco", "decode\tShow what is in a capture."),
    ],
)
def test_the_other_shells_get_their_answers(process, shell, asked, told):
    environment = {
        "_SEASTOOL_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": asked,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    ran = process(environment=environment)
    assert told in ran.stdout.decode()
    assert ran.returncode == 0


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_are_whole(shell, seastool, with_seastool):
    script = seastool("completion", shell)
    assert (script.code, script.err) == (0, "")
    assert f"_SEASTOOL_COMPLETE=complete_{shell}" in script.out
    if shutil.which(shell):
        ran = subprocess.run([shell, "-n"], input=script.out, text=True, check=False)
        assert ran.returncode == 0


def test_other_shells_are_refused(seastool):
    assert seastool("completion", "tcsh").code == 2
    assert seastool("completion").code == 2


def test_nobody_else_waits_for_it(process):
    code = "import sys; from seastool.cli.main import prepare_completion; prepare_completion();"
    code += "print('typer._completion_classes' in sys.modules, 'seastool.seas' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split()[1] == "False"
