"""An application of the user's by where it is: a module or a file, and a name in there."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

from seastool.app.application import Application
from seastool.errors import SeasError


class BadApplication(SeasError):
    """What was said gives no application, and why."""


def application_by_name(
    place: str, name: str, from_file: Callable[[str], ModuleType]
) -> Application:
    """An instance of what has that name in a module or, if the place ends in .py, in a file.

    from_file: loads a file. Raises: BadApplication, with what was raised there as its cause.
    """
    try:
        module = from_file(place) if place.endswith(".py") else importlib.import_module(place)
    except (Exception, SystemExit) as error:
        raise BadApplication(f"{place} cannot be imported: {_told(error)}") from error
    found: object = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        raise BadApplication(f"{place} has no {name}{_which(module)}")
    return made_of(found, name)


def made_of(found: object, name: str) -> Application:
    """The application itself, or what that gives when it is called. Raises: BadApplication."""
    try:
        application = found() if callable(found) else found
    except (Exception, SystemExit) as error:
        raise BadApplication(f"{name}() raised {_told(error)}") from error
    if not isinstance(application, Application):
        kind = type(application).__name__
        raise BadApplication(f"{name} gives {kind}, not a seastool.app.Application")
    return application


def _which(module: ModuleType) -> str:
    """The applications that a module does have."""
    names = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Application) and value is not Application
    ]
    return f"; it has {', '.join(sorted(names))}" if names else ""


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
