"""Colours of a ladder in SVG, for light and for dark; a class each, no inline styles."""

from __future__ import annotations

from typing import Final

FONT: Final = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
LIGHT: Final = {
    "paper": "#ffffff",
    "raised": "#f7f9fb",
    "ink": "#1f2328",
    "faint": "#59636e",
    "life": "#b9c0c8",
    "sip": "#0550ae",
    "seas": "#6f42c1",
    "good": "#116329",
    "bad": "#b01d27",
    "warn": "#8a5300",
    "hover": "#5080c01f",
}
DARK: Final = {
    "paper": "#0f141a",
    "raised": "#161c24",
    "ink": "#e4e9ef",
    "faint": "#9aa5b1",
    "life": "#4a5561",
    "sip": "#79b8ff",
    "seas": "#c8a6ff",
    "good": "#6fd583",
    "bad": "#ff8f8a",
    "warn": "#f0b95b",
    "hover": "#9ac0ff26",
}


def base_style() -> str:
    """What does not depend on the theme."""
    return (
        f".ladder text{{font:12px {FONT};white-space:pre}}"
        ".ladder .name{font-weight:bold;font-size:13px}"
        ".ladder .title{font-weight:bold;font-size:14px}"
        ".ladder .small{font-size:11px}"
        ".ladder .halo{paint-order:stroke;stroke-width:5px;stroke-linejoin:round}"
        ".ladder .line{stroke-width:1.5px;fill:none}"
        ".ladder .seas.line{stroke-width:2.5px}"
        ".ladder .again{stroke-dasharray:5 4}"
        ".ladder .life{stroke-width:1px}"
        ".ladder .hit{fill:transparent}"
    )


def theme_style(colours: dict[str, str], scope: str = "") -> str:
    """The colours of one theme. scope: a selector that has to hold for it, with a blank."""
    rules = [
        f"{scope}.ladder .paper{{fill:{colours['paper']}}}",
        f"{scope}.ladder text{{fill:{colours['ink']}}}",
        f"{scope}.ladder text.faint{{fill:{colours['faint']}}}",
        f"{scope}.ladder .halo{{stroke:{colours['paper']}}}",
        f"{scope}.ladder .life{{stroke:{colours['life']}}}",
        f"{scope}.ladder .row:is(:hover,:focus-visible,.open) .hit{{fill:{colours['hover']}}}",
    ]
    for name in ("sip", "seas", "gap"):
        colour = colours["bad" if name == "gap" else name]
        rules.append(f"{scope}.ladder .{name}.line{{stroke:{colour}}}")
        rules.append(f"{scope}.ladder .{name}.head{{fill:{colour}}}")
    for name in ("good", "bad", "warn", "faint"):
        rules.append(f"{scope}.ladder text.{name}{{fill:{colours[name]}}}")
    return "".join(rules)
