"""A connection that is not identified yet: its bytes, and what they look like."""

from __future__ import annotations

from typing import Protocol

from seastool.capture.half import Half
from seastool.capture.identify import Seen, Sight, look, read_name
from seastool.capture.losses import Cause
from seastool.seas.plausible import SHAPE_SIZE

_Chunk = tuple["HeldSide", bytes, int, int, int, Cause | None]
"""side, bytes, missing bytes if it is a gap, packet, time, cause of the gap."""


class Holder(Protocol):
    """Who decides on held connections."""

    def consider(self, conversation: Conversation, side: HeldSide, size: int) -> None:
        """`size` more bytes have come on a side."""

    def give_up(self, conversation: Conversation, packet: int, cause: Cause) -> None:
        """Nothing more will come."""


class HeldSide:
    """A direction of a connection that is not identified yet."""

    __slots__ = ("conversation", "data", "from_start", "half", "in_step", "searched", "seen")

    def __init__(self, conversation: Conversation, half: Half) -> None:
        self.conversation = conversation
        self.half = half
        self.data = bytearray()
        self.from_start: bool | None = None  # whether `data` starts where the stream does
        self.in_step = False  # whether the first byte that came is the first of the stream
        self.searched = 0
        self.seen: Seen = Sight.MORE

    def receive_data(self, data: bytes, packet: int, time_ns: int) -> None:
        """Hold the bytes and look whether they tell."""
        if self.from_start is None:
            self.from_start = self.in_step = self.half.from_start
        self.data += data
        self.conversation.hold((self, data, 0, packet, time_ns, None))

    def gap(self, missing: int, packet: int, time_ns: int, cause: Cause) -> None:
        """What comes behind a gap is looked at on its own, as in mid-stream."""
        self.from_start = False
        self.data.clear()
        self.searched = 0
        self.conversation.hold((self, b"", missing, packet, time_ns, cause))

    def end(self, packet: int, time_ns: int) -> None:
        """Give up if the other direction is over too."""
        self.conversation.end(packet)

    def look(self) -> None:
        """Look at what has come."""
        self.seen = look(self.data, from_start=bool(self.from_start), searched=self.searched)
        if self.seen is Sight.SEARCHING:
            self.searched = max(self.searched, len(self.data) - SHAPE_SIZE)


class Conversation:
    """Both directions of a connection that is not identified yet."""

    __slots__ = ("_holder", "chunks", "first_ns", "first_packet", "said", "sides", "size")

    def __init__(self, holder: Holder, opener: Half, other: Half) -> None:
        self._holder = holder
        self.sides = (HeldSide(self, opener), HeldSide(self, other))
        opener.sink, other.sink = self.sides
        self.chunks: list[_Chunk] = []
        self.size = 0
        self.first_packet = 0
        self.first_ns = 0
        self.said: tuple[bytes, str, int] | None = None
        """Address of the proxy, name said to it, its port: the holder's note."""

    def hold(self, chunk: _Chunk) -> None:
        """Keep bytes or a gap, then see whether the connection can be identified."""
        if not self.chunks:
            self.first_packet, self.first_ns = chunk[3], chunk[4]
        self.chunks.append(chunk)
        self.size += len(chunk[1])
        self._holder.consider(self, chunk[0], len(chunk[1]))

    def end(self, packet: int) -> None:
        """A direction is over."""
        if all(side.half.ended for side in self.sides):
            self._holder.give_up(self, packet, Cause.OTHER_TCP)

    def replay(self) -> None:
        """Give what was held to the sinks that the halves have now."""
        chunks, self.chunks = self.chunks, []
        for side, data, missing, packet, time_ns, cause in chunks:
            if cause is None:
                side.half.sink.receive_data(data, packet, time_ns)
            else:
                side.half.sink.gap(missing, packet, time_ns, cause)
        for side in self.sides:
            side.data = bytearray()
            if side.half.ended and chunks:
                side.half.sink.end(chunks[-1][3], chunks[-1][4])

    @property
    def name(self) -> tuple[HeldSide, str] | None:
        """The side that has said a name and nothing else, and the name."""
        for side in self.sides:
            if side.seen is Sight.NAME and (name := read_name(side.data)) is not None:
                return side, name
        return None
