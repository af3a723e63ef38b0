"""What each field looks like in JSON, from the tree of a unit. This is the rule; the compiled
writers do the same faster and are held equal to it by the tests."""

from __future__ import annotations

from typing import Any

from seastool.render.facts import address_text
from seastool.render.jsonl.codes import coded, flagged
from seastool.render.printable import text_of
from seastool.render.tree import UnitTree
from seastool.seas.message import IndexEntry
from seastool.wire import Node
from seastool.wire.fields import Bytes, ListOf, Number, Numbers, Pointers, Role, SpanField

Object = dict[str, Any]


def unit_fields(tree: UnitTree) -> Object:
    """The fields of a unit; of one that does not decode, its bytes in hex."""
    return _object(tree.root, tree)


def _object(node: Node, tree: UnitTree) -> Object:
    """The parts of a node by name. Empty byte fields are left out, as absent ones are; so are
    the sizes and counts that do nothing but frame a structure or a list."""
    fields: Object = {}
    for child in node.children:
        if child.field is None and not child.children and child.name == "size":
            continue
        if child.name == "message" and child.children:
            fields["message"] = _message(child, tree)
        elif child.start < child.end or not isinstance(child.field, Bytes | Pointers):
            name = child.field.name if child.field else child.name
            fields[name] = _value(child, tree)
    return fields


def _value(node: Node, tree: UnitTree) -> Any:
    match node.field:
        case SpanField():
            span = {"start": node.value.start, "length": node.value.length}
            return span if node.text is None else span | {"text": _text(node, tree)}
        case Number() as field:
            return _number(field, node, tree)
        case Numbers() as field:
            return [coded(field.names, value, tree.dialect) for value in node.value]
        case Bytes() as field:
            return _bytes(field, node.value)
        case ListOf():
            return [_object(item, tree) for item in node.children if item.children]
        case Pointers():
            return _pointers(node, tree)
        case _ if node.children:
            return _object(node, tree)
        case _:
            return node.value.hex() if isinstance(node.value, bytes) else node.value


def _text(node: Node, tree: UnitTree) -> str:
    return "" if node.text is None else text_of(tree.slice(node.text))


def _number(field: Number, node: Node, tree: UnitTree) -> Any:
    if field.role in (Role.PART, Role.TAIL):
        return {"start": node.value, "text": _text(node, tree)}
    if field.role is Role.LENGTH:
        return {"length": node.value, "text": _text(node, tree)}
    if field.bits:
        return flagged(field.bits, node.value)
    return coded(field.names, node.value, tree.dialect) if field.names else node.value


def _bytes(field: Bytes, value: bytes) -> str:
    if field.shows == "address":
        return address_text(value)
    return value.hex() if field.shows in ("padding", "message") else text_of(value)


def _pointers(node: Node, tree: UnitTree) -> Object:
    """A parameter list: its parameters, then the pointer to the end, then what is too much."""
    found = [child for child in node.children if child.children]
    fields: Object = {
        "parameters": [
            {part.name: {"start": part.value, "text": _text(part, tree)} for part in pair.children}
            for pair in found
        ]
    }
    rest = [child.value for child in node.children if not child.children]
    if found and rest:
        fields["end"] = rest.pop(0)
    if rest:
        fields["odd"] = rest
    return fields


def _message(node: Node, tree: UnitTree) -> Object:
    """An encoded message: information, the headers with their index entries, the SIP text."""
    fields: Object = {}
    headers: list[Object] = []
    for part in node.children:
        if part.name == "info":
            fields["info"] = _object(part, tree)
    index = next((part for part in node.children if part.name == "index"), None)
    places = {part.name: part for part in node.children}
    for i, entry in enumerate(index.children if index else ()):
        value = entry.value
        told = _entry(value, tree)
        if i == len(index.children) - 1 if index else False:
            fields["index_end"] = told
        else:
            place = places.get(f"headers[{i}]")
            headers.append(told | (_object(place, tree) if place else {}))
    fields["headers"] = headers
    if tree.text[0] < tree.text[1]:
        fields["text"] = text_of(tree.data[slice(*tree.text)])
    unclaimed = [part.value.hex() for part in node.children if part.name == "unclaimed"]
    return fields | ({"unclaimed": unclaimed} if unclaimed else {})


def _entry(value: IndexEntry, tree: UnitTree) -> Object:
    return {"type": coded("header", value.type, tree.dialect), "start": value.start}
