"""The scalar types of a scenario file: each checks itself and says what it wants."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, core_schema

from seastool.scenario.errors import BadText, shown
from seastool.scenario.matching.fields import FRAME_TYPES, OTHER_TYPE
from seastool.scenario.reading.scalars import Scalar, kind_of
from seastool.scenario.units import DURATION, RATE, parse_duration, parse_rate

MISTAKE = "scenario"  # the type of errors whose message is ours
UNLIMITED = "unlimited"
TEMPLATE = r"\{\{"
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_WHOLE_NAME = re.compile(_NAME)


class Model(BaseModel):
    """A mapping with fixed keys. A Python keyword as key has an underscore behind it here."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=lambda name: name.rstrip("_"),
        use_attribute_docstrings=True,
    )


class Short:
    """Takes a scalar for a whole mapping: it is the value of one key, `name`.

    words: the only scalars that are taken, and the mapping that each stands for.
    """

    def __init__(self, name: str = "", words: Mapping[str, dict[str, str]] | None = None) -> None:
        self._name = name
        self._words = words or {}

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        inner: core_schema.CoreSchema = handler(source)
        schema = core_schema.no_info_before_validator_function(self._widen, inner)
        schema["metadata"] = {"pydantic_js_functions": [self._json_schema]}
        return schema

    def _widen(self, value: object) -> object:
        if not isinstance(value, str | int | float):
            return value
        if not self._words:
            return {self._name: value}
        if value in self._words:
            return self._words[str(value)]
        raise mistake(f"{' or '.join(self._words)} expected, found {shown(str(value))}")

    def _json_schema(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        scalar = {"enum": list(self._words)} if self._words else {"type": ["string", "integer"]}
        return {"anyOf": [scalar, handler(schema["schema"])]}


def mistake(message: str) -> PydanticCustomError:
    """An error with a message of ours."""
    return PydanticCustomError(MISTAKE, "{message}", {"message": message})


def is_template(value: object) -> bool:
    """Whether the value of a text is known only later."""
    return isinstance(value, str) and "{{" in value


def _checked(parse: Callable[[str], float], example: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str):
            raise mistake(f"{kind_of(value)} without a unit: write {example}")
        if not is_template(value):
            try:
                parse(value)
            except BadText as error:
                raise mistake(str(error)) from None
        return value

    return check


def _name(value: object) -> str:
    if isinstance(value, str) and _WHOLE_NAME.fullmatch(value):
        return value
    told = shown(value) if isinstance(value, str) else kind_of(value)
    raise mistake(f"{told} is no name: letters, digits and _, a letter first")


def _count(value: object) -> int | str:
    if isinstance(value, str) and is_template(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    told = shown(value) if isinstance(value, str) else kind_of(value)
    raise mistake(f"a number from 0 on expected, found {told}")


def _calls(value: object) -> int | None:
    if value == UNLIMITED:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    told = shown(value) if isinstance(value, str) else kind_of(value)
    raise mistake(f"a number from 1 on, or {UNLIMITED}, expected, found {told}")


def _scalar(value: object) -> Scalar:
    if isinstance(value, str | int | float):
        return value
    raise mistake(f"text or a number expected, found {kind_of(value)}")


def _value(value: object) -> object:
    if isinstance(value, list) and value:
        return tuple(_scalar(item) for item in value)
    return _scalar(value)


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if items and all(isinstance(item, str) for item in items):
        return tuple(items)
    found = next((item for item in items if not isinstance(item, str)), value)
    raise mistake(f"a name or a list of names expected, found {kind_of(found)}")


def _text_schema(pattern: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$|{TEMPLATE}"}


_SCALARS: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_TEXTS: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}

Duration = Annotated[
    str,
    BeforeValidator(_checked(parse_duration, "100ms, 2s or 1m")),
    WithJsonSchema(_text_schema(DURATION)),
]
Rate = Annotated[
    str, BeforeValidator(_checked(parse_rate, "100/s")), WithJsonSchema(_text_schema(RATE))
]
Name = Annotated[
    str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})
]
Count = Annotated[
    int | str,
    PlainValidator(_count),
    WithJsonSchema({"type": ["integer", "string"], "minimum": 0, "pattern": TEMPLATE}),
]
Calls = Annotated[
    int | None,
    PlainValidator(_calls),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": UNLIMITED}]}),
]
Value = Annotated[Scalar, PlainValidator(_scalar), WithJsonSchema(_SCALARS)]
Values = Annotated[
    Any,
    PlainValidator(_value),
    WithJsonSchema({"anyOf": [_SCALARS, {"type": "array", "items": _SCALARS, "minItems": 1}]}),
]
_TYPE: dict[str, Any] = {
    "anyOf": [{"enum": list(FRAME_TYPES)}, {"type": "string", "pattern": f"^{OTHER_TYPE.pattern}$"}]
}
FrameTypes = Annotated[
    tuple[str, ...],
    PlainValidator(_texts),
    WithJsonSchema({"anyOf": [_TYPE, {"type": "array", "items": _TYPE, "minItems": 1}]}),
]
Texts = Annotated[tuple[str, ...], PlainValidator(_texts), WithJsonSchema(_TEXTS)]
