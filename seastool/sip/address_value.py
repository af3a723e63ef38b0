"""Values of From, To, Contact and route headers as text: their URI, their tag, single routes.

By search, so that what the parser in `address` refuses has a URI too.
"""

from __future__ import annotations

import re
from typing import Final

_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS: Final = re.compile(r"<([^<>]*)>")
_ROUTES: Final = re.compile(r'(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^,"<])+')
_TAG: Final = re.compile(r";\s*tag\s*=\s*([^;,\s]+)", re.IGNORECASE)


def uri_of(value: str) -> str:
    """The URI of a From, To, Contact or route value; the first of several."""
    if '"' in value:
        value = _QUOTED.sub("", value)
    found = _BRACKETS.search(value)
    return found[1] if found else value.partition(";")[0].partition(",")[0].strip()


def tag_of(value: str) -> str:
    """The tag of a From or To value; empty if it has none."""
    if '"' in value:
        value = _QUOTED.sub("", value)
    found = _TAG.search(value.rpartition(">")[2])
    return found[1] if found else ""


def with_tag(value: str, tag: str) -> str:
    """A From or To value with that tag, unless it has one."""
    return value if tag_of(value) else f"{value};tag={tag}"


def routes_of(values: list[str]) -> tuple[str, ...]:
    """The single routes of Record-Route or Route values, in order."""
    found = (route.strip() for value in values for route in _ROUTES.findall(value))
    return tuple(route for route in found if route)
