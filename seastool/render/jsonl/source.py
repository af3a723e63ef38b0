"""Writing a JSON writer: lines of Python, and the objects that they refer to."""

from __future__ import annotations

import struct as packing
from collections.abc import Callable
from typing import Any

from seastool.render.jsonl.escape import EMPTY, quote_bytes
from seastool.render.jsonl.parameters import write_parameters
from seastool.wire.fields import Field, Number, SizeOf, SpanField, Total

FAILURES = (IndexError, packing.error)
Writer = Callable[..., tuple[str, int, int]]
MessageWriter = Callable[..., str]

FIXED = (Number, SpanField, SizeOf, Total)


class Source:
    """The function being written."""

    def __init__(self, message: MessageWriter | None) -> None:
        self.lines: list[str] = []
        self.depth = 1
        self.names: dict[str, Any] = {
            "EMPTY": EMPTY,
            "quote_bytes": quote_bytes,
            "write_parameters": write_parameters,
            "write_message": message,
            "unpack_from": packing.unpack_from,
        }

    def add(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    def build(self, name: str) -> Writer:
        text = "\n".join([f"def {name}(b, p, e, t, x, h, c):", *self.lines])
        exec(compile(text, f"<seastool.render.jsonl {name}>", "exec"), self.names)
        function: Writer = self.names[name]
        function.__doc__ = text
        return function


def runs(fields: tuple[Field, ...]) -> list[list[Field]]:
    """Fields that are read together: unconditional ones of fixed size, side by side."""
    found: list[list[Field]] = []
    open_run = False
    for f in fields:
        joins = isinstance(f, FIXED) and f.when is None
        if joins and open_run:
            found[-1].append(f)
        else:
            found.append([f])
        open_run = joins
    return found
