"""A URI structure held against the URI in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from seastool.interop.report import Report
from seastool.seas.uri import KNOWN_PARAMETERS, PARTS, Uri
from seastool.wire import Node

_SCHEME = re.compile(rb"(sip|sips|tel|tels):", re.I)
_OTHER_SCHEME = re.compile(rb"(?:im|pres|https?|mailto|urn|h323|xmpp|cid):", re.I)
_REST = (
    rb"(?P<host>\[[^\]]*\]|[^:;?@]*)(?::(?P<port>\d*))?"
    rb"(?:;(?P<parameters>[^?]*))?(?:\?(?P<headers>.*))?"
)
# A user part may hold `?`, and so may what follows a URI without one: the second reading.
_PASSWORD = rb"(?::(?P<password>[^@]*))?@)?"
_READINGS = tuple(
    re.compile(rb"sips?:(?:(?P<user>" + user + rb")" + _PASSWORD + _REST, re.I | re.S)
    for user in (rb"[^@:]*", rb"[^@:?]*")
)
_BEFORE = tuple(bytes([c]) for c in b' \t\r\n<:,"=')
_AFTER = tuple(bytes([c]) for c in b' \t\r\n>;,"?')
_PARTS = ("user", "password", "host", "port", "parameters", "headers")


def check_uri(report: Report, node: Node, path: str, limit: int) -> None:
    """Report what of a traced Uri does not fit its text.

    limit: where the header (or the text) ends; all text positions count from the SIP text.
    """
    children = {child.name: child for child in node.children}
    at = children["uri"]
    where = at.text
    if where is None:
        return
    if where[1] > limit:
        says = f"ends {where[1] - limit} bytes past the header"
        report.add("span-out-of-bounds", f"{path}.uri", at.start, at.end, says)
        return
    text = report.text[where[0] : where[1]]
    scheme = _SCHEME.match(text)
    if scheme is None:
        rule = "uri-refused" if _OTHER_SCHEME.match(text) else "span-wrong"
        says = "is not where a sip, sips, tel or tels URI is"
        report.add(rule, f"{path}.uri", at.start, at.end, says, text=where)
        return
    uri: Uri = node.value
    _check_edges(report, at, where, limit, path)
    _check_end(report, children["end"], len(text), path)
    _check_known(report, children["flags2"], uri.flags2, text, path)
    _check_kind(report, children["flags1"], scheme[1].lower(), path, where)
    readings = [found for r in _READINGS if (found := r.fullmatch(text))]
    if not readings or b"user=phone" in text.lower():
        return  # the phone's parameters are one parser's and not another's
    found = min(readings, key=lambda found: bool(_wrong_flags(uri.flags1, found)))
    _check_flags(report, children["flags1"], uri.flags1, found, path, where)
    _check_parts(report, children, found, where[0], path)


def _check_edges(report: Report, node: Node, where: tuple[int, int], limit: int, path: str) -> None:
    """A URI stands between separators, so one that is cut or too long is seen."""
    start, end = where
    before, after = report.text[start - 1 : start], report.text[end : end + 1]
    inside = report.text[start:end]
    cut = end < limit and after not in _AFTER and after + inside[-1:] != b";;"
    if before not in _BEFORE or cut or inside[-1:] in (b">", b'"', b"\r", b"\n"):
        says = f"is {start}..{end}, which does not end where the URI does"
        report.add("span-wrong", f"{path}.uri", node.start, node.end, says, text=where)


def _check_known(report: Report, node: Node, flags: int, text: bytes, path: str) -> None:
    """The known parameters: bits that mean nothing, or name one that is nowhere in the URI."""
    wrong = flags & ~sum(KNOWN_PARAMETERS.values())
    for name, bit in KNOWN_PARAMETERS.items():
        if flags & bit and name.encode() not in text.lower():
            wrong |= bit
    if wrong:
        says = f"names parameters that are not there: {wrong:#x}"
        report.add("structure-flags", f"{path}.flags2", node.start, node.end, says, text=text)


def _check_kind(
    report: Report, node: Node, scheme: bytes, path: str, where: tuple[int, int]
) -> None:
    kind = (scheme.startswith(b"sip")) | (scheme.endswith(b"s") and 2)
    if node.value & 3 != kind:
        message = f"says {node.value & 3:#x}, the scheme {scheme.decode()} is {int(kind):#x}"
        report.add("structure-flags", f"{path}.flags1", node.start, node.end, message, text=where)


def _wrong_flags(flags: int, found: re.Match[bytes]) -> int:
    """The bits that do not fit a reading. Empty parts are one parser's and not another's."""
    expected = sum(PARTS[name] for name in _PARTS if found[name])
    wrong = (flags ^ expected) & ~3
    if any(found[name] == b"" for name in ("user", "password", "port")):
        wrong &= PARTS["host"]
    return wrong


def _check_flags(
    report: Report,
    node: Node,
    flags: int,
    found: re.Match[bytes],
    path: str,
    where: tuple[int, int],
) -> None:
    wrong = _wrong_flags(flags, found)
    if wrong:
        names = ", ".join(n for n, bit in PARTS.items() if wrong & bit)
        message = f"is wrong about {names}"
        report.add("structure-flags", f"{path}.flags1", node.start, node.end, message, text=where)


def _check_end(report: Report, node: Node, length: int, path: str) -> None:
    if node.value != (length + 1) & 0xFF:
        rule = "span-off-by-one" if abs(node.value - length - 1) == 1 else "span-wrong"
        message = f"is {node.value}, the URI has {length} bytes"
        report.add(rule, f"{path}.end", node.start, node.end, message)


def _check_parts(
    report: Report,
    children: Mapping[str, Node],
    found: re.Match[bytes],
    origin: int,
    path: str,
) -> None:
    for name in _PARTS:
        node = children.get(name)
        if node is None or not found[name]:
            continue
        expected = found.start(name) & 0xFF
        if node.value != expected:
            rule = "span-off-by-one" if abs(node.value - expected) == 1 else "span-wrong"
            where = origin + found.start(name), origin + found.end(name)
            message = f"is {node.value}, the text says {expected}"
            report.add(rule, f"{path}.{name}", node.start, node.end, message, text=where)
