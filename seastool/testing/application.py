"""An application by what a test says of it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from seastool.app import Application
from seastool.app.behaviours import parse_behaviours
from seastool.app.by_name import BadApplication, application_by_name, made_of

# module:Class or path/to/file.py:Class; a behaviour has a blank before any colon.
_PLACE: Final = re.compile(r"(?P<place>.+\.py|[A-Za-z_][\w.]*):(?P<name>[A-Za-z_][\w.]*)")


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
        return application_by_name(
            place["place"], place["name"], lambda path: _from_file(Path(folder) / path)
        )
    if len(given) > 1:
        raise BadApplication("one application, or behaviours that are all texts")
    return made_of(first, getattr(first, "__name__", type(first).__name__))


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
