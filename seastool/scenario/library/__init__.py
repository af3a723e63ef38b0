"""The scenarios that come with seastool, by name."""

from __future__ import annotations

import re
from importlib.resources import files

_NAME = re.compile(r"[a-z][a-z0-9-]*")


def built_in_names() -> list[str]:
    """The names there are."""
    folder = files("seastool.scenario.library")
    return sorted(
        f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")
    )


def built_in(name: str) -> str | None:
    """The text of one; None if there is none of that name."""
    if not _NAME.fullmatch(name):
        return None
    file = files("seastool.scenario.library") / f"{name}.yaml"
    return file.read_text(encoding="utf-8") if file.is_file() else None
