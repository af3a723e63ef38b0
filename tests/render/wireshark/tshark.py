"""tshark with the dissector: what it shows of a capture, as filters and values."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from seastool.render.wireshark.filters import all_filters

Field = tuple[str, str]
Pairs = list[tuple[str, Any]]
TYPES = {f.name: f.type for f in all_filters().values()}
FAULTS = {"seas.expert.undecoded", "seas.expert.place", "seas.expert.unaccounted"}


class Packet(NamedTuple):
    """A packet with SEAS: the fields of each of its units, and the expert infos."""

    number: int
    units: list[list[Field]]
    experts: list[Field]


def program() -> str:
    """The program. Skips where it is not installed; in CI, fails."""
    found = shutil.which("tshark")
    if found is None:
        reason = "tshark is not installed: apt-get install tshark"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return found


def run(script: Path, capture: Path, *options: str) -> str:
    """What tshark prints; fails on any word of an error in Lua."""
    done = subprocess.run(
        [program(), "-X", f"lua_script:{script}", "-r", str(capture), *options],
        capture_output=True,
        check=False,
        timeout=120,
    )
    out, err = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
    told = [line for line in err.splitlines() if not line.startswith("Running as user")]
    assert done.returncode == 0, err
    assert not told, told[:5]
    assert "Lua Error" not in out, out[out.index("Lua Error") - 300 :][:900]
    assert "_ws.lua.error" not in out
    return out


def dissect(script: Path, capture: Path, *options: str) -> list[Packet]:
    """The packets that the dissector takes."""
    shown = ("-Y", "seas", "-T", "json", "-J", "seas frame", "-o", "tcp.desegment_tcp_streams:TRUE")
    out = run(script, capture, *shown, *options)
    return [_packet(dict(packet)) for packet in json.loads(out, object_pairs_hook=list)]


def shown(packets: list[Packet], dialect: str = "") -> dict[int, list[list[Field]]]:
    """The fields of each unit by packet number. dialect: what each must have been read in."""
    found: dict[int, list[list[Field]]] = {}
    for packet in packets:
        for unit in packet.units:
            told = dict(unit).get("seas.dialect")
            assert not dialect or told == dialect, (packet.number, told)
            fields = [field for field in unit if field[0] != "seas.dialect"]
            found.setdefault(packet.number, []).append(fields)
    return found


def _packet(packet: dict[str, Any]) -> Packet:
    layers: Pairs = dict(packet["_source"])["layers"]
    number = next(int(dict(layer)["frame.number"]) for name, layer in layers if name == "frame")
    found = Packet(number, [], [])
    for name, layer in layers:
        if name == "seas":
            fields: list[Field] = []
            _collect(layer, fields, found.experts)
            found.units.append(fields)
    return found


def _collect(pairs: Pairs, fields: list[Field], experts: list[Field]) -> None:
    for name, value in pairs:
        if name == "_ws.expert":
            kind = next(key for key, _ in value if key.startswith("seas.expert."))
            message = dict(value)["_ws.expert.message"]
            experts.append((kind, message))
            if kind in FAULTS:
                fields.append(("fault", message))
        elif isinstance(value, list):
            _collect(value, fields, experts)
        elif name.startswith("seas.") and TYPES[name] != "none":
            fields.append((name, _value(TYPES[name], value)))


def _value(type: str, shown: str) -> str:
    if "int" in type:
        return str(int(shown, 0))
    if type == "boolean":
        return {"true": "1", "false": "0"}.get(shown.lower(), shown)
    return shown.replace(":", "") if type == "bytes" else shown
