"""The encoded message as nodes that lie side by side (docs/protocol.md: The encoded message).

Its four parts say themselves where the next ones lie, so a hostile message can put them on top
of each other: parts are taken in the order information, index, SIP text, header structures, and
each has only bytes that none before it has.
"""

from __future__ import annotations

from seastool.errors import DecodeError
from seastool.seas.dialect import Dialect
from seastool.seas.header import BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix, body_types
from seastool.seas.message import IndexEntry, MessageInfo
from seastool.wire import Base, Node, Span, Structure
from seastool.wire.fields import Number, Role
from seastool.wire.interpreter import walk

INDEX_ENTRY_SIZE = 3
BARE_SIZE = 4

FaultSpan = tuple[int, int, str]


class MessageTree:
    """The encoded message in data[start:end], taken apart.

    nodes: the parts, in order, from start to end without a hole.
    text: start and end of the SIP text in `data`. headers: names of header types by node name.
    """

    def __init__(self, data: bytes, start: int, end: int, dialect: Dialect) -> None:
        self._data = data
        self._start = start
        self._end = end
        self._dialect = dialect
        self.text = (end, end)
        self.headers: dict[str, str] = {}
        self.faults: list[FaultSpan] = []
        self._parts: list[Node] = []
        self._open()
        self.nodes = self._with_unclaimed()

    def _open(self) -> None:
        start = self._start
        where = int.from_bytes(self._data[start + 2 : start + 4], "big")
        origins = {Base.TEXT: start + where, Base.HEADER: start + where}
        try:
            info = walk(MessageInfo, self._data, start, self._end, "", origins, name="info")
        except DecodeError as error:
            self._fault(error.offset, self._end, f"message information: {error}")
            return
        record: MessageInfo = info.value
        self._claim(info)
        entries = self._index(info.end, record.header_count)
        text = Node("text", start + where, start + record.text.end, b"")
        if text.end > self._end:
            self._fault(
                text.start,
                self._end,
                f"the SIP text ends {text.end - self._end} bytes past the message",
            )
            text.end = max(text.start, self._end)
        if text.start < text.end and self._claim(text):
            self.text = (text.start, text.end)
            text.value = self._data[text.start : text.end]
        self._point_body(info)
        for i, entry in enumerate(entries[:-1]):
            self._header(i, entry, entries[i + 1], start + where)

    def _point_body(self, info: Node) -> None:
        """Give body_start its text, which ends where the SIP text does."""
        for node in info.children:
            if isinstance(node.field, Number) and node.field.role is Role.TAIL:
                begin = self._start + info.value.text.start + node.value
                node.text = (begin, max(begin, self.text[1]))

    def _index(self, at: int, count: int) -> list[IndexEntry]:
        """Claim the index; returns its entries, the closing one too."""
        index = Node("index", at, at, [])
        for i in range(count + 1):
            try:
                node = walk(IndexEntry, self._data, index.end, self._end, "", {}, name=f"[{i}]")
            except DecodeError as error:
                self._fault(index.end, self._end, f"headers index: {error}")
                break
            index.children.append(node)
            index.value.append(node.value)
            index.end = node.end
        if index.children:
            self._claim(index)
        entries: list[IndexEntry] = index.value
        return entries

    def _header(self, i: int, entry: IndexEntry, following: IndexEntry, text_origin: int) -> None:
        name = f"headers[{i}]"
        self.headers[name] = self._dialect.header_name(entry.type) or "OTHER"
        start, end = self._start + entry.start, self._start + following.start
        if end < start or start >= self._end:
            self._fault(
                start, end, f"{name} lies at {entry.start} to {following.start} of the payload"
            )
            return
        if end > self._end:
            self._fault(start, self._end, f"{name} ends {end - self._end} bytes past the message")
            end = self._end
        if start == end:
            self._fault(start, end, f"{name} has no structure")
            return
        node = Node(name, start, end, entry)
        if self._claim(node):
            self._fill(node, entry, text_origin)

    def _fill(self, node: Node, entry: IndexEntry, text_origin: int) -> None:
        """The fields of a header's structure: prefix, then the body by the header's type."""
        origins = {Base.TEXT: text_origin}
        body_at = node.start
        try:
            prefix = walk(self._prefix(node), self._data, node.start, node.end, "", origins)
        except DecodeError as error:
            self._fault(node.start, node.end, f"{node.name}: {error}")
        else:
            node.children += prefix.children
            header: Span = prefix.value.header
            origins[Base.HEADER] = text_origin + header.start
            body_at = prefix.end
        if body_at == node.end:
            return
        body = Node("undecoded", body_at, node.end, self._data[body_at : node.end])
        struct = body_types(self._dialect).get(entry.type)
        if Base.HEADER in origins and struct is not None:
            body = self._body(struct, body, origins, node.name)
        elif Base.HEADER in origins:
            self._fault(body_at, node.end, f"{node.name}: this header type has no body")
        node.children.append(body)

    def _body(
        self, struct: type[Structure], opaque: Node, origins: dict[Base, int], name: str
    ) -> Node:
        """The body's fields; all of it as one field where they do not fit."""
        try:
            body = struct.trace(self._data, opaque.start, opaque.end, origins=origins)
        except DecodeError as error:
            self._fault(error.offset, opaque.end, f"{name}: {error}")
            return opaque
        body.name = "body"
        return body

    def _prefix(self, node: Node) -> type[Structure]:
        if self._dialect.header_prefix == BARE_SIZE:
            return ShortHeaderPrefix
        return BareHeaderPrefix if node.end - node.start == BARE_SIZE else HeaderPrefix

    def _fault(self, start: int, end: int, message: str) -> None:
        size = len(self._data)
        self.faults.append((min(start, size), min(max(start, end), size), message))

    def _claim(self, node: Node) -> bool:
        """Take the bytes of a node, unless another part has some of them."""
        for other in self._parts:
            if node.start < other.end and other.start < node.end:
                told = f"{node.name} lies over {other.name}"
                self._fault(max(node.start, other.start), min(node.end, other.end), told)
                return False
        self._parts.append(node)
        return True

    def _with_unclaimed(self) -> list[Node]:
        nodes: list[Node] = []
        at = self._start
        for part in sorted(self._parts, key=lambda node: node.start):
            if at < part.start:
                nodes.append(self._unclaimed(at, part.start))
            nodes.append(part)
            at = part.end
        if at < self._end:
            nodes.append(self._unclaimed(at, self._end))
        return nodes

    def _unclaimed(self, start: int, end: int) -> Node:
        if not any(start <= s < end or s <= start < e for s, e, _ in self.faults):
            self._fault(start, end, "nothing accounts for these bytes")
        return Node("unclaimed", start, end, self._data[start:end])
