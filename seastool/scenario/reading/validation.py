"""A document held against the model: what pydantic refuses, said in the words of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from seastool.scenario.errors import Mistake, ScenarioError, shown, suggestion
from seastool.scenario.reading.document import Document, Path
from seastool.scenario.reading.model import ScenarioModel
from seastool.scenario.reading.model_types import MISTAKE
from seastool.scenario.reading.scalars import kind_of


def validate(document: Document) -> ScenarioModel:
    """Raises: ScenarioError with all that is wrong."""
    try:
        return ScenarioModel.model_validate(document.root.plain(), strict=True)
    except ValidationError as error:
        found = [_mistake(document, fault) for fault in error.errors(include_url=False)]
    raise ScenarioError(document.name, found)


def _mistake(document: Document, fault: Any) -> Mistake:
    path: Path = fault["loc"]
    kind = fault["type"]
    if kind == "extra_forbidden":
        known = _keys_at(path[:-1])
        message = f"unknown key {shown(str(path[-1]))}{suggestion(str(path[-1]), known)}"
        return Mistake(document.key_place(path), message)
    if kind == "missing":
        return Mistake(document.node(path[:-1]).place, f"the key {path[-1]} is missing")
    if path and path[-1] == "[key]":
        return Mistake(document.key_place(path[:-1]), _message(fault))
    return Mistake(document.node(path).place, _message(fault))


def _message(fault: Any) -> str:
    found = kind_of(fault["input"])
    match fault["type"]:
        case str(kind) if kind == MISTAKE:
            return str(fault["ctx"]["message"])
        case "string_type":
            quotes = ": put it in quotes" if isinstance(fault["input"], int | float) else ""
            return f"text expected, found {found}{quotes}"
        case "int_type":
            return f"a number expected, found {found}"
        case "bool_type":
            return f"true or false expected, found {found}"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"a mapping expected, found {found}"
        case "list_type":
            return f"a list expected, found {found}"
        case "literal_error":
            told = shown(fault["input"]) if isinstance(fault["input"], str) else found
            return f"{fault['ctx']['expected'].replace(chr(39), '')} expected, found {told}"
        case "too_short":
            return "the list is empty"
        case "greater_than_equal":
            return f"at least {fault['ctx']['ge']}, found {fault['input']}"
    return str(fault["msg"])


def _keys_at(path: Path) -> list[str]:
    """The keys of the mapping that stands at a path of the model."""
    here: Any = ScenarioModel
    for step in path:
        models = [one for one in _choices(here) if _is_model(one)]
        if isinstance(step, str) and models:
            here = _field(models[0], step)
        else:
            here = next((get_args(one)[-1] for one in _choices(here) if get_origin(one)), None)
    found = [one for one in _choices(here) if _is_model(one)]
    return [name.rstrip("_") for name in found[0].model_fields] if found else []


def _field(model: type[BaseModel], key: str) -> Any:
    field = model.model_fields.get(key) or model.model_fields.get(f"{key}_")
    return field.annotation if field else None


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


def _choices(annotation: Any) -> Iterator[Any]:
    """The types that an annotation allows, None left out."""
    if get_origin(annotation) is Annotated:
        yield from _choices(get_args(annotation)[0])
    elif get_origin(annotation) in (list, dict) or isinstance(annotation, type):
        yield annotation
    else:
        for one in get_args(annotation):
            yield from _choices(one)
