"""A message held against what the server would have made of the same SIP text.

Where the two agree, whatever else seems wrong is how that server encodes: it is told as info.
Where they differ, both are traced and every field that differs is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from struct import Struct

from seastool.errors import EncodeError, SeasError
from seastool.interop.finding import Finding, Severity
from seastool.interop.report import Report, span_rule
from seastool.seas.builder import build_message
from seastool.seas.dialect import Dialect, without_refusals
from seastool.seas.header import Header
from seastool.seas.message import INDEX_ENTRY_SIZE, IndexEntry, Message, MessageInfo
from seastool.wire import Base, Node, Number, Pointers, Role, SizeOf, Span, SpanField, Structure

_u16 = Struct(">H").unpack_from
_ORIGINS = {Base.PAYLOAD: 0, Base.TEXT: 0, Base.HEADER: 0}
_NAMED = {
    "header": "header-type",
    "method": "method-code",
    "method_or_status": "method-code",
    "mime": "mime-code",
    "method_mask": "allow-mask",
}
# Habits that no encoder can foretell: what the server's memory held.
_CHANCE = ("method-code-zero", "mime-garbage")
_SIZES = ("size", "count", "header_count")


def check_rebuilt(report: Report, message: Message, since: int = 0) -> None:
    """Report every field that differs from the server's own encoding of the text.

    since: where in the report the findings about this message begin.
    """
    dialect = _with_long_size(message.dialect, _long_size(message))
    try:
        expected, refusal = _built(message.text, dialect)
    except EncodeError as error:
        _refused(report, message, error, since)
        return
    if expected != message.payload:
        _compare(report, message, Message(expected, dialect), since)
        return
    for finding in report.findings[since:]:
        finding.severity = Severity.INFO
        finding.message += f" ({dialect.name} encodes it so)"
    if refusal is not None:
        _refused(report, message, refusal, len(report.findings))


def _built(text: bytes, dialect: Dialect) -> tuple[bytes, EncodeError | None]:
    """The server's encoding; with the refusal, if it is one that a server with a cure has not.

    Raises: EncodeError if the text has no encoding at all.
    """
    try:
        return build_message(text, dialect), None
    except EncodeError as refusal:
        return build_message(text, without_refusals(dialect)), refusal


def _refused(report: Report, message: Message, error: EncodeError, since: int) -> None:
    """The server should not have sent this. If nothing else is wrong, that is all there is."""
    if len(report.findings) == since:
        says = f"{message.dialect.name} was believed to refuse it: {error}"
        report.add("message-refused", "message", 0, 2, says, text=message.start_line)


@lru_cache(maxsize=64)
def _with_long_size(dialect: Dialect, size: int) -> Dialect:
    return dialect if dialect.long_size == size else replace(dialect, long_size=size)


def _long_size(message: Message) -> int:
    """sizeof(long) of the proxy's machine, as its Content-Length shows it."""
    i = message.types.find(message.dialect.header_types["CONTENTLENGTH"])
    if i >= 0:
        at = _u16(message.payload, message.index_start + INDEX_ENTRY_SIZE * i + 1)[0]
        at += message.dialect.header_prefix
        if message.payload[at : at + 1] == b"\4":
            return 4
    return message.dialect.long_size


def _compare(report: Report, message: Message, expected: Message, since: int) -> None:
    ours = dict(_leaves(expected))
    theirs = dict(_leaves(message))
    told = [f for f in report.findings[since:] if f.severity > Severity.INFO or f.rule in _CHANCE]
    # What else was taken for a habit of the server is none where its own encoding differs.
    habits = [f for f in report.findings[since:] if f not in told]
    report.findings[since:] = told
    before = len(report.findings)
    for path, node in theirs.items():
        if report.covers(node.start, node.end):
            continue
        other = ours.get(path)
        if other is None:
            says = f"is not there in {expected.dialect.name}'s encoding of the text"
            report.add(_rule_of_extra(path), path, node.start, node.end, says)
        elif _differs(node, other, message, expected):
            _add(report, path, node, other)
    if len(report.findings) == before == since:
        _add_missing(report, message, expected, set(ours) - set(theirs))
    report.findings += [f for f in habits if not _overlaps(f, report.findings[before:])]


def _overlaps(finding: Finding, others: list[Finding]) -> bool:
    return any(
        other.span.start < finding.span.end and finding.span.start < other.span.end
        for other in others
    )


def _differs(node: Node, other: Node, message: Message, expected: Message) -> bool:
    """Starts in the payload move with every other fault, so only their distances count."""
    if node.field is not None and node.field.name == "start":
        return False
    ours = expected.payload[other.start : other.end]
    if node.field is not None and node.field.name == "text" and node.start == 2:
        return message.payload[4:6] != expected.payload[4:6]
    return message.payload[node.start : node.end] != ours


def _rule_of_extra(path: str) -> str:
    return "trailing-bytes" if path.endswith("padding") else "encoding-differs"


def _add_missing(report: Report, message: Message, expected: Message, missing: set[str]) -> None:
    what = ", ".join(sorted(missing)[:3]) or "some byte"
    says = f"differs from {expected.dialect.name}'s encoding of the text in {what}"
    report.add("encoding-differs", "message", 0, message.text_start, says)


def _add(report: Report, path: str, node: Node, other: Node) -> None:
    says = f"is {_shown(node)}, the server writes {_shown(other)}"
    text = other.text if other.text is not None else b""
    report.add(_rule(path, node, other), path, node.start, node.end, says, text=text)


def _shown(node: Node) -> str:
    if isinstance(node.value, Span):
        return f"{node.value.start}+{node.value.length}"
    return node.value.hex() if isinstance(node.value, bytes) else str(node.value)


def _rule(path: str, node: Node, other: Node) -> str:
    f = node.field
    if isinstance(f, SpanField) and node.text is not None and other.text is not None:
        return span_rule(node.text, other.text, 0xFFFF)
    if isinstance(f, Pointers):
        return "params-order" if sorted(node.value) == sorted(other.value) else "params-wrong"
    if isinstance(f, SizeOf) or node.name in _SIZES or node.name.startswith("size["):
        return "structure-size"
    if isinstance(f, Number):
        return _rule_of_number(path, f, abs(node.value - other.value))
    return "trailing-bytes" if node.name == "padding" else "encoding-differs"


def _rule_of_number(path: str, f: Number, off: int) -> str:
    if f.role is not Role.PLAIN:
        return "span-off-by-one" if off == 1 else "span-wrong"
    if f.bits:
        return "structure-flags"
    return _NAMED.get(f.names, "value-wrong")


def _leaves(message: Message) -> Iterator[tuple[str, Node]]:
    """Every field of information, index and structures that has no fields of its own."""
    payload = message.payload
    yield from _traced(MessageInfo, payload, 0, message.index_start, "message", _ORIGINS)
    for i in range(message.header_count + 1):
        at = message.index_start + INDEX_ENTRY_SIZE * i
        yield from _traced(IndexEntry, payload, at, at + INDEX_ENTRY_SIZE, f"index[{i}]", {})
    for i in range(message.header_count):
        try:
            header = message.header_at(i)
        except SeasError:
            continue
        yield from _header_leaves(payload, header, f"headers[{i}]")


def _header_leaves(payload: bytes, header: Header, path: str) -> Iterator[tuple[str, Node]]:
    body = min(header.body_start, header.end)
    yield from _traced(header.prefix_struct, payload, header.start, body, path, _ORIGINS)
    origins = {Base.TEXT: 0, Base.HEADER: header.span.start}
    if header.body_struct is not None:
        yield from _traced(header.body_struct, payload, body, header.end, f"{path}.body", origins)
    elif header.end > body:
        yield f"{path}.body", Node("body", body, header.end, payload[body : header.end])


def _traced(
    struct: type[Structure],
    payload: bytes,
    start: int,
    end: int,
    path: str,
    origins: dict[Base, int],
) -> Iterator[tuple[str, Node]]:
    try:
        node = struct.trace(payload, start, end, "", origins)
    except SeasError:
        yield path, Node("structure", start, end, payload[start:end])
        return
    yield from _below(node, path)


def _below(node: Node, path: str) -> Iterator[tuple[str, Node]]:
    for child in node.children:
        where = f"{path}.{child.name}"
        if child.children and not isinstance(child.field, Pointers):
            yield from _below(child, where)
        else:
            yield where, child
