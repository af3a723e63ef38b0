"""What every HTML page has in common: its head, its policy, both themes and the switch."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Final

from seastool.ladder.svg_style import DARK, FONT, LIGHT

SWITCH: Final = '<button id="theme" type="button" hidden>Dark</button>'
_BY_SYSTEM: Final = ":root:not([data-theme=light])"
_BY_SWITCH: Final = ":root[data-theme=dark]"
_Rules = Callable[[dict[str, str], str], str]


def page_head(title: str, style: str, script: str) -> str:
    """From the doctype to the start of the body. The policy lets no script run but this one."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def page_script(*names: str) -> str:
    """The script of a page: that of its switch, then the named files, all in one scope."""
    parts = "".join(page_file(f"{name}.js") for name in ("theme", *names))
    return f'(function () {{\n  "use strict";\n{parts}}})();\n'


def themes(rules: _Rules | None = None) -> str:
    """The colours as variables, light or dark by the reader's system and by the switch.

    rules: what else a theme has, made of its colours and the selector that has to hold for it.
    """
    return (
        f"{_theme(':root', LIGHT, 'light', rules)}"
        f"@media (prefers-color-scheme:dark){{{_theme(_BY_SYSTEM, DARK, 'dark', rules)}}}"
        f"{_theme(_BY_SWITCH, DARK, 'dark', rules)}"
    )


def _theme(scope: str, colours: dict[str, str], scheme: str, rules: _Rules | None) -> str:
    variables = "".join(f"--{name}:{value};" for name, value in colours.items())
    more = rules(colours, f"{scope} ") if rules else ""
    return f"{scope}{{color-scheme:{scheme};--mono:{FONT};{variables}}}{more}"


def page_file(name: str) -> str:
    """One of the files beside this module."""
    return files("seastool.ladder").joinpath(name).read_text(encoding="utf-8")
