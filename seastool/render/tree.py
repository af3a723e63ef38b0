"""One tree of named fields over every byte of a unit: head, body, encoded message, SIP text.

The leaves of the tree lie side by side and cover the unit from its first byte to its last,
whatever the layout: bytes that nothing accounts for get a field ``unclaimed``, and of two parts
that claim the same bytes the first has them and the other is told as a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from seastool.errors import DecodeError
from seastool.render.message_tree import MessageTree
from seastool.seas.dialect import Dialect
from seastool.seas.types import Direction
from seastool.wire import Node, Structure
from seastool.wire.fields import Bytes


@dataclass(slots=True)
class Fault:
    """What is wrong at a place: bytes start to end of the unit."""

    start: int
    end: int
    message: str


@dataclass(slots=True)
class UnitTree:
    """A unit taken apart.

    root: covers all of `data`; starts, ends and texts of its nodes are offsets in `data`.
    text: where the SIP text lies, start and end; both 0 if there is none.
    headers: the name of a header's type by the name of its node, such as ``headers[3]``.
    """

    data: bytes
    root: Node
    dialect: Dialect
    text: tuple[int, int] = (0, 0)
    headers: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def slice(self, where: tuple[int, int]) -> bytes:
        """Bytes of the SIP text; what lies outside of it is cut off."""
        start, end = where
        return self.data[max(start, self.text[0]) : max(0, min(end, self.text[1]))]

    def label(self, path: str) -> str:
        """A path with the type's name for a header's number: ``VIA[0].host``."""
        name, bracket, rest = path.partition("]")
        header = self.headers.get(f"{name}{bracket}")
        return path if header is None else f"{header}[{name.partition('[')[2]}]{rest}"


def unit_tree(
    data: bytes, struct: type[Structure], order: str, dialect: Dialect, direction: Direction | None
) -> UnitTree:
    """Take a unit apart as `struct`, whose fields stand in `order`. Never raises."""
    try:
        root = struct.trace(data, order=order)
    except DecodeError as error:
        root = Node("unit", 0, len(data), None, None, None, [])
        if data:
            root.children = [Node("undecoded", 0, len(data), data)]
        return UnitTree(data, root, dialect, faults=[Fault(error.offset, len(data), str(error))])
    root.name = "unit"
    tree = UnitTree(data, root, dialect)
    for node in root.children:
        if isinstance(node.field, Bytes) and node.start < node.end:
            if node.field.shows == "message" and direction is not Direction.TO_OPENSER:
                _open_message(tree, node)
            elif node.field.shows == "sip":
                tree.text = (node.start, node.end)
                node.name = "text"
    return tree


def _open_message(tree: UnitTree, node: Node) -> None:
    opened = MessageTree(tree.data, node.start, node.end, tree.dialect)
    node.name = "message"
    node.children = opened.nodes
    tree.text = opened.text
    tree.headers = opened.headers
    tree.faults += [Fault(*fault) for fault in opened.faults]


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """The fields that have no parts, in order, each with its path."""
    for child in node.children:
        name = joined(path, child.name)
        if child.children:
            yield from leaves(child, name)
        elif child.start < child.end:
            yield name, child


def joined(path: str, name: str) -> str:
    """The path of a node below `path`, without the levels that say nothing: the message itself,
    a header's body, and a list before the name of its item."""
    if name in ("message", "info", "body"):
        return path
    if name.startswith("[") or not path:
        return f"{path}{name}"
    above, dot, last = path.rpartition(".")
    if name.startswith(f"{last}["):
        return f"{above}{dot}{name}"
    return f"{path}.{name}"
