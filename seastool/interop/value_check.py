"""Headers whose structure is a value: the number in it held against the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from seastool.interop.finding import Severity
from seastool.interop.report import Report
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.values import Accept, Allow, ContentLength, ContentType, CSeq, Expires
from seastool.wire import Node, Structure

Check = Callable[[Report, Node, tuple[int, int], str, Dialect], None]

_CSEQ = re.compile(rb"[^:]*:\s*(\d+)\s+(\S+)")
_NUMBER = re.compile(rb"[^:]*:\s*(\d+)")
_MIME = re.compile(rb"[ \t\r\n]*([^/;,\s]+)[ \t\r\n]*/[ \t\r\n]*([^;,\s]+)")
U32 = 0xFFFFFFFF


def _children(node: Node) -> dict[str, Node]:
    return {child.name: child for child in node.children}


def _cseq(report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect) -> None:
    found = _CSEQ.match(report.text, *where)
    if found is None:
        return
    children = _children(node)
    for name, group in (("number_text", 1), ("method", 2)):
        child = children[name]
        if child.text is not None:
            at = child.start, child.end
            report.span(f"{path}.{name}", at, child.text, found.span(group), where[1])
    _value(report, children["number"], int(found[1]) & U32, f"{path}.number", found.span(1))
    check_method(
        report, children["method_code"], found[2], f"{path}.method_code", found.span(2), dialect
    )


def check_method(
    report: Report,
    node: Node,
    method: bytes,
    path: str,
    where: tuple[int, int],
    dialect: Dialect,
) -> None:
    """Hold a method's code against its text."""
    name = method.decode("latin-1")
    expected = dialect.methods.get(name, dialect.methods["OTHER"])
    if node.value == expected:
        return
    if node.value and dialect.method_name(node.value) is None:
        message = f"{dialect.name} has no method {node.value}"
        report.add("unknown-code", path, node.start, node.end, message, text=where)
        return
    says = dialect.method_name(node.value) or "none"
    message = f"{node.value} is {says}, the text says {name}: {expected}"
    report.add("method-code", path, node.start, node.end, message, text=where)


def _content_length(
    report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect
) -> None:
    children = _children(node)
    size, rest = children["size"].value, children["padding"]
    if size not in (4, 8) or len(rest.value) != size - 4 or rest.value.strip(b"\0"):
        message = f"is {size} with {len(rest.value)} bytes behind the value"
        report.add("structure-size", f"{path}.size", node.start, node.end, message, text=where)
    found = _NUMBER.match(report.text, *where)
    if found is not None and children["value"].value != int(found[1]) & U32:
        at, message = children["value"], f"is {children['value'].value}, the text {int(found[1])}"
        report.add(
            "content-length-value", f"{path}.value", at.start, at.end, message, text=found.span(1)
        )


def _expires(
    report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect
) -> None:
    found = _NUMBER.match(report.text, *where)
    if found is None:
        return
    children = _children(node)
    _value(report, children["value"], int(found[1]) & U32, f"{path}.value", found.span(1))
    text = children["text"]
    if text.text is not None:
        at = text.start, text.end
        report.span(f"{path}.text", at, text.text, found.span(1), where[1])


def _value(report: Report, node: Node, expected: int, path: str, where: tuple[int, int]) -> None:
    if node.value != expected:
        message = f"is {node.value}, the text says {expected}"
        report.add("value-wrong", path, node.start, node.end, message, text=where)


def _content_type(
    report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect
) -> None:
    child = _children(node)["mime"]
    colon = report.text.find(b":", *where) + 1
    _mime(report, child, (colon, where[1]), f"{path}.mime", dialect)


def _accept(
    report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect
) -> None:
    at = report.text.find(b":", *where) + 1
    codes = [c for c in _children(node)["mimes"].children if c.name != "count"]
    items = report.text[at : where[1]].split(b",")
    if len(codes) != len(items):
        message = f"{len(codes)} types, the text has {len(items)}"
        report.add("structure-size", f"{path}.mimes", node.start, node.end, message, text=where)
        return
    for i, (code, item) in enumerate(zip(codes, items, strict=True)):
        _mime(report, code, (at, at + len(item)), f"{path}.mimes[{i}]", dialect)
        at += len(item) + 1


def _mime(report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect) -> None:
    found = _MIME.match(report.text, *where)
    if found is None:
        return
    type, subtype = (part.decode("latin-1").lower() for part in found.groups())
    high = dialect.mime_types.get(type, 0xFF)
    expected = high << 16 | dialect.mime_subtypes.get(subtype, 0xFF)
    if node.value == expected:
        return
    if dialect.has(Quirk.CONTENT_TYPE_GARBAGE):
        message = f"{dialect.name}: {Quirk.CONTENT_TYPE_GARBAGE}"
        report.add("mime-garbage", path, node.start, node.end, message, severity=Severity.INFO)
        return
    message = f"{node.value:#x} is {dialect.mime_name(node.value)}, the text says {type}/{subtype}"
    report.add("mime-code", path, node.start, node.end, message, text=found.span())


def _allow(report: Report, node: Node, where: tuple[int, int], path: str, dialect: Dialect) -> None:
    colon = report.text.find(b":", *where) + 1
    names = {
        name.strip().decode("latin-1") for name in report.text[colon : where[1]].split(b",")
    } - {""}
    other = dialect.methods["OTHER"]
    expected = sum({1 << dialect.methods.get(name, other) - 1 for name in names})
    child = _children(node)["methods"]
    if child.value != expected:
        message = f"{child.value:#x}, the methods in the text are {expected:#x}"
        report.add("allow-mask", f"{path}.methods", child.start, child.end, message, text=where)


VALUE_CHECKS: Final[dict[type[Structure], Check]] = {
    CSeq: _cseq,
    ContentLength: _content_length,
    ContentType: _content_type,
    Accept: _accept,
    Expires: _expires,
    Allow: _allow,
}
