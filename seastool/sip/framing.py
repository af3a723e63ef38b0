"""One direction of a SIP connection over a stream transport, cut into messages.

Sans-I/O, with the verbs of every machine here: `receive_data`, `next_event`, `gap`, `close`.
A message ends where its Content-Length (or compact `l`) says, RFC 3261 section 18.3; without
one it has no body. CRLF between messages is keep-alive (RFC 5626 section 3.5.1) and is counted.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

MAX_HEAD = 1 << 16
MAX_BODY = 1 << 18
LONGEST_LINE = 2200  # no start line is looked for that is longer

_START = (
    rb"(?:SIP/2\.0 [1-6][0-9][0-9](?: |\r?\n)"
    rb"|[A-Za-z0-9.!%*_+`'~-]{1,64} [!-~]{1,2048} SIP/2\.0\r?\n)"
)
_STARTS_HERE = re.compile(_START)
# Out of step a start line need not follow a line end (bodies often have none), and one that
# is cut at its front looks like one with another method: so only known methods count.
_STARTS_ANYWHERE = re.compile(
    rb"SIP/2\.0 [1-6][0-9][0-9](?: |\r?\n)"
    rb"|(?:ACK|BYE|CANCEL|INFO|INVITE|MESSAGE|NOTIFY|OPTIONS|PRACK|PUBLISH|REFER"
    rb"|REGISTER|SUBSCRIBE|UPDATE) [!-~]{1,2048} SIP/2\.0\r?\n"
)
_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*([0-9]{1,10})[ \t]*\r?$", re.I | re.M)
_LINE_ENDS = re.compile(rb"[\r\n]*")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_BROKEN_HEAD = re.compile(rb"[^\r\n]{1,2048}SIP/[0-9.]+[ \t]*\r?\n.{,4096}?\r?\n\r?\n", re.DOTALL)
_PARTIAL = re.compile(rb"[A-Za-z0-9.!%*_+`'~/-]{1,64}(?: [!-~]{0,2048}(?: [!-~]{0,7}\r?)?)?\Z")


class SipNeedData(Enum):
    """What `next_event` says when it has nothing more to say."""

    NEED_DATA = "need data"


NEED_DATA: Final = SipNeedData.NEED_DATA


@dataclass(slots=True)
class SipMessage:
    """One message, body included; `start` is its offset in the stream, gaps counted."""

    data: bytes
    start: int


@dataclass(slots=True)
class SipSkipped:
    """`count` bytes, the first at `start`, that belong to no whole message."""

    count: int
    start: int


Event = SipMessage | SipSkipped | Literal[SipNeedData.NEED_DATA]


def starts_sip(data: bytes | bytearray) -> bool | None:
    """Whether the data begins with a SIP start line; None if it is too short to tell."""
    begin = _after_keep_alive(data, 0)
    if _STARTS_HERE.match(data, begin):
        return True
    if begin == len(data) or _PARTIAL.match(data, begin):
        return None
    return False


def find_start(data: bytes | bytearray, at: int = 0) -> int | None:
    """Where from `at` on the first start line, of a response or a known method, begins."""
    found = _STARTS_ANYWHERE.search(data, at)
    return found.start() if found else None


def _after_keep_alive(data: bytes | bytearray, at: int) -> int:
    found = _LINE_ENDS.match(data, at)
    return found.end() if found else at


class SipSplitter:
    """Cuts one direction of a SIP connection into messages.

    After `receive_data`, `gap` or `close`, call `next_event` until it says NEED_DATA.
    in_step: False if the first byte may be in the middle of a message.
    """

    def __init__(self, *, in_step: bool = True) -> None:
        self.keep_alive_bytes = 0
        self.lost = ""  # why it has lost step the last time
        self.lost_head = b""  # of a request that it lost step at, as its first line is not right
        self._buffer = bytearray()
        self._base = 0  # offset in the stream of the buffer's first byte
        self._searched = 0  # offset in the stream that no head at hand ends before
        self._begun = False  # whether a start line is at hand
        self._size = 0  # of the message at hand, head and body; 0 if not known yet
        self._discard = 0
        self._skipped = 0  # bytes skipped and not yet told, since where
        self._skip_start = 0
        self._synced = in_step
        self._queue: deque[SipMessage | SipSkipped] = deque()

    @property
    def buffered(self) -> int:
        """How many bytes wait for more."""
        return len(self._buffer)

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if self._discard:
            cut = min(self._discard, len(data))
            self._discard -= cut
            self._skip(cut)
            self._base += cut
            data = data[cut:]
        self._buffer += data

    def next_event(self) -> Event:
        """The next message, a note of skipped bytes, or NEED_DATA."""
        if self._queue:
            return self._queue.popleft()
        while True:
            if not self._synced and not self._resync():
                return NEED_DATA
            if self._skipped and self._buffer:
                return self._told()
            if not self._size and not self._measure():
                if self._synced:
                    return NEED_DATA
                continue
            if len(self._buffer) < self._size:
                return NEED_DATA
            message = SipMessage(bytes(self._buffer[: self._size]), self._base)
            self._drop(self._size)
            return message

    def gap(self, missing: int) -> None:
        """`missing` bytes will never come; inside a body the next message is still exact."""
        ready = self._drain()
        rest = self._discard or (self._size - len(self._buffer) if self._size else 0)
        self._skip(len(self._buffer))
        self._drop(len(self._buffer))
        self._base += missing
        self._discard = max(0, rest - missing)
        self._synced = self._synced and rest >= missing and rest > 0
        self._queue.extend(ready)

    def close(self) -> None:
        """The stream is over; what is left is told as skipped."""
        ready = self._drain()
        self._skip(len(self._buffer))
        self._drop(len(self._buffer))
        if self._skipped:
            ready.append(self._told())
        self._queue.extend(ready)

    def _drain(self) -> list[SipMessage | SipSkipped]:
        ready: list[SipMessage | SipSkipped] = []
        while (event := self.next_event()) is not NEED_DATA:
            ready.append(event)
        return ready

    def _told(self) -> SipSkipped:
        count, self._skipped = self._skipped, 0
        return SipSkipped(count, self._skip_start)

    def _skip(self, count: int) -> None:
        if not self._skipped:
            self._skip_start = self._base
        self._skipped += count

    def _measure(self) -> bool:
        """Find the size of the message at hand; a head that cannot be SIP loses step."""
        idle = _after_keep_alive(self._buffer, 0)
        self.keep_alive_bytes += idle
        if idle:
            self._drop(idle)
        if not self._buffer:
            return False
        if not self._begun:
            begun = starts_sip(self._buffer)
            if begun is False:
                found = _BROKEN_HEAD.match(self._buffer)
                self.lost_head = found[0] if found else b""
                return self._lose_step("what is no SIP start line")
            self._begun = begun is True
        end = _HEAD_END.search(self._buffer, max(0, self._searched - self._base))
        if end is None or end.end() > MAX_HEAD:
            self._searched = self._base + max(0, len(self._buffer) - 3)
            if len(self._buffer) <= MAX_HEAD:
                return False
            return self._lose_step(f"a message whose headers exceed {MAX_HEAD >> 10} KiB")
        length = _LENGTH.search(self._buffer, 0, end.start() + 1)
        body = int(length[1]) if length else 0
        if body > MAX_BODY:
            return self._lose_step(f"a message whose body exceeds {MAX_BODY >> 10} KiB")
        self._size = end.end() + body
        return True

    def _lose_step(self, why: str) -> bool:
        self.lost = why
        self._synced = False
        self._skip(1)
        self._drop(1)
        return False

    def _resync(self) -> bool:
        at = find_start(self._buffer)
        if at is None:
            # A start line may begin in the last line and go on in the next data.
            line = self._buffer.rfind(b"\n") + 1
            at = line if len(self._buffer) - line < LONGEST_LINE else len(self._buffer)
            self._skip(at)
            self._drop(at)
            return False
        self._skip(at)
        self._drop(at)
        self._synced = True
        return True

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._base += count
        self._size = 0
        self._begun = False
