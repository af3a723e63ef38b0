"""Style and script of the page: light and dark, by the reader's system and by a switch."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from seastool.ladder.svg_style import DARK, FONT, LIGHT, base_style, theme_style

# Styles of seastool.render.paint by their SGR codes, as elements: short ones, of which a page
# may have a hundred thousand.
TAGS: Final = {"1": "b", "2": "u", "36": "i", "32": "em", "1;31": "strong"}

_BY_SYSTEM: Final = ":root:not([data-theme=light])"
_BY_SWITCH: Final = ":root[data-theme=dark]"


def page_script() -> str:
    """The page's script."""
    return _file("page.js")


def page_style() -> str:
    """All of the page's style: both themes, what the pictures have, the page itself."""
    return (
        f"{_theme(':root', LIGHT, 'light')}"
        f"@media (prefers-color-scheme:dark){{{_theme(_BY_SYSTEM, DARK, 'dark')}}}"
        f"{_theme(_BY_SWITCH, DARK, 'dark')}"
        f"{base_style()}\n{_file('page.css')}"
    )


def _theme(scope: str, colours: dict[str, str], scheme: str) -> str:
    variables = "".join(f"--{name}:{value};" for name, value in colours.items())
    return (
        f"{scope}{{color-scheme:{scheme};--mono:{FONT};{variables}}}"
        f"{theme_style(colours, f'{scope} ')}"
    )


def _file(name: str) -> str:
    return files("seastool.ladder").joinpath(name).read_text(encoding="utf-8")
