"""A YAML file as plain values that know their place, bounded in size, depth and aliases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from seastool.scenario.errors import Mistake, Place, ScenarioError, shown
from seastool.scenario.reading.scalars import Scalar, resolve

MAX_SIZE = 1 << 22  # characters
MAX_NODES = 200_000  # what aliases stand for counts each time
MAX_DEPTH = 40

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNFIT = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_QUOTE = 'a template at the start of a value needs quotes: "{{ name }}"'

Path = Sequence[str | int]


@dataclass(slots=True)
class Node:
    """A value of the file. size: how many nodes it stands for, itself included.

    keys: of a mapping, where each key stands. raw: a scalar's text. style: its quotes, or ``|``.
    """

    place: Place
    value: Any
    size: int = 1
    keys: dict[str, Place] = field(default_factory=dict)
    raw: str = ""
    style: str | None = None

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class Document:
    """A file that was read: the root, and where everything stands."""

    def __init__(self, name: str, text: str, root: Node) -> None:
        self.name = name
        self.root = root
        self._lines = _BREAK.split(text)

    def node(self, path: Path) -> Node:
        """The value at a path, or the nearest one above it."""
        node = self.root
        for step in path:
            inner = self._inner(node, step)
            if inner is None:
                break
            node = inner
        return node

    def _inner(self, node: Node, step: str | int) -> Node | None:
        if isinstance(node.value, dict) and isinstance(step, str):
            return node.value.get(step)
        if isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            inner: Node = node.value[step]
            return inner
        return None

    def key_place(self, path: Path) -> Place:
        """Where the last key of a path stands, or what holds it."""
        above = self.node(path[:-1])
        return above.keys.get(str(path[-1]), self.node(path).place) if path else above.place

    def text_place(self, path: Path, offset: int) -> Place:
        """Where a character of a text stands; the text's start where it cannot be told."""
        node = self.node(path)
        text = node.raw
        if not isinstance(node.value, str) or not 0 <= offset <= len(text):
            return node.place
        before = text[:offset]
        row = before.count("\n")
        column = offset - (before.rfind("\n") + 1)
        line = text.split("\n")[row]
        at = node.place.line - 1
        if node.style == "|":
            at += 1 + row
            source = self._lines[at] if at < len(self._lines) else ""
            if source.endswith(line):
                return Place(at + 1, len(source) - len(line) + column + 1)
        elif not row and self._lines[at].startswith(line, start := self._start(node)):
            return Place(at + 1, start + column + 1)
        return node.place

    def _start(self, node: Node) -> int:
        return node.place.column - 1 + (node.style in ("'", '"'))


def read_document(text: str, name: str) -> Document:
    """Parse YAML. Raises: ScenarioError, saying where."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_SIZE:
        raise _error(name, Place(1, 1), f"{len(text):,} characters, at most {MAX_SIZE:,} are taken")
    if unfit := _UNFIT.search(text):
        before = text[: unfit.start()]
        line = before.count("\n") + 1
        place = Place(line, unfit.start() - before.rfind("\n"))
        message = f"the character {unfit[0].encode('unicode_escape').decode()} cannot stand in YAML"
        raise _error(name, place, f"{message}; in a template write {{{{ bytes(00) }}}}")
    return Document(name, text, _Composer(name).compose(text))


def _error(name: str, place: Place, message: str) -> ScenarioError:
    return ScenarioError(name, [Mistake(place, message)])


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


class _Composer:
    """Builds nodes from the parser's events, in a loop rather than by recursion."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[tuple[Node, str | None]] = []  # and the anchor it has
        self._key: list[tuple[str, Place] | None] = []  # of each open node, the key at hand
        self._anchors: dict[str, Node] = {}
        self._nodes = 0
        self._root: Node | None = None

    def compose(self, text: str) -> Node:
        try:
            for event in self._events(text):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = _place(mark) if mark else Place(1, 1)
            raise _error(self._name, where, f"not YAML: {error.problem or error}") from None
        except yaml.YAMLError as error:
            message = str(error).partition("\n")[0]
            raise _error(self._name, Place(1, 1), f"not YAML: {message}") from None
        if self._root is None:
            raise _error(self._name, Place(1, 1), "the file is empty")
        return self._root

    def _events(self, text: str) -> Iterator[Any]:
        return iter(yaml.parse(text, Loader=_LOADER))

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._alias(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._finish()
            case yaml.DocumentStartEvent() if self._root is not None:
                raise _error(self._name, _place(event.start_mark), "a file holds one scenario")

    def _scalar(self, event: Any) -> None:
        place = _place(event.start_mark)
        self._no_tag(event, place)
        style = event.style or None
        value: Scalar = event.value if style else resolve(event.value)
        node = Node(place, value, raw=event.value, style=style)
        self._remember(event.anchor, node)
        self._add(node)

    def _no_tag(self, event: Any, place: Place) -> None:
        if event.tag:
            raise _error(self._name, place, f"tags such as {shown(event.tag)} are not taken")

    def _remember(self, anchor: str | None, node: Node) -> None:
        if anchor:
            self._anchors[anchor] = node

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        place = _place(event.start_mark)
        if node is None:
            message = f"the alias {shown('*' + event.anchor)} names nothing that is whole by then"
            raise _error(self._name, place, message)
        self._count(node.size, place)
        self._add(node, counted=True, place=place)

    def _begin(self, event: Any) -> None:
        place = _place(event.start_mark)
        self._no_tag(event, place)
        if len(self._open) >= MAX_DEPTH:
            raise _error(self._name, place, f"nested more than {MAX_DEPTH} deep")
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if self._waits_for_key():
            raise _error(self._name, place, f"a key is one word; {_QUOTE}")
        self._open.append((Node(place, {} if is_mapping else []), event.anchor))
        self._key.append(None)

    def _finish(self) -> None:
        node, anchor = self._open.pop()
        self._key.pop()
        self._remember(anchor, node)
        self._add(node)

    def _waits_for_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0].value, dict) and not self._key[-1]

    def _count(self, size: int, place: Place) -> None:
        self._nodes += size
        if self._nodes > MAX_NODES:
            message = f"more than {MAX_NODES:,} values, those that aliases stand for included"
            raise _error(self._name, place, message)

    def _add(self, node: Node, *, counted: bool = False, place: Place | None = None) -> None:
        """Put a whole node where it belongs."""
        if not counted:
            self._count(1, node.place)
        if not self._open:
            self._root = node
            return
        above = self._open[-1][0]
        if isinstance(above.value, list):
            above.value.append(node)
        elif (key := self._key[-1]) is None:
            self._take_key(node, place or node.place)
            return
        else:
            name, where = key
            above.value[name] = node
            above.keys[name] = where
            self._key[-1] = None
        above.size += node.size

    def _take_key(self, node: Node, place: Place) -> None:
        if isinstance(node.value, dict | list):
            raise _error(self._name, place, "a key is one word")
        if node.raw in self._open[-1][0].value:
            first = self._open[-1][0].keys[node.raw]
            message = f"the key {shown(node.raw)} is there already, in line {first.line}"
            raise _error(self._name, place, message)
        self._key[-1] = (node.raw, place)
