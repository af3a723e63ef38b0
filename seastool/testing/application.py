"""An application by what a test says of it."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from seastool.app import Application
from seastool.app.behaviours import parse_behaviours
from seastool.errors import SeasError

# module:Class or path/to/file.py:Class; a behaviour has a blank before any colon.
_PLACE: Final = re.compile(r"(?P<place>.+\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")


class BadApplication(SeasError):
    """What was said gives no application, and why."""


def application_of(*given: object, delay: float = 0.0, folder: str | Path = ".") -> Application:
    """An application: itself, what makes one when it is called, ``"module:Class"``,
    ``"file.py:Class"``, or behaviours such as ``"MESSAGE=echo", "reject 486"``.

    delay: of behaviours. folder: that files are looked for in. Raises: BadApplication,
    BadBehaviour.
    """
    if not given:
        raise BadApplication("no application is given: a class, 'module:Class' or behaviours")
    first = given[0]
    if all(isinstance(one, str) for one in given):
        texts = [str(one) for one in given]
        place = _PLACE.fullmatch(texts[0]) if len(texts) == 1 else None
        if place is None:
            return parse_behaviours(texts, delay)
        return _made(_loaded(place["place"], place["name"], Path(folder)), texts[0])
    if len(given) > 1:
        raise BadApplication("one application, or behaviours that are all texts")
    return _made(first, getattr(first, "__name__", type(first).__name__))


def _made(found: object, name: str) -> Application:
    try:
        application = found() if callable(found) else found
    except Exception as error:
        raise BadApplication(f"{name}() raised {type(error).__name__}: {error}") from error
    if not isinstance(application, Application):
        kind = type(application).__name__
        raise BadApplication(f"{name} gives {kind}, not a seastool.app.Application")
    return application


def _loaded(place: str, name: str, folder: Path) -> object:
    try:
        module = _from_file(folder / place) if place.endswith(".py") else _module(place)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise BadApplication(f"{place} cannot be imported: {told}") from error
    found: object = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise BadApplication(f"{place} has no {name}")
    return found


def _module(name: str) -> ModuleType:
    return importlib.import_module(name)


def _from_file(path: Path) -> ModuleType:
    """The module of a file, loaded once; its folder counts while it is loaded."""
    path = path.resolve()
    name = f"seas_app_{path.stem}_{abs(hash(str(path))):x}"
    if (known := sys.modules.get(name)) is not None:
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no module in {path}")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(path.parent))
    return module
