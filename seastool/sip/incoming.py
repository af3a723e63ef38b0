"""A SIP message as transaction matching sees it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

from seastool.errors import SipError
from seastool.sip.grammar import Grammar
from seastool.sip.header_reader import HeaderReader, ViaParts
from seastool.sip.outline import Line, Outline, Outliner
from seastool.sip.reply import ReplyForm
from seastool.sip.start_line import StartLine, parse_start_line
from seastool.sip.text import Span, part_of, trimmed_right

COOKIE: Final = b"z9hG4bK"
_NEEDED: Final = ("VIA", "TO", "FROM", "CSEQ", "CALLID")
_PORT, _TLS_PORT = b"5060", b"5061"
_ADDRESS_SIZES: Final = (4, 16)
_KEPT_LINES: Final = 1024
_LONGEST_KEPT: Final = 512
_MAY_BELONG: Final = (b"", b"\r")  # behind a start line: its end may be one byte later
_SEPARATOR: Final = b"\0"
_MOST_SHOWN: Final = 60


@dataclass(slots=True)
class Incoming:
    """A request or a response that came in on SIP.

    headers: the first Via, To, From, CSeq and Call-ID, in this order. via: the parts of the Via.
    key: what RFC 3261 section 17.2.3 matches by, but the method. dialog: Call-ID, CSeq number and
    From tag, which an ACK to a 2xx has from its INVITE.
    """

    text: bytes
    start: StartLine
    method: bytes
    outline: Outline
    headers: tuple[Line, Line, Line, Line, Line]
    via: ViaParts
    to_tag: Span | None
    call_id: bytes
    cseq: bytes
    key: bytes
    dialog: bytes

    def tag_of_to(self) -> bytes:
        """To's tag; empty if it has none."""
        return part_of(self.text, 0, self.to_tag)

    def branch(self) -> bytes:
        """The branch of the topmost Via; empty if it has none."""
        return part_of(self.text, self.headers[0].start, self.via.branch)


class MessageReader:
    """Reads what comes in as one proxy's parser does."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.outliner = Outliner(grammar)
        self.headers = HeaderReader(grammar)
        self._start_lines: dict[bytes, StartLine] = {}

    def start_line(self, text: bytes) -> StartLine:
        """The start line, kept where nothing behind it decides about it. Raises: SipError."""
        line = text[: text.find(b"\n") + 1]
        found = self._start_lines.get(line)
        if found is not None and text[found.end : found.end + 1] not in _MAY_BELONG:
            return found
        found = parse_start_line(text, self.grammar)
        if found.end == len(line) <= _LONGEST_KEPT:
            if len(self._start_lines) >= _KEPT_LINES:
                self._start_lines.clear()
            self._start_lines[line] = found
        return found

    def read(self, text: bytes) -> Incoming:
        """A message. Raises: SipError if the proxy drops it before its script sees it."""
        start = self.start_line(text)
        outline = self.outliner.cut(text)
        via, to, source, cseq, call_id = found = _needed(outline)
        via_parts = self.headers.via(text, via)
        to_parts = self.headers.address(text, to)
        from_parts = self.headers.address(text, source)
        number, cseq_method = self.headers.cseq(text, cseq)
        identity = text[call_id.value : trimmed_right(text, call_id.value, call_id.end)]
        branch = part_of(text, via.start, via_parts.branch)
        method = cseq_method
        if start.is_request:
            method = text[start.first[0] : sum(start.first)]
        if branch.startswith(COOKIE) and len(branch) > len(COOKIE):
            parts = [branch, _sent_by(text, via.start, via_parts), identity, number]
        else:
            parts = [
                text[via.value : via.end],
                text[start.second[0] : sum(start.second)],
                text[source.value : source.end],
                part_of(text, to.start, to_parts.uri),
                identity,
                number,
            ]
        tag = to_parts.tag
        return Incoming(
            text,
            start,
            method,
            outline,
            found,
            via_parts,
            (to.start + tag[0], tag[1]) if tag else None,
            identity,
            number,
            _SEPARATOR.join(parts),
            _SEPARATOR.join((identity, number, part_of(text, source.start, from_parts.tag))),
        )

    def form(self, request: Incoming, source: bytes, port: int) -> ReplyForm:
        """How to answer a request from that address and port: received and rport are filled in."""
        via = request.headers[0]
        text, parts = request.text, request.via
        line = text[via.start : via.end]
        changed: bytes | None = None
        if parts.rport is not None:
            at, length = parts.rport
            changed = line[:at] + b"rport=%d" % port + line[at + length :]
        host = part_of(line, 0, parts.host)
        if parts.has_received or not _is_address(host, source):
            changed = (changed or line).rstrip(b" \t\r\n") + b";received=" + address_text(source)
        return ReplyForm(text, request.outline.lines, request.to_tag, changed)


def _needed(outline: Outline) -> tuple[Line, Line, Line, Line, Line]:
    found = outline.firsts
    try:
        return found["VIA"], found["TO"], found["FROM"], found["CSEQ"], found["CALLID"]
    except KeyError:
        missing = next(kind for kind in _NEEDED if kind not in found)
        raise SipError(f"message without {missing}") from None


def _sent_by(text: bytes, base: int, via: ViaParts) -> bytes:
    """Transport, host and port, the default port filled in."""
    transport = part_of(text, base, via.transport)
    port = part_of(text, base, via.port) or (_TLS_PORT if transport == b"TLS" else _PORT)
    return b"%s %s:%s" % (transport, part_of(text, base, via.host), port)


def address_text(address: bytes) -> bytes:
    """A raw address as text; nothing for one that is of neither family."""
    if len(address) not in _ADDRESS_SIZES:
        return b""
    if len(address) == _ADDRESS_SIZES[0]:
        return b"%d.%d.%d.%d" % (address[0], address[1], address[2], address[3])
    return str(ip_address(address)).encode()


def shown(data: bytes) -> str:
    """Some of a text, for a message of one line."""
    return repr(data[:_MOST_SHOWN])[2:-1]


def _is_address(host: bytes, address: bytes) -> bool:
    if host == address_text(address):
        return True
    if b":" not in host:
        return False
    try:
        return ip_address(host.strip(b"[]").decode("ascii", "replace")).packed == address
    except ValueError:
        return False
