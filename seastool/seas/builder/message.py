"""A SIP text as the encoded message a given server makes of it
(docs/protocol.md: The encoded message)."""

from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

from seastool.errors import EncodeError, SipError
from seastool.seas.builder.header import UNIQUE, HeaderStructure, Seen, header_structure
from seastool.seas.builder.header_cache import HeaderCache
from seastool.seas.builder.uri import uri_record
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.message import MessageInfo
from seastool.seas.values import ContentType
from seastool.sip.masking import LONGEST_KEPT, masked
from seastool.sip.outline import Outline
from seastool.sip.start_line import StartLine, parse_start_line
from seastool.wire import Span

_KEPT_LINES: Final = 1024
_KEPT_FRONTS: Final = 1024
_NOT_BEHIND: Final = (b"\r", b"")  # behind a start line that may be kept
_LINE_PADDING: Final = b"A" * 17
# What a header is may depend on the byte behind it: a line may begin with one of these only if
# no header ends before it, or if the headers end there.
_ODD_FIRST: Final = b"\0\\,\n"
_FIRST_FIELDS: Final = Struct(">HHHH")
_ENTRY_SIZE: Final = 3
_START_SIZE: Final = 2
_BARE_TAIL: Final = 2  # of a header of which only start and length are told
_NOT_A_STATUS: Final = 32
_EVENT_HEAD: Final = 25  # of a stateless IPv4 request, the shortest event with a message

_VIA, _CONTENT_LENGTH = int(Seen.VIA), int(Seen.CONTENTLENGTH)
_ACCEPT = int(Seen.ACCEPT)
_REQUIRED: Final = int(Seen.TO | Seen.FROM | Seen.CSEQ | Seen.CALLID)
_JUDGED = int(Seen.CONTENTTYPE | Seen.ACCEPT)


class _Start:
    """What the start line gives: the information behind its first four numbers, the code, and
    where the headers start."""

    __slots__ = ("code", "end", "fields", "is_request")

    def __init__(self, text: bytes, dialect: Dialect) -> None:
        line = _parsed_start_line(text, dialect)
        self.code = _code(line, dialect)
        self.end = line.end
        self.is_request = line.is_request
        uri = None
        if line.is_request:
            try:
                uri = uri_record(text, line.second, dialect)
            except SipError as error:
                raise _refusal(dialect, f"request URI: {error.reason}", "uri") from error
        shown = (line.first, line.second, line.third)
        if not line.is_request:
            shown = (line.second, line.third, line.first)
        method, uri_text, version = (Span(s & 0xFF, n & 0xFF) for s, n in shown)
        info = MessageInfo(
            code=self.code,
            text=Span(0, 0),
            body_start=0,
            method=method,
            uri=uri_text,
            version=Span(version.start, 0),
            request_uri=uri,
            header_count=0,
        )
        self.fields = info.encode()[_FIRST_FIELDS.size : -1]


def _refusal(dialect: Dialect, why: str, path: str = "") -> EncodeError:
    return EncodeError(f"{dialect.name} refuses the message: {why}", path=path)


def _parsed_start_line(text: bytes, dialect: Dialect) -> StartLine:
    try:
        return parse_start_line(text, dialect.grammar)
    except SipError as error:
        raise _refusal(dialect, f"{error.reason} at byte {error.offset}", "start line") from error


def _code(line: StartLine, dialect: Dialect) -> int:
    if line.is_request:
        if line.method == "INVITE" and Quirk.INVITE_CODE_ZERO in dialect.quirks:
            return 0
        return dialect.methods[line.method]
    if line.status == _NOT_A_STATUS:
        raise _refusal(dialect, "it takes status 32 for no message at all", "status")
    return line.status


class _ContentTypes:
    """Content-Type and Accept, whose structures depend on those before them.

    The module parses the first of each only, whichever it is at, and hangs the outcome there.
    """

    __slots__ = ("dialect", "fault", "first", "has_accept", "is_accepted", "kills")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.kills = not dialect.carries_all or dialect.has(Quirk.TWO_ACCEPTS_KILL)
        self.first: bytes | None = None
        self.fault = ""
        self.has_accept = self.is_accepted = False

    def tail(self, flag: int, tail: bytes, fault: str) -> bytes:
        """The structure's tail, as it is for this one. Raises: EncodeError."""
        is_bare = len(tail) == _BARE_TAIL and self.dialect.header_prefix > _BARE_TAIL + _START_SIZE
        if flag == _ACCEPT:
            if self.kills and self.has_accept and self.is_accepted and not is_bare:
                why = f"known fault of this server: {Quirk.TWO_ACCEPTS_KILL}"
                raise _refusal(self.dialect, why, "ACCEPT")
            self.is_accepted = self.is_accepted or not (self.has_accept or fault)
            self.has_accept = True
            return tail
        is_first = self.first is None
        if is_first:
            self.first, self.fault = tail, fault
        if self.fault and not is_bare:
            raise _refusal(self.dialect, f"Content-Type: {self.fault}", "CONTENTTYPE")
        if is_first or is_bare:
            return tail
        prefix = self.dialect.header_prefix - _START_SIZE
        if Quirk.CONTENT_TYPE_OF_FIRST in self.dialect.quirks:
            return tail[:prefix] + (self.first or b"")[prefix:]
        return tail[:prefix] + ContentType(mime=0, padding=b"").encode()


class _Front(NamedTuple):
    """What stands before the text: how long it is, where in the text the body starts, and all
    behind the first four numbers. It depends on the start line and the text's outline only."""

    text: int
    body: int
    middle: bytes


def _is_of(structures: list[bytes], outline: Outline) -> bool:
    """Whether each line of the outline was taken for one header."""
    starts = [line.start & 0xFFFF for line in outline.lines]
    return starts == [int.from_bytes(start, "big") for start in structures[::2]]


@lru_cache(maxsize=256)
def _index(count: int) -> Struct:
    """The headers count, the index, and the entry that says where the structures end."""
    return Struct(">B" + "BH" * (count + 1))


class MessageBuilder:
    """Makes encoded messages in one dialect; keeps what recurs, in bounded memory."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._headers_kept = HeaderCache(dialect)
        self._last_headers_kept = HeaderCache(dialect, behind=b"\r")
        self._fronts: dict[tuple[_Start, Outline], _Front] = {}
        # By the line as it is, and by the line masked.
        self._starts: dict[bytes, _Start] = {}
        self._start = lru_cache(maxsize=_KEPT_LINES)(self._start_of_line)

    def _start_of_line(self, line: bytes) -> _Start:
        return _Start(line + _LINE_PADDING, self.dialect)

    def build(self, sip: bytes, room: int | None = None, outline: Outline | None = None) -> bytes:
        """The encoded message of a SIP text.

        room: bytes left for it in the server's buffer for one event. outline: of the text, if
        there is one already: for what is made of shared ones is kept.
        Raises: EncodeError, saying what the server refuses and why.
        """
        start = self._start_of(sip)
        front = None if outline is None else self._fronts.get((start, outline))
        if front is None:
            front = self._front(sip, start, outline)
        text, body, middle = front
        self._check_size(text, len(sip), room)
        numbers = _FIRST_FIELDS.pack(start.code, text & 0xFFFF, len(sip) & 0xFFFF, body & 0xFFFF)
        return b"".join((numbers, middle, sip))

    def _front(self, sip: bytes, start: _Start, outline: Outline | None) -> _Front:
        try:
            entries, structures, body = self._headers(sip, start)
        except IndexError:
            entries, structures, body = self._headers_at_end(sip, start)
        count = len(entries) // 2
        first = _FIRST_FIELDS.size + len(start.fields) + 1 + _ENTRY_SIZE * (count + 1)
        entries[1::2] = [(first + where) & 0xFFFF for where in entries[1::2]]
        head = b"".join(structures)
        text = first + len(head)
        index = _index(count).pack(count & 0xFF, *entries, 0, text & 0xFFFF)
        front = _Front(text, body, start.fields + index + head)
        if outline is not None and outline.is_shared and _is_of(structures, outline):
            if len(self._fronts) >= _KEPT_FRONTS:
                self._fronts.clear()
            self._fronts[start, outline] = front
        return front

    def _start_of(self, sip: bytes) -> _Start:
        """The start line; kept if nothing but its own bytes decides about it."""
        end = sip.find(b"\n") + 1
        line = sip[:end]
        found = self._starts.get(line)
        if found is not None and sip[end : end + 1] not in _NOT_BEHIND:
            return found
        if not 17 <= end <= LONGEST_KEPT or sip[0] <= 0x20 or sip[end : end + 1] in _NOT_BEHIND:
            return _Start(sip, self.dialect)
        try:
            found = self._start(masked(line))
        except EncodeError:
            return _Start(sip, self.dialect)
        if len(self._starts) >= _KEPT_LINES:
            self._starts.clear()
        self._starts[line] = found
        return found

    def _headers(self, sip: bytes, start: _Start) -> tuple[list[int], list[bytes], int]:
        """Of each header type and where its structure starts among the structures, flat; the
        structures in pieces; and where the body starts.

        Raises: IndexError if the text ends before an empty line.
        """
        entries: list[int] = []
        structures: list[bytes] = []
        seen = size = 0
        at = start.end
        judge = _ContentTypes(self.dialect)
        find, kept, kept_last = sip.find, self._headers_kept, self._last_headers_kept
        while (first := sip[at]) != 0x0D and first != 0x0A:
            end = find(b"\n", at) + 1 or len(sip)
            while (following := sip[end]) == 0x20 or following == 0x09:
                end = find(b"\n", end) + 1 or len(sip)
            if end - at > LONGEST_KEPT or following in _ODD_FIRST:
                header = self._whole_header(sip, at, end)
            else:
                header = (kept_last if following == 0x0D else kept)[sip[at:end]]
                if not header[3]:
                    header = self._whole_header(sip, at, end)
            code, flag, tail, length, fault = header
            if flag:
                if flag & _JUDGED:
                    tail = judge.tail(flag, tail, fault)
                elif flag & seen & UNIQUE and start.is_request:
                    self._check_duplicate(flag)
                seen |= flag
            entries += (code, size)
            structures += ((at & 0xFFFF).to_bytes(_START_SIZE, "big"), tail)
            size += len(tail) + _START_SIZE
            at += length
        self._check_headers(seen, start)
        return entries, structures, at + (2 if sip[at : at + 2] == b"\r\n" else 1)

    def _headers_at_end(self, sip: bytes, start: _Start) -> tuple[list[int], list[bytes], int]:
        """The same for a text that ends before a line it might go on in: a bare CR may end a
        header, so that the CRLF behind it is the empty line."""
        try:
            return self._headers(sip + b"A", start)
        except IndexError:
            raise _refusal(self.dialect, "no empty line behind the headers", "body") from None

    def _whole_header(self, sip: bytes, at: int, end: int) -> HeaderStructure:
        """A header not to be kept: long, without a colon in its line, or with an odd byte
        behind it."""
        colon = sip.find(b":", at)
        if colon >= end:
            end = sip.find(b"\n", colon) + 1
            while end and sip[end] in b" \t":
                end = sip.find(b"\n", end) + 1
        following = sip[end : end + 1]
        byte = following if following in (b"\0", b"\\", b",", b"\n", b"\r") else b"A"
        return header_structure(sip[at:end] + byte, self.dialect)

    def _check_duplicate(self, flag: int) -> None:
        if self.dialect.grammar.duplicates_refused:
            name = Seen(flag).name or ""
            raise _refusal(self.dialect, f"more than one {name} header", name)

    def _check_headers(self, seen: int, start: _Start) -> None:
        if not seen & _VIA:
            raise _refusal(self.dialect, "no Via header", "VIA")
        missing = _REQUIRED & ~seen
        if missing and start.is_request and self.dialect.grammar.requests_checked:
            name = next(flag.name or "" for flag in Seen if flag & missing)
            raise _refusal(self.dialect, f"request without {name}", name)
        needs_length = Quirk.CONTENT_LENGTH_REQUIRED in self.dialect.quirks
        if needs_length and not seen & _CONTENT_LENGTH:
            why = f"known fault of this server: {Quirk.CONTENT_LENGTH_REQUIRED}"
            raise _refusal(self.dialect, why, "CONTENTLENGTH")

    def _check_size(self, head: int, text: int, room: int | None) -> None:
        if Quirk.EVENT_SIZE_CHECKED not in self.dialect.quirks:
            return
        left = self.dialect.max_event - _EVENT_HEAD if room is None else room
        if head + text + 1 > left:
            raise _refusal(
                self.dialect, f"encoded message of {head + text} bytes, {left - 1} fit", "length"
            )


@lru_cache(maxsize=16)
def message_builder(dialect: Dialect) -> MessageBuilder:
    """The builder of a dialect, shared so that what it keeps is used by all."""
    return MessageBuilder(dialect)


def build_message(sip: bytes, dialect: Dialect) -> bytes:
    """The encoded message (payload) that the server makes of a SIP text.

    Raises: EncodeError, saying what the server refuses and why.
    """
    return message_builder(dialect).build(bytes(sip))
