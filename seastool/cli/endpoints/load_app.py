"""``--app``: an application of the user's, by module or file."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from types import ModuleType

from seastool.app import Application
from seastool.cli.exits import UsageFault


def load_application(text: str) -> Application:
    """An instance of ``module:Class`` or ``path/to/file.py:Class``; the working directory counts
    as in ``python -m``. `Class` may be any name that gives an Application when it is called.

    Raises: UsageFault, with what the module raised as its cause.
    """
    place, _, name = text.rpartition(":")
    if not place or not name:
        raise UsageFault(f"--app {text}: it is MODULE:CLASS or FILE.py:CLASS")
    module = _load(text, place)
    found: object = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise UsageFault(f"--app {text}: {place} has no {name}{_which(module)}")
    try:
        application = found() if callable(found) else found
    except Exception as error:
        raise UsageFault(f"--app {text}: {name}() raised {_told(error)}") from error
    if not isinstance(application, Application):
        kind = type(application).__name__
        raise UsageFault(f"--app {text}: gives {kind}, not a seastool.app.Application")
    return application


def _load(text: str, place: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())
    try:
        return _from_file(place) if place.endswith(".py") else importlib.import_module(place)
    except Exception as error:
        raise UsageFault(f"--app {text}: {place} cannot be imported: {_told(error)}") from error


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


def _which(module: ModuleType) -> str:
    """The applications that a module does have."""
    names = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Application) and value is not Application
    ]
    return f"; it has {', '.join(sorted(names))}" if names else ""


def _told(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return f"{type(error).__name__}: {error}"
