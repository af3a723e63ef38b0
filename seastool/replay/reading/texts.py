"""SIP messages in text: logs of sipp, exports of sngrep and ngrep, what people paste.

A message begins at a start line. Its body is as long as Content-Length says where what follows
agrees, line ends counted as they are or as CRLF; else it ends at the next mark or start line.
"""

from __future__ import annotations

import re
from typing import Final

from seastool.replay.messages import Recorded, Trace, Transport
from seastool.replay.reading.marks import MARK, SEPARATOR, Marks

MAX_TEXT: Final = 64 << 20
MAX_MESSAGE: Final = 1 << 18

_START: Final = re.compile(
    rb"^([ \t]{0,40})(?:SIP/2\.0 [1-6][0-9]{2}(?:[ \t][^\r\n]{0,400})?"
    rb"|[A-Za-z][A-Za-z0-9.!%*_+`'~-]{0,31} [!-~]{1,2048} SIP/2\.0\.?)[ \t]*\r?$",
    re.M,
)
_HEADER: Final = re.compile(rb"[A-Za-z0-9.!%*_+`'~-]{1,80}[ \t]*:|[ \t]+[^ \t\r\n]")
_LENGTH: Final = re.compile(
    rb"^(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,9})[ \t]*\r?$", re.I | re.M
)
_VIA: Final = re.compile(
    rb"^(?:via|v)[ \t]*:[ \t]*SIP[ \t]*/[ \t]*2\.0[ \t]*/[ \t]*([A-Z-]+)", re.I | re.M
)
_BLANK: Final = re.compile(rb"(?:[ \t\0]*\r?\n)*[ \t\r\0]*")
_LINE_END: Final = re.compile(rb"\r?\n")
_SHORT: Final = re.compile(rb"^[0-9]{4}-[0-9]{2}-[0-9]{2}\t[^\r\n]*\t[SR]\t", re.M)


def what_else(head: bytes) -> str:
    """What a text without a SIP message is, for an error."""
    if not head.strip():
        return "is empty; give a capture or a log with SIP messages"
    if _SHORT.search(head[:65536]):
        return (
            "is sipp's short message log, which has no messages in it; "
            "record with -trace_msg in place of -trace_shortmsg"
        )
    return (
        "no SIP message in it: neither a pcap or pcapng capture, nor a message log of sipp "
        "(-trace_msg), nor text in which a line begins a SIP message"
    )


class TextReader:
    """Takes a text in pieces and puts its messages into a trace when it is closed."""

    def __init__(self, trace: Trace, *, name: str = "") -> None:
        self._trace = trace
        self._name = name or trace.name
        self._pieces: list[bytes] = []
        self._size = 0
        self._skipped = 0
        self._first_skipped = 0
        self._wrong_lengths = 0
        self._too_long = 0
        self._patience = MAX_TEXT  # bytes of bodies to look through more than once

    @property
    def is_full(self) -> bool:
        """Whether no more is taken."""
        return self._size > MAX_TEXT

    def receive_data(self, data: bytes) -> None:
        """The next bytes of the text."""
        self._pieces.append(data)
        self._size += len(data)

    def close(self) -> None:
        """The text is over: cut it into messages."""
        text = b"".join(self._pieces)
        self._pieces.clear()
        if self.is_full:
            text = text[:MAX_TEXT]
            self._note(f"only the first {MAX_TEXT >> 20} MiB were read; cut the text into pieces")
        before = len(self._trace.messages) + self._trace.left
        self._cut(text)
        if len(self._trace.messages) + self._trace.left > before:
            self._note_losses()

    def _cut(self, text: bytes) -> None:
        at, marks = 0, Marks()
        while (start := _START.search(text, at)) is not None:
            self._between(text, at, start.start(), marks)
            message, at = self._message(text, start)
            if len(message) > MAX_MESSAGE:
                self._too_long += 1
            else:
                self._add(message, marks)
            marks = Marks()
        self._between(text, at, len(text), marks)

    def _between(self, text: bytes, at: int, end: int, marks: Marks) -> None:
        """What stands before a message: marks, and lines that belong to none."""
        if end - at > MAX_MESSAGE:  # no mark that far away says anything of the message
            self._skip(text, at, text.count(b"\n", at, end - MAX_MESSAGE))
            at = end - MAX_MESSAGE
        for line in text[at:end].splitlines(keepends=True):
            if MARK.match(line.rstrip(b"\r\n")):
                marks.read(line)
            elif line.strip(b" \t\r\n\0") and not SEPARATOR.match(line.rstrip(b"\r\n")):
                self._skip(text, at, 1)
            at += len(line)

    def _skip(self, text: bytes, at: int, lines: int) -> None:
        if not self._skipped:
            self._first_skipped = text.count(b"\n", 0, at) + 1
        self._skipped += lines

    def _message(self, text: bytes, start: re.Match[bytes]) -> tuple[bytes, int]:
        """A message with CRLF line ends in its head, and where the text goes on."""
        limit = _next_boundary(text, start.end())
        if start[1]:
            return self._changed(text, start.start(), limit, b"(?m)^" + start[1])
        if _is_dotted(text[start.start() : min(limit, start.end() + 4096)]):
            return self._changed(text, start.start(), limit, rb"(?m)\.(?=\r?$)")
        lines, at = _head(text, start.start(), limit)
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        if at < 0:
            return head, -at
        length = _LENGTH.search(head)
        size = int(length[1]) if length else -1
        end = self._body_end(text, at, size, limit) if size >= 0 else -1
        if end >= 0:
            body = text[at:end]
            return head + (body if len(body) == size else _with_crlf(body)[:size]), end
        body, end = _rest(text, at, limit)
        self._wrong_lengths += size >= 0 and len(body) != size
        return head + body, end

    def _body_end(self, text: bytes, at: int, size: int, limit: int) -> int:
        """Where a body of that length ends if what follows agrees, or is at least a line of its
        own before the limit; else -1."""
        counted = [at + size, self._end_with_crlf(text, at, size, limit)]
        if text[at - 2 : at] != b"\r\n":
            counted.reverse()
        for end in counted:
            if not at <= end <= len(text):
                continue
            if size == 0 or _ends_at(text, end) or (end <= limit and text[end - 1] == 0x0A):
                return end
        return -1

    def _end_with_crlf(self, text: bytes, at: int, size: int, limit: int) -> int:
        """Where a body of that length ends if each of its line ends counts two bytes; else -1.

        A body that goes on behind the limit, where another message seems to begin, is looked
        through only so often.
        """
        if at + size > limit:
            self._patience -= at + size - limit
            if self._patience < 0 or at + size > len(text) + size // 2:
                return -1
        while size > 0:
            found = _LINE_END.search(text, at, at + size + 2)
            if found is None:
                return at + size
            size -= found.start() - at + 2
            at = found.end() if size >= 0 else found.start()
        return at if size in (0, -2) else -1

    def _changed(self, text: bytes, at: int, limit: int, taken: bytes) -> tuple[bytes, int]:
        """A message of which each line has something that was added to it."""
        plain = re.sub(taken, b"", text[at:limit])
        start = _START.match(plain)
        if start is None or start[1]:
            return plain, limit
        message, _ = self._message(plain, start)
        return message, limit

    def _add(self, message: bytes, marks: Marks) -> None:
        number = len(self._trace.messages) + self._trace.left + 1
        self._trace.add(
            Recorded(
                number,
                marks.time_ns,
                marks.transport or _transport(message),
                marks.source,
                marks.destination,
                message,
                marks.is_sent,
            )
        )

    def _note_losses(self) -> None:
        if self._skipped:
            first = f"the first is line {self._first_skipped}"
            self._note(f"{self._skipped:,} lines belong to no message, {first}")
        if self._wrong_lengths:
            self._note(
                f"{self._wrong_lengths:,} messages have a Content-Length that is not that of their "
                "body: what stands before the next message was taken for it"
            )
        if self._too_long:
            self._note(f"{self._too_long:,} messages over {MAX_MESSAGE >> 10} KiB were left out")

    def _note(self, text: str) -> None:
        self._trace.notes.append(f"{self._name}: {text}")


def _next_boundary(text: bytes, at: int) -> int:
    """Where the next message, or what is said of it, begins."""
    end = min(len(text), at + MAX_MESSAGE + 4096)
    start = _START.search(text, at, end)
    limit = start.start() if start else end
    mark = MARK.search(text, at, limit)
    return mark.start() if mark else limit


def _head(text: bytes, at: int, limit: int) -> tuple[list[bytes], int]:
    """Start line and headers, and where the body begins; minus the place if no empty line ends
    them."""
    lines: list[bytes] = []
    while at < limit:
        found = _LINE_END.search(text, at, limit)
        end, after = (found.start(), found.end()) if found else (limit, limit)
        line = text[at:end]
        if not line.strip(b" \t\r"):
            return lines, after
        if lines and not _HEADER.match(line):
            return lines, -at
        lines.append(line.rstrip(b"\r"))
        at = after
    return lines, -limit


def _ends_at(text: bytes, at: int) -> bool:
    """Whether nothing of a message stands there."""
    if at < len(text) and text[at - 1] != 0x0A and text[at] not in b"\r\n":
        return False
    blank = _BLANK.match(text, at)
    behind = blank.end() if blank else at
    if behind >= len(text):
        return True
    line = text.rfind(b"\n", 0, behind) + 1
    return any(what.match(text, line) for what in (MARK, _START, SEPARATOR))


def _rest(text: bytes, at: int, limit: int) -> tuple[bytes, int]:
    """What stands before the next message, without the lines that only separate them."""
    separator = SEPARATOR.search(text, at, limit)
    end = separator.start() if separator else limit
    body = text[at:end].rstrip(b" \t\r\n\0")
    return (_with_crlf(body) + b"\r\n" if body else b""), end


def _with_crlf(body: bytes) -> bytes:
    return _LINE_END.sub(b"\r\n", body)


def _is_dotted(text: bytes) -> bool:
    """Whether the lines end with a dot: ngrep shows one in place of CR."""
    head = text.splitlines()[:4]
    return len(head) > 2 and all(line.rstrip(b"\r").endswith(b".") for line in head)


def _transport(message: bytes) -> Transport:
    found = _VIA.search(message)
    return "udp" if found is None or found[1].upper() == b"UDP" else "tcp"
