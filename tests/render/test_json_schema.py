"""The JSON Schema: as it is in the docs, and true of what is written."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from frames_to_render import CAPTURES, GOLDEN, ROOT, golden_dialect, golden_frames, mutations

from seastool.render.jsonl.schema import record_schema
from seastool.render.jsonl.unit import unit_json
from seastool.seas.codec import frame_struct
from seastool.seas.types import Direction, Socket

FILE = Path(ROOT / "docs" / "schema" / "record.json")
SCHEMA = record_schema()
TYPES = {
    "integer": int,
    "string": str,
    "object": dict,
    "array": list,
    "null": type(None),
    "boolean": bool,
}


def faults(value: Any, schema: dict[str, Any], path: str = "$") -> list[str]:
    """What of a value breaks the schema, for the part of JSON Schema that is used here."""
    if "$ref" in schema:
        return faults(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], path)
    if "anyOf" in schema:
        found = [faults(value, choice, path) for choice in schema["anyOf"]]
        return min(found, key=len) if all(found) else []
    if "const" in schema and value != schema["const"]:
        return [f"{path}: {value!r} is not {schema['const']!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{path}: {value!r} is none of {schema['enum']}"]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and type(value) not in [TYPES[kind] for kind in kinds]:
        return [f"{path}: {value!r} is not {kinds}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return [f"{path}: {value!r}"]
    if isinstance(value, list):
        return [
            f for i, item in enumerate(value) for f in faults(item, schema["items"], f"{path}[{i}]")
        ]
    return _object_faults(value, schema, path) if isinstance(value, dict) else []


def _object_faults(value: dict[str, Any], schema: dict[str, Any], path: str) -> list[str]:
    found = [f"{path}: no {name}" for name in schema.get("required", []) if name not in value]
    others = schema.get("additionalProperties", False)
    for name, item in value.items():
        inner = schema.get("properties", {}).get(name, others)
        if inner is False:
            found.append(f"{path}: unknown {name}")
        else:
            found += faults(item, inner, f"{path}.{name}")
    return found


def test_the_file_is_what_the_declarations_say():
    assert json.loads(FILE.read_text()) == SCHEMA


def test_the_schema_sees_faults():
    assert faults({"schema_version": 1, "record": "frame"}, SCHEMA)
    assert faults([], SCHEMA)


@pytest.mark.parametrize("name", CAPTURES)
def test_captures(name, capsys, monkeypatch):
    from seastool.cli.main import main

    options = ["--json", "--summary", "--lint"]
    monkeypatch.setattr("sys.argv", ["seastool", "decode", str(ROOT / "captures" / name), *options])
    with pytest.raises(SystemExit):
        main()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 50
    for line in lines:
        assert faults(json.loads(line), SCHEMA) == []


def fields_schema() -> dict[str, Any]:
    return SCHEMA["anyOf"][0]["properties"]["fields"]


def assert_fields(frame: bytes, dialect) -> None:
    struct = frame_struct(frame[4], Socket.EVENT, Direction.TO_AS)
    told = json.loads(f"{{{unit_json(frame, struct, '', dialect, Direction.TO_AS)}}}")
    assert faults(told["fields"], fields_schema()) == []
    for fault in told.get("faults", []):
        assert faults(fault, SCHEMA["$defs"]["fault"]) == []


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: "/".join(path.parts[-2:]))
def test_golden_frames(path):
    for frame in golden_frames(path, every=20):
        assert_fields(frame, golden_dialect(path))


def test_changed_frames():
    for i, frame in enumerate(golden_frames(GOLDEN[2], every=800)):
        for changed in mutations(frame, seed=i, count=60):
            assert_fields(changed, golden_dialect(GOLDEN[2]))
