"""``--script``: a file of Python with the functions that a tap calls."""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Final

from seastool.cli.exits import UsageFault
from seastool.seas.tap.hooks import HookError, Hooks, hooks_of

NAME: Final = "seastool_tap_script"


def load_script(path: str) -> Hooks:
    """Run the file and find its functions. What lies beside it may be imported.

    Raises: UsageFault, with what the file raised as its cause.
    """
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        raise UsageFault(f"--script {path}: {error.strerror or error}") from None
    module = ModuleType(NAME)
    module.__file__ = os.path.abspath(path)
    sys.modules[NAME] = module  # dataclasses and pickles look for it there
    sys.path.insert(0, os.path.dirname(module.__file__))
    try:
        exec(compile(source, path, "exec"), vars(module))
    except Exception as error:
        raise UsageFault(f"--script {path}: {_told(error)}") from error
    try:
        return hooks_of(vars(module))
    except HookError as error:
        raise UsageFault(f"--script {path}: {error}") from None


def _told(error: Exception) -> str:
    """What went wrong, and in which line of whose file."""
    if isinstance(error, SyntaxError):
        return f"line {error.lineno}: {error.msg}"
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{os.path.basename(code.co_filename)} line {trace.tb_lineno}: "
        trace = trace.tb_next
    return f"{place}{type(error).__name__}: {error}"
