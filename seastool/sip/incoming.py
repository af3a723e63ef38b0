"""A SIP message as transaction matching sees it."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple

from seastool.errors import SipError
from seastool.sip.grammar import Grammar
from seastool.sip.header_reader import CSeqParts, HeaderReader, ViaParts
from seastool.sip.outline import ByOutline, Line, Outline, Outliner
from seastool.sip.reply import ReplyForm
from seastool.sip.start_line import StartLine, parse_start_line
from seastool.sip.text import Span, part_of, trimmed_right

COOKIE: Final = b"z9hG4bK"
_COOKIE_LENGTH: Final = len(COOKIE)
_NEEDED: Final = ("VIA", "TO", "FROM", "CSEQ", "CALLID")
_PORT, _TLS_PORT = b"5060", b"5061"
_ADDRESS_SIZES: Final = (4, 16)
_KEPT_LINES: Final = 1024
_LONGEST_KEPT: Final = 512
_MAY_BELONG: Final = (b"", b"\r")  # behind a start line: its end may be one byte later
_SEPARATOR: Final = b"\0"
_MOST_SHOWN: Final = 60


class _Places(NamedTuple):
    """Where in a message is what it is matched by, and what of that is no identifier.

    sent_by: transport, host and port of the Via.
    """

    headers: tuple[Line, Line, Line, Line, Line]
    via: ViaParts
    branch: Span
    sent_by: bytes
    to_uri: Span
    to_tag: Span | None
    from_tag: Span | None
    call_id: Span
    cseq: CSeqParts


class Incoming:
    """A request or a response that came in on SIP.

    outline, headers: the first Via, To, From, CSeq and Call-ID, in this order. via: the parts of
    the Via. key: what RFC 3261 section 17.2.3 matches by, but the method. dialog: Call-ID, CSeq
    number and From tag, which an ACK to a 2xx has from its INVITE.
    """

    __slots__ = ("_dialog", "_places", "call_id", "key", "method", "outline", "start", "text")

    def __init__(self, text: bytes, start: StartLine, outline: Outline, places: _Places) -> None:
        self.text = text
        self.start = start
        self.outline = outline
        self._places = places
        headers, _, (branch_at, length), sent_by, to_uri, _, _, (at, size), cseq = places
        self.call_id = call_id = text[at : at + size]
        self.method = cseq.method
        if start.method:
            at, size = start.first
            self.method = text[at : at + size]
        branch = text[branch_at : branch_at + length]
        if length > _COOKIE_LENGTH and branch.startswith(COOKIE):
            self.key = _SEPARATOR.join((branch, sent_by, call_id, cseq.number))
        else:
            self.key = _old_key(text, start, headers, to_uri, call_id, cseq.number)
        self._dialog: bytes | None = None

    @property
    def headers(self) -> tuple[Line, Line, Line, Line, Line]:
        """The first Via, To, From, CSeq and Call-ID."""
        return self._places.headers

    @property
    def via(self) -> ViaParts:
        """The parts of the topmost Via."""
        return self._places.via

    @property
    def to_tag(self) -> Span | None:
        """Where To's tag is in the text."""
        return self._places.to_tag

    @property
    def cseq(self) -> bytes:
        """CSeq's number."""
        return self._places.cseq.number

    @property
    def dialog(self) -> bytes:
        """Call-ID, CSeq number and From tag."""
        if self._dialog is None:
            tag = part_of(self.text, 0, self._places.from_tag)
            self._dialog = _SEPARATOR.join((self.call_id, self.cseq, tag))
        return self._dialog

    def tag_of_to(self) -> bytes:
        """To's tag; empty if it has none."""
        return part_of(self.text, 0, self._places.to_tag)

    def branch(self) -> bytes:
        """The branch of the topmost Via; empty if it has none."""
        return part_of(self.text, 0, self._places.branch)


def _old_key(
    text: bytes,
    start: StartLine,
    headers: tuple[Line, Line, Line, Line, Line],
    to_uri: Span,
    call_id: bytes,
    number: bytes,
) -> bytes:
    """The key of a message whose branch is none of RFC 3261's."""
    via, _, source, _, _ = headers
    return _SEPARATOR.join(
        (
            text[via.value : via.end],
            part_of(text, 0, start.second),
            text[source.value : source.end],
            part_of(text, 0, to_uri),
            call_id,
            number,
        )
    )


class MessageReader:
    """Reads what comes in as one proxy's parser does."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.outliner = Outliner(grammar)
        self.headers = HeaderReader(grammar)
        self._start_lines: dict[bytes, StartLine] = {}
        self._places: ByOutline[_Places] = ByOutline()

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
        places = self._places.get(outline)
        if places is None:
            places = self._places.keep(outline, self._found(text, outline))
        return Incoming(text, start, outline, places)

    def _found(self, text: bytes, outline: Outline) -> _Places:
        via, to, source, cseq, call_id = found = _needed(outline)
        via_parts = self.headers.via(text, via)
        to_parts = self.headers.address(text, to)
        from_parts = self.headers.address(text, source)
        cseq_parts = self.headers.cseq(text, cseq)
        call_id_end = trimmed_right(text, call_id.value, call_id.end)
        return _Places(
            found,
            via_parts,
            _moved(via_parts.branch, via.start) or (0, 0),
            _sent_by(text, via.start, via_parts),
            _moved(to_parts.uri, to.start) or (0, 0),
            _moved(to_parts.tag, to.start),
            _moved(from_parts.tag, source.start),
            (call_id.value, call_id_end - call_id.value),
            cseq_parts,
        )

    def form(self, request: Incoming, source: bytes, port: int) -> ReplyForm:
        """How to answer a request from that address and port: received and rport are filled in.

        Where the Via asks for rport, received stands there whatever it is (RFC 3581 section 4)."""
        via = request.headers[0]
        text, parts = request.text, request.via
        host = part_of(text, via.start, parts.host)
        changed: bytes | None = None
        if (
            parts.rport is not None
            or parts.has_received
            or not (host == address_text(source) or _is_address(host, source))
        ):
            changed = text[via.start : via.end].rstrip(b"\r\n")
            if parts.rport is not None:
                at, length = parts.rport
                changed = changed[:at] + b"rport=%d" % port + changed[at + length :]
            changed += b";received=" + address_text(source)
        return ReplyForm(text, request.outline, request.to_tag, changed)


@lru_cache(maxsize=16)
def message_reader(grammar: Grammar) -> MessageReader:
    """The reader of a grammar, shared so that what it keeps is used by all."""
    return MessageReader(grammar)


def _needed(outline: Outline) -> tuple[Line, Line, Line, Line, Line]:
    found = outline.firsts
    try:
        return found["VIA"], found["TO"], found["FROM"], found["CSEQ"], found["CALLID"]
    except KeyError:
        missing = next(kind for kind in _NEEDED if kind not in found)
        raise SipError(f"message without {missing}") from None


def _moved(span: Span | None, base: int) -> Span | None:
    """A span that counts from `base`, counted from the start of the text."""
    return (base + span[0], span[1]) if span else None


def _sent_by(text: bytes, base: int, via: ViaParts) -> bytes:
    """Transport, host and port, the default port filled in."""
    transport = part_of(text, base, via.transport)
    port = part_of(text, base, via.port) or (_TLS_PORT if transport == b"TLS" else _PORT)
    return b"%s %s:%s" % (transport, part_of(text, base, via.host), port)


@lru_cache(maxsize=1024)
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
    """Whether the text says that address, other than in the usual way."""
    if b":" not in host:
        return False
    try:
        return ip_address(host.strip(b"[]").decode("ascii", "replace")).packed == address
    except ValueError:
        return False
