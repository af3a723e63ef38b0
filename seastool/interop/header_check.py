"""Header structures held against the header's text, field by field.

What a field means is looked for in the text around it: a tag follows `tag=`, a port is digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from seastool.errors import DecodeError
from seastool.interop.finding import Severity
from seastool.interop.report import Report
from seastool.interop.uri_check import check_uri
from seastool.interop.value_check import VALUE_CHECKS
from seastool.seas.address import Address, Contact, Route
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.digest import Digest
from seastool.seas.uri import KNOWN_PARAMETERS, Uri
from seastool.seas.via import Via
from seastool.wire import Base, Node, Number, SpanField, Structure

WIDEST: Final = 255  # bytes of header that one-byte starts reach
Meaning = tuple[re.Pattern[bytes], re.Pattern[bytes]]  # what stands before it, what it is


def _meaning(before: bytes, content: bytes) -> Meaning:
    return re.compile(rb"(?:" + before + rb")\Z", re.I | re.S), re.compile(content, re.I | re.S)


def _parameter(name: str) -> Meaning:
    """The value of a parameter."""
    return _meaning(rb"[;,\s]" + name.encode() + rb"\s*=\s*\"?", rb"\"?[^\";,]*\"?")


def _whole(name: str) -> Meaning:
    """A parameter, its name first."""
    return _meaning(rb"[;?\s]", name.encode() + rb"\b.*")


_CREDENTIALS = "username realm nonce response algorithm cnonce opaque qop nc"
_NAME = _meaning(rb"[:,]\s*\"?", rb"[^<]*")
_MEANINGS: Final[dict[tuple[type[Structure], str], Meaning]] = {
    (Address, "tag"): _parameter("tag"),
    **{(struct, "display_name"): _NAME for struct in (Address, Contact, Route)},
    **{(Contact, name): _whole(name) for name in ("q", "expires", "received", "methods")},
    **{(Via, name): _parameter(name) for name in ("branch", "received", "rport", "i", "alias")},
    (Via, "params"): _meaning(rb";\s*", rb".*"),
    (Via, "protocol"): _meaning(rb"[:,]\s*", rb"SIP[\s/]*"),
    (Via, "version"): _meaning(rb"/\s*", rb"2\.0[\s/]*"),
    (Via, "transport"): _meaning(rb"/\s*", rb"[a-z][a-z-]*"),
    (Via, "host"): _meaning(rb"\s", rb"\[[0-9a-f:.]+\]|[a-z0-9._-]+"),
    (Via, "port"): _meaning(rb":\s*", rb"\d+"),
    **{(Digest, name): _parameter(name) for name in _CREDENTIALS.split()},
    **{(Uri, f"{name}_param"): _whole(name) for name in KNOWN_PARAMETERS},
}
_BEFORE_NAME = b'; \t\r\n,>?"'
_BEFORE_VALUE = _BEFORE_NAME + b"="
_BOUNDARY = re.compile(rb"[\s;,<>\"?&=:/@]|\Z")


def check_body(
    report: Report,
    struct: type[Structure],
    start: int,
    end: int,
    where: tuple[int, int],
    path: str,
    dialect: Dialect,
) -> None:
    """Report what of a header's body does not fit.

    start, end: the body's structure in the payload. where: the header in the text.
    """
    data = report.data[report.base :]
    origins = {Base.TEXT: 0, Base.HEADER: where[0]}
    try:
        node = struct.trace(data, start, end, "", origins)
    except DecodeError as error:
        report.add("undecodable", path, start, end, str(error), text=where)
        return
    _check_tails(report, node, path)
    check_value = VALUE_CHECKS.get(struct)
    if check_value is not None:
        check_value(report, node, where, path, dialect)
    elif where[1] - where[0] > _reach(dialect):
        message = f"{where[1] - where[0]} bytes of header: its starts are cut to 8 bits"
        long = Quirk.LONG_HEADER_PREFIX_ONLY in dialect.quirks
        severity = None if long else Severity.INFO
        report.add("span-wrapped", path, start, end, message, text=where, severity=severity)
    else:
        for owner, child, child_path in _fields(node, path):
            _check_field(report, owner, child, where, child_path, dialect)


def _reach(dialect: Dialect) -> int:
    """The longest header that is encoded without a wrapped start."""
    return WIDEST + (Quirk.LONG_HEADER_PREFIX_ONLY in dialect.quirks)


def _fields(node: Node, path: str) -> Iterator[tuple[Node, Node, str]]:
    """Every field below a structure, with the structure that it is a field of."""
    for child in node.children:
        child_path = f"{path}.{child.name}"
        yield node, child, child_path
        yield from _fields(child, child_path)


def _check_tails(report: Report, node: Node, path: str) -> None:
    for child in node.children:
        if child.name == "padding" and child.value and "ContentLength" not in str(node.value):
            message = f"{len(child.value)} bytes behind the structure"
            report.add("trailing-bytes", f"{path}.padding", child.start, child.end, message)


def _check_field(
    report: Report,
    owner: Node,
    node: Node,
    where: tuple[int, int],
    path: str,
    dialect: Dialect,
) -> None:
    if isinstance(node.value, Uri):
        check_uri(report, node, path, where[1])
    if node.name in ("flags", "flags1", "flags2") and isinstance(node.field, Number):
        unknown = node.value & ~sum(node.field.bits.values())
        if unknown:
            message = f"{unknown:#x} means nothing"
            report.add("structure-flags", path, node.start, node.end, message, text=where)
            return
    if isinstance(owner.value, Digest | Contact | Address | Route | Via | Uri):
        if node.name == "parameter_list" and node.value:
            origin = where[0]
            if isinstance(owner.value, Uri):
                start, end = owner.value.uri.start, owner.value.uri.end
                if b"user=phone" in report.text[origin + start : origin + end].lower():
                    return  # some parsers then point into the user part instead
                origin += start
            _check_parameters(report, node, origin, where, path, dialect)
        elif node.text is not None and isinstance(node.field, SpanField | Number):
            _check_meaning(report, owner, node, where, path)


def _check_meaning(
    report: Report, owner: Node, node: Node, where: tuple[int, int], path: str
) -> None:
    assert node.text is not None
    start, end = node.text
    meaning = _MEANINGS.get((type(owner.value), node.name))
    if meaning is None:
        return  # parts of a URI have their own check
    before, content = meaning
    if not where[0] <= start <= end <= where[1]:
        message = f"is {start - where[0]}..{end - where[0]} of {where[1] - where[0]} bytes"
        report.add("span-out-of-bounds", path, node.start, node.end, message, text=where)
        return
    text = report.text
    if not (
        before.search(text[where[0] : start])
        and content.fullmatch(text[start:end])
        and (node.name == "params" or _BOUNDARY.match(text, end, where[1]))
    ):
        rule = "span-wrong" if isinstance(node.field, SpanField) else "span-off-by-one"
        message = f"points at {text[start:end]!r}, which is no {node.name.replace('_', ' ')}"
        report.add(rule, path, node.start, node.end, message, text=(start, end))


def _misplaced(text: bytes, start: int, i: int, pointers: list[int]) -> bool:
    """Whether pointer i, at `start` in the text, is not where a name or value can begin."""
    if i % 2 and pointers[i + 1] != pointers[i]:
        equals = text[:start].rstrip(b" \t\r\n")[-1:] == b"="
        return not equals and text[start - 1 : start] not in (b'"', b"'")
    return text[start - 1] not in (_BEFORE_VALUE if i % 2 else _BEFORE_NAME)


def _check_parameters(
    report: Report,
    node: Node,
    origin: int,
    where: tuple[int, int],
    path: str,
    dialect: Dialect,
) -> None:
    """A list of pointers: each name follows a separator, each value its equals sign, in order.

    origin: what the pointers count from, in the text.
    """
    text, pointers = report.text, list(node.value)
    if len(pointers) % 2 == 0:
        message = f"{len(pointers)} pointers, which is no list of pairs and an end"
        report.add("params-wrong", path, node.start, node.end, message)
        return
    if pointers[:-1:2] != sorted(pointers[:-1:2]):
        message = "the parameters do not come in text order"
        known = None if dialect.grammar.parameters_last_first else Severity.INFO
        report.add("params-order", path, node.start, node.end, message, text=where, severity=known)
        return
    for i, pointer in enumerate(pointers):
        at, start = node.start + i, origin + pointer
        if start > where[1] + 1:
            message = f"points past the header's {where[1] - where[0]} bytes"
            report.add("span-out-of-bounds", f"{path}[{i}]", at, at + 1, message, text=where)
        elif i == len(pointers) - 1 and text[start : start + 1] == b'"':
            continue  # OpenSER leaves the closing quote out
        elif _misplaced(text, start, i, pointers):
            before = text[max(where[0], start - 8) : start + 8]
            message = f"{pointer} points into {before!r}"
            # OpenSER leaves the value start of a valueless parameter where it was.
            known = Severity.INFO if i % 2 and dialect.grammar.openser_parameters else None
            report.add(
                "params-wrong",
                f"{path}[{i}]",
                at,
                at + 1,
                message,
                text=(start, start + 8),
                severity=known,
            )
