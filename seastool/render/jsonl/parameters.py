"""Parameter lists as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seastool.render.jsonl.escape import EMPTY


def write_parameters(
    pointers: bytes, text: Any, quoted: Callable[[Any], str], origin: int
) -> tuple[str, int]:
    """A list of pointers (see `seastool.wire.parameters`) and how far into the text they reach."""
    found = []
    reach = 0
    used = max(0, len(pointers) - 1) // 2 * 2
    for i in range(0, used, 2):
        name, value, following = pointers[i : i + 3]
        at, end = origin + value, origin + following - 1
        name_end = max(name, value - 1)
        told = quoted(text[at:end]) if end > at else EMPTY
        found.append(
            f'{{"name":{{"start":{name},"text":{quoted(text[origin + name : origin + name_end])}}},'
            f'"value":{{"start":{value},"text":{told}}}}}'
        )
        reach = max(reach, end, at, origin + name_end)
    rest = pointers[used:]
    end_text = ""
    if used:
        end_text = f',"end":{rest[0]}'
        rest = rest[1:]
    odd = f',"odd":[{",".join(map(str, rest))}]' if rest else ""
    return f'{{"parameters":[{",".join(found)}]{end_text}{odd}}}', reach
