"""One direction of one SEAS connection, cut into units: name, socket info, frames.

Sans-I/O: bytes go in by `receive_data`, units come out of `next_event`. Lost bytes are told
with `gap`, the end with `close`. While in step, a frame is whatever its length field says, so
that unknown types and odd content pass. Out of step (after a gap, a start in mid-stream, an
impossible length) the splitter looks for the next plausible frame and says what it skipped.

Source: docs/protocol.md: Connections, Frames.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, StrEnum
from struct import Struct
from typing import Final, Literal

from seastool.seas.plausible import (
    FAILURES,
    HEAD,
    HEAD_SIZE,
    MAX_NAME,
    MIN_FRAME,
    TYPES,
    Side,
    possible_length,
    printable,
    socket_info_length,
)
from seastool.seas.types import Direction, Socket

_u32 = Struct(">I").unpack_from

TRUSTED_FRAME = 8192  # a longer frame in step must at least have a head that the side may send
MAX_HEADS = 256  # plausible heads of frames not yet whole to remember while out of step


class UnitKind(StrEnum):
    """What a unit is."""

    NAME = "name"
    SOCKET_INFO = "socket info"
    FRAME = "frame"


class SkipReason(StrEnum):
    """Why bytes did not become a unit."""

    OUT_OF_STEP = "no plausible frame begins in them"
    CUT_BY_GAP = "they belong to a unit of which other bytes are lost"
    CUT_BY_END = "they begin a unit that the stream does not finish"


@dataclass(slots=True)
class Unit:
    """A whole name, socket info or frame; `start` is its offset in the stream, gaps counted."""

    kind: UnitKind
    data: bytes
    start: int


@dataclass(slots=True)
class Skipped:
    """`count` bytes that came in and belong to no unit, the first of them at `start`. head: the
    first of a frame that the stream does not finish."""

    reason: SkipReason
    count: int
    start: int
    head: bytes = b""


class NeedData(Enum):
    """What `next_event` says when it has nothing more to say."""

    NEED_DATA = "need data"


NEED_DATA: Final = NeedData.NEED_DATA
Event = Unit | Skipped | Literal[NeedData.NEED_DATA]


class SeasSplitter:
    """Cuts one direction into units.

    socket, direction: which of the four streams it is.
    in_step: True if the first byte received is the first of the connection; else the
    splitter first looks for a frame.
    After `receive_data`, `gap` or `close`, call `next_event` until it says NEED_DATA.
    """

    __slots__ = (
        "_at",
        "_base",
        "_buffer",
        "_discard",
        "_head",
        "_heads",
        "_plain",
        "_queue",
        "_reason",
        "_scanned",
        "_side",
        "_skip_start",
        "_skipped",
        "_starting",
        "_synced",
        "_whole",
    )

    def __init__(self, socket: Socket, direction: Direction, *, in_step: bool = True) -> None:
        self._side: Side = (socket, direction)
        self._synced = in_step
        self._starting = True
        self._plain = False  # in step, with frames to come and nothing to tell: the usual state
        self._buffer: bytes | bytearray = b""
        self._at = 0  # first byte of the buffer not yet used
        self._base = 0  # offset in the stream of the buffer's first byte
        self._discard = 0  # bytes still to come of a frame that a gap has cut
        self._skipped = 0  # bytes skipped and not yet told, since where, and why
        self._skip_start = 0
        self._reason = SkipReason.OUT_OF_STEP
        self._head = b""
        # While out of step, as offsets in the stream: heads whose frames are not all there,
        # how far was searched; and in the buffer, the first whole frame found.
        self._heads: list[int] = []
        self._scanned = 0
        self._whole = -1
        self._queue: deque[Unit | Skipped] = deque()

    @property
    def buffered(self) -> int:
        """How many bytes wait for more."""
        return len(self._buffer) - self._at

    @property
    def in_step(self) -> bool:
        """Whether it knows where a frame begins; if not, it looks for the next plausible one."""
        return self._synced

    def receive_data(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        if self._discard:
            self._plain = False
            cut = min(self._discard, len(data))
            self._discard -= cut
            self._skip(cut, self._base + self._at)
            self._base += cut
            data = data[cut:]
        if self._at == len(self._buffer):
            self._base += self._at
            self._buffer = data
        else:
            if isinstance(self._buffer, bytes):
                self._buffer = bytearray(self._buffer)
            del self._buffer[: self._at]
            self._base += self._at
            self._buffer += data
        self._at = 0

    def next_event(self) -> Event:
        """The next unit, a note of skipped bytes, or NEED_DATA."""
        if self._plain:
            buffer, at = self._buffer, self._at
            have = len(buffer) - at
            if have >= MIN_FRAME:
                length = _u32(buffer, at)[0]
                if MIN_FRAME <= length <= have and length <= TRUSTED_FRAME:
                    self._at = at + length
                    return Unit(UnitKind.FRAME, bytes(buffer[at : at + length]), self._base + at)
            elif not have:
                return NEED_DATA
        self._plain = False
        if self._queue:
            return self._queue.popleft()
        return self._next()

    def gap(self, missing: int) -> None:
        """`missing` bytes of the stream will never come.

        If they lie inside a frame whose length is known, the frame after it is found
        exactly; else the next plausible one is searched for.
        """
        self._finish_buffer(SkipReason.CUT_BY_GAP, missing)
        self._plain = False
        self._starting = False

    def close(self) -> None:
        """The stream is over; what is left is told as skipped."""
        self._finish_buffer(SkipReason.CUT_BY_END, 0)
        self._plain = False
        if self._skipped:
            self._queue.append(self._told())

    def _finish_buffer(self, reason: SkipReason, missing: int) -> None:
        ready: list[Unit | Skipped] = []
        while (event := self.next_event()) is not NEED_DATA:
            ready.append(event)
        left = self.buffered
        rest = self._discard or self._rest_of_frame(left)
        if left:
            if self._skipped and self._synced:
                ready.append(self._told())
            self._reason = reason if self._synced else SkipReason.OUT_OF_STEP
            if self._reason is SkipReason.CUT_BY_END and not self._starting:
                self._head = bytes(self._buffer[self._at : self._at + HEAD_SIZE])
            self._skip(left, self._base + self._at)
        self._base += len(self._buffer) + missing
        self._buffer, self._at = b"", 0
        self._heads, self._scanned = [], 0
        self._discard = max(0, rest - missing)
        self._synced = self._synced and rest >= missing and rest > 0
        self._queue.extend(ready)

    def _rest_of_frame(self, left: int) -> int:
        """How many bytes of the frame begun are still to come; 0 if that is not known."""
        if not self._synced or self._starting or left < 4:
            return 0
        return int(_u32(self._buffer, self._at)[0]) - left

    def _told(self) -> Skipped:
        count, self._skipped = self._skipped, 0
        reason, self._reason = self._reason, SkipReason.OUT_OF_STEP
        head, self._head = self._head, b""
        return Skipped(reason, count, self._skip_start, head)

    def _skip(self, count: int, start: int) -> None:
        if not self._skipped:
            self._skip_start = start
        self._skipped += count

    def _next(self) -> Event:
        while True:
            if self._starting:
                first = self._first_unit()
                if first is not None:
                    return first
            if not self._synced and not self._resync():
                return NEED_DATA
            if self._skipped and self.buffered:
                return self._told()
            if (event := self._frame()) is not None:
                return event

    def _first_unit(self) -> Event | None:
        """A name or socket info; None if the stream starts otherwise. Units differ by byte 0."""
        buffer, at = self._buffer, self._at
        if at == len(buffer):
            return NEED_DATA
        socket, direction = self._side
        length: int | None = -1
        if direction is Direction.TO_OPENSER and 1 <= buffer[at] <= MAX_NAME:
            length = 1 + buffer[at]
            if not self._synced and not self._name_fits(at, at + length):
                length = -1
        elif direction is Direction.TO_AS and socket is Socket.EVENT and buffer[at] == 0x10:
            length = socket_info_length(buffer, at, strict=not self._synced)
        if length is None or length > len(buffer) - at:
            return NEED_DATA
        self._starting = False
        if length < 0:
            return None
        self._synced = True
        self._at += length
        kind = UnitKind.NAME if direction is Direction.TO_OPENSER else UnitKind.SOCKET_INFO
        return Unit(kind, bytes(buffer[at : at + length]), self._base + at)

    def _name_fits(self, at: int, end: int) -> bool:
        """Whether this may be a name in mid-stream; SIP text behind any byte is none."""
        name = self._buffer[at + 1 : end]
        text = b"SIP/2.0 "
        return (
            printable(name)
            and name[: len(text)] != text[: len(name)]
            and (end >= len(self._buffer) or self._head_fits(end))
        )

    def _frame(self) -> Event | None:
        """The frame at hand; None if its length is impossible and step is lost."""
        buffer, at = self._buffer, self._at
        have = len(buffer) - at
        if have < 4:
            return NEED_DATA
        length = _u32(buffer, at)[0]
        if not possible_length(length) or (length > TRUSTED_FRAME and not self._head_fits(at)):
            self._synced = False
            self._skip_to(at + 1)
            return None
        if have < length:
            return NEED_DATA
        self._at = at + length
        self._plain = not self._skipped
        return Unit(UnitKind.FRAME, bytes(buffer[at : at + length]), self._base + at)

    def _head_fits(self, at: int) -> bool:
        """Whether what is there of the head at `at` may come from this side."""
        head = self._buffer[at : at + 5]
        if not head:
            return True
        return head[0] == 0 and max(head[1:2], default=0) <= 3 and (
            len(head) < 5 or head[4] in TYPES[self._side]
        )  # fmt: skip

    def _resync(self) -> bool:
        """Go to the first frame that is whole and followed by a plausible head or nothing.

        Whole, because a head by itself misleads: without its first byte, a frame of layout B
        looks like one of layout A. Nothing comes out later for it.
        """
        buffer, end = self._buffer, len(self._buffer)
        heads, self._heads = self._heads, []
        for start in heads:
            self._judge(start - self._base, end)
        at = max(self._at, self._scanned - self._base)
        while (found := HEAD[self._side].search(buffer, at)) is not None:
            self._judge(found.start(), end)
            at = found.start() + 1
        # A head may begin in the last bytes and go on in the next data.
        self._scanned = self._base + max(at, end - HEAD_SIZE + 1)
        whole, self._whole = self._whole, -1
        if whole >= 0:
            self._skip_to(whole)
            self._synced = True
            self._heads = []
            self._scanned = 0
            return True
        kept = min(self._heads[0] if self._heads else self._scanned, self._base + end)
        self._skip_to(max(self._at, kept - self._base))
        return False

    def _judge(self, at: int, end: int) -> None:
        """Note the head at `at` as the start of a whole frame, or of one still to come."""
        length: int = _u32(self._buffer, at)[0]
        if not possible_length(length) or not self._failure_fits(at, length):
            return
        if at + length > end:
            if len(self._heads) < MAX_HEADS:
                self._heads.append(self._base + at)
        elif self._head_fits(at + length) and (self._whole < 0 or at < self._whole):
            self._whole = at

    def _failure_fits(self, at: int, length: int) -> bool:
        """Failures have no flags to tell them by, but a second length."""
        if self._side != FAILURES or at + 13 >= len(self._buffer):
            return True
        return length == 14 + self._buffer[at + 13]

    def _skip_to(self, at: int) -> None:
        self._skip(at - self._at, self._base + self._at)
        self._at = at
