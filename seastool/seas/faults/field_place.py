"""Where in a frame the field of a path lies, by the declarations' own trace."""

from __future__ import annotations

import struct as packing
from collections.abc import Sequence

from seastool.errors import DecodeError
from seastool.seas.codec import TYPE_OFFSET, frame_order, frame_struct
from seastool.seas.dialect import Dialect
from seastool.seas.header import Header
from seastool.seas.message import INDEX_ENTRY_SIZE, IndexEntry, Message, MessageInfo
from seastool.seas.types import Direction, Socket
from seastool.wire import Bytes, Node, SpanField


def find_field(
    data: bytes, steps: Sequence[str], socket: Socket, direction: Direction, dialect: Dialect
) -> Node | None:
    """The node of a field, its start and end counted from the frame's; None if this frame has
    no such field, or does not decode as far as it."""
    try:
        return _in_frame(data, tuple(steps), socket, direction, dialect)
    except DecodeError:
        return None


def _in_frame(
    data: bytes, steps: tuple[str, ...], socket: Socket, direction: Direction, dialect: Dialect
) -> Node | None:
    if len(data) <= TYPE_OFFSET or not steps:
        return None
    struct = frame_struct(data[TYPE_OFFSET], socket, direction)
    root = struct.trace(data, order=frame_order(dialect.layout))
    if steps[0] != "message" and (found := _below(root, steps)) is not None:
        return found
    payload = next((node for node in root.children if _is_message(node)), None)
    if payload is None:
        return None
    inner = steps[1:] if steps[0] == "message" else steps
    if not inner:
        return payload
    node = _in_message(Message(data[payload.start :], dialect), inner)
    return None if node is None else _moved(node, payload.start)


def _is_message(node: Node) -> bool:
    return isinstance(node.field, Bytes) and node.field.shows == "message" and node.start < node.end


def _in_message(message: Message, steps: tuple[str, ...]) -> Node | None:
    first, inner = steps[0], steps[1:]
    name, _, index = first.rstrip("]").partition("[")
    if steps == ("text",):
        return Node("text", message.text_start, message.text_end, message.text)
    if name == "index":
        return _in_index(message, index, inner)
    if name == "headers" or name.isupper():
        header = _header(message, name, index)
        return None if header is None else _in_header(header, inner)
    info = MessageInfo.trace(message.payload, 0, message.index_start)
    return _below(info, inner if first == "info" else steps)


def _in_index(message: Message, index: str, steps: tuple[str, ...]) -> Node | None:
    """An entry of the index, the closing one too, or without a number all of them."""
    start = message.index_start
    end = start + INDEX_ENTRY_SIZE * (message.header_count + 1)
    if not index:
        return Node("index", start, end, message.payload[start:end])
    at = start + INDEX_ENTRY_SIZE * int(index)
    if at >= end:
        return None
    return _below(IndexEntry.trace(message.payload, at, at + INDEX_ENTRY_SIZE), steps)


def _header(message: Message, name: str, index: str) -> Header | None:
    """``headers[3]``; ``VIA[0]``: header 0, if it is a Via; ``VIA``: the first Via."""
    if not index:
        return message.find(name)
    if int(index) >= message.header_count:
        return None
    header = message.header_at(int(index))
    return header if name in ("headers", header.type_name) else None


def _in_header(header: Header, steps: tuple[str, ...]) -> Node | None:
    payload = header.message.payload
    at = min(header.body_start, header.end)
    if not steps:
        return Node("header", header.start, header.end, payload[header.start : header.end])
    in_body = steps[1:] if steps[0] == "body" else steps
    if not in_body:
        return Node("body", at, header.end, payload[at : header.end])
    prefix = header.prefix_struct.trace(payload, header.start, at)
    if in_body is steps and (found := _below(prefix, steps)) is not None:
        return found
    body = header.trace()
    return None if body is None else _below(body, in_body)


def _below(node: Node, steps: tuple[str, ...]) -> Node | None:
    for step in steps:
        child = _child(node, step)
        if child is None:
            return None
        node = child
    return node


def _child(node: Node, name: str) -> Node | None:
    """A part by its name; ``vias[0]`` also where the list ``vias`` was not named before it."""
    if isinstance(node.field, SpanField) and name in ("start", "length"):
        return _half(node, node.field, name)
    for child in node.children:
        if child.name == name:
            return child
    before = name.partition("[")[0]
    if before == name or before == node.name:
        return None
    above = next((child for child in node.children if child.name == before), None)
    return None if above is None else next((c for c in above.children if c.name == name), None)


def _half(node: Node, f: SpanField, name: str) -> Node:
    middle = node.start + packing.calcsize(f">{f.format[0]}")
    if name == "start":
        return Node(name, node.start, middle, node.value.start)
    return Node(name, middle, node.end, node.value.length)


def _moved(node: Node, by: int) -> Node:
    return Node(node.name, node.start + by, node.end + by, node.value, node.field)
