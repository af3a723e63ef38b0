"""The fields of a unit as JSON: by a compiled writer, and by its tree where that gives up."""

from __future__ import annotations

from seastool.render.jsonl.codes import codes_of, dump
from seastool.render.jsonl.compiler import FAILURES, Writer, compile_writer
from seastool.render.jsonl.fields import unit_fields
from seastool.render.jsonl.message import write_message
from seastool.render.tree import UnitTree, unit_tree
from seastool.seas.dialect import Dialect
from seastool.seas.types import Direction
from seastool.wire import Structure

_writers: dict[tuple[type[Structure], str], Writer] = {}


def _writer(struct: type[Structure], order: str) -> Writer:
    writer = _writers.get((struct, order))
    if writer is None:
        writer = _writers[struct, order] = compile_writer(struct, order, write_message)
    return writer


def unit_json(
    data: bytes, struct: type[Structure], order: str, dialect: Dialect, direction: Direction | None
) -> str:
    """``"fields":{...}``, and ``"faults":[...]`` if anything does not fit. Never raises."""
    try:
        text, end, _ = _writer(struct, order)(data, 0, len(data), b"", None, 0, codes_of(dialect))
        if end == len(data):
            return f'"fields":{text}'
    except FAILURES:
        pass
    return tree_json(unit_tree(data, struct, order, dialect, direction))


def tree_json(tree: UnitTree) -> str:
    """The same from a tree."""
    text = f'"fields":{dump(unit_fields(tree))}'
    if not tree.faults:
        return text
    faults = [{"start": f.start, "end": f.end, "message": f.message} for f in tree.faults]
    return f'{text},"faults":{dump(faults)}'
