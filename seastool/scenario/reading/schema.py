"""The JSON Schema of a scenario file, for editors and other tools."""

from __future__ import annotations

from typing import Any

from seastool.scenario.reading.model import STEP_KEYS, ScenarioModel


def scenario_schema() -> dict[str, Any]:
    """The schema, made from the records that files are read into."""
    made = ScenarioModel.model_json_schema(by_alias=True)
    defs = made["$defs"]
    defs["StepModel"]["oneOf"] = [{"required": [key]} for key in STEP_KEYS]
    defs["RepeatModel"]["anyOf"] = [{"required": [key]} for key in ("count", "while")]
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}
    schema["title"] = "A seastool scenario"
    plain: dict[str, Any] = _without_titles(schema)
    return plain


def _without_titles(value: Any) -> Any:
    """Pydantic's titles only repeat the keys."""
    if isinstance(value, list):
        return [_without_titles(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_titles(item)
        for key, item in value.items()
        if not (key == "title" and isinstance(item, str) and "$schema" not in value)
    }
