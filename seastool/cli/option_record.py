"""Commands whose options are the fields of a dataclass: declared once, and passed on whole."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeGuard, get_type_hints


def with_records(command: Callable[..., None]) -> Callable[..., None]:
    """The command as typer reads it: behind its own options, in place of each parameter that is
    a dataclass, the fields of that; a field that is a dataclass itself stands for its fields."""
    own = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    records: dict[str, type[Any]] = {}
    for name, parameter in own.parameters.items():
        if _is_record(parameter.annotation):
            records[name] = parameter.annotation
        else:
            parameters.append(parameter)
    for record in records.values():
        parameters += _options(record)

    @functools.wraps(command)
    def run(**given: Any) -> None:
        made = {name: _made(record, given) for name, record in records.items()}
        command(**{name: made[name] if name in made else given[name] for name in own.parameters})

    run.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    del run.__wrapped__
    return run


def _is_record(hint: object) -> TypeGuard[type[Any]]:
    return isinstance(hint, type) and is_dataclass(hint)


def _options(record: type[Any]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(record, include_extras=True)
    for field in fields(record):
        hint = hints[field.name]
        if _is_record(hint):
            yield from _options(hint)
        else:
            default = inspect.Parameter.empty if field.default is MISSING else field.default
            yield inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint
            )


def _made(record: type[Any], given: Mapping[str, Any]) -> Any:
    hints = get_type_hints(record)
    values: dict[str, Any] = {}
    for field in fields(record):
        hint = hints[field.name]
        values[field.name] = _made(hint, given) if _is_record(hint) else given[field.name]
    return record(**values)
