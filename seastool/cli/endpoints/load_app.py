"""``--app``: an application of the user's, by module or file."""

from __future__ import annotations

import importlib.util
import os
import sys
from types import ModuleType

from seastool.app import Application
from seastool.app.by_name import BadApplication, application_by_name
from seastool.cli.exits import UsageFault


def load_application(text: str) -> Application:
    """An instance of ``module:Class`` or ``path/to/file.py:Class``; the working directory counts
    as in ``python -m``. `Class` may be any name that gives an Application when it is called.

    Raises: UsageFault, with what the module raised as its cause.
    """
    place, _, name = text.rpartition(":")
    if not place or not name:
        raise UsageFault(f"--app {text}: it is MODULE:CLASS or FILE.py:CLASS")
    if place.endswith(".py") and not os.path.exists(place):
        raise UsageFault(f"--app {text}: {place} cannot be imported: no such file")
    sys.path.insert(0, os.getcwd())
    try:
        return application_by_name(place, name, _from_file)
    except BadApplication as error:
        raise UsageFault(f"--app {text}: {error}") from error.__cause__


def _from_file(path: str) -> ModuleType:
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module in {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec.loader.exec_module(module)
    return module
