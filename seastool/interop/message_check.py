"""An encoded message held against its own SIP text: information, index, header structures.

The text is read anew (`sip_scan`); what the index says of it is only believed when it agrees.
"""

from __future__ import annotations

from struct import Struct

from seastool.errors import DecodeError
from seastool.interop.finding import Severity
from seastool.interop.header_check import check_body
from seastool.interop.report import Report
from seastool.interop.sip_scan import ScannedHeader, ScannedSip, scan
from seastool.interop.uri_check import check_uri
from seastool.interop.value_check import check_method
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.evidence import NAMES
from seastool.seas.header import (
    BODIES,
    BareHeaderPrefix,
    HeaderPrefix,
    ShortHeaderPrefix,
    body_types,
)
from seastool.seas.message import INDEX_ENTRY_SIZE, Message, MessageInfo
from seastool.seas.types import Layout
from seastool.wire import Base, Node, Span

_ORIGINS = {Base.PAYLOAD: 0, Base.TEXT: 0, Base.HEADER: 0}
_entry = Struct(">BH").unpack_from
_COMPACT_EVERYWHERE = frozenset("vtfimclkox")
_LONGEST_ENCODED = 256
_MAY_BE_BARE = ("ACCEPT", "ALLOW", "TO", "FROM")  # sent without a structure if they do not parse


def check_message(report: Report, message: Message) -> None:
    """Report what of a message's index and structures does not fit its text.

    report: its base is where the payload starts in the frame.
    """
    report.text = message.text
    scanned = scan(report.text)
    if scanned is None:
        report.add("sip-text", "message.text", 2, 6, "the SIP text does not parse")
        return
    _check_info(report, message, scanned)
    if _check_index(report, message, scanned):
        for i, header in enumerate(scanned.headers):
            _check_header(report, message, i, header)


def _check_info(report: Report, message: Message, scanned: ScannedSip) -> None:
    try:
        node = MessageInfo.trace(message.payload, 0, message.index_start, "", _ORIGINS)
    except DecodeError as error:
        report.add("undecodable", "message", 0, message.index_start, str(error))
        return
    fields = {child.name: child for child in node.children}
    _check_code(report, message, fields["code"], scanned)
    limit = len(report.text)
    _check_span(report, fields["method"], scanned.method, limit)
    if scanned.uri[1] - scanned.uri[0] or not scanned.is_request:
        _check_span(report, fields["uri"], scanned.uri, limit)
    version = scanned.version if scanned.is_request else 0
    _check_span(report, fields["version"], (version, version), limit)
    body = fields["body_start"]
    found, expected = (body.value, limit), (scanned.body_start, limit)
    report.span("message.body_start", (body.start, body.end), found, expected, limit, wide=True)
    request_uri = fields.get("request_uri")
    if request_uri is not None and scanned.is_request:
        uri = next(c for c in request_uri.children if c.name == "uri")
        _check_span(report, uri, scanned.uri, limit, "message.request_uri.uri")
        check_uri(report, request_uri, "message.request_uri", limit)


def _check_span(
    report: Report, node: Node, expected: tuple[int, int], limit: int, path: str = ""
) -> None:
    """A span of one-byte numbers: what does not fit one byte is written modulo 256."""
    start, length = node.value
    cut = Span(expected[0] & 0xFF, expected[1] - expected[0] & 0xFF)
    if (start, length) == cut and max(expected[0], expected[1] - expected[0]) <= 0xFF:
        return
    found = start, start + length
    report.span(path or f"message.{node.name}", (node.start, node.end), found, expected, limit)


def _check_code(report: Report, message: Message, node: Node, scanned: ScannedSip) -> None:
    text = report.text[scanned.method[0] : scanned.method[1]]
    if not scanned.is_request:
        if node.value != int(text):
            says = f"{node.value}, the response is {int(text)}"
            report.add("method-code", "message.code", node.start, node.end, says, text=text)
        return
    dialect = message.dialect
    zero = dialect.has(Quirk.CODE_MAY_BE_ZERO) or (
        dialect.has(Quirk.INVITE_CODE_ZERO) and text == b"INVITE"
    )
    if node.value == 0 and zero:
        says = f"{dialect.name} writes the code of {text.decode('latin-1')} as 0"
        report.add("method-code-zero", "message.code", node.start, node.end, says, text=text)
    else:
        check_method(report, node, text, "message.code", scanned.method, dialect)


def _check_index(report: Report, message: Message, scanned: ScannedSip) -> bool:
    """Counts and starts; False if the headers cannot be told from one another."""
    count, at = message.header_count, message.index_start
    if count != len(scanned.headers):
        says = f"{count}, the text has {len(scanned.headers)} headers"
        report.add("header-count", "message.header_count", at - 1, at, says)
        return False
    entries = [_entry(message.payload, at + INDEX_ENTRY_SIZE * i) for i in range(count + 1)]
    if entries[-1][0]:
        here = at + INDEX_ENTRY_SIZE * count
        report.add("index-end-type", "index.end", here, here + 1, f"is {entries[-1][0]}, not 0")
    previous = at + INDEX_ENTRY_SIZE * (count + 1)
    whole = True
    for i, (_, start) in enumerate(entries):
        here = at + INDEX_ENTRY_SIZE * i + 1
        if (i == 0 and start != previous) or (i and start < previous + 4):
            says = f"starts at {start}, the one before lies at or ends at {previous}"
            report.add("index-not-contiguous", f"index[{i}].start", here, here + 2, says)
            whole = False
        previous = start
    if entries[-1][1] != message.text_start:
        here = at + INDEX_ENTRY_SIZE * count + 1
        says = f"the structures end at {entries[-1][1]}, the text starts at {message.text_start}"
        report.add("text-start", "index.end", here, here + 2, says)
        whole = False
    if message.text_end != len(message.payload):
        says = f"{len(message.payload) - message.text_end} bytes behind the SIP text"
        report.add("trailing-bytes", "message.text", 4, 6, says)
    return whole


def _check_header(report: Report, message: Message, i: int, header: ScannedHeader) -> None:
    path = f"headers[{i}]"
    at = message.index_start + INDEX_ENTRY_SIZE * i
    type, start = _entry(message.payload, at)
    end = _entry(message.payload, at + INDEX_ENTRY_SIZE)[1]
    where = header.start, header.end
    _check_type(report, message.dialect, type, header, (at, at + 1), path)
    prefix = _check_prefix(report, message, (start, end), header, path)
    if prefix == end:
        name = message.dialect.header_name(type)
        if name in BODIES and name not in _MAY_BE_BARE and end - start > 4:
            says = f"a {name} header has no structure"
            report.add("structure-missing", path, start, end, says, text=where)
        return
    struct = body_types(message.dialect).get(type)
    if struct is None:
        says = f"{end - prefix} bytes of structure, which headers of type {type} do not have"
        report.add("trailing-bytes", f"{path}.body", prefix, end, says, text=where)
        return
    check_body(report, struct, prefix, end, where, f"{path}.body", message.dialect)


def _check_type(
    report: Report,
    dialect: Dialect,
    type: int,
    header: ScannedHeader,
    at: tuple[int, int],
    path: str,
) -> None:
    name = header.name.decode("latin-1").lower()
    expected = dialect.header_types.get(NAMES.get(name, "OTHER"), 0)
    if type == expected:
        return
    where = header.start, header.colon
    spaced = header.colon - header.start != len(header.name)  # some parsers then know no name
    compact = len(name) == 1 and name not in _COMPACT_EVERYWHERE
    if type == 0 and (spaced or (compact and dialect.layout is Layout.A)):
        return
    if dialect.header_name(type) is None:
        says = f"{dialect.name} has no header type {type}"
        report.add("unknown-code", f"{path}.type", *at, says, text=where)
    elif not (compact and name not in NAMES):
        says = f"{type} is {dialect.header_name(type)}, the text says {name}: {expected}"
        report.add("header-type", f"{path}.type", *at, says, text=where)


def _check_prefix(
    report: Report,
    message: Message,
    at: tuple[int, int],
    header: ScannedHeader,
    path: str,
) -> int:
    """The prefix; returns where the body's structure starts."""
    dialect, (start, end) = message.dialect, at
    short = dialect.header_prefix == 4
    bare = not short and end - start == 4
    struct = ShortHeaderPrefix if short else BareHeaderPrefix if bare else HeaderPrefix
    size = 5 if struct is HeaderPrefix else 4
    prefix = struct.decode(message.payload, start, start + size)
    found, expected = (prefix.header.start, prefix.header.end), (header.start, header.end)
    span_end = start + (3 if short else 4)
    limit = len(report.text)
    report.span(f"{path}.header", (start, span_end), found, expected, limit, wide=True)
    if isinstance(prefix, BareHeaderPrefix):
        _check_bare(report, dialect, at, header, path)
    elif prefix.name_length not in (len(header.name), header.colon - header.start):
        off = abs(prefix.name_length - len(header.name)) == 1
        rule = "span-off-by-one" if off else "span-wrong"
        says = f"is {prefix.name_length}, the name has {len(header.name)} bytes"
        place = start + size - 1, start + size
        report.add(rule, f"{path}.name_length", *place, says, text=header.name)
    return start + size


def _check_bare(
    report: Report, dialect: Dialect, at: tuple[int, int], header: ScannedHeader, path: str
) -> None:
    known = dialect.has(Quirk.LONG_HEADER_PREFIX_ONLY) and header.length > _LONGEST_ENCODED
    says = f"{dialect.name} encodes no header over 256 bytes; this one has {header.length}"
    if not known:
        says = f"a structure of 4 bytes for a header of {header.length}"
    severity = Severity.INFO if known else None
    where = header.start, header.end
    report.add("bare-structure", path, *at, says, text=where, severity=severity)
