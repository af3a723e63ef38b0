"""The value of a field as a person reads it: number, meaning, and the SIP text it points at."""

from __future__ import annotations

from typing import NamedTuple

from seastool.render.facts import address_text
from seastool.render.meaning import FIRST_STATUS, METHOD_MASK, bit_names, code_name
from seastool.render.printable import printable, shown
from seastool.render.tree import UnitTree
from seastool.seas.dialect import Dialect
from seastool.seas.message import IndexEntry
from seastool.wire import Node
from seastool.wire.fields import Bytes, ListOf, Number, Numbers, SpanField

HEX_BYTES = 32


class Reading(NamedTuple):
    """What there is to read of one field; all three are fit for a terminal.

    value: the number as it stands, or text. meaning: what it stands for. text: the SIP text it
    points at, quoted; empty where it points at none.
    """

    value: str
    meaning: str
    text: str


def read_field(node: Node, tree: UnitTree) -> Reading:
    """The reading of a field; of one with parts, that of the whole."""
    text = "" if node.text is None else quoted(tree.slice(node.text))
    value, meaning = _value(node, tree.dialect)
    return Reading(value, printable(meaning), text)


def quoted(data: bytes) -> str:
    """Bytes as printable text in quotes."""
    return f'"{shown(data)}"'


def _value(node: Node, dialect: Dialect) -> tuple[str, str]:
    value = node.value
    match node.field:
        case SpanField():
            return f"{value.start}+{value.length}", ""
        case Number() | Numbers() as field if isinstance(value, int):
            return _number(field, value, dialect)
        case Bytes() as field if not node.children:
            return _bytes(field, value), ""
        case ListOf() | Numbers():
            return "", f"{len(value)} entries" if len(value) != 1 else "1 entry"
        case _:
            return _plain(node, value, dialect)


def _plain(node: Node, value: object, dialect: Dialect) -> tuple[str, str]:
    """Of nodes that no declaration stands behind: list counts, index, opaque bytes."""
    if node.children and isinstance(value, IndexEntry):
        name = dialect.header_name(value.type) or f"header type {value.type}"
        return "", f"{name} (type {value.type}) at {value.start}, {node.end - node.start} bytes"
    if isinstance(value, bytes) and not node.children:
        return f"{hex_text(value)}", f"{len(value)} bytes"
    return (str(value), "") if isinstance(value, int) else ("", "")


def _number(field: Number | Numbers, value: int, dialect: Dialect) -> tuple[str, str]:
    if isinstance(field, Number) and field.bits:
        width = 2 if field.format == "B" else 8
        return f"0x{value:0{width}x}", ", ".join(bit_names(field.bits, value))
    if field.names == METHOD_MASK:
        return f"0x{value:08x}", ", ".join(dialect.method_mask(value))
    if field.names:
        return str(value), code_name(field.names, value, dialect) or _unnamed(field.names, value)
    return str(value), ""


def _unnamed(table: str, value: int) -> str:
    """What is said of a code without a name; a status explains itself."""
    is_status = table == "method_or_status" and value >= FIRST_STATUS
    return "" if is_status else "unknown to this dialect"


def _bytes(field: Bytes, value: bytes) -> str:
    if field.shows == "address":
        return address_text(value) if value else "none"
    return hex_text(value) if field.shows == "padding" else quoted(value)


def hex_text(data: bytes) -> str:
    """Bytes in hex, the rest of long ones counted."""
    if len(data) <= HEX_BYTES:
        return data.hex(" ")
    return f"{data[:HEX_BYTES].hex(' ')} and {len(data) - HEX_BYTES} more"
