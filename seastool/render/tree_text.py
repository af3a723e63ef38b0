"""The tree of a unit as lines: every field with its place, its value, its meaning, its text."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.render.paint import Paint
from seastool.render.printable import printable, shown
from seastool.render.tree import UnitTree
from seastool.render.values import read_field
from seastool.wire import Node

NAME_WIDTH = 30
VALUE_WIDTH = 12
INDEX_WIDTH = 6


def tree_lines(tree: UnitTree, paint: Paint) -> Iterator[str]:
    """The lines of a tree, without line ends; the SIP text and the faults come last."""
    for node in tree.root.children:
        yield from _node_lines(node, tree, paint, 1)
    if tree.text[0] < tree.text[1]:
        yield f"  {paint('SIP text', 'heading')}"
        yield from text_lines(tree.data[slice(*tree.text)], paint)
    for fault in tree.faults:
        where = f"bytes {fault.start}..{fault.end}"
        yield f"  {paint('fault', 'fault')} {where}: {printable(fault.message)}"


def text_lines(text: bytes, paint: Paint) -> Iterator[str]:
    """SIP text line by line; a line end other than CRLF is shown."""
    for line in text.removesuffix(b"\n").split(b"\n"):
        whole = line[:-1] if line.endswith(b"\r") else line
        yield f"    {paint('|', 'dim')} {shown(whole)}"


def _node_lines(node: Node, tree: UnitTree, paint: Paint, depth: int) -> Iterator[str]:
    if node.name == "index" and node.children:
        yield from _index_lines(node, tree, paint, depth)
        return
    if node.start == node.end:
        return
    if node.name == "text" and (node.start, node.end) == tree.text:
        yield _line(node, paint, depth, f"{node.end - node.start} bytes", "", "")
        return
    reading = read_field(node, tree)
    if node.name == "body" and node.children:
        for child in node.children:
            yield from _node_lines(child, tree, paint, depth)
        return
    yield _line(node, paint, depth, *reading)
    for child in node.children:
        yield from _node_lines(child, tree, paint, depth + 1)


def _line(node: Node, paint: Paint, depth: int, value: str, meaning: str, text: str) -> str:
    indent = "  " * depth
    style = "dim" if node.field is None and not node.children else "name"
    name = node.name.ljust(max(0, NAME_WIDTH - len(indent)))
    line = f"{paint(f'{node.start:5}', 'offset')} {indent}"
    if node.children and not value:
        return f"{line}{paint(node.name, 'heading')}  {paint(meaning, 'meaning')}".rstrip()
    parts = [f"{line}{paint(name, style)}"]
    parts.append(value.ljust(VALUE_WIDTH) if meaning or text else value)
    if meaning:
        parts.append(paint(meaning, "meaning"))
    if text:
        parts.append(paint(text, "text"))
    return " ".join(parts)


def _index_lines(node: Node, tree: UnitTree, paint: Paint, depth: int) -> Iterator[str]:
    """The headers index in a few lines: what is where; the last entry is the end."""
    entries = node.children
    told = [
        f"{tree.dialect.header_name(e.value.type) or e.value.type} {e.value.start}"
        for e in entries[:-1]
    ]
    told.append(f"end {entries[-1].value.start}")
    indent = "  " * depth
    title = paint("index", "heading")
    what = paint(f"{len(entries)} entries: header type and start of its structure", "dim")
    yield f"{paint(f'{node.start:5}', 'offset')} {indent}{title}  {what}"
    for i in range(0, len(told), INDEX_WIDTH):
        at = entries[i].start
        row = ", ".join(told[i : i + INDEX_WIDTH])
        yield f"{paint(f'{at:5}', 'offset')} {indent}  {row}"
