"""The byte map: every byte of a unit in hex, beside the one field it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.render.paint import Paint
from seastool.render.printable import printable
from seastool.render.text_map import text_map_lines
from seastool.render.tree import UnitTree, leaves
from seastool.render.values import read_field
from seastool.wire import Node

ROW = 8
PATH_WIDTH = 40


def bytemap_lines(tree: UnitTree, paint: Paint) -> Iterator[str]:
    """The lines of the map, without line ends. SIP text is shown as text, with its claims."""
    for path, node in leaves(tree.root):
        if (node.start, node.end) == tree.text:
            yield _heading(tree, paint)
            yield from text_map_lines(tree, paint)
        else:
            yield from _rows(path, node, tree, paint)
    for fault in tree.faults:
        where = f"{fault.start:04x}..{fault.end:04x}"
        yield f"{paint('fault', 'fault')} {where}: {printable(fault.message)}"


def _heading(tree: UnitTree, paint: Paint) -> str:
    start, end = tree.text
    return paint(
        f"{start:04x}  SIP text, {end - start} bytes, and the fields that claim it", "heading"
    )


def _rows(path: str, node: Node, tree: UnitTree, paint: Paint) -> Iterator[str]:
    """One field: a row for each eight bytes, the first with its name and value."""
    reading = read_field(node, tree)
    label = tree.label(path)
    told = " ".join(part for part in reading if part)
    for at in range(node.start, node.end, ROW):
        digits = tree.data[at : min(at + ROW, node.end)].hex(" ")
        row = f"{paint(f'{at:04x}', 'offset')}  {paint.field(f'{digits:{3 * ROW - 1}}', label)}"
        if at == node.start:
            row += f"  {paint.field(f'{label:{PATH_WIDTH}}', label)} {told}"
        yield row.rstrip()
