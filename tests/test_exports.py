"""`seastool.__all__` names what a script may use: all of it there, nothing forgotten."""

from types import ModuleType

import seastool

EXPORTED = list(getattr(seastool, "__all__", ()))


def test_every_export_exists() -> None:
    missing = [name for name in EXPORTED if not hasattr(seastool, name)]
    assert not missing


def test_exports_are_said_once() -> None:
    assert len(set(EXPORTED)) == len(EXPORTED)


def test_every_export_has_a_home() -> None:
    assert set(seastool._HOME) == set(EXPORTED)


def test_every_public_name_is_exported() -> None:
    public = {
        name
        for name, value in vars(seastool).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public <= set(EXPORTED)
