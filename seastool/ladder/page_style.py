"""Style and script of the page of ladders."""

from __future__ import annotations

from typing import Final

from seastool.ladder.page import page_file, page_script, themes
from seastool.ladder.svg_style import base_style, theme_style

# Styles of seastool.render.paint by their SGR codes, as elements: short ones, of which a page
# may have a hundred thousand.
TAGS: Final = {"1": "b", "2": "u", "36": "i", "32": "em", "1;31": "strong"}


def ladder_script() -> str:
    """The page's script."""
    return page_script("packed", "search", "page")


def ladder_style() -> str:
    """All of the page's style: both themes, what the pictures have, the page itself."""
    return f"{themes(theme_style)}{base_style()}\n{page_file('page.css')}"
