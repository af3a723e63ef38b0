"""``seastool completion``: what a shell needs to complete commands and options."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

VARIABLE = "_SEASTOOL_COMPLETE"  # by which the script asks what there is to choose


class Shell(StrEnum):
    """A shell whose script there is."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    shell: Annotated[
        Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.", case_sensitive=False)
    ],
) -> None:
    """Print the script by which a shell completes seastool's commands and options.

    \b
    Examples:
      source <(seastool completion bash)        # in ~/.bashrc
      source <(seastool completion zsh)         # in ~/.zshrc, behind compinit
      seastool completion fish | source         # in ~/.config/fish/config.fish

    \b
    Exit codes: 0 ok, 2 usage, 4 output that cannot be written.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    from seastool.cli.output import Output

    with Output() as output:
        script = get_completion_script(
            prog_name="seastool", complete_var=VARIABLE, shell=shell.value
        )
        output.write(f"{script}\n")


def prepare_completion() -> None:
    """Make typer answer the scripts, when it is one of them that asks: nobody else waits for it."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()
