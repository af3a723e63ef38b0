"""SIP text with the fields that claim it: under each line, which part of it each field names."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from seastool.render.paint import Paint
from seastool.render.printable import printable
from seastool.render.tree import UnitTree, joined
from seastool.wire import Node

Claims = dict[tuple[int, int], list[str]]


def text_map_lines(tree: UnitTree, paint: Paint) -> Iterator[str]:
    """The SIP text line by line, each followed by the fields whose text begins in it."""
    claims = _claims(tree)
    start, end = tree.text
    at = start
    while at < end:
        stop = tree.data.find(b"\n", at, end) + 1 or end
        columns, display = _display(tree.data[at:stop])
        yield f"{paint(f'{at:04x}', 'offset')}  {display}"
        inside = {span: names for span, names in claims.items() if at <= span[0] < stop}
        for (first, last), names in sorted(inside.items(), key=lambda c: (c[0][0], -c[0][1])):
            yield _claim_line(first - at, last - at, names, columns, paint)
        at = stop


def _claim_line(first: int, last: int, names: list[str], columns: list[int], paint: Paint) -> str:
    """Carets under what is claimed; a claim that goes on in the next line ends in dots."""
    begin = columns[first]
    goes_on = last >= len(columns)
    length = max(1, columns[min(last, len(columns) - 1)] - begin)
    marks = "^" * length + ("..." if goes_on else "")
    if first == last:
        marks = "|"
    label = ", ".join(names)
    return f"      {' ' * begin}{paint.field(f'{marks}  {label}', names[0])}"


def _claims(tree: UnitTree) -> Claims:
    claims: Claims = {}
    _collect(tree.root, "", claims, tree)
    return claims


def _collect(node: Node, path: str, claims: Claims, tree: UnitTree) -> None:
    for child in node.children:
        name = joined(path, child.name)
        if child.text is not None and child.name != "version":
            claims.setdefault(child.text, []).append(tree.label(name))
        _collect(child, name, claims, tree)


def _display(line: bytes) -> tuple[list[int], str]:
    """The line as shown, and the column of each of its bytes, with one more for its end."""
    columns: list[int] = []
    shown: list[str] = []
    column = 0
    for character, size in _characters(line):
        text = printable(character)
        columns += [column] * size
        column += _width(text)
        shown.append(text)
    columns.append(column)
    return columns, "".join(shown)


def _characters(line: bytes) -> Iterator[tuple[str, int]]:
    """Each character with its size in bytes; a byte that is not UTF-8 as an escape."""
    at = 0
    while at < len(line):
        byte = line[at]
        size = 1 if byte < 0x80 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
        try:
            yield line[at : at + size].decode(), size
        except UnicodeDecodeError:
            yield f"\\x{byte:02x}", 1
            size = 1
        at += size


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
