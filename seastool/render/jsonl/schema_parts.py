"""The pieces that a JSON Schema is put together from."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}
HEX: Schema = {"type": "string", "pattern": "^([0-9a-f]{2})*$"}
NULLABLE: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "number"}
BOOLEAN: Schema = {"type": "boolean"}
SEVERITY: Schema = {"enum": ["info", "warning", "error"]}


def closed(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    """An object of these properties and no others."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def listed(items: Schema) -> Schema:
    """An array of these."""
    return {"type": "array", "items": items}


def by_name(values: Schema) -> Schema:
    """An object of any names, with such values."""
    return {"type": "object", "additionalProperties": values}


def nullable(kind: str) -> Schema:
    """A value of that type, or null."""
    return {"type": [kind, "null"]}


def ref(name: str) -> Schema:
    """A definition by its name."""
    return {"$ref": f"#/$defs/{name}"}


COUNTS: Schema = by_name(INTEGER)
