"""The script itself: tables made from the declarations, then the parts that read them."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from seastool.render.wireshark.declared import bodies, sides, structures
from seastool.render.wireshark.filters import all_filters
from seastool.render.wireshark.lua import literal
from seastool.render.wireshark.numbers import dialects, group_of, groups, known_methods
from seastool.seas.dialect import Dialect
from seastool.seas.evidence import LAYOUT_B_ONLY, NAMES
from seastool.seas.framing import TRUSTED_FRAME
from seastool.seas.handshake import SOCKET_INFO_MARK
from seastool.seas.message import CALLID, FIRST_STATUS
from seastool.seas.plausible import MAX_FRAME, MAX_NAME, MIN_FRAME

PARTS: Final = ("text", "reading", "message", "facts", "detecting", "showing", "streams")
EVENT_PORTS, ACTION_PORTS = "5080", "5081"
DETECT: Final = 0

_HEAD = """\
-- SEAS for Wireshark and tshark: a dissector that {writer} wrote from its declarations.
-- Do not edit it: `seastool export wireshark > seas.lua` writes it again.
-- tshark -X lua_script:seas.lua -r FILE, or put it into Wireshark's folder for personal plugins.
-- SPDX-License-Identifier: GPL-2.0-or-later

local structures, names, sides, bodies = {{}}, {{}}, {{}}, {{}}
local numbers, dialects, fields, experts = {{}}, {{}}, {{}}, {{}}
local likely
"""


def write_dissector(dialect: Dialect | None = None, version: str = "") -> str:
    """The script. dialect: what the preference says at first; None: to detect it.
    version: of seastool, for the first line."""
    declared = (structures(), _structure_names(), sides(), bodies(), dialects())
    tables = (
        _HEAD.format(writer=f"seastool {version}".strip()),
        *declared,
        _filters(),
        _constants(dialect),
    )
    parts = [f"local {part} = (function()\n{_part(part)}end)()\n" for part in PARTS]
    return "\n".join((*tables, *parts, _part("main")))


def _structure_names() -> str:
    return "for name, struct in pairs(structures) do names[struct] = name end\n"


def _filters() -> str:
    lines = (
        literal({"name": f.name, "type": f.type, "doc": f.doc or None, "hex": f.hex or None})
        for f in all_filters().values()
    )
    return "local filters = {\n" + "".join(f"  {line},\n" for line in lines) + "}\n"


def _constants(dialect: Dialect | None) -> str:
    told: dict[str, object] = {
        "MIN_FRAME": MIN_FRAME,
        "MAX_FRAME": MAX_FRAME,
        "TRUSTED_FRAME": TRUSTED_FRAME,
        "MAX_NAME": MAX_NAME,
        "SOCKET_INFO_MARK": SOCKET_INFO_MARK,
        "FIRST_STATUS": FIRST_STATUS,
        "CALLID": CALLID,
        "EVENT_PORTS": EVENT_PORTS,
        "ACTION_PORTS": ACTION_PORTS,
        "DIALECT": DETECT if dialect is None else 1 + groups().index(group_of(dialect)),
        "METHODS": dict.fromkeys(known_methods(), True),
        "WRITTEN": dict(NAMES),
        "COMPACT": dict.fromkeys(LAYOUT_B_ONLY, True),
    }
    return f"local constants = {literal(told)}\n"


def _part(name: str) -> str:
    path = files("seastool.render.wireshark").joinpath("script", f"{name}.lua")
    return path.read_text(encoding="utf-8")
