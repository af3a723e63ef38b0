"""What was recorded: messages, and the calls that they make up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from seastool.capture.records import Address, CapturedFrame

Transport = Literal["udp", "tcp"]
MOST_MESSAGES: Final = 1_000_000
MOST_BYTES: Final = 512 << 20


@dataclass(slots=True)
class Recorded:
    """One SIP message of a trace.

    number: of the packet, or of the message in a text, from 1. time_ns: since 1970, or of the day
    where a log says no date; 0 if the source has none. source, destination: None where the source
    does not say. is_sent: whether whoever wrote the log sent it; None where it does not say.
    """

    number: int
    time_ns: int
    transport: Transport
    source: Address | None
    destination: Address | None
    data: bytes
    is_sent: bool | None = None


@dataclass(slots=True)
class Step:
    """A message of a call in its place. delay_ns: since the step before."""

    message: Recorded
    by_client: bool
    delay_ns: int
    is_retransmission: bool


@dataclass(slots=True)
class RecordedCall:
    """The messages with one Call-ID.

    messages: all of them, those of further hops included. client: where the first request came
    from; None if nothing says. steps: what passed between the client and its first hop, in order.
    notes: what a person should know, a line each.
    """

    call_id: bytes
    messages: list[Recorded]
    client: Address | None
    steps: list[Step]
    notes: list[str] = field(default_factory=list)

    @property
    def start_ns(self) -> int:
        """When the call began; 0 if the trace has no times."""
        return self.steps[0].message.time_ns if self.steps else 0


@dataclass(slots=True)
class Trace:
    """A recording: what is kept of it in memory, which is bounded.

    messages: SIP, in the order of the recording. frames: of SEAS connections, names and socket
    info included. notes: what was skipped and why, a line each. left: how many messages and
    frames there was no room for.
    """

    name: str
    messages: list[Recorded] = field(default_factory=list)
    frames: list[CapturedFrame] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: int = 0
    most_messages: int = MOST_MESSAGES
    most_bytes: int = MOST_BYTES
    _bytes: int = 0

    def add(self, record: Recorded | CapturedFrame) -> None:
        """Keep a message or a frame, or count it if there is no room."""
        full = len(self.messages) + len(self.frames) >= self.most_messages
        if full or self._bytes + len(record.data) > self.most_bytes:
            self.left += 1
            return
        self._bytes += len(record.data)
        if isinstance(record, Recorded):
            self.messages.append(record)
        else:
            self.frames.append(record)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to replay."""
        return not self.messages and not self.frames
